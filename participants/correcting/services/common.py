"""What every correction does: rights, a reason that names nobody, old and new kept."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from participants.consent.services import consents
from participants.consent.services.signed_amiss import TAKING_PART
from participants.people.models import Correction, Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.protocol.services.rights import require

LONGEST_REASON = 500


def begin(*, participant: Participant, reason: str, by: Actor) -> tuple[Participant, str]:
    """The participant with the row locked, and the reason without stray spaces.

    Raises:
        NotAllowed: ``by`` may not edit participants at the site they are at now.
        ReasonMissing: nobody says why.
        Invalid: the reason names the participant, or is too long.
        StateRefused: the participant is erased.
    """
    locked = Participant.objects.select_for_update().select_related("study", "site")
    participant = locked.get(pk=participant.pk)
    require(by, Permission.PARTICIPANT_EDIT, study=participant.study, site=participant.site)
    reason = " ".join(reason.split())
    if not reason:
        message = "Say in a few words why this is corrected."
        raise ReasonMissing(message, detail={"fields": {"reason": [message]}})
    if len(reason) > LONGEST_REASON:
        message = f"Say it in at most {LONGEST_REASON} characters."
        raise Invalid(message, detail={"fields": {"reason": [message]}})
    identity.refuse_names_in(reason, participant=participant, field="reason")
    if participant.state == Participant.State.ERASED:
        raise StateRefused(
            f"What was known of {participant.code} is erased, so there is nothing to correct."
        )
    return participant, reason


def keep(
    *,
    participant: Participant,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    reason: str,
    by: Actor,
    action: str,
    also: Mapping[str, Any] | None = None,
) -> list[Correction]:
    """Write one correction for each name of ``new`` and one event for all of them."""
    now = timezone.now()
    rows = [
        Correction(
            participant=participant,
            field=name,
            old=_text(old[name]),
            new=_text(value),
            reason=reason,
            at=now,
            by_id=int(by.actor_id),
        )
        for name, value in new.items()
    ]
    made = Correction.objects.bulk_create(rows)
    record_about(
        participant, action, by=by, old=dict(old), new={**new, **(also or {})}, reason=reason
    )
    return made


def consent_doubts(participant: Participant, **changed: Any) -> dict[str, str]:
    """That with ``changed`` (site, language) a newer consent asks ``participant`` to sign again."""
    if participant.state not in TAKING_PART:
        return {}
    text = consents.asked_anew(participant, **changed)
    if text is None:
        return {}
    return {
        f"consent:{text.version}": f"{participant.code} is then asked to read and sign consent "
        f"{text.version}, and no photo is taken before."
    }


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return "" if value is None else str(value)
