"""From crops' probabilities to a region's and the face's: pooled, sharpened, with an interval.

A card without `pooling` has the area-weighted arithmetic mean (a linear opinion pool), which is
less sure than the crops it is made of. A card with it has the area-weighted geometric mean (a
logarithmic pool; Genest and Zidek 1986, Statistical Science 1(1), "Combining probability
distributions") of probabilities none of which counts as less than the card's floor, so that one
crop that shows nothing cannot veto what another shows. Temperature and shift come after it (Guo et
al. 2017, arXiv 1706.04599), one pair for whole faces and one for single regions.

A logarithmic pool takes the regions for witnesses of one severity. Where they contradict each other
more than validation faces' do, by the generalised Jensen-Shannon divergence of what they say (Lin
1991, IEEE Transactions on Information Theory 37(1)), the disease is focal, and the face is given
the mean of its regions' probabilities by area: a severe eighth of a face counts as an eighth.

The interval is locally weighted split conformal prediction (Lei et al. 2018, JASA 113(523), section
5.2): the severity less and plus multiples, fitted on validation people, of the spread that the
probabilities themselves have. Each side has half of the misses (Romano, Patterson and Candes 2019,
arXiv 1905.03222).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.grades import FACE

Floats = NDArray[np.float64]
Scope = Literal["face", "region"]
LEAST = 1e-9  # below any floor: the logarithm stays a number


class Sharpening(Protocol):
    """`log p' = temperature * log p + shift`, up to a constant."""

    @property
    def temperature(self) -> float: ...
    @property
    def shift(self) -> tuple[float, ...]: ...


class Focal(Protocol):
    """Between which divergences of the regions, in nats, the face passes to their mean."""

    @property
    def low(self) -> float: ...
    @property
    def high(self) -> float: ...


class Pooling(Protocol):
    """How a card pools; `focal`, `face` and `region` by condition."""

    @property
    def floor(self) -> float: ...
    @property
    def focal(self) -> Mapping[str, Focal]: ...
    @property
    def face(self) -> Mapping[str, Sharpening]: ...
    @property
    def region(self) -> Mapping[str, Sharpening]: ...


class Reach(Protocol):
    """How far an interval reaches, in multiples of the spread plus `margin` points."""

    @property
    def below(self) -> float: ...
    @property
    def above(self) -> float: ...
    @property
    def margin(self) -> float: ...


def scope_of(region: str) -> Scope:
    """Which of a card's two fits holds for a score: the whole face's or a region's."""
    return "face" if region == FACE else "region"


def pool(
    each: NDArray[np.floating],
    weight: NDArray[np.floating],
    group: NDArray[np.int64],
    groups: int,
    floor: float | None,
) -> Floats:
    """Return the probabilities of each group of crops, (groups, K); NaN for one without weight.

    `each` (N, K) are the crops' probabilities, `weight` (N,) the skin's area, `group` (N,) from 0.
    `floor` None: the weighted arithmetic mean, else the geometric one of probabilities not below
    it. Rows add up to 1.
    """
    values = np.asarray(each, np.float64)
    if floor is not None:
        values = np.log(np.maximum(values, max(floor, LEAST)))
    total = np.zeros((groups, values.shape[1]))
    np.add.at(total, group, values * np.asarray(weight, np.float64)[:, None])
    area = np.bincount(group, weight, groups)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = total / area[:, None]
        if floor is not None:
            mean = np.exp(mean - mean.max(axis=1, keepdims=True))
        return np.asarray(mean / mean.sum(axis=1, keepdims=True), np.float64)


def sharpened(p: NDArray[np.floating], by: Sharpening | None) -> Floats:
    """Return (N, K) probabilities after temperature and shift; `by` None leaves them."""
    values = np.asarray(p, np.float64)
    if by is None:
        return values
    logits = by.temperature * np.log(np.maximum(values, LEAST)) + np.asarray(by.shift)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


