"""Make probabilities mean what they say, on validation people, before the test is touched.

Training sees grades as often as its settings say and weighs rare ones up, so its soft-max leans to
the worse grades; and crops of one face are no independent witnesses. So what is fitted comes after
pooling: a temperature and a shift of each grade per condition (vector scaling of Guo et al. 2017,
arXiv 1706.04599, with one temperature), once for whole faces and once for single regions. Nothing
of it is in the weights: it stands on the card and is applied when scoring (`pipeline/pooling.py`).

The severities' intervals are conformal (see there); their multiples are fitted crosswise, each half
of the people by what was fitted on the other (Vovk 2015, Annals of Mathematics and Artificial
Intelligence 74, "Cross-conformal predictors"), so that nobody's error is measured by what was
fitted to it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil, floor
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import Focal, Intervals, Pooling, Reach, Sharpening
from inference.pipeline.pooling import (
    Seen,
    divergence,
    of_faces,
    of_regions,
    pool,
    severities,
    sharpened,
    spreads,
)
from inference.training.crops import Crops

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Standard deviations of what is expected before any photo is seen: few photos move little.
TEMPERATURE_SPREAD, SHIFT_SPREAD = 0.5, 0.7
FLOOR = 0.001
# Between these shares of validation faces, by divergence, a face passes to its regions' mean.
FOCAL_LOW, FOCAL_HIGH = 0.9, 0.99
COVERAGE = 0.9
MARGIN = 3.0  # points added to every spread, so that a sure prediction has an interval too
STEPS = 50


@dataclass(frozen=True)
class Labelled:
    """One condition's crops that have an exact label, and the truth of each photo."""

    condition: str
    each: Floats  # (N, K) the crops' probabilities
    seen: Seen  # N crops of P photos
    severity: Floats  # (P,) points
    grade: Ints  # (P,)
    identity: Ints  # (P,)

    def of(self, which: NDArray[np.bool_]) -> Labelled:
        """Return the crops of some photos only, (P,); the photos keep their places."""
        rows = which[self.seen.face]
        seen = Seen(
            self.seen.area[rows], self.seen.region[rows], self.seen.face[rows], self.seen.faces
        )
        return replace(self, each=self.each[rows], seen=seen)


def labelled(crops: Crops, each: NDArray[np.floating], condition: str) -> Labelled:
    """Return what is known of a condition whose crop probabilities are `each`, (N, K)."""
    column = CONDITIONS.index(condition)
    known = crops.known[:, column] & ~crops.several[crops.photo, column]
    rows = np.flatnonzero(known)
    severity = np.nan_to_num(crops.severity[:, column].astype(np.float64))
    return Labelled(
        condition=condition,
        each=np.asarray(each[rows], np.float64),
        seen=Seen(crops.area[rows], crops.region[rows], crops.photo[rows], len(severity)),
        severity=100 * severity,
        grade=np.floor((each.shape[1] - 1) * severity + 0.5).astype(np.int64),
        identity=crops.identity,
    )


