"""A week: what is meant for each day, what closes on it, what is late."""

from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db.models import Q
from django.urls import reverse

from participants.board.looks import Look, look_of
from participants.board.services.asked import WEEK, Asked
from participants.visits.models import WAITING, Visit


@dataclass(frozen=True)
class Line:
    """One visit on one day."""

    visit: Visit
    look: Look
    url: str


@dataclass
class Day:
    """One day: ``due`` are meant for it, ``closing`` close on it, ``late`` are past their day."""

    on: date
    today: bool
    due: list[Line] = field(default_factory=list)
    closing: list[Line] = field(default_factory=list)
    late: list[Line] = field(default_factory=list)


def week(asked: Asked, monday: date) -> list[Day]:
    """The seven days from ``monday`` on, each where the participant's site is; a few queries.

    Late is told of today and later: of a day that is over, nobody can say what was late then.
    """
    days = [Day(on := monday + timedelta(days=number), today=on == asked.on) for number in range(7)]
    last = monday + WEEK - timedelta(days=1)
    there = Q(scheduled_on__range=(monday, last)) | Q(closes_on__range=(monday, last))
    late = Q(state__in=WAITING, scheduled_on__lt=last, closes_on__gte=monday)
    rows = Visit.objects.counted().filter(there | late, participant__in=asked.people())
    rows = rows.exclude(state=Visit.State.CANCELLED).select_related("definition", "participant")
    for visit in rows.order_by("participant__code"):
        page = reverse("participants:detail", args=[asked.study.code, visit.participant.code])
        here = asked.days.at(visit.participant.site_id)
        line = Line(visit, look_of(visit, here), f"{page}visits/{visit.definition.code}/")
        for day in days:
            _place(line, day, here)
    return days


def _place(line: Line, day: Day, today: date) -> None:
    visit = line.visit
    waits = visit.standing_on(today) in WAITING
    if visit.scheduled_on == day.on:
        day.due.append(line)
    if visit.closes_on == day.on and waits and visit.scheduled_on != day.on:
        day.closing.append(line)
    if waits and visit.scheduled_on < day.on < visit.closes_on and day.on >= today:
        day.late.append(line)
