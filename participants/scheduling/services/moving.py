"""A visit is meant for another day, missed after all, or not."""

from datetime import date, timedelta
from typing import Any

from django.db import transaction
from django.utils.formats import date_format

from participants.deviations.models import Deviation
from participants.deviations.services import end_deviation, note_deviation
from participants.people.services.record import record_about
from participants.scheduling.services.common import lock_visit, tidy_reason
from participants.visits import services as visits
from participants.visits.days import put_on, window_of
from participants.visits.models import WAITING, Visit
from participants.visits.signals import plans_changed
from studies.platform.actors import SYSTEM, Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.record.unchanged import require_unchanged

S = Visit.State
MOVED = "visit.reschedule"
MISSED = "visit.miss"
AHEAD = timedelta(days=365)
_OUTSIDE = Deviation.Kind.VISIT_OUTSIDE_WINDOW
# Whatever moves a visit, for whoever finds that somebody was faster.
_ACTS = (
    MOVED,
    MISSED,
    "visit.schedule_again",
    "visit.open",
    "visit.begin",
    "visit.redate",
    "visit.cancel",
)


def standing_of(visit: Visit) -> dict[str, Any]:
    """What a form about ``visit`` shows of it."""
    return {"day": visit.scheduled_on, "marked_missed": visit.marked_missed}


