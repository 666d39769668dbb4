"""Correcting year of birth, sex, ethnicity, skin tones and language.

What no longer holds with it (the study's ages, the consent) is said before anything is written.
"""

from dataclasses import asdict
from typing import Any

from django.db import transaction
from django.utils import timezone

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.ages import age_doubts, signer_doubts
from participants.correcting.services.common import begin, consent_doubts, keep
from participants.enrolment.services.enrolment import Details, details_problems
from participants.people.models import Correction, Participant
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.record.unchanged import require_unchanged

NAMES = ("year_of_birth", "sex", "ethnicity", "fitzpatrick", "monk_tone", "language")
CORRECTED = "participant.correct"
_ACTIONS = (CORRECTED, "participant.screen", "participant.choose_language")


def details_of(participant: Participant) -> dict[str, Any]:
    """What is known of ``participant`` by code, by the names of ``Details``."""
    return {name: getattr(participant, name) for name in NAMES}


@transaction.atomic
def correct_details(
    *,
    participant: Participant,
    details: Details,
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> list[Correction]:
    """Put ``details`` in place of what is known of ``participant``; old and new are kept.

    Where somebody was put by what was known then (the arm) stays as it was.

    Raises:
        NotAllowed, ReasonMissing, StateRefused: see ``begin``.
        ChangedMeanwhile: somebody has corrected it since ``seen``.
        Invalid: a value is out of range.
        NothingDiffers: all of it is so already.
        Unconfirmed: by the year of birth they were too young or too old when they were screened,
            or the consent in force does not hold any longer; see ``doubts``.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    if not participant.sex:
        raise StateRefused(
            f"{participant.code} was not screened yet, so nothing is known that could be wrong."
        )
    study, now = participant.study, details_of(participant)
    require_unchanged(seen, now, study=study.code, actions=_ACTIONS, participant=participant.code)
    sent = asdict(details)
    new = {name: sent[name] for name in NAMES if sent[name] != now[name]}
    year, problems = timezone.now().year, details_problems(study, details)
    if "language" not in new:
        problems.pop("language", None)  # offered no more, and theirs all the same
    if not 1900 <= details.year_of_birth <= year:
        problems["year_of_birth"] = f"Enter a year from 1900 to {year}."
    if problems:
        raise invalid("Nothing was corrected yet; please check the form.", problems)
    if not new:
        raise NothingDiffers("Nothing differs from what is known, so nothing was corrected.")
    said = require_confirmed(doubts(participant, new), confirmed)
    Participant.objects.filter(pk=participant.pk).update(**new)
    return keep(
        participant=participant,
        old={name: now[name] for name in new},
        new=new,
        reason=reason,
        by=by,
        action=CORRECTED,
        also={"confirmed": said} if said else None,
    )


def doubts(participant: Participant, new: dict[str, Any]) -> dict[str, str]:
    """What a person has to say is meant of the values ``new``, each by a key that holds it."""
    asked: dict[str, str] = {}
    if "year_of_birth" in new:
        asked |= age_doubts(participant, new["year_of_birth"])
        asked |= signer_doubts(participant, new["year_of_birth"])
    if "language" in new:
        asked |= consent_doubts(participant, language=new["language"])
    return asked
