"""How far two models agree about the same photos: differences, their limits, changed grades.

Plain numbers in, plain numbers out. The unit of analysis is the photo; photos of one participant
resemble each other, so intervals come from a bootstrap over participants (whole participants are
drawn, with all their photos), not over photos.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 2000
SEED = 20240517
LIMIT = 1.96  # standard deviations on either side hold 95% of normal differences
FEWEST_PEOPLE = 5


@dataclass(frozen=True)
class Figure:
    """A figure and its 95% interval; without one where there are too few participants."""

    value: float
    low: float | None
    high: float | None

    def as_dict(self) -> dict[str, float | None]:
        """The shape the filter ``figure`` writes."""
        return {"value": self.value, "low": self.low, "high": self.high}


@dataclass(frozen=True)
class BlandAltman:
    """Mean difference (second minus first) and the limits within which 95% of differences lie."""

    photos: int
    people: int
    mean: Figure
    lower: Figure
    upper: Figure
    sd: float


class Resamples:
    """How often each of so many participants is drawn in each of ``RESAMPLES``: the last kept.

    The draw depends on the number of participants alone, and is most of a comparison's work.
    """

    def __init__(self) -> None:
        self._drawn: Floats = np.zeros((0, 0))

    def of(self, number: int) -> Floats:
        """(``RESAMPLES``, ``number``) of counts, the same ones each time."""
        if self._drawn.shape[1] != number or not len(self._drawn):
            rng = np.random.default_rng(SEED)
            drawn = rng.multinomial(number, np.full(number, 1 / number), size=RESAMPLES)
            self._drawn = drawn.astype(np.float64)
        return self._drawn


def bland_altman(
    first: Sequence[float],
    second: Sequence[float],
    people: Sequence[int],
    *,
    samples: Resamples | None = None,
) -> BlandAltman:
    """Bland and Altman (Lancet 1986): ``mean ± 1.96 sd`` of the differences, (N,) each.

    ``people`` says whose each of the N photos is. Intervals are percentile bootstraps over people.

    Raises:
        ValueError: there is no pair, or the lengths differ.
    """
    if not len(first) or not len(first) == len(second) == len(people):
        raise ValueError("as many first as second values and people, and one at least")
    differences = np.asarray(second, np.float64) - np.asarray(first, np.float64)
    _, whose = np.unique(np.asarray(people), return_inverse=True)
    number = int(whose.max()) + 1
    # A participant enters every resample as three sums, so a resample costs three products.
    sums = np.stack(
        [
            np.bincount(whose, minlength=number),
            np.bincount(whose, weights=differences, minlength=number),
            np.bincount(whose, weights=differences**2, minlength=number),
        ],
        axis=1,
    )
    value = _figures(sums.sum(axis=0)[None, :])[0]
    bounds: Sequence[tuple[float | None, float | None]] = [(None, None)] * 3
    if number >= FEWEST_PEOPLE:
        drawn = (samples or Resamples()).of(number)
        low, high = np.percentile(_figures(drawn @ sums), [2.5, 97.5], axis=0)
        bounds = [(float(low[k]), float(high[k])) for k in range(3)]
    mean, lower, upper = (Figure(float(value[k]), *bounds[k]) for k in range(3))
    return BlandAltman(len(differences), number, mean, lower, upper, float(value[3]))


def _figures(sums: NDArray[np.floating]) -> Floats:
    """(R, 3) of count, sum, sum of squares to (R, 4) of mean, lower limit, upper limit, sd."""
    count, total, squares = sums[:, 0], sums[:, 1], sums[:, 2]
    mean = total / count
    spread = np.maximum(squares - total * mean, 0.0) / np.maximum(count - 1, 1)
    sd = np.sqrt(spread)
    return np.stack([mean, mean - LIMIT * sd, mean + LIMIT * sd, sd], axis=1)


@dataclass(frozen=True)
class Changed:
    """Grades of the first model against those of the second, counted in photos."""

    first: list[str]
    second: list[str]
    counts: list[list[int]]  # [first][second]
    up: int
    down: int

    @property
    def photos(self) -> int:
        return sum(map(sum, self.counts))

    @property
    def changed(self) -> int:
        """Photos whose grade has another name, or another place, in the second model."""
        return self.photos - sum(
            count
            for name, row in zip(self.first, self.counts, strict=True)
            for other, count in zip(self.second, row, strict=True)
            if name == other
        )

    @property
    def share(self) -> float:
        """Share of photos whose grade changed, in per cent."""
        return 100 * self.changed / self.photos if self.photos else 0.0


def changed_grades(
    pairs: Sequence[tuple[str, str]], first: Sequence[str], second: Sequence[str]
) -> Changed:
    """The table of ``pairs`` (grade by the first, by the second), in the cards' orders.

    Up and down are told by place, as a share of each model's own scale.
    """
    places, others = _places(first), _places(second)
    counts = [[0] * len(second) for _ in first]
    up = down = 0
    for old, new in pairs:
        if old not in places or new not in others:
            continue
        counts[list(first).index(old)][list(second).index(new)] += 1
        up += others[new] > places[old]
        down += others[new] < places[old]
    return Changed(list(first), list(second), counts, up, down)


def _places(grades: Sequence[str]) -> dict[str, float]:
    return {grade: k / max(len(grades) - 1, 1) for k, grade in enumerate(grades)}