@dataclass(frozen=True)
class Seen:
    """N crops: the skin's area, and which region (any number) of which face (from 0) each shows."""

    area: NDArray[np.floating]  # (N,)
    region: NDArray[np.int64]  # (N,)
    face: NDArray[np.int64]  # (N,)
    faces: int

    def regions(self) -> tuple[Seen, NDArray[np.int64]]:
        """Return the regions of every face in place of its crops, and each crop's place in them."""
        key = np.stack([self.face, self.region])
        regions, place = np.unique(key, axis=1, return_inverse=True)
        place = place.reshape(-1).astype(np.int64)
        area = np.bincount(place, self.area, regions.shape[1]).astype(np.float64)
        return Seen(area, regions[1], regions[0], self.faces), place


def of_regions(
    each: NDArray[np.floating], seen: Seen, pooling: Pooling | None, condition: str
) -> tuple[Floats, Seen]:
    """Return the regions' probabilities, (M, K), as a card pools them, and which these are."""
    regions, place = seen.regions()
    count = len(regions.face)
    if pooling is None:
        return pool(each, seen.area, place, count, None), regions
    p = pool(each, seen.area, place, count, pooling.floor)
    return sharpened(p, pooling.region.get(condition)), regions


def of_faces(
    each: NDArray[np.floating], seen: Seen, pooling: Pooling | None, condition: str
) -> Floats:
    """Return the faces' probabilities, (faces, K), as a card pools them; NaN for one without."""
    if pooling is None:
        return pool(each, seen.area, seen.face, seen.faces, None)
    p = pool(each, seen.area, seen.face, seen.faces, pooling.floor)
    p = sharpened(p, pooling.face.get(condition))
    limits = pooling.focal.get(condition)
    if limits is None:
        return p
    said, regions = of_regions(each, seen, pooling, condition)
    mean, apart = divergence(said, regions)
    share = np.clip((apart - limits.low) / (limits.high - limits.low), 0, 1)[:, None]
    return np.asarray((1 - share) * p + share * mean, np.float64)


def divergence(said: Floats, regions: Seen) -> tuple[Floats, Floats]:
    """Return each face's mean of its regions by area, (faces, K), and how far they contradict it.

    The second, (faces,), is the entropy of the mean less the mean of the entropies, in nats: 0
    where all regions say the same.
    """
    mean = pool(said, regions.area, regions.face, regions.faces, None)
    each = np.bincount(regions.face, regions.area * _entropy(said), regions.faces)
    area = np.bincount(regions.face, regions.area, regions.faces)
    with np.errstate(invalid="ignore", divide="ignore"):
        return mean, np.asarray(np.maximum(_entropy(mean) - each / area, 0), np.float64)


def _entropy(p: Floats) -> Floats:
    return np.asarray(-(p * np.log(np.maximum(p, LEAST))).sum(axis=1), np.float64)


def severities(p: NDArray[np.floating]) -> Floats:
    """Return `100 * sum(k * p_k) / (K - 1)` of each row of (N, K) probabilities, points."""
    steps = np.linspace(0, 100, p.shape[1])
    return np.asarray(np.asarray(p, np.float64) @ steps, np.float64)


def spreads(p: NDArray[np.floating]) -> Floats:
    """Return the standard deviation of the grade under each row of (N, K), in points of severity.

    A grade stands for severities about it, so that of a sure prediction is zero and not small.
    """
    steps = np.linspace(0, 100, p.shape[1])
    values = np.asarray(p, np.float64)
    return np.asarray(np.sqrt(np.maximum(values @ steps**2 - (values @ steps) ** 2, 0)), np.float64)


def intervals(p: NDArray[np.floating], reach: Reach) -> tuple[Floats, Floats]:
    """Return the lower and the upper bound of each row's severity, (N,) each, points, 0 to 100."""
    middle, scale = severities(p), spreads(p) + reach.margin
    low = np.clip(middle - reach.below * scale, 0, 100)
    high = np.clip(middle + reach.above * scale, 0, 100)
    return low, high
