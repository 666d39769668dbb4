"""What both files read of the database: a few participants at a time, as of one moment.

Rows are plain values, and a row of the long file is read in two halves: what is said of its run,
once, and the score itself. Nothing is sorted that does not fit into memory, so the database writes
no temporary file however large the study is.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from json import JSONDecoder
from typing import Any, NamedTuple
from uuid import UUID

from django.db import connection, transaction
from django.db.models import QuerySet, TextField
from django.db.models.functions import Cast

from inference.exports.services.filters import Filters, people_of, runs_of
from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.scoring.models import Score
from inference.scoring.services.change import Changes, smallest_changes
from inference.scoring.services.scores import Counting, counting, with_is_current
from participants.people.models import Participant
from studies.access.models import User
from studies.protocol.models import Study

PEOPLE = 60


class RunRow(NamedTuple):
    """A run and its photo, without what weighs: the quality's measures, the package's card."""

    pk: int
    package: int
    model_sha256: str
    recipe: str
    runtime: str
    quality_flags: list[str]
    participant: int
    visit: int
    visit_code: str
    visit_day: int
    protocol_version: int
    repeat: bool
    photo: UUID
    photo_state: str
    view: str
    taken_at: datetime | None
    received_at: datetime
    capture: dict[str, Any]
    late_arrival: bool
    taken_at_source: str
    exif_taken_at: datetime | None
    exif_offset: str
    exif_zone: str
    flags: list[str]
    review: str


_RUN_VALUES = (
    "pk",
    "package",
    "model_sha256",
    "recipe",
    "runtime",
    "quality_flags",
    "photo__visit__participant",
    "photo__visit",
    "photo__visit__definition__code",
    "photo__visit__definition__day_offset",
    "photo__visit__protocol_version",
    "photo__visit__definition__repeat",
    "photo",
    "photo__state",
    "photo__view",
    "photo__taken_at",
    "photo__received_at",
    "photo__capture",
    "photo__late_arrival",
    "photo__taken_at_source",
    "photo__exif_taken_at",
    "photo__exif_offset",
    "photo__exif_zone",
    "photo__flags",
    "photo__review",
)


class ScoreRow(NamedTuple):
    """One score; ``is_current`` as ``inference.scoring.services.scores`` says it."""

    region: str
    condition: str
    grade: str
    severity: float | None
    severity_low: float | None
    severity_high: float | None
    probabilities: str  # JSON, for ``probabilities_of``
    not_assessable: str
    is_current: bool


_SCORE_VALUES = (
    "region",
    "condition",
    "grade",
    "severity",
    "severity_low",
    "severity_high",
    Cast("probabilities", TextField()),
    "not_assessable",
)
_decode = JSONDecoder().raw_decode


def probabilities_of(score: ScoreRow) -> dict[str, float]:
    """Grade → probability; read here, since a million rows of JSON are dear the usual way."""
    probabilities: dict[str, float] = _decode(score.probabilities)[0]
    return probabilities


@contextmanager
def snapshot() -> Iterator[None]:
    """Read everything inside as it stood when the first of it was read.

    A download takes as long as its line; what is written meanwhile is in the next one.
    """
    if connection.vendor != "postgresql" or connection.in_atomic_block:
        yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


class Reader:
    """Reads what ``by`` may export of ``study`` and ``filters`` leave."""

    def __init__(self, study: Study, filters: Filters, by: User) -> None:
        self.study, self.filters, self.by = study, filters, by
        self.now: Counting = counting(study.pk, many=True)
        self.packages = ModelPackage.objects.only(
            "name", "version", "demonstrator", "state", "card"
        ).in_bulk()
        self.changes: Changes = smallest_changes(study, self.packages.values())

    def people(self) -> Iterator[list[Participant]]:
        """The participants in the order of their codes, some at a time."""
        people = people_of(self.study, self.filters, self.by).order_by("code")
        keys = list(people.values_list("pk", flat=True))
        related = Participant.objects.select_related("site").order_by("code")
        for place in range(0, len(keys), PEOPLE):
            yield list(related.filter(pk__in=keys[place : place + PEOPLE]))

    def runs(self, people: list[Participant]) -> list[RunRow]:
        """Their runs, by participant, visit, view, photo."""
        rows = (
            runs_of(self.study, self.filters, self.by)
            .filter(photo__visit__participant__in=people)
            .order_by(
                "photo__visit__participant__code",
                "photo__visit__definition__day_offset",
                "photo__visit__definition__repeat",
                "photo__view",
                "photo",
                "pk",
            )
        )
        return [RunRow(*row) for row in rows.values_list(*_RUN_VALUES)]

    def scores(
        self, runs: list[RunRow], *, face: bool = False, current: bool = False
    ) -> dict[int, list[ScoreRow]]:
        """Run → its scores that the filters leave, by condition and region.

        ``face``: only those of the whole face; ``current``: only those that count.
        """
        scores: QuerySet[Score] = Score.objects.filter(run__in=[run.pk for run in runs])
        if self.filters.conditions:
            scores = scores.filter(condition__in=self.filters.conditions)
        if face or self.filters.whole_face_only:
            scores = scores.filter(region=FACE)
        asked: list[Any] = ["run", *_SCORE_VALUES]
        simple = self.now.simple
        if not simple:
            scores = with_is_current(scores, self.study.pk, now=self.now)
            asked.append("is_current")
        score_rows: dict[int, list[ScoreRow]] = defaultdict(list)
        rows = scores.order_by("run", "condition__order", "region").values_list(*asked)
        only_current = current or self.filters.current_only
        counted = {run.pk: self._counted(run) for run in runs} if simple else {}
        for run, *values in rows:
            if simple:
                values.append(values[1] in counted[run])
            score = ScoreRow._make(values)
            if score.is_current or not only_current:
                score_rows[run].append(score)
        return score_rows

    def _counted(self, run: RunRow) -> frozenset[str]:
        """The conditions of which the run's scores count; only of use where it is ``simple``."""
        return frozenset(
            condition
            for condition in self.now.graded
            if self.now.counts(
                package=run.package, condition=condition, photo_state=run.photo_state
            )
        )
