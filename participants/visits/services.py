"""The visits of a participant: planned from the schedule, turned by the date, moved on."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits.days import count_anew, in_turn, repeat_of, window_of
from participants.visits.days_here import Days, days_here, midnight, today
from participants.visits.errors import VisitNotOpen
from participants.visits.models import WAITING, DailyRollover, Visit
from participants.visits.signals import plans_changed
from participants.words import dates
from studies.access.permissions import Permission
from studies.amendments.services.reading import schedule_of, version_at
from studies.platform.actors import SYSTEM, Actor
from studies.platform.errors import StateRefused
from studies.platform.work import Claim, WorkState
from studies.protocol.models import Site, Study, VisitDefinition
from studies.protocol.services.rights import require

__all__ = ["Days", "days_here", "midnight", "today"]
logger = logging.getLogger(__name__)

S = Visit.State
_VERBS = {
    S.SCHEDULED: "schedule_again",
    S.DUE: "open",
    S.IN_PROGRESS: "begin",
    S.COMPLETE: "complete",
    S.MISSED: "miss",
    S.CANCELLED: "cancel",
}
ROLLOVERS_KEPT = timedelta(days=14)


# --- Planning ----------------------------------------------------------------------------------


@transaction.atomic
def plan_visits(*, participant: Participant, by: Actor) -> list[Visit]:
    """Make the visits that the schedule of the site's version of the protocol asks for.

    Those that exist already stay as they are.

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
    day_0, on = participant.enrolled_on, today(participant)
    version = version_at(participant.site, on)
    there = participant.visits.values_list("definition__code", flat=True)
    definitions = list(schedule_of(study, version).exclude(code__in=there))
    repeat = repeat_of(study, version) if study.repeat_captures else None
    if repeat and not participant.visits.filter(definition__repeat=True).exists():
        definitions.append(repeat)
    planned = [
        plan_visit(participant, definition, version, day_0, on) for definition in definitions
    ]
    plan_rollovers(study)
    if planned:
        days = {visit.definition.code: visit.scheduled_on.isoformat() for visit in planned}
        record_about(participant, "visit.plan", by=by, new=days)
    plans_changed.send(sender=Visit, participant=participant)
    return planned


def plan_visit(
    participant: Participant, definition: VisitDefinition, version: int, day_0: date, on: date
) -> Visit:
    """Make one visit under ``version`` of the protocol, as it stands on the day ``on``."""
    scheduled, opens, closes = window_of(definition, day_0)
    visit = Visit(
        participant=participant,
        definition=definition,
        protocol_version=version,
        scheduled_on=scheduled,
        planned_on=scheduled,
        opens_on=opens,
        closes_on=closes,
    )
    visit.state = visit.standing_on(on)
    visit.save(force_insert=True)
    return visit


# --- Reading -----------------------------------------------------------------------------------


def open_visit(participant: Participant, on: date) -> Visit | None:
    """The visit whose window is open on ``on``; where windows overlap, the one that closes first.

    A repeat comes after the visit that it repeats. A complete visit is given only when no other
    is open.
    """
    if participant.state != Participant.State.ENROLLED:
        return None
    within = participant.visits.filter(opens_on__lte=on, closes_on__gte=on)
    order = ("closes_on", "scheduled_on", "definition__repeat")
    waiting = within.filter(state__in=WAITING).order_by(*order).first()
    done = within.filter(state=S.COMPLETE).order_by("-scheduled_on", "definition__repeat")
    return waiting or done.first()


def next_visit(participant: Participant, on: date) -> Visit | None:
    """The first visit that can still be made on ``on`` or later, or ``None``."""
    if participant.state != Participant.State.ENROLLED:
        return None
    waiting = participant.visits.counted().filter(state__in=WAITING, closes_on__gte=on)
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
        move_visit(visit, S.COMPLETE, by=by, started_at=since, completed_at=now)
    elif not complete and visit.state == S.COMPLETE:
        move_visit(visit, S.IN_PROGRESS, by=by, completed_at=None)
    elif begun and not complete and visit.state in (S.SCHEDULED, S.DUE):
        move_visit(visit, S.IN_PROGRESS, by=by, started_at=now)
    plans_changed.send(sender=Visit, participant=visit.participant)
    return visit


def cancel_waiting(*, participant: Participant, by: Actor, reason: str) -> int:
    """Cancel every visit not yet complete or missed; for services that end participation."""
    waiting = list(participant.visits.filter(state__in=WAITING).order_by("pk").select_for_update())
    for visit in waiting:
        move_visit(visit, S.CANCELLED, by=by, reason=reason)
    plans_changed.send(sender=Visit, participant=participant)
    return len(waiting)


def redate_visits(*, participant: Participant, by: Actor, reason: str) -> list[Visit]:
    """Count the days of every visit from a corrected day 0; for services that have checked rights.

    Visits that were made keep their photos and their state; one that was missed waits again where
    its new window is not over, unless a person said that it was missed. One that was moved to
    another day, or that no protocol plans, stays on its day. Cancelled ones stay as they are.
    Returns those that moved.
    """
    day_0, on = participant.enrolled_on, today(participant)
    if day_0 is None:
        return []
    rows = participant.visits.exclude(state=S.CANCELLED).select_related("definition")
    moved, old, new = [], {}, {}
    for visit in in_turn(rows.order_by("pk").select_for_update(of=("self",)), day_0):
        before = visit.planned_on or visit.scheduled_on
        if not count_anew(visit, day_0):
            continue
        old[visit.definition.code] = before.isoformat()
        new[visit.definition.code] = (visit.planned_on or visit.scheduled_on).isoformat()
        moved.append(visit)
    if moved:
        record_about(participant, "visit.redate", by=by, old=old, new=new, reason=reason)
    for visit in moved:
        stand_again(visit, on, by=by, reason=reason)
    plans_changed.send(sender=Visit, participant=participant)
    return moved


