"""Two model packages over the same photos of a study: who scored what, how far, whose changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID

from django.db.models import Exists, F, OuterRef

from inference.cells.plots import Plot, draw
from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.scoring.models import Run, Score
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.platform.kept import kept
from studies.platform.work import WorkState
from studies.protocol.models import Condition, Study, View
from studies.protocol.services.rights import may_anywhere, reach, require
from studies.record import services as audit

if TYPE_CHECKING:
    from inference.agreement.changed import Changed
    from inference.agreement.intervals import Draws
    from inference.agreement.limits import BlandAltman

LARGEST = 10

CSV_HEADER = [
    "study_id", "site_id", "participant_id", "visit", "visit_day", "photo_id", "view", "region",
    "condition", "first_model", "first_model_sha256", "first_severity", "first_grade",
    "second_model", "second_model_sha256", "second_severity", "second_grade", "difference",
    "grade_changed", "demonstrator",
]  # fmt: skip


class Pair(NamedTuple):
    """One photo, one condition, the whole face: what each of the two said."""

    condition: str
    photo: UUID | str
    participant: int
    code: str
    site: str
    visit: str
    visit_code: str
    day: int
    view: str
    first: float
    second: float
    first_grade: str
    second_grade: str

    @property
    def difference(self) -> float:
        return self.second - self.first

    @property
    def mean(self) -> float:
        return (self.first + self.second) / 2

    @property
    def view_label(self) -> str:
        return View(self.view).label


@dataclass(frozen=True)
class Compared:
    """One condition: the figures, the table of grades, the photos that differ most."""

    condition: Condition
    pairs: list[Pair]
    agreement: BlandAltman | None
    grades: Changed
    largest: list[Pair]  # the photos with the largest differences, either way
    plot: Plot | None  # the Bland-Altman plot, in the units of its box; None without pairs

    @property
    def grade_rows(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Grade by the first → count by each grade of the second."""
        table = self.grades
        return [
            (grade, list(zip(table.second, counts, strict=True)))
            for grade, counts in zip(table.first, table.counts, strict=True)
        ]


@dataclass(frozen=True)
class Comparison:
    """Everything two packages said of the same accepted photos, as far as a person may see."""

    study: Study
    first: ModelPackage
    second: ModelPackage
    conditions: list[Compared]
    photos: int
    only_first: int
    only_second: int

    @property
    def demonstrator(self) -> bool:
        return self.first.demonstrator or self.second.demonstrator


def compare(
    *,
    study: Study,
    first: ModelPackage,
    second: ModelPackage,
    user: User,
    permission: Permission = Permission.SCORE_VIEW,
) -> Comparison:
    """Compare ``second`` with ``first`` over the accepted photos both have scored.

    Whole-face severities of the conditions the study assesses; a query for the pairs, one for
    each package's number of photos. Of photos that only one has scored nothing is read.
    """
    from inference.agreement.intervals import Draws

    scope = Scope(study, user, permission)
    pairs = _pairs(scope, first, second)
    both = len({photo for of_one in pairs.values() for photo in of_one})
    draws = Draws()
    compared = [
        _compared(condition, first, second, [*pairs.get(condition.pk, {}).values()], draws)
        for condition in study.ordered_conditions()
    ]
    return Comparison(
        study=study,
        first=first,
        second=second,
        conditions=[each_condition for each_condition in compared if each_condition.pairs],
        photos=both,
        only_first=_number(scope, first) - both,
        only_second=_number(scope, second) - both,
    )


def figures(*, study: Study, first: ModelPackage, second: ModelPackage, user: User) -> Comparison:
    """The comparison as a page shows it, without the pairs; of now or ``kept``."""

    def find() -> tuple[list[Compared], int, int, int]:
        compared = compare(study=study, first=first, second=second, user=user)
        light = [replace(condition, pairs=[]) for condition in compared.conditions]
        return light, compared.photos, compared.only_first, compared.only_second

    seen_by = reach(user, study=study)
    key = f"comparison:{study.pk}:{first.pk}:{second.pk}:{seen_by}"
    conditions, photos, only_first, only_second = kept(key, find)
    return Comparison(study, first, second, conditions, photos, only_first, only_second)


class Scope(NamedTuple):
    """Whose scores are compared: a study's, as far as ``user`` may do ``permission``."""

    study: Study
    user: User
    permission: Permission


