"""A visit that no protocol plans, arranged for one person."""

from datetime import date, timedelta

from django.db import transaction

from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.scheduling.services.common import (
    lock_participant,
    require_taking_part,
    tidy_reason,
)
from participants.scheduling.services.moving import AHEAD
from participants.visits import services as visits
from participants.visits.days import unscheduled_on
from participants.visits.models import Visit
from participants.visits.signals import plans_changed
from studies.access.permissions import Permission
from studies.amendments.services.reading import version_at
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid
from studies.protocol.models import VIEWS

LONGEST = 30  # days that an unscheduled visit may stay open


@transaction.atomic
def add_unscheduled_visit(
    *,
    participant: Participant,
    day: date,
    last_day: date,
    views: list[str],
    reason: str,
    by: Actor,
) -> Visit:
    """Arrange a visit on ``day``, at which ``views`` are photographed until ``last_day``.

    Raises:
        NotAllowed: ``by`` may not edit visits at the participant's site.
        ReasonMissing, Invalid: no reason, no views, or days that cannot be.
        StateRefused: nobody takes part, or there is one of that day.
    """
    participant = lock_participant(participant, permission=Permission.VISIT_EDIT, by=by)
    require_taking_part(participant)
    reason = tidy_reason(
        reason, participant=participant, why="Say in a few words why they come in between."
    )
    day_0, today = participant.enrolled_on, visits.today(participant)
    assert day_0 is not None  # noqa: S101 - whoever takes part has one
    problems = _problems(day, last_day, views, first=max(today, day_0), today=today)
    if problems:
        raise invalid("Nothing was arranged yet; please check the form.", problems)
    ordered = [view for view in VIEWS if view in views]
    there = participant.visits.counted().filter(definition__unscheduled=True, scheduled_on=day)
    if there.exclude(state=Visit.State.CANCELLED).exists():
        raise StateRefused(
            f"{participant.code} has an unscheduled visit on that day already. Nothing was changed."
        )
    definition = unscheduled_on(participant.study, day - day_0, ordered)
    # One that was called off is arranged again.
    former = participant.visits.filter(definition=definition, state=Visit.State.CANCELLED).first()
    visit = former or Visit(participant=participant, definition=definition)
    visit.scheduled_on = visit.opens_on = day
    visit.closes_on = last_day
    visit.called_off = False
    visit.protocol_version = version_at(participant.site, today)
    visit.state = Visit.State.DUE if day <= today else Visit.State.SCHEDULED
    visit.save()
    record_about(
        participant,
        "visit.arrange",
        by=by,
        target=visit,
        new={
            "visit": visit.definition.code,
            "scheduled_on": day.isoformat(),
            "closes_on": last_day.isoformat(),
            "views": ordered,
        },
        reason=reason,
    )
    plans_changed.send(sender=Visit, participant=participant)
    return visit


def _problems(
    day: date, last_day: date, views: list[str], *, first: date, today: date
) -> dict[str, str]:
    problems = {}
    if not first <= day <= today + AHEAD:
        problems["day"] = "Choose today or a later day, within a year and not before day 0."
    if not day <= last_day <= day + timedelta(days=LONGEST):
        problems["last_day"] = f"Choose that day or a later one, at most {LONGEST} days after it."
    if not views or not set(views) <= set(VIEWS):
        problems["views"] = "Choose one view at least."
    return problems
