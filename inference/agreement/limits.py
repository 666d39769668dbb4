"""Differences of two readers, or two models, over the same cases, and their limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import t as student

from inference.agreement.intervals import Draws, Estimate, estimate
from inference.agreement.ratings import Floats, Ratings

LIMIT = 1.96  # standard deviations on either side hold 95 % of normal differences


@dataclass(frozen=True)
class Difference:
    """Bland and Altman, Lancet 327 (1986) 307-310: ``mean +- 1.96 sd`` of second minus first."""

    which: Literal["mean", "lower", "upper", "sd"]

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 3): one, the difference and its square, of each case that both graded."""
        both = ratings.complete()
        values = np.where(both[:, None] > 0, ratings.values, 0.0)
        differences = values[:, 1] - values[:, 0]
        return np.column_stack([both, differences, differences**2])

    def value(self, totals: Floats) -> Floats:
        _, mean, sd = self._moments(totals)
        away = {"mean": 0.0, "lower": -LIMIT, "upper": LIMIT}
        return sd if self.which == "sd" else mean + away[self.which] * sd

    def by_theory(self, totals: Floats, tail: float) -> tuple[float, float] | None:
        """By Student's t; a limit's standard error is ``sqrt(3 / n) sd``, as in the paper."""
        count, _, sd = (float(each) for each in self._moments(totals))
        if self.which == "sd" or count < 2:
            return None
        error = sd * np.sqrt((1 if self.which == "mean" else 3) / count)
        half = float(student.ppf(tail, count - 1) * error)
        value = float(self.value(totals))
        return value - half, value + half

    @staticmethod
    def _moments(totals: Floats) -> tuple[Floats, Floats, Floats]:
        count, total, squares = totals[..., 0], totals[..., 1], totals[..., 2]
        mean = total / np.maximum(count, 1e-300)
        spread = np.maximum(squares - total * mean, 0.0) / np.maximum(count - 1, 1)
        return count, mean, np.sqrt(spread)


@dataclass(frozen=True)
class BlandAltman:
    """Mean difference (second minus first) and the limits within which 95 % of differences lie."""

    photos: int
    people: int
    mean: Estimate
    lower: Estimate
    upper: Estimate
    sd: float


def bland_altman(
    first: Sequence[float],
    second: Sequence[float],
    people: Sequence[int],
    *,
    draws: Draws | None = None,
) -> BlandAltman:
    """The differences of (N,) pairs; ``people`` says whose each of the N photos is.

    Raises:
        ValueError: there is no pair, or the lengths differ.
    """
    if not len(first) or not len(first) == len(second) == len(people):
        raise ValueError("as many first as second values and people, and one at least")
    ratings = Ratings.of(np.column_stack([first, second]), people=list(people))
    mean, lower, upper, sd = (
        estimate(Difference(which), ratings, draws=draws or Draws())
        for which in ("mean", "lower", "upper", "sd")
    )
    return BlandAltman(mean.cases, mean.people, mean, lower, upper, sd.number)
