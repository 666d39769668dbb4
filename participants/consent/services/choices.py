"""Changing one's optional choices later, without leaving and without the whole text again."""

from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext

from participants.consent.errors import ConsentMissing, ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import giving as consent_giving
from participants.consent.services.giving import Answers
from participants.consent.services.signed_amiss import TAKING_PART
from participants.consent.services.texts import next_for
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.services.self_service import require_self
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid

# Who signed for whom stays so, whatever is chosen later.
_CARRIED = ("given_by", "relationship", "sealed_others", "assented", "of_age_on")


def change_choices(
    *, participant: Participant, choices: Mapping[str, bool], typed_name: str = "", by: Actor
) -> Consent:
    """A consent to the same text with other optional choices, in place of the one in force.

    Taking a choice back needs nothing but the wish. Agreeing to more is signed with the typed
    name. Nothing is written when nothing differs. What was done under the earlier choices stays;
    scoring asks again before every run.

    Raises:
        NotAllowed: ``by`` is not the participant.
        ConsentMissing: there is no consent to change.
        ConsentOutdated: agreeing to more while a newer text has not been read.
        Invalid: a choice that taking part needs is taken back, or the name is missing.
        StateRefused: taking part has ended, or the consent changed meanwhile.
    """
    require_self(by, participant, "Choices are changed by the participant, on their own page.")
    before = _consent(participant)
    wanted = _wanted(before, choices)
    if wanted == before.choices:
        return before
    added = [code for code, agreed in wanted.items() if agreed and not before.choices.get(code)]
    name = _name(participant, before, typed_name, added)
    answers = Answers(wanted, name, b"")
    given_at = timezone.now()
    from participants.consent.pdf import render_copy  # fonts and shaping, for a copy alone

    pdf = render_copy(
        consent_giving.copy_of(
            participant,
            before.document,
            answers,
            given_at,
            by=by,
            follows=before,
            act=Consent.Act.CHOICES,
            signed=bool(added),
        )
    )
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        if _consent(participant).pk != before.pk:
            raise StateRefused(
                gettext("Your consent was changed meanwhile. Please look at your choices again.")
            )
        return consent_giving.keep(
            participant,
            before.document,
            answers,
            given_at,
            pdf,
            by=by,
            act=Consent.Act.CHOICES,
            more={name: getattr(before, name) for name in _CARRIED},
            signature="typed" if added else "none",
        )


def _consent(participant: Participant) -> Consent:
    if participant.state not in TAKING_PART:
        raise StateRefused(
            gettext("You are not taking part in this study at the moment. Nothing was recorded.")
        )
    consent = participant.consents.in_force().select_related("document__version").first()
    if consent is None:
        raise ConsentMissing(gettext("There is no consent yet, so there are no choices to change."))
    return consent


def _wanted(before: Consent, choices: Mapping[str, bool]) -> dict[str, bool]:
    """All choices as they would be; the required ones stay as they are."""
    wanted = {}
    for choice in before.document.choices:
        code, agreed = choice["code"], before.choices.get(choice["code"]) is True
        if choice["required"]:
            if code in choices and not choices[code]:
                sentence = gettext(
                    "Taking part needs agreement to this point. If you no longer agree, you can "
                    "stop taking part."
                )
                raise invalid(sentence, {code: sentence})
            wanted[code] = agreed
        else:
            wanted[code] = choices.get(code, agreed) is True
    return wanted


def _name(participant: Participant, before: Consent, typed: str, added: list[str]) -> str:
    if not added:
        return identity.open_bytes(bytes(before.sealed_name), owner=participant).decode()
    if next_for(participant).asked:
        raise ConsentOutdated(
            gettext(
                "There is a new version of the consent form. Please read it first; you can agree "
                "to more there."
            )
        )
    return consent_giving.require_name(typed)