def fit_sharpening(pooled: Floats, grade: Ints) -> Sharpening:
    """Fit temperature and shifts by the likelihood of the true grades, and the priors above.

    `pooled` (M, K), `grade` (M,). Newton's method on a function with one least value. Without a
    case temperature is 1 and every shift 0.
    """
    count, grades = pooled.shape
    features = np.zeros((count, grades, grades + 1))
    features[:, :, 0] = np.log(np.maximum(pooled, 1e-9))
    features[:, np.arange(grades), 1 + np.arange(grades)] = 1
    start = np.concatenate([[1.0], np.zeros(grades)])
    weight = np.concatenate([[TEMPERATURE_SPREAD], np.full(grades, SHIFT_SPREAD)]) ** -2.0
    sharpening = start.copy()
    for _ in range(STEPS):
        logits = features @ sharpening
        p = np.exp(logits - logits.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        mean = np.einsum("nk,nkf->nf", p, features)
        slope = (mean - features[np.arange(count), grade]).sum(axis=0) + weight * (
            sharpening - start
        )
        bend = np.einsum("nk,nkf,nkg->fg", p, features, features) - mean.T @ mean
        step = np.linalg.solve(bend + np.diag(weight), slope)
        # A whole step may leap over the least value when few photos are far off.
        sharpening = sharpening - step * min(1.0, 2.0 / max(float(np.abs(step).max()), 1e-12))
        if np.abs(step).max() < 1e-9:
            break
    shift = sharpening[1:] - sharpening[1:].mean()
    return Sharpening(
        temperature=round(float(np.clip(sharpening[0], 0.05, 20)), 6),
        shift=tuple(round(float(value), 6) for value in shift),
    )


def fit_reach(p: Floats, severity: Floats, coverage: float = COVERAGE) -> Reach:
    """Fit how far an interval reaches so that it holds the true severity in `coverage` of cases.

    `p` (M, K) sharpened, `severity` (M,) points. Each side is the split-conformal quantile at half
    the misses, the ceil((M + 1) q)-th smallest, and never less than nothing.
    """
    scaled = np.sort((severity - severities(p)) / (spreads(p) + MARGIN))
    count = len(scaled)
    tail = (1 - coverage) / 2
    if not count:
        return Reach(below=1000.0, above=1000.0, margin=MARGIN)
    low = max(floor((count + 1) * tail) - 1, 0)
    high = min(ceil((count + 1) * (1 - tail)) - 1, count - 1)
    return Reach(
        below=round(max(-float(scaled[low]), 0.0), 4),
        above=round(max(float(scaled[high]), 0.0), 4),
        margin=MARGIN,
    )


def fit(
    crops: Crops,
    each: Mapping[str, NDArray[np.floating]],
    *,
    least: float = FLOOR,
    coverage: float = COVERAGE,
) -> tuple[Pooling, Intervals]:
    """Fit pooling and intervals of the conditions in `each`, crop probabilities (N, K) by name.

    Sharpening for the card is fitted on everybody; the intervals' multiples crosswise.
    """
    people = len(np.unique(crops.identity))
    every = [labelled(crops, values, condition) for condition, values in each.items()]
    face, region = {}, {}
    for graded in every:
        face[graded.condition], region[graded.condition] = _reaches(graded, people, least, coverage)
    return (
        _pooling(every, people, least),
        Intervals(coverage=coverage, people=people, face=face, region=region),
    )


def _pooling(every: Sequence[Labelled], people: int, least: float) -> Pooling:
    """Fit pooling on all photos of the crops given."""
    face, region, focal = {}, {}, {}
    for graded in every:
        name, count = graded.condition, len(graded.severity)
        regions, place = graded.seen.regions()
        alone = pool(graded.each, graded.seen.area, place, len(regions.face), least)
        region[name] = fit_sharpening(alone, graded.grade[regions.face])
        whole = pool(graded.each, graded.seen.area, graded.seen.face, count, least)
        read = np.isfinite(whole).all(axis=1)
        face[name] = fit_sharpening(whole[read], graded.grade[read])
        _, apart = divergence(sharpened(alone, region[name]), regions)
        if read.any():
            low, high = np.quantile(apart[read], [FOCAL_LOW, FOCAL_HIGH])
            focal[name] = Focal(low=round(float(low), 6), high=round(float(high) + 0.001, 6))
    return Pooling(method="log", floor=least, people=people, face=face, region=region, focal=focal)


def _reaches(labelled: Labelled, people: int, least: float, coverage: float) -> tuple[Reach, Reach]:
    """Fit the multiples of faces and regions, pooled as fitted on the other half of the people."""
    second = np.isin(labelled.identity, np.unique(labelled.identity)[1::2])
    faces: list[tuple[Floats, Floats]] = []
    regions: list[tuple[Floats, Floats]] = []
    for half in (second, ~second):
        pooling = _pooling([labelled.of(~half)], people, least)
        mine = labelled.of(half)
        whole = of_faces(mine.each, mine.seen, pooling, labelled.condition)
        read = np.isfinite(whole).all(axis=1)
        faces.append((whole[read], labelled.severity[read]))
        alone, where = of_regions(mine.each, mine.seen, pooling, labelled.condition)
        regions.append((alone, labelled.severity[where.face]))
    return _reach(faces, coverage), _reach(regions, coverage)


def _reach(halves: Sequence[tuple[Floats, Floats]], coverage: float) -> Reach:
    return fit_reach(
        np.concatenate([p for p, _ in halves]),
        np.concatenate([severity for _, severity in halves]),
        coverage,
    )


def entries(pooling: Pooling, intervals: Intervals) -> dict[str, Any]:
    """Return the card's entries, JSON-ready."""
    return {
        "pooling": pooling.model_dump(mode="json"),
        "intervals": intervals.model_dump(mode="json"),
    }
