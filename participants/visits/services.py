"""The visits of a participant: planned from the schedule, turned by the date, moved on."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext

from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits.errors import VisitNotOpen
from participants.visits.models import WAITING, DailyRollover, Visit
from participants.visits.signals import plans_changed
from participants.words import dates
from studies.access.permissions import Permission
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused
from studies.platform.work import Claim, WorkState
from studies.protocol.models import Study, VisitDefinition
from studies.protocol.services.rights import require

S = Visit.State
_VERBS = {
    S.DUE: "open",
    S.IN_PROGRESS: "begin",
    S.COMPLETE: "complete",
    S.MISSED: "miss",
    S.CANCELLED: "cancel",
}
ROLLOVERS_KEPT = timedelta(days=14)


# --- Dates -------------------------------------------------------------------------------------


def today(study: Study) -> date:
    """Today's date in the study's time zone."""
    return timezone.now().astimezone(ZoneInfo(study.time_zone)).date()


def midnight(study: Study, day: date) -> datetime:
    """The moment ``day`` begins in the study's time zone, in UTC."""
    return datetime.combine(day, time.min, tzinfo=ZoneInfo(study.time_zone)).astimezone(UTC)


def window_of(definition: VisitDefinition, day_0: date) -> tuple[date, date, date]:
    """The scheduled, first and last day (both inclusive), counted from day 0."""
    scheduled = day_0 + timedelta(days=definition.day_offset)
    opens = scheduled - timedelta(days=definition.window_before)
    return scheduled, max(opens, day_0), scheduled + timedelta(days=definition.window_after)


# --- Planning ----------------------------------------------------------------------------------


@transaction.atomic
def plan_visits(*, participant: Participant, by: Actor) -> list[Visit]:
    """Make the visits the schedule asks for; those that exist already stay as they are.

    Raises:
        NotAllowed: ``by`` neither enrols nor edits visits at the participant's site.
        StateRefused: the participant is not enrolled.
    """
    study = participant.study
    require(by, Permission.VISIT_EDIT, study=study, site=participant.site)
    if participant.state != Participant.State.ENROLLED or participant.enrolled_on is None:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: visits are planned for "
            "enrolled participants. Nothing was changed."
        )
    planned = []
    for definition in study.visit_definitions.exclude(visits__participant=participant):
        scheduled, opens, closes = window_of(definition, participant.enrolled_on)
        visit = Visit(
            participant=participant,
            definition=definition,
            scheduled_on=scheduled,
            opens_on=opens,
            closes_on=closes,
        )
        visit.state = visit.standing_on(today(study))
        visit.save(force_insert=True)
        planned.append(visit)
    _plan_rollover(study, today(study) + timedelta(days=1))
    if planned:
        days = {visit.definition.code: visit.scheduled_on.isoformat() for visit in planned}
        record_about(participant, "visit.plan", by=by, new=days)
    plans_changed.send(sender=Visit, participant=participant)
    return planned


# --- Reading -----------------------------------------------------------------------------------


def open_visit(participant: Participant, on: date) -> Visit | None:
    """The visit whose window is open on ``on``; where windows overlap, the one that closes first.

    A complete visit is given only when no other is open.
    """
    if participant.state != Participant.State.ENROLLED:
        return None
    within = participant.visits.filter(opens_on__lte=on, closes_on__gte=on)
    waiting = within.filter(state__in=WAITING).order_by("closes_on", "scheduled_on").first()
    return waiting or within.filter(state=S.COMPLETE).order_by("-scheduled_on").first()


def next_visit(participant: Participant, on: date) -> Visit | None:
    """The first visit that can still be made on ``on`` or later, or ``None``."""
    if participant.state != Participant.State.ENROLLED:
        return None
    waiting = participant.visits.filter(state__in=WAITING, closes_on__gte=on)
    return waiting.order_by("scheduled_on").first()


