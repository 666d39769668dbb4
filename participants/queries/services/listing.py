"""Queries as lists and numbers: of a study, of a participant, by site."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta
from statistics import median

from django.db.models import Q
from django.utils import timezone

from participants.people.models import Participant
from participants.queries.models import Query, QueryQuerySet
from participants.queries.places import RELATED, Told, place_of, told
from participants.visits import services as visits
from studies.access.models import User
from studies.protocol.models import Site, Study

# Ages to choose from: at least so many days.
AGES = {"7": 7, "14": 14, "30": 30, "90": 90}


@dataclass(frozen=True)
class Line:
    """One query as a list shows it."""

    query: Query
    place: Told


@dataclass(frozen=True)
class Wanted:
    """What a list is narrowed to; empty values narrow nothing.

    ``state`` is one of the query's, or ``standing`` (not closed), ``waiting`` (for an answer) or
    ``overdue``; ``age`` a key of ``AGES``.
    """

    state: str = ""
    site: str = ""
    participant: str = ""
    about: str = ""
    age: str = ""

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return any((self.state, self.site, self.participant, self.about, self.age))


def queries_in(study: Study, user: User, wanted: Wanted | None = None) -> QueryQuerySet:
    """The queries of ``study`` that ``user`` may see and that are ``wanted``, the newest first."""
    rows = Query.objects.visible_to(user).filter(participant__study=study)
    if wanted is None:
        return rows
    if wanted.state in Query.State.values:
        rows = rows.filter(state=wanted.state)
    elif wanted.state:
        rows = rows.filter(_standing(wanted.state, study))
    if wanted.site:
        rows = rows.filter(participant__site__code=wanted.site)
    if wanted.participant:
        rows = rows.filter(participant__code__iexact=wanted.participant.strip())
    if wanted.about in Query.About.values:
        rows = rows.filter(about=wanted.about)
    if wanted.age in AGES:
        since = timezone.now() - timedelta(days=AGES[wanted.age])
        rows = rows.filter(raised_at__lte=since)
    return rows


def _standing(state: str, study: Study) -> Q:
    waiting = Q(state__in=(Query.State.OPEN, Query.State.REOPENED))
    if state == "standing":
        return ~Q(state=Query.State.CLOSED)
    if state == "overdue":
        return waiting & Q(due_on__lt=visits.days_here(study).told("participant__site"))
    return waiting if state == "waiting" else Q()


def described(rows: Iterable[Query]) -> list[Line]:
    """Queries with their places in words; ``rows`` with ``RELATED`` cost few queries."""
    return [Line(row, told(place_of(row))) for row in rows]


def of_participant(participant: Participant, user: User) -> list[Line]:
    """Every query about ``participant`` that ``user`` may see: those that stand first."""
    rows = Query.objects.visible_to(user).filter(participant=participant)
    lines = described(rows.select_related(*RELATED))
    return sorted(lines, key=lambda line: line.query.state == Query.State.CLOSED)


def standing_by_visit(people: Iterable[int], user: User) -> dict[int, int]:
    """Visit → how many queries about it, its photos and its forms stand; few database queries."""
    rows = Query.objects.visible_to(user).standing()
    found: dict[int, int] = defaultdict(int)
    for visit in rows.filter(participant__in=list(people), visit__isnull=False).values_list(
        "visit", flat=True
    ):
        found[visit] += 1
    return dict(found)


# --- By site -----------------------------------------------------------------------------------


@dataclass(frozen=True)
class SiteAges:
    """How queries stand at one site, as one person may see them.

    ``ages`` are whole days, the oldest first, of those that wait for the site (``open``) and of
    those it has answered (``answered``).
    """

    site: Site
    open: int = 0
    overdue: int = 0
    answered: int = 0
    closed: int = 0
    open_ages: list[int] = field(default_factory=list)
    answered_ages: list[int] = field(default_factory=list)

    @property
    def ages(self) -> list[int]:
        """Of all that stand."""
        return sorted([*self.open_ages, *self.answered_ages], reverse=True)

    @property
    def oldest(self) -> int | None:
        """Days since the oldest of those that stand was raised."""
        return max(self.ages, default=None)

    @property
    def median(self) -> float | None:
        """The median age of those that stand, in days."""
        return median(self.ages) if self.ages else None


def query_ages(study: Study, user: User) -> list[SiteAges]:
    """Each site that ``user`` may see, by code, with how many queries stand there and how old."""
    rows = Query.objects.visible_to(user).filter(participant__study=study)
    by_site: dict[int, list[Query]] = defaultdict(list)
    for row in rows.select_related("participant__site", "participant__study"):
        by_site[row.participant.site_id].append(row)
    sites = Site.objects.visible_to(user).filter(study=study).order_by("code")
    return [_ages(site, by_site[site.pk]) for site in sites]


def _ages(site: Site, rows: list[Query]) -> SiteAges:
    waiting = [row for row in rows if row.waits]
    answered = [row for row in rows if row.state == Query.State.ANSWERED]
    return SiteAges(
        site,
        open=len(waiting),
        overdue=sum(row.overdue for row in waiting),
        answered=len(answered),
        closed=len(rows) - len(waiting) - len(answered),
        open_ages=sorted((row.age for row in waiting), reverse=True),
        answered_ages=sorted((row.age for row in answered), reverse=True),
    )
