"""Coefficients of two readers carried over to several, and those of values without grades."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from inference.agreement.intervals import Coefficient
from inference.agreement.ratings import Floats, Ratings


@dataclass(frozen=True)
class MeanOfPairs:
    """The mean of a coefficient of two over all pairs of readers: Light, Psychological Bulletin 76
    (1971) 365-377.

    Each pair is of the cases that both graded. A pair whose coefficient is not defined is left out
    of the mean; of two readers it is the coefficient itself.
    """

    of_two: Coefficient
    readers: int

    def sums(self, ratings: Ratings) -> Floats:
        """(S, P * M): the sums of each pair, one after the other."""
        return np.column_stack(
            [self.of_two.sums(ratings.of_readers(*pair)) for pair in self._pairs()]
        )

    def value(self, totals: Floats) -> Floats:
        pairs = len(list(self._pairs()))
        values = self.of_two.value(totals.reshape(*totals.shape[:-1], pairs, -1))
        known = np.isfinite(values)
        number = known.sum(axis=-1)
        total = np.where(known, values, 0.0).sum(axis=-1)
        return np.asarray(np.where(number > 0, total / np.maximum(number, 1), np.nan))

    def _pairs(self) -> Iterator[tuple[int, int]]:
        return combinations(range(self.readers), 2)


@dataclass(frozen=True)
class ShareWithin:
    """The share of pairs of readers, over cases, that lie at most ``distance`` apart.

    Each case counts alike, however many readers it has; nothing is taken off for chance.
    """

    distance: float = 0.0

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 2): whether twice or more readers graded it, the share of their pairs within."""
        near, pairs = np.zeros(len(ratings.values)), np.zeros(len(ratings.values))
        for first, second in combinations(range(ratings.readers), 2):
            apart = np.abs(ratings.values[:, first] - ratings.values[:, second])
            pairs += np.isfinite(apart)
            near += np.nan_to_num(apart, nan=np.inf) <= self.distance + 1e-9
        return np.column_stack([pairs > 0, near / np.maximum(pairs, 1)]) * 1.0

    def value(self, totals: Floats) -> Floats:
        cases = totals[..., 0]
        return np.asarray(np.where(cases > 0, totals[..., 1] / np.maximum(cases, 1e-300), np.nan))


@dataclass(frozen=True)
class IntervalAlpha:
    """Krippendorff's alpha with the interval metric over numbers of any kind, with gaps.

    ``1 - (n - 1) sum_u d_u / (2 (n sum x^2 - (sum x)^2))``, ``d_u`` the squared differences of all
    ordered pairs of a case over its readers less one: Krippendorff, *Computing Krippendorff's
    alpha-reliability* (2011), without a table of coincidences.
    """

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 4): values, their sum, their squares' sum, ``d_u``; zeros for what one graded."""
        given = np.isfinite(ratings.values)
        values = np.where(given, ratings.values, 0.0)
        number = given.sum(axis=1)
        twice = number >= 2
        total, squares = values.sum(axis=1), (values**2).sum(axis=1)
        apart = 2 * (number * squares - total**2) / np.maximum(number - 1, 1)
        return np.asarray(np.column_stack([number, total, squares, apart]) * twice[:, None])

    def value(self, totals: Floats) -> Floats:
        number, total, squares, apart = np.moveaxis(totals, -1, 0)
        by_chance = 2 * (number * squares - total**2)
        safe = np.where(by_chance > 1e-9, by_chance, np.nan)
        return np.asarray(1 - (number - 1) * apart / safe)