# The fields of a Pair, from the score of the second package: the first one's are by the photo.
_FIRST = "run__photo__runs"
_FIELDS = (
    "condition", "run__photo", "run__photo__visit__participant",
    "run__photo__visit__participant__code", "run__photo__visit__participant__site__code",
    "run__photo__visit__definition__name", "run__photo__visit__definition__code",
    "run__photo__visit__definition__day_offset", "run__photo__view",
    f"{_FIRST}__scores__severity", "severity", f"{_FIRST}__scores__grade", "grade",
)  # fmt: skip


def _pairs(
    scope: Scope, first: ModelPackage, second: ModelPackage
) -> dict[str, dict[UUID | str, Pair]]:
    """Condition → photo → what both said of the whole face, over accepted photos."""
    said = Score.objects.visible_to(scope.user, scope.permission).filter(
        run__photo__state=Photo.State.ACCEPTED,
        run__photo__visit__participant__study=scope.study,
        run__package=second,
        run__state=WorkState.DONE,
        region=FACE,
        severity__isnull=False,
        **{
            f"{_FIRST}__package": first,
            f"{_FIRST}__state": WorkState.DONE,
            f"{_FIRST}__scores__region": FACE,
            f"{_FIRST}__scores__condition": F("condition"),
            f"{_FIRST}__scores__severity__isnull": False,
        },
    )
    later = ("run__finished_at", f"{_FIRST}__finished_at", "run", _FIRST)
    rows = said.order_by(*later).values_list(*_FIELDS)
    # Of runs with other recipes the latest stay.
    pairs: dict[str, dict[UUID | str, Pair]] = defaultdict(dict)
    for pair in map(Pair._make, rows.iterator()):
        pairs[pair.condition][pair.photo] = pair
    return pairs


def _number(scope: Scope, package: ModelPackage) -> int:
    """How many accepted photos ``package`` has said something of the whole face of."""
    graded = Score.objects.filter(run=OuterRef("pk"), region=FACE, severity__isnull=False)
    runs = Run.objects.visible_to(scope.user, scope.permission).filter(
        Exists(graded),
        photo__state=Photo.State.ACCEPTED,
        photo__visit__participant__study=scope.study,
        package=package,
        state=WorkState.DONE,
    )
    return runs.order_by().values("photo").distinct().count()


def _compared(
    condition: Condition,
    first: ModelPackage,
    second: ModelPackage,
    pairs: list[Pair],
    draws: Draws,
) -> Compared:
    from inference.agreement.changed import changed_grades
    from inference.agreement.limits import bland_altman

    pairs.sort(key=lambda pair: (pair.code, pair.day, pair.view))
    agreement = None
    if pairs:
        agreement = bland_altman(
            [pair.first for pair in pairs],
            [pair.second for pair in pairs],
            [pair.participant for pair in pairs],
            draws=draws,
        )
    grades = changed_grades(
        [(pair.first_grade, pair.second_grade) for pair in pairs],
        first.grades_of(condition.pk),
        second.grades_of(condition.pk),
    )
    # As text: an erasure looks for the numbers of photos in what is kept, too.
    furthest = sorted(pairs, key=lambda pair: -abs(pair.difference))[:LARGEST]
    largest = [pair._replace(photo=str(pair.photo)) for pair in furthest]
    points = [(pair.mean, pair.difference) for pair in pairs]
    plot = draw(points, agreement) if agreement else None
    return Compared(condition, pairs, agreement, grades, largest, plot)


# --- The file ----------------------------------------------------------------------------------


def comparison_csv(
    *, study: Study, first: ModelPackage, second: ModelPackage, by: User
) -> Iterator[bytes]:
    """The pairs as CSV, of the sites where ``by`` may export; the act is recorded first.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
    """
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)
    compared = compare(
        study=study, first=first, second=second, user=by, permission=Permission.EXPORT
    )
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": "comparison", "first": str(first), "second": str(second)},
    )
    return csv_lines(CSV_HEADER, _rows(compared))


def _rows(comparison: Comparison) -> Iterator[tuple[Any, ...]]:
    for condition in comparison.conditions:
        for pair in condition.pairs:
            yield (
                comparison.study.code,
                pair.site,
                pair.code,
                pair.visit_code,
                pair.day,
                pair.photo,
                pair.view,
                FACE,
                condition.condition.pk,
                str(comparison.first),
                comparison.first.sha256,
                pair.first,
                pair.first_grade,
                str(comparison.second),
                comparison.second.sha256,
                pair.second,
                pair.second_grade,
                round(pair.difference, 6),
                pair.first_grade != pair.second_grade,
                comparison.demonstrator,
            )