def require_open(visit: Visit, on: date) -> None:
    """Refuse unless photos of ``visit`` are taken on the day ``on``.

    Raises:
        VisitNotOpen: cancelled, or ``on`` lies outside the window; the message says which days.
    """
    first = dates.full(visit.opens_on)
    last = dates.full(visit.closes_on)
    if visit.state == S.CANCELLED:
        raise VisitNotOpen(gettext("This visit was cancelled. No photo was kept for it."))
    if on < visit.opens_on:
        raise VisitNotOpen(
            gettext(
                "Photos for this visit can be taken from %(first)s to %(last)s. "
                "Please come back then."
            )
            % {"first": first, "last": last}
        )
    if on > visit.closes_on:
        raise VisitNotOpen(
            gettext(
                "Photos for this visit could be taken from %(first)s to %(last)s, and that time "
                "is over. Your earlier photos are safe. Your study team can tell you what comes "
                "next."
            )
            % {"first": first, "last": last}
        )


# --- Moving ------------------------------------------------------------------------------------


def note_progress(visit: Visit, *, begun: bool, complete: bool, by: Actor = SYSTEM) -> Visit:
    """Move ``visit``, which the caller has locked, to where its photos put it.

    ``begun``: there is any photo; ``complete``: every view has an accepted one. A complete visit
    goes back to in progress when one of its photos is turned down. A missed visit stays missed
    until it is complete.
    """
    now = timezone.now()
    if complete and visit.state in (*WAITING, S.MISSED):
        since = visit.started_at or now
        _move(visit, S.COMPLETE, by=by, started_at=since, completed_at=now)
    elif not complete and visit.state == S.COMPLETE:
        _move(visit, S.IN_PROGRESS, by=by, completed_at=None)
    elif begun and not complete and visit.state in (S.SCHEDULED, S.DUE):
        _move(visit, S.IN_PROGRESS, by=by, started_at=now)
    plans_changed.send(sender=Visit, participant=visit.participant)
    return visit


def cancel_waiting(*, participant: Participant, by: Actor, reason: str) -> int:
    """Cancel every visit not yet complete or missed; for services that end participation."""
    waiting = list(participant.visits.filter(state__in=WAITING).order_by("pk").select_for_update())
    for visit in waiting:
        _move(visit, S.CANCELLED, by=by, reason=reason)
    plans_changed.send(sender=Visit, participant=participant)
    return len(waiting)


def _move(visit: Visit, to: str, *, by: Actor, reason: str = "", **fields: datetime | None) -> None:
    before = visit.state
    visit.move(to, **fields)
    code = visit.definition.code
    record_about(
        visit.participant,
        f"visit.{_VERBS[S(to)]}",
        by=by,
        target=visit,
        old={"visit": code, "state": before},
        new={"visit": code, "state": to},
        reason=reason,
    )


# --- The daily rollover ------------------------------------------------------------------------


def _plan_rollover(study: Study, day: date) -> DailyRollover:
    """Make sure that ``day`` will be turned in ``study``."""
    return DailyRollover.objects.get_or_create(
        study=study, day=day, defaults={"due_at": midnight(study, day)}
    )[0]


def roll_over(claim: Claim[DailyRollover]) -> None:
    """Write down what the date made of the study's visits, and plan tomorrow's rollover.

    Several days slept through are made up for at once. The states written are those that
    ``Visit.standing_on`` has been giving since midnight.
    """
    study = claim.row.study
    _plan_messages(claim, study)
    with claim.completing():
        day = today(study)
        # All rows before the record's head, as every act does: no two wait for each other.
        for visit in stale_visits(study, day):
            _move(visit, visit.standing_on(day), by=SYSTEM)
        _plan_rollover(study, day + timedelta(days=1))
        done = DailyRollover.objects.filter(study=study, state=WorkState.DONE)
        done.filter(day__lt=day - ROLLOVERS_KEPT).exclude(pk=claim.row.pk).delete()


def _plan_messages(claim: Claim[DailyRollover], study: Study) -> None:
    """Have everybody's reminders planned; nothing is lost when this is cut short and done again."""
    for participant in study.participants.filter(state=Participant.State.ENROLLED):
        claim.renew()
        plans_changed.send(sender=DailyRollover, participant=participant)


def stale_visits(study: Study, on: date) -> Sequence[Visit]:
    """Visits whose stored state the date ``on`` has left behind, locked until it is written."""
    ours = Visit.objects.filter(participant__study=study).order_by("pk")
    ours = ours.select_related("definition", "participant__study", "participant__site")
    opened = Q(state=S.SCHEDULED, opens_on__lte=on, closes_on__gte=on)
    closed = Q(state__in=WAITING, closes_on__lt=on)
    return list(ours.filter(opened | closed).select_for_update(of=("self",)))
