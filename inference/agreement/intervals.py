"""A coefficient and its interval, by drawing whole people anew.

Every coefficient here is a function of sums over cases. A person therefore enters a resample as
one row of sums, and two thousand resamples cost one product of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import Protocol, runtime_checkable

import numpy as np

from inference.agreement.choices import FEWEST_PEOPLE, RESAMPLES, SEED
from inference.agreement.ratings import Floats, Ratings

LEVEL = 0.95
DEFINED = 0.9  # share of resamples that must have a value, for an interval
_NORMAL = NormalDist()


class Coefficient(Protocol):
    """A figure that is a function of sums over cases."""

    def sums(self, ratings: Ratings) -> Floats:
        """(S, M): what each case adds."""
        ...

    def value(self, totals: Floats) -> Floats:
        """(..., M) of totals to (...); NaN where it is not defined."""
        ...


@runtime_checkable
class WithTheory(Protocol):
    """A coefficient whose interval is known where each case is another person's."""

    def by_theory(self, totals: Floats, tail: float) -> tuple[float, float] | None:
        """The ends at ``tail`` (0.975 for 95 %); ``None`` if there is no such interval."""
        ...


@dataclass(frozen=True)
class Estimate:
    """A coefficient with its 95 % interval; ``why`` says what is missing of it.

    Attributes:
        value: ``None`` when it is not defined.
        cases: Cases that count, which is those that say something of agreement.
        people: Whose they are.
    """

    value: float | None
    low: float | None
    high: float | None
    cases: int
    people: int
    why: str = ""

    @property
    def number(self) -> float:
        """The value; NaN when it is not defined."""
        return np.nan if self.value is None else self.value

    def as_dict(self) -> dict[str, float | None]:
        """The shape the filter ``figure`` writes."""
        return {"value": self.value, "low": self.low, "high": self.high}


class Draws:
    """How often each of so many people is drawn in each resample: the last kept.

    The draw depends on the number of people alone, so all coefficients of a page share it.
    """

    def __init__(self, resamples: int = RESAMPLES, seed: int = SEED) -> None:
        self.resamples, self.seed = resamples, seed
        self._drawn: Floats = np.zeros((0, 0))

    def of(self, people: int) -> Floats:
        """(``resamples``, ``people``) of counts, the same ones each time."""
        if self._drawn.shape != (self.resamples, people):
            rng = np.random.default_rng(self.seed)
            equal = np.full(people, 1 / people)
            self._drawn = rng.multinomial(people, equal, size=self.resamples).astype(np.float64)
        return self._drawn


def estimate(coefficient: Coefficient, ratings: Ratings, *, draws: Draws | None = None) -> Estimate:
    """The coefficient over all cases, and its interval.

    By the coefficient's own theory where it has one and each case is another person's; otherwise
    bias-corrected and accelerated (BCa: Efron, JASA 82 (1987) 171-185) with people as units.
    There is no interval below five people, and none where one resample in ten has no value.
    """
    draws = draws or Draws()
    rows = coefficient.sums(ratings)
    used = np.any(rows != 0, axis=1)
    rows, whose = rows[used], np.unique(ratings.people[used], return_inverse=True)[1]
    if not len(rows):
        return Estimate(None, None, None, 0, 0, "No case was graded twice.")
    people = int(whose.max()) + 1
    sums = np.zeros((people, rows.shape[1]))
    np.add.at(sums, whose, rows)
    total = sums.sum(axis=0)
    value = float(coefficient.value(total))
    if not np.isfinite(value):
        why = "Not defined: there is nothing that chance could not explain."
        return Estimate(None, None, None, len(rows), people, why)
    if people < FEWEST_PEOPLE:
        why = f"No interval: fewer than {FEWEST_PEOPLE} people."
        return Estimate(value, None, None, len(rows), people, why)
    if people == len(rows) and isinstance(coefficient, WithTheory):
        ends = coefficient.by_theory(total, (1 + LEVEL) / 2)
        if ends is not None:
            return Estimate(value, *ends, len(rows), people)
    drawn = coefficient.value(draws.of(people) @ sums)
    left_out = coefficient.value(total - sums)
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < DEFINED * draws.resamples:
        why = "No interval: too many resamples have no value."
        return Estimate(value, None, None, len(rows), people, why)
    low, high = _bca(value, drawn, left_out[np.isfinite(left_out)])
    return Estimate(value, low, high, len(rows), people)


def _bca(value: float, drawn: Floats, left_out: Floats) -> tuple[float, float]:
    below = (np.sum(drawn < value) + np.sum(drawn == value) / 2) / len(drawn)
    edge = 0.5 / len(drawn)
    bias = _NORMAL.inv_cdf(float(np.clip(below, edge, 1 - edge)))
    away = left_out.mean() - left_out if len(left_out) else np.zeros(1)
    spread = float(np.sum(away**2)) ** 1.5
    acceleration = float(np.sum(away**3)) / (6 * spread) if spread > 0 else 0.0
    ends = []
    for side in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        shifted = bias + _NORMAL.inv_cdf(side)
        at = _NORMAL.cdf(bias + shifted / (1 - acceleration * shifted))
        ends.append(float(np.quantile(drawn, at)))
    return ends[0], ends[1]