def stand_again(visit: Visit, on: date, *, by: Actor, reason: str) -> None:
    """Write down the state that the new window gives a visit that nobody has begun."""
    if visit.state == S.MISSED and visit.closes_on >= on and not visit.marked_missed:
        begun = visit.started_at is not None
        again = S.IN_PROGRESS if begun else S.DUE if visit.opens_on <= on else S.SCHEDULED
        move_visit(visit, again, by=by, reason=reason)
    elif visit.state in WAITING and visit.standing_on(on) != visit.state:
        move_visit(visit, visit.standing_on(on), by=by, reason=reason)


def move_visit(visit: Visit, to: str, *, by: Actor, reason: str = "", **fields: Any) -> None:
    """Move ``visit``, which the caller has locked, to ``to``, with an event that says so."""
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


@dataclass(frozen=True)
class _Zone:
    """Those sites of a study whose days begin together; ``name`` is empty for the study's own."""

    study: Study
    name: str

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.name or self.study.time_zone)

    def sites(self) -> QuerySet[Site]:
        names = [self.name] if self.name else ["", self.study.time_zone]
        return Site.objects.filter(study=self.study, time_zone__in=names)


def plan_rollovers(study: Study) -> None:
    """Make sure that tomorrow will be turned, at each site by its own clock."""
    own = study.sites.exclude(time_zone__in=["", study.time_zone])
    for name in ("", *own.values_list("time_zone", flat=True).order_by("time_zone").distinct()):
        _plan_rollover(_Zone(study, name))


def _plan_rollover(there: _Zone) -> DailyRollover:
    day = today(there) + timedelta(days=1)
    return DailyRollover.objects.get_or_create(
        study=there.study,
        time_zone=there.name,
        day=day,
        participant=None,
        defaults={"due_at": midnight(there, day)},
    )[0]


def roll_over(claim: Claim[DailyRollover]) -> None:
    """Write down what the date made of the visits of a study's sites, and plan tomorrow's rollover.

    A row is of the sites of one zone: of those that follow the study's, or of those with this one
    of their own. Several days slept through are made up for at once. The states written are those
    that ``Visit.standing_on`` has been giving since midnight. One person's data that cannot be
    worked on hold up nobody else: their part becomes a row of its own, tried again and set aside
    by itself.
    """
    study, whose = claim.row.study, claim.row.participant
    if whose is not None:
        _turn_one(claim, study, whose)
        return
    there = _Zone(study, claim.row.time_zone)
    failed = _plan_messages(claim, there)
    with claim.completing():
        day = today(there)
        # All rows before the record's head, as every act does: no two wait for each other.
        ours = Participant.objects.filter(study=study, site__in=there.sites())
        for visit in stale_visits(study, day, ours):
            if not _works(visit.participant, partial(_turn, visit, day)):
                failed.add(visit.participant)
        for participant in failed:
            DailyRollover.objects.get_or_create(study=study, day=day, participant=participant)
        plan_rollovers(study)
        done = DailyRollover.objects.filter(study=study, state=WorkState.DONE)
        done.filter(day__lt=day - ROLLOVERS_KEPT).exclude(pk=claim.row.pk).delete()


def _turn_one(claim: Claim[DailyRollover], study: Study, participant: Participant) -> None:
    """The part of one whose data could not be worked on; what is wrong is raised."""
    plans_changed.send(sender=DailyRollover, participant=participant)
    with claim.completing():
        day = today(participant)
        whose = Participant.objects.filter(pk=participant.pk)
        for visit in stale_visits(study, day, whose):
            _turn(visit, day)


def _turn(visit: Visit, day: date) -> None:
    move_visit(visit, visit.standing_on(day), by=SYSTEM)


def _works(participant: Participant, do: Callable[[], object]) -> bool:
    """Whether ``do`` went through; what it wrote is undone if it did not, and why is logged."""
    try:
        with transaction.atomic():
            do()
    except Exception:
        logger.exception("the day cannot be turned for %s; the others go on", participant.code)
        return False
    return True


def _plan_messages(claim: Claim[DailyRollover], there: _Zone) -> set[Participant]:
    """Have everybody's reminders planned; nothing is lost when this is cut short and done again.

    Returns those for whom it failed.
    """
    failed = set()
    enrolled = there.study.participants.filter(state=Participant.State.ENROLLED)
    for participant in enrolled.filter(site__in=there.sites()):
        claim.renew()
        planning = partial(plans_changed.send, sender=DailyRollover, participant=participant)
        if not _works(participant, planning):
            failed.add(participant)
    return failed


def stale_visits(
    study: Study, on: date, of: QuerySet[Participant] | None = None
) -> Sequence[Visit]:
    """Visits whose stored state the date ``on`` has left behind, locked until it is written."""
    ours = Visit.objects.filter(participant__study=study).order_by("pk")
    if of is not None:
        ours = ours.filter(participant__in=of)
    ours = ours.select_related("definition", "participant__study", "participant__site")
    opened = Q(state=S.SCHEDULED, opens_on__lte=on, closes_on__gte=on)
    closed = Q(state__in=WAITING, closes_on__lt=on)
    return list(ours.filter(opened | closed).select_for_update(of=("self",)))
