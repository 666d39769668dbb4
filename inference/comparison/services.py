"""Two model packages over the same photos of a study: who scored what, how far, whose changed."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db.models import Q, QuerySet

from inference.cells.agreement import BlandAltman, Changed, bland_altman, changed_grades
from inference.cells.csv import csv_lines
from inference.cells.plots import Plot, draw
from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.scoring.models import Score
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.work import WorkState
from studies.protocol.models import Condition, Study, View
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit

LARGEST = 10

CSV_HEADER = [
    "study_id", "site_id", "participant_id", "visit", "visit_day", "photo_id", "view", "region",
    "condition", "first_model", "first_model_sha256", "first_severity", "first_grade",
    "second_model", "second_model_sha256", "second_severity", "second_grade", "difference",
    "grade_changed", "demonstrator",
]  # fmt: skip


@dataclass(frozen=True)
class Pair:
    """One photo, one condition, the whole face: what each of the two said."""

    photo: str
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

    @property
    def grade_rows(self) -> list[tuple[str, list[tuple[str, int]]]]:
        """Grade by the first → count by each grade of the second."""
        table = self.grades
        return [
            (grade, list(zip(table.second, counts, strict=True)))
            for grade, counts in zip(table.first, table.counts, strict=True)
        ]

    @property
    def largest(self) -> list[Pair]:
        """The photos with the largest differences, either way."""
        return sorted(self.pairs, key=lambda pair: -abs(pair.difference))[:LARGEST]

    def plot(self) -> Plot | None:
        """The Bland-Altman plot, in the units of its box; None without pairs."""
        if self.agreement is None:
            return None
        return draw([(pair.mean, pair.difference) for pair in self.pairs], self.agreement)


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

    Whole-face severities of the conditions the study assesses; three queries and one per package.
    """
    scores = {package.pk: _scores(study, package, user, permission) for package in (first, second)}
    photos = {pk: {photo for photo, _ in found} for pk, found in scores.items()}
    old, new = photos[first.pk], photos[second.pk]
    places = _photos(study, user, permission) if old & new else {}
    compared = [
        _compared(condition, first, second, scores, places)
        for condition in study.ordered_conditions()
    ]
    return Comparison(
        study=study,
        first=first,
        second=second,
        conditions=[one for one in compared if one.pairs],
        photos=len(old & new),
        only_first=len(old - new),
        only_second=len(new - old),
    )


Found = dict[tuple[Any, str], tuple[float, str]]


def _scores(study: Study, package: ModelPackage, user: User, permission: Permission) -> Found:
    """(photo, condition) → severity and grade, of the whole face."""
    rows: QuerySet[Score] = Score.objects.visible_to(user, permission).filter(
        Q(run__photo__state=Photo.State.ACCEPTED),
        run__photo__visit__participant__study=study,
        run__package=package,
        run__state=WorkState.DONE,
        region=FACE,
        severity__isnull=False,
    )
    values = rows.order_by("run__finished_at", "run").values_list(
        "run__photo", "condition", "severity", "grade"
    )
    # Of two runs with other recipes the later one stays.
    return {(photo, c): (float(s or 0), g) for photo, c, s, g in values.iterator()}


def _photos(study: Study, user: User, permission: Permission) -> dict[Any, dict[str, Any]]:
    found = Photo.objects.visible_to(user, permission).filter(
        visit__participant__study=study, state=Photo.State.ACCEPTED
    )
    rows = found.values(
        "pk",
        "view",
        "visit__participant",
        "visit__participant__code",
        "visit__participant__site__code",
        "visit__definition__name",
        "visit__definition__code",
        "visit__definition__day_offset",
    )
    return {row["pk"]: dict(row) for row in rows.iterator()}


def _compared(
    condition: Condition,
    first: ModelPackage,
    second: ModelPackage,
    scores: dict[int, Found],
    places: dict[Any, dict[str, Any]],
) -> Compared:
    old, new = scores[first.pk], scores[second.pk]
    pairs = [
        _pair(places[photo], old[photo, code], new[photo, code])
        for photo, code in old
        if code == condition.pk and (photo, code) in new and photo in places
    ]
    pairs.sort(key=lambda pair: (pair.code, pair.day, pair.view))
    agreement = None
    if pairs:
        agreement = bland_altman(
            np.array([pair.first for pair in pairs]),
            np.array([pair.second for pair in pairs]),
            [pair.participant for pair in pairs],
        )
    grades = changed_grades(
        [(pair.first_grade, pair.second_grade) for pair in pairs],
        first.grades_of(condition.pk),
        second.grades_of(condition.pk),
    )
    return Compared(condition, pairs, agreement, grades)


def _pair(place: dict[str, Any], old: tuple[float, str], new: tuple[float, str]) -> Pair:
    return Pair(
        photo=str(place["pk"]),
        participant=place["visit__participant"],
        code=place["visit__participant__code"],
        site=place["visit__participant__site__code"],
        visit=place["visit__definition__name"],
        visit_code=place["visit__definition__code"],
        day=place["visit__definition__day_offset"],
        view=place["view"],
        first=old[0],
        second=new[0],
        first_grade=old[1],
        second_grade=new[1],
    )


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
    found = compare(study=study, first=first, second=second, user=by, permission=Permission.EXPORT)
    audit.record(
        by=by,
        action="export.create",
        target=study,
        study=study.code,
        new={"file": "comparison", "first": str(first), "second": str(second)},
    )
    return csv_lines(CSV_HEADER, _rows(found))


def _rows(found: Comparison) -> Iterator[tuple[Any, ...]]:
    for one in found.conditions:
        for pair in one.pairs:
            yield (
                found.study.code,
                pair.site,
                pair.code,
                pair.visit_code,
                pair.day,
                pair.photo,
                pair.view,
                FACE,
                one.condition.pk,
                str(found.first),
                found.first.sha256,
                pair.first,
                pair.first_grade,
                str(found.second),
                found.second.sha256,
                pair.second,
                pair.second_grade,
                round(pair.difference, 6),
                pair.first_grade != pair.second_grade,
                found.demonstrator,
            )
