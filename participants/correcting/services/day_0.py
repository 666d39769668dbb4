"""Correcting day 0, from which every visit counts."""

from datetime import date, timedelta

from django.db import transaction

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.common import begin, keep
from participants.enrolment.services.doubts import in_words
from participants.enrolment.services.enrolment import day_0_problem
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.days import window_of
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged

CORRECTED = "participant.correct_day_0"
FAR_BACK = timedelta(days=30)
_MADE = (Visit.State.COMPLETE, Visit.State.IN_PROGRESS)


@transaction.atomic
def correct_day_0(
    *,
    participant: Participant,
    day_0: date,
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> list[Visit]:
    """Count from another day 0: every visit but cancelled ones gets its dates anew.

    Photos stay with the visits they were taken for. Returns the visits that moved.

    Raises:
        NotAllowed: ``by`` may not edit participants and visits at the site.
        ReasonMissing, Invalid: no reason, or no day that a day 0 can be.
        StateRefused: not enrolled.
        ChangedMeanwhile: somebody has corrected it since ``seen``.
        NothingDiffers: it is that day already.
        Unconfirmed: it is far back or to come, or moves visits that were made.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    require(by, Permission.VISIT_EDIT, study=participant.study, site=participant.site)
    former = participant.enrolled_on
    if participant.state != Participant.State.ENROLLED or former is None:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: day 0 is corrected while "
            "somebody is enrolled. Nothing was changed."
        )
    require_unchanged(
        seen,
        {"enrolled_on": former},
        study=participant.study.code,
        actions=(CORRECTED, "participant.enrol"),
        participant=participant.code,
    )
    problems = day_0_problem(participant, day_0)
    if problems:
        raise invalid("Nothing was corrected yet; please check the day.", problems)
    if day_0 == former:
        raise NothingDiffers("Day 0 is that day already, so nothing was corrected.")
    said = require_confirmed(doubts(participant, day_0), confirmed)
    participant.enrolled_on = day_0
    participant.save(update_fields=["enrolled_on"])
    keep(
        participant=participant,
        old={"enrolled_on": former.isoformat()},
        new={"enrolled_on": day_0.isoformat()},
        reason=reason,
        by=by,
        action=CORRECTED,
        also={"confirmed": said} if said else None,
    )
    return visits.redate_visits(participant=participant, by=by, reason=reason)


def doubts(participant: Participant, day_0: date) -> dict[str, str]:
    """What a person has to say is meant, each by a key that holds the day."""
    today = visits.today(participant)
    asked = {}
    if not timedelta() <= today - day_0 <= FAR_BACK:
        asked[f"day-0:{day_0.isoformat()}"] = f"Day 0 is {in_words(today, day_0)}."
    rows = participant.visits.select_related("definition").order_by("scheduled_on")
    made = [row for row in rows if row.state in _MADE]
    if made:
        names = ", ".join(visit.definition.name for visit in made)
        asked[f"made:{day_0.isoformat()}"] = (
            f"This moves the planned days of visits that were made ({names}). Their photos stay "
            "with them."
        )
    over = [
        row.definition.name
        for row in rows
        if row.state in ("scheduled", "due")
        and window_of(row.definition, day_0)[2] < today <= row.closes_on
    ]
    if over:
        asked[f"over:{day_0.isoformat()}"] = (
            f"It is then too late for {', '.join(over)}, which will count as missed."
        )
    return asked
