"""The study's front page in numbers: what this person may see, counted in a bounded few queries."""

import statistics
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from inference.dashboards.services.work import WorkCounts, counts_by_kind
from inference.scoring.services.change import Change, smallest_changes
from inference.scoring.services.scores import Sources, sources
from inference.scoring.services.tallies import latest_severities
from participants.capture.models import Photo
from participants.people.models import GONE, IN_SCREENING, Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState, worker_missing
from studies.protocol.models import Condition, Site, Study
from studies.protocol.services.rights import may_anywhere

BINS = 10
_QUEUED, _RUNNING = WorkState.QUEUED.value, WorkState.RUNNING.value


@dataclass
class SiteLine:
    """One site's enrolment against its target, and its visits."""

    site: Site
    enrolled: int = 0
    screened: int = 0
    gone: int = 0
    due: int = 0
    late: int = 0
    missed: int = 0
    done: int = 0

    @property
    def target(self) -> int:
        return self.site.enrolment_target


@dataclass(frozen=True)
class Spread:
    """How severe one condition is across participants: each at their latest scored visit.

    ``bins`` counts severities in ten steps of 10, the last one with 100; ``bars`` are the same as
    ``(x, height)`` in a box of 100 by 40 for drawing.
    """

    condition: Condition
    number: int
    median: float | None
    bins: list[int]
    change: Change | None = None

    @classmethod
    def of(
        cls, condition: Condition, severities: Collection[float], change: Change | None = None
    ) -> "Spread":
        """The spread of one severity a participant; ``change``: what is more than noise."""
        counts = [0] * BINS
        for severity in severities:
            counts[min(int(severity * BINS / 100), BINS - 1)] += 1
        median = statistics.median(severities) if severities else None
        return cls(condition, len(severities), median, counts, change)

    @property
    def bars(self) -> list[dict[str, float]]:
        counts = self.bins
        highest = max(counts) or 1
        width = 100 / BINS
        bars = []
        for place, count in enumerate(counts):
            height = 40 * count / highest
            bars.append({"x": place * width, "y": 40 - height, "height": height})
        return bars

    @property
    def words(self) -> str:
        """The same for those who cannot see it."""
        steps = [
            f"{place * 10} to {place * 10 + 10}: {count}"
            for place, count in enumerate(self.bins)
            if count
        ]
        return f"{self.condition.name}, participants by severity. {'; '.join(steps)}."


@dataclass(frozen=True)
class Overview:
    """What the live part of the front page shows."""

    sites: list[SiteLine]
    all_sites: bool
    retakes: int
    checking: int
    work: WorkCounts
    runs: dict[str, int]
    sources: Sources
    worker_missing: bool
    today: date

    @property
    def site_codes(self) -> str:
        return ", ".join(line.site.code for line in self.sites)

    @property
    def enrolled(self) -> int:
        return sum(line.enrolled for line in self.sites)

    @property
    def target(self) -> int:
        return sum(line.target for line in self.sites)

    @property
    def due(self) -> int:
        return sum(line.due for line in self.sites)

    @property
    def late(self) -> int:
        return sum(line.late for line in self.sites)

    @property
    def missed(self) -> int:
        return sum(line.missed for line in self.sites)

    @property
    def done(self) -> int:
        return sum(line.done for line in self.sites)


def overview(*, study: Study, user: User) -> Overview:
    """The numbers of the sites of ``study`` that ``user`` may see, now."""
    days = visits.days_here(study)
    numbers = _count(study, user, days)
    by_kind = numbers.by_kind
    sites = Site.objects.visible_to(user).filter(study=study)
    lines = [SiteLine(site, **numbers.sites.get(site.pk, {})) for site in sites]
    return Overview(
        sites=lines,
        all_sites=study.sites.count() == len(lines),
        retakes=numbers.retakes,
        checking=sum(by_kind["check"][state] for state in (_QUEUED, _RUNNING)),
        work=WorkCounts.total(by_kind),
        runs=by_kind["run"],
        sources=sources(study.pk),
        worker_missing=worker_missing(),
        today=days.usual,
    )


@dataclass(frozen=True)
class Numbers:
    """What has to be counted: by site's key, retakes, and work by kind and state."""

    sites: dict[int, dict[str, int]]
    retakes: int
    by_kind: dict[str, dict[str, int]]


def _count(study: Study, user: User, days: visits.Days) -> Numbers:
    photos = Photo.objects.visible_to(user).filter(visit__participant__study=study)
    counted: dict[int, dict[str, int]] = defaultdict(dict)
    _count_participants(study, user, counted)
    _count_visits(study, user, days, counted)
    return Numbers(
        sites=dict(counted),
        retakes=photos.filter(state=Photo.State.RETAKE_WANTED).count(),
        by_kind=counts_by_kind(study=study, user=user),
    )


def _count_participants(study: Study, user: User, counted: dict[int, dict[str, int]]) -> None:
    """Enrolled counts everyone who was, those who left later included, as a target does."""
    people = Participant.objects.visible_to(user).filter(study=study).order_by()
    rows = people.values("site").annotate(
        enrolled=Count("pk", filter=~Q(enrolled_on=None)),
        screened=Count("pk", filter=Q(state__in=IN_SCREENING)),
        gone=Count("pk", filter=Q(state__in=GONE)),
    )
    for row in rows:
        line = counted[row["site"]]
        line.update(enrolled=row["enrolled"], screened=row["screened"], gone=row["gone"])


def _count_visits(
    study: Study, user: User, days: visits.Days, counted: dict[int, dict[str, int]]
) -> None:
    """Due: the window is open. Late: due past the planned day. Missed: the window closed."""
    state, today = Visit.State, days.told()
    open_states = Q(state__in=[state.SCHEDULED, state.DUE, state.IN_PROGRESS])
    staying = ~Q(participant__state__in=GONE)
    window_open = Q(opens_on__lte=today, closes_on__gte=today)
    found = Visit.objects.visible_to(user).counted().filter(participant__study=study).order_by()
    rows = found.values("participant__site").annotate(
        due=Count("pk", filter=staying & open_states & window_open),
        late=Count("pk", filter=staying & open_states & window_open & Q(scheduled_on__lt=today)),
        missed=Count(
            "pk", filter=staying & ((open_states & Q(closes_on__lt=today)) | Q(state=state.MISSED))
        ),
        done=Count("pk", filter=Q(state=state.COMPLETE)),
    )
    for row in rows:
        line = counted[row["participant__site"]]
        line.update(due=row["due"], late=row["late"], missed=row["missed"], done=row["done"])


def spreads(*, study: Study, user: User) -> list[Spread]:
    """The severity of each condition the study assesses, front view, whole face.

    Each participant counts once per condition, with their latest scored visit.
    """
    latest = latest_severities(study=study, user=user)
    conditions = list(study.ordered_conditions())
    noise = _noise(study, user, conditions)
    return [
        Spread.of(condition, latest.get(condition.pk, ()), noise.get(condition.pk))
        for condition in conditions
    ]


def _noise(study: Study, user: User, conditions: list[Condition]) -> dict[str, Change]:
    """Condition → the smallest change that is more than noise, of the package that grades it.

    Of the study as a whole; nothing for who sees no scores.
    """
    if not may_anywhere(user, Permission.SCORE_VIEW, study=study):
        return {}
    packages = sources(study.pk).packages
    known = smallest_changes(study, packages)
    changes: dict[str, Change] = {}
    for condition in conditions:
        of_packages = (known.of(package.pk, condition.pk) for package in packages)
        if change := next((each for each in of_packages if each), None):
            changes[condition.pk] = change
    return changes
