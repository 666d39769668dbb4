"""Which visits and participants wait for answers: filters for lists of a whole study.

What one participant is asked is ``slots``; this says the same of many in a few queries, by the days
that it is where each site is.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import Final

from django.db.models import Exists, OuterRef, Q

from participants.answers.models import COUNTED, Submission
from participants.answers.services.slots import MOST_DAYS
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits.days_here import Days
from participants.visits.models import Visit
from studies.assignments.models import Assignment
from studies.protocol.models import Study

SILENT: Final = 3  # days of a diary, one after the other, that nobody answered
_NOTHING: Final = Q(pk__in=[])
_ENROLLED: Final = Participant.State.ENROLLED


def asked_in(study: Study) -> list[Assignment]:
    """What is asked in ``study`` at visits and on days of its own."""
    rows = Assignment.objects.asked().filter(study=study)
    timed = rows.exclude(timing=Assignment.Timing.AS_NEEDED)
    return list(timed.select_related("instrument", "study"))


def visits_open(asked: Iterable[Assignment], days: Days) -> Q:
    """Visits that can be made today, at which a form was not begun."""
    today = days.told()
    return _takes_part() & Q(opens_on__lte=today, closes_on__gte=today) & _lacking(asked)


def visits_over(asked: Iterable[Assignment], days: Days) -> Q:
    """Visits that were made and are over, at which a form is missing that should be there.

    That is what staff fills in, and what a visit is not complete without: both can be entered late.
    """
    wanted = [row for row in asked if row.required or row.filled_by == Assignment.FilledBy.STAFF]
    photo = Photo.objects.filter(visit=OuterRef("pk"))
    answers = Submission.objects.filter(visit=OuterRef("pk"), state__in=COUNTED)
    made = Q(Exists(photo)) | Q(Exists(answers))
    return _takes_part() & Q(closes_on__lt=days.told()) & made & _lacking(wanted)


def missing_at(visit: Visit, asked: Iterable[Assignment]) -> list[Assignment]:
    """Those of ``asked`` that nobody has begun at ``visit``; reads ``visit.submissions``."""
    there = {row.assignment_id for row in visit.submissions.all()}
    code = visit.definition.code
    return [row for row in _at_visits(asked) if code in row.visits and row.pk not in there]


def diaries_open(asked: Iterable[Assignment], study: Study, days: Days) -> Q:
    """Participants with a form of a day that can be filled in today and that nobody has begun."""
    found = _NOTHING
    for row, today, sites, enrolled in _diaries(asked, study, days):
        for back in range(row.open_days + 1):
            day = today - timedelta(days=back)
            who = [day_0 for day_0 in enrolled if _is_asked(row, (day - day_0).days)]
            begun = Submission.objects.filter(
                participant=OuterRef("pk"), assignment=row.pk, day=day
            )
            if who and not _closed_before(row, day):
                found |= Q(site__in=sites, enrolled_on__in=who) & ~Q(Exists(begun))
    return Q(state=_ENROLLED) & found


def diaries_silent(asked: Iterable[Assignment], study: Study, days: Days) -> Q:
    """Participants who have answered none of the last ``SILENT`` days of a diary that goes on."""
    found = _NOTHING
    theirs = [row for row in asked if row.filled_by == Assignment.FilledBy.PARTICIPANT]
    for row, today, sites, enrolled in _diaries(theirs, study, days):
        over = today - timedelta(days=row.open_days + 1)
        alike: dict[tuple[date, date], list[date]] = defaultdict(list)
        for day_0 in enrolled:
            if span := _latest(row, day_0, over):
                alike[span].append(day_0)
        for (first, last), who in alike.items():
            answered = Submission.objects.filter(
                participant=OuterRef("pk"),
                assignment=row.pk,
                day__range=(first, last),
                state__in=COUNTED,
            )
            if not _closed_before(row, first):
                found |= Q(site__in=sites, enrolled_on__in=who) & ~Q(Exists(answered))
    return Q(state=_ENROLLED) & found


def _takes_part() -> Q:
    return Q(participant__state=_ENROLLED) & ~Q(state=Visit.State.CANCELLED)


def _at_visits(asked: Iterable[Assignment]) -> list[Assignment]:
    return [row for row in asked if row.timing == Assignment.Timing.VISITS]


def _lacking(asked: Iterable[Assignment]) -> Q:
    found = _NOTHING
    for row in _at_visits(asked):
        begun = Submission.objects.filter(visit=OuterRef("pk"), assignment=row.pk)
        one = Q(definition__code__in=row.visits) & ~Q(Exists(begun))
        if row.filled_by == Assignment.FilledBy.PARTICIPANT:
            one &= Q(closes_on__gte=_assigned_on(row))
        found |= one
    return found


def _assigned_on(row: Assignment) -> date:
    """The day from which on it is asked, in the study's zone."""
    return row.assigned_at.astimezone(row.study.zone).date()


def _closed_before(row: Assignment, day: date) -> bool:
    if row.filled_by == Assignment.FilledBy.STAFF:
        return False
    return day + timedelta(days=row.open_days) < _assigned_on(row)


def _diaries(
    asked: Iterable[Assignment], study: Study, days: Days
) -> Iterator[tuple[Assignment, date, list[int], list[date]]]:
    """Each form on days, with a today, the sites where it is today, and the days 0 there."""
    rows = [row for row in asked if row.timing == Assignment.Timing.DAYS]
    if not rows:
        return
    people = Participant.objects.filter(study=study, state=_ENROLLED)
    pairs = set(people.order_by().values_list("site", "enrolled_on").distinct())
    by_day: dict[date, list[tuple[int, date]]] = defaultdict(list)
    for site, day_0 in pairs:
        if day_0 is not None:
            by_day[days.at(site)].append((site, day_0))
    for row in rows:
        for today, there in by_day.items():
            yield row, today, sorted({at for at, _ in there}), sorted({day for _, day in there})


def _is_asked(row: Assignment, number: int) -> bool:
    """Whether ``row`` is asked on the day of this number; 0 is enrolment."""
    first = row.first_day or 0
    last = MOST_DAYS if row.last_day is None else row.last_day
    return first <= number <= last and (number - first) % row.every == 0


def _latest(row: Assignment, day_0: date, over: date) -> tuple[date, date] | None:
    """The first and last of the ``SILENT`` latest days asked up to ``over``, if it goes on."""
    first = row.first_day or 0
    latest = first + ((over - day_0).days - first) // row.every * row.every
    earliest = latest - (SILENT - 1) * row.every
    if earliest < first or not _is_asked(row, latest):
        return None
    return day_0 + timedelta(days=earliest), day_0 + timedelta(days=latest)
