"""The study's front page in numbers: what this person may see, counted in a bounded few queries."""

import statistics
from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Count, Q

from inference.dashboards.services.work import WorkCounts, counts_by_kind
from inference.pipeline.grades import FACE
from inference.scoring.models import Score
from inference.scoring.services.scores import Sources, current_scores, sources
from participants.capture.models import Photo
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.models import User
from studies.platform.work import WorkState, worker_missing
from studies.protocol.models import Condition, Site, Study, View

BINS = 10
_QUEUED, _RUNNING = WorkState.QUEUED.value, WorkState.RUNNING.value
_GONE = (Participant.State.WITHDRAWN, Participant.State.ERASED)


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
    severities: list[float]

    @property
    def number(self) -> int:
        return len(self.severities)

    @property
    def median(self) -> float | None:
        return statistics.median(self.severities) if self.severities else None

    @property
    def bins(self) -> list[int]:
        counts = [0] * BINS
        for severity in self.severities:
            counts[min(int(severity * BINS / 100), BINS - 1)] += 1
        return counts

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
    """The numbers of the sites of ``study`` that ``user`` may see."""
    lines = {site.pk: SiteLine(site) for site in Site.objects.visible_to(user).filter(study=study)}
    _count_participants(study, user, lines)
    today = visits.today(study)
    _count_visits(study, user, today, lines)
    by_kind = counts_by_kind(study=study, user=user)
    photos = Photo.objects.visible_to(user).filter(visit__participant__study=study)
    return Overview(
        sites=list(lines.values()),
        all_sites=study.sites.count() == len(lines),
        retakes=photos.filter(state=Photo.State.RETAKE_WANTED).count(),
        checking=sum(by_kind["check"][state] for state in (_QUEUED, _RUNNING)),
        work=WorkCounts.total(by_kind),
        runs=by_kind["run"],
        sources=sources(study.pk),
        worker_missing=worker_missing(),
        today=today,
    )


def _count_participants(study: Study, user: User, lines: dict[int, SiteLine]) -> None:
    """Enrolled counts everyone who was, those who left later included, as a target does."""
    people = Participant.objects.visible_to(user).filter(study=study).order_by()
    rows = people.values("site").annotate(
        enrolled=Count("pk", filter=~Q(enrolled_on=None)),
        screened=Count("pk", filter=Q(enrolled_on=None) & ~Q(state__in=_GONE)),
        gone=Count("pk", filter=Q(state__in=_GONE)),
    )
    for row in rows:
        line = lines[row["site"]]
        line.enrolled, line.screened, line.gone = row["enrolled"], row["screened"], row["gone"]


def _count_visits(study: Study, user: User, today: date, lines: dict[int, SiteLine]) -> None:
    """Due: the window is open. Late: due past the planned day. Missed: the window closed."""
    state = Visit.State
    open_states = Q(state__in=[state.SCHEDULED, state.DUE, state.IN_PROGRESS])
    staying = ~Q(participant__state__in=_GONE)
    window_open = Q(opens_on__lte=today, closes_on__gte=today)
    found = Visit.objects.visible_to(user).filter(participant__study=study).order_by()
    rows = found.values("participant__site").annotate(
        due=Count("pk", filter=staying & open_states & window_open),
        late=Count("pk", filter=staying & open_states & window_open & Q(scheduled_on__lt=today)),
        missed=Count(
            "pk", filter=staying & ((open_states & Q(closes_on__lt=today)) | Q(state=state.MISSED))
        ),
        done=Count("pk", filter=Q(state=state.COMPLETE)),
    )
    for row in rows:
        line = lines[row["participant__site"]]
        line.due, line.late = row["due"], row["late"]
        line.missed, line.done = row["missed"], row["done"]


def spreads(*, study: Study, user: User) -> list[Spread]:
    """The severity of each condition the study assesses, front view, whole face.

    Each participant counts once per condition, with their latest scored visit.
    """
    scores = Score.objects.visible_to(user).filter(
        run__photo__visit__participant__study=study,
        run__photo__view=View.FRONT,
        region=FACE,
        severity__gte=0,
    )
    rows = (
        current_scores(scores)
        .order_by("run__photo__visit__definition__day_offset")
        .values_list("condition", "run__photo__visit__participant", "severity")
    )
    latest: dict[str, dict[int, float]] = defaultdict(dict)
    for condition, participant, severity in rows.iterator():
        latest[condition][participant] = float(severity or 0)
    return [
        Spread(condition, sorted(latest[condition.pk].values()))
        for condition in study.ordered_conditions()
    ]
