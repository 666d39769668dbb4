"""The study's primary package beside the readers: is it within their own spread?"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from inference.packages.models import ModelPackage
from inference.pipeline.grades import FACE
from inference.reading.models import ReadingStudy, Scale
from inference.reading.scales import Kind
from inference.results.coefficients import of_two
from inference.results.services.frame import Frame
from inference.scoring.models import Score
from inference.scoring.services.scores import active_packages, current_scores

if TYPE_CHECKING:
    from inference.agreement.intervals import Draws
    from inference.agreement.ratings import Floats, Ratings

FEWEST_READERS = 3


@dataclass(frozen=True)
class Network:
    """What the primary package said of each case on a scale: (S,), NaN where it said nothing."""

    package: ModelPackage
    values: Floats
    words: str


def primary_of(study_pk: int) -> ModelPackage | None:
    """The study's primary package."""
    row = active_packages(study_pk).filter(primary=True).first()
    return row.package if row else None


def networks_of(frame: Frame) -> dict[str, Network]:
    """Scale code → what the primary package says, for the scales that it can be held against."""
    package = primary_of(frame.study.study_id)
    if package is None or why_not(frame.study) or not frame.cases:
        return {}
    return {
        scale.code: _network(frame, scale, package)
        for scale in frame.scales
        if not why_not_scale(scale)
    }


def why_not(study: ReadingStudy) -> str:
    """Why no network can be held against what was read; empty where one can."""
    if study.shown == ReadingStudy.Shown.PAIRS:
        return "Readers graded two photos together; a network scores each photo by itself."
    return ""


def why_not_scale(scale: Scale) -> str:
    """The same of one scale."""
    if scale.condition is None:
        return "This scale names no condition that a network scores."
    if Kind(scale.kind) not in {Kind.GRADES, Kind.LINE}:
        return "A network gives a severity from 0 to 100, which is no " + (
            "number of lesions." if scale.kind == Kind.COUNT else "score of this kind."
        )
    return ""


def _network(frame: Frame, scale: Scale, package: ModelPackage) -> Network:
    import numpy as np

    row_of = {case.photo: row for row, case in enumerate(frame.cases) if case.photo is not None}
    scores = Score.objects.filter(
        run__package=package,
        run__photo__visit__participant__study=frame.study.study_id,
        condition=scale.condition_id,
        region=scale.region or FACE,
        severity__isnull=False,
    )
    named = package.grades_of(str(scale.condition_id))
    same = len(named) == len(scale.grades)
    values = np.full(len(frame.cases), np.nan)
    current = current_scores(scores, frame.study.study_id)
    for photo, severity, grade in current.values_list("run__photo", "severity", "grade"):
        row = row_of.get(photo)
        if row is not None and severity is not None:
            values[row] = _value(scale, severity, named.index(grade) if same else None)
    return Network(package, values, _words(scale, package, same=same))


def _value(scale: Scale, severity: float, place: int | None) -> float:
    if Kind(scale.kind) is Kind.LINE:
        return severity
    if place is not None:
        return float(place)
    return float(int(severity / 100 * (len(scale.grades) - 1) + 0.5))


def _words(scale: Scale, package: ModelPackage, *, same: bool) -> str:
    if Kind(scale.kind) is Kind.LINE:
        return f"The severity that {package} gives, 0 to 100, is held against the line as it is."
    if same:
        return (
            f"{package} has as many grades as the scale: its first counts as the scale's first, "
            "and so on."
        )
    steps = len(scale.grades) - 1
    return (
        f"{package} has another number of grades than the scale, so its severity is used: "
        f"0 to 100 in {steps} equal steps, each severity to the nearest grade."
    )


def no_network(scale: Scale) -> dict[str, Any]:
    """What is kept where none is held against the readers."""
    return {"problem": why_not_scale(scale), "package": ""}


def against_network(
    frame: Frame, scale: Scale, ratings: Ratings, network: Network, draws: Draws
) -> dict[str, Any]:
    """The package against the consensus, and against each reader's by leaving that reader out."""
    import numpy as np

    from inference.agreement.intervals import estimate
    from inference.agreement.ratings import Ratings
    from inference.agreement.readers import confusion, leave_one_out
    from inference.results.services.measuring import POINTS, limits_of, told

    shape: dict[str, Any] = {
        "package": str(network.package),
        "sha256": network.package.sha256,
        "demonstrator": network.package.demonstrator,
        "words": network.words,
        "scored": int(np.isfinite(network.values).sum()),
        "problem": "",
    }
    if not shape["scored"]:
        return shape | {"problem": f"{network.package} has scored none of these photos."}
    primary = of_two(Kind(scale.kind), scale.primary, len(scale.grades))
    both = Ratings(
        np.column_stack([frame.consensus[scale.code], network.values]),
        ratings.people,
        ratings.grades,
    )
    shape["consensus"] = told(estimate(primary, both, draws=draws))
    if Kind(scale.kind) is Kind.GRADES:
        shape["table"] = confusion(both)
    else:
        shape["limits"] = limits_of(both, draws, points=POINTS // 3)
    if ratings.readers < FEWEST_READERS:
        return shape | {
            "problem": "Whether it lies within the readers' own spread cannot be told with fewer "
            f"than {FEWEST_READERS} readers: each has to be left out of the consensus in turn."
        }
    found = leave_one_out(primary, ratings, network.values, draws=draws)
    shape["each"] = [
        {
            "reader": one.reader,
            "reader_agrees": told(one.reader_agrees),
            "network_agrees": told(one.network_agrees),
            "difference": told(one.difference),
        }
        for one in found.each
    ]
    shape["mean"], shape["within"] = told(found.mean_difference), found.within
    return shape