@transaction.atomic
def reschedule_visit(
    *,
    visit: Visit,
    day: date,
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> Visit:
    """Mean ``visit`` for ``day``; the protocol's day is kept beside it, and reminders follow.

    Outside the protocol's window the visit's own window reaches to that day, and that is noted as
    a deviation; moved back within it, the deviation is over. A missed visit waits again.

    Raises:
        NotAllowed: ``by`` may not edit visits at the participant's site.
        ReasonMissing, Invalid: no reason, or no day that a visit can be moved to.
        StateRefused: complete or cancelled, or nobody takes part.
        ChangedMeanwhile: somebody has moved it since ``seen``.
        Unconfirmed: outside the window, or no longer in the order of the protocol.
    """
    visit = lock_visit(visit, by=by)
    participant = visit.participant
    reason = tidy_reason(reason, participant=participant, why="Say in a few words why it is moved.")
    require_as_seen(visit, seen)
    if visit.state in (S.COMPLETE, S.CANCELLED):
        raise StateRefused(
            f"This visit is {visit.get_state_display()}, so it is not moved. Nothing was changed."
        )
    day_0, today = participant.enrolled_on, visits.today(participant)
    assert day_0 is not None  # noqa: S101 - whoever takes part has one
    _require_possible(visit, day, day_0, today)
    said = require_confirmed(_doubts(visit, day, day_0), confirmed)
    old = _days(visit)
    inside = put_on(visit, day, day_0)
    taken = participant.visits.filter(definition=visit.definition).exclude(pk=visit.pk)
    if taken.exists():
        raise invalid(
            "Nothing was changed.", {"day": "Another unscheduled visit is on that day already."}
        )
    visit.marked_missed = False
    visit.save(
        update_fields=[
            "definition", "planned_on", "scheduled_on", "opens_on", "closes_on", "marked_missed",
        ]
    )  # fmt: skip
    _take_repeat_along(visit, day, day_0)
    record_about(
        participant,
        MOVED,
        by=by,
        target=visit,
        old=old,
        new={**_days(visit), "within_window": inside, **({"confirmed": said} if said else {})},
        reason=reason,
    )
    _note_outside(visit, inside)
    visits.stand_again(visit, today, by=by, reason=reason)
    plans_changed.send(sender=Visit, participant=participant)
    return visit


@transaction.atomic
def mark_missed(*, visit: Visit, reason: str, by: Actor, seen: Seen | None = None) -> Visit:
    """Say that ``visit`` will not be made, though its window may still be open.

    What a phone still sends for it counts all the same: nothing that was taken is lost.

    Raises:
        NotAllowed, ReasonMissing, Invalid: see ``reschedule_visit``.
        StateRefused: it is neither to come nor under way.
        ChangedMeanwhile: somebody has moved it since ``seen``.
    """
    visit = lock_visit(visit, by=by)
    participant = visit.participant
    reason = tidy_reason(
        reason, participant=participant, why="Say in a few words why it was missed."
    )
    require_as_seen(visit, seen)
    if visit.state not in WAITING:
        raise StateRefused(
            f"This visit is {visit.get_state_display()}, so it is not marked as missed. Nothing "
            "was changed."
        )
    visits.move_visit(visit, S.MISSED, by=by, reason=reason, marked_missed=True)
    plans_changed.send(sender=Visit, participant=participant)
    return visit


@transaction.atomic
def undo_missed(*, visit: Visit, reason: str, by: Actor, seen: Seen | None = None) -> Visit:
    """Take back that ``visit`` was missed: it waits again, as its days say.

    Raises:
        NotAllowed, ReasonMissing, Invalid: see ``reschedule_visit``.
        StateRefused: no person said so, or its window is over meanwhile.
        ChangedMeanwhile: somebody has moved it since ``seen``.
    """
    visit = lock_visit(visit, by=by)
    participant = visit.participant
    reason = tidy_reason(
        reason, participant=participant, why="Say in a few words why it was not missed."
    )
    require_as_seen(visit, seen)
    if visit.state != S.MISSED or not visit.marked_missed:
        raise StateRefused(
            f"This visit is {visit.get_state_display()}, and nobody marked it as missed. Nothing "
            "was changed."
        )
    today = visits.today(participant)
    if visit.closes_on < today:
        raise StateRefused(
            f"Its window closed on {date_format(visit.closes_on, 'j F Y')}, so it counts as missed "
            "whoever says so. Nothing was changed; move it to another day instead."
        )
    visit.marked_missed = False
    visit.save(update_fields=["marked_missed"])
    visits.stand_again(visit, today, by=by, reason=reason)
    plans_changed.send(sender=Visit, participant=participant)
    return visit


def require_as_seen(visit: Visit, seen: Seen | None) -> None:
    """Refuse (``ChangedMeanwhile``) where somebody has moved ``visit`` since ``seen``."""
    study = visit.participant.study.code
    require_unchanged(seen, standing_of(visit), study=study, actions=_ACTS, target=visit)


def _require_possible(visit: Visit, day: date, day_0: date, today: date) -> None:
    """Refuse a day on which nobody could come.

    Raises:
        Invalid: past, before day 0, a year away, or the day it is meant for already.
    """
    problem = ""
    if day == visit.scheduled_on and visit.standing_on(today) != S.MISSED:
        problem = "It is meant for that day already."
    elif day < today:
        problem = f"Choose today ({date_format(today, 'j F Y')}) or a later day."
    elif day < day_0:
        problem = f"Choose a day from day 0 on, which is {date_format(day_0, 'j F Y')}."
    elif day > today + AHEAD:
        problem = "Choose a day within a year."
    if problem:
        raise invalid("Nothing was changed yet; please check the day.", {"day": problem})


def _take_repeat_along(visit: Visit, day: date, day_0: date) -> None:
    """Photos asked for once more stay on the day of the visit that they repeat."""
    if visit.definition.unscheduled:
        return
    repeats = visit.participant.visits.filter(
        definition__repeat=True, definition__day_offset=visit.definition.day_offset
    )
    for repeat in repeats.exclude(state__in=(S.COMPLETE, S.CANCELLED)).select_related("definition"):
        put_on(repeat, day, day_0)
        repeat.save(update_fields=["planned_on", "scheduled_on", "opens_on", "closes_on"])
        visits.stand_again(
            repeat, visits.today(visit.participant), by=SYSTEM, reason="Its first visit was moved"
        )


def _doubts(visit: Visit, day: date, day_0: date) -> dict[str, str]:
    asked: dict[str, str] = {}
    if visit.definition.floats:
        return asked
    _planned, opens, closes = window_of(visit.definition, day_0)
    if not opens <= day <= closes:
        asked[f"outside:{day.isoformat()}"] = (
            f"{date_format(day, 'j F Y')} is outside the window of the protocol "
            f"({date_format(opens, 'j M')} to {date_format(closes, 'j M Y')}). It is noted as a "
            "deviation."
        )
    others = visit.participant.visits.exclude(pk=visit.pk).exclude(state=S.CANCELLED)
    for other in others.filter(definition__unscheduled=False).select_related("definition"):
        before = other.definition.day_offset < visit.definition.day_offset
        if day <= other.scheduled_on if before else day >= other.scheduled_on:
            where = "not after" if before else "not before"
            asked[f"order-{other.pk}:{day.isoformat()}"] = (
                f"That is {where} {other.definition.name}, which is on "
                f"{date_format(other.scheduled_on, 'j F Y')}."
            )
    return asked


def _note_outside(visit: Visit, inside: bool) -> None:
    if inside:
        end_deviation(visit=visit, kind=_OUTSIDE)
        return
    day_0 = visit.participant.enrolled_on
    assert day_0 is not None  # noqa: S101 - whoever takes part has one
    planned, opens, closes = window_of(visit.definition, day_0)
    note_deviation(
        visit=visit,
        kind=_OUTSIDE,
        detail=f"{visit.definition.name} moved from {date_format(planned, 'j M Y')} (window "
        f"{date_format(opens, 'j M')} to {date_format(closes, 'j M')}) to "
        f"{date_format(visit.scheduled_on, 'j M Y')}",
    )


def _days(visit: Visit) -> dict[str, Any]:
    return {
        "visit": visit.definition.code,
        "scheduled_on": visit.scheduled_on.isoformat(),
        "opens_on": visit.opens_on.isoformat(),
        "closes_on": visit.closes_on.isoformat(),
    }
