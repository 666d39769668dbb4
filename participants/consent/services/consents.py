"""Consent: what is in force, what it allows, and when a newer text has to be agreed to first.

A consent stays in force when a newer version of the text is published, until the participant
gives a new one or withdraws: what was collected under it stays, and is scored. The next photo
waits for the new one (``require_current_consent``).
"""

from contextlib import suppress

from django.utils.translation import gettext

from participants.consent.errors import ConsentMissing, ConsentOutdated, NoConsentDocument
from participants.consent.models import Consent
from participants.consent.services.choices import change_choices
from participants.consent.services.giving import give_consent, open_copy
from participants.consent.services.guardians import Amiss, amiss, of_age
from participants.consent.services.signed_amiss import TAKING_PART, signed_amiss
from participants.consent.services.texts import (
    asked_anew,
    document_for,
    newer_text,
    next_for,
    to_renew,
)
from participants.people.models import Participant
from studies.consent_texts.models import SCORING
from studies.record.services.edited import is_edited

__all__ = [
    "SCORING",
    "Amiss",
    "allows_scoring",
    "amiss",
    "asked_anew",
    "change_choices",
    "consent_in_force",
    "document_for",
    "give_consent",
    "needs_new_consent",
    "newer_text",
    "next_for",
    "of_age",
    "open_copy",
    "require_consent",
    "require_current_consent",
    "signed_amiss",
    "standing",
    "to_renew",
]


def consent_in_force(participant: Participant) -> Consent | None:
    """The consent that is given and neither superseded nor withdrawn."""
    return participant.consents.in_force().select_related("document__version").first()


def require_consent(participant: Participant) -> Consent:
    """The consent in force.

    Raises:
        ConsentMissing: there is none: nothing may be stored or scored.
    """
    consent = consent_in_force(participant)
    if consent is None:
        raise ConsentMissing(
            gettext(
                "There is no consent in force for %(code)s, so no photo is taken or kept. Please "
                "speak with your study team."
            )
            % {"code": participant.code}
        )
    return consent


def require_current_consent(participant: Participant) -> Consent:
    """The consent in force, when no newer text asks for another: the condition of a next photo.

    Raises:
        ConsentMissing: there is none.
        ConsentOutdated: a newer version has to be read and agreed to first.
    """
    consent = require_consent(participant)
    consent.participant = participant
    wrong = amiss(consent)
    if wrong == Amiss.MINOR_ALONE:
        raise ConsentOutdated(
            gettext(
                "By your year of birth you are under %(age)s, so a parent or guardian signs as "
                "well. Please read the form together before your next photo. Photos you have sent "
                "are safe."
            )
            % {"age": participant.study.majority_age}
        )
    if wrong is not None:
        raise ConsentOutdated(
            gettext(
                "You are of age now, so the consent is yours to give. Please read the form and "
                "sign it before your next photo. Photos you have sent are safe."
            )
        )
    if _asked_again(participant):
        raise ConsentOutdated(
            gettext(
                "There is a new version of the consent form. Please read what changed before your "
                "next photo. Photos you have sent are safe."
            )
        )
    return consent


def allows_scoring(participant: Participant) -> bool:
    """Whether the consent in force says that software may score the photos.

    One that is not what the audit trail told of it says nothing.
    """
    consent = consent_in_force(participant)
    agreed = consent is not None and consent.choices.get(SCORING) is True
    return agreed and consent is not None and not is_edited("consent", consent.pk)


def agreed_to(participant: Participant, choice: str) -> bool:
    """Whether the consent in force agrees to the choice of that code, such as later research.

    One that is not what the audit trail told of it says nothing.
    """
    consent = consent_in_force(participant)
    if consent is None or consent.choices.get(choice) is not True:
        return False
    return not is_edited("consent", consent.pk)


def needs_new_consent(participant: Participant) -> bool:
    """Whether ``participant`` takes part, and has to agree to a newer text than theirs."""
    consent = consent_in_force(participant)
    return consent is not None and participant.state in TAKING_PART and _asked_again(participant)


def standing(participant: Participant) -> str:
    """``current``, ``renew`` or ``missing``: what the phone is told of the consent."""
    if consent_in_force(participant) is None:
        return "missing"
    return "renew" if needs_new_consent(participant) else "current"


def _asked_again(participant: Participant) -> bool:
    with suppress(NoConsentDocument):
        return next_for(participant).asked
    return False
