"""Agreement on grades beyond what chance gives: kappa, AC2, alpha, and the bare share."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np

from inference.agreement.ratings import Floats, Ratings
from inference.agreement.weights import Weighting, weights_of

Metric = Literal["nominal", "ordinal", "interval", "ratio"]


def _over(above: Floats, below: Floats) -> Floats:
    """A quotient; NaN where the divisor is 0 within rounding."""
    safe = np.where(np.abs(below) > 1e-12, below, np.nan)
    return np.asarray(above / safe)


@dataclass(frozen=True)
class CohenKappa:
    """Two readers: Cohen, Psychological Bulletin 70 (1968) 213-220.

    Not defined when both always give the one same grade.
    """

    grades: int
    weights: Floats = field(repr=False)

    @classmethod
    def weighted(cls, kind: Weighting, grades: int) -> CohenKappa:
        return cls(grades, weights_of(kind, grades))

    def sums(self, ratings: Ratings) -> Floats:
        """(S, K * K): in which cell of the table of both readers' grades each case falls."""
        return tables_of(ratings).reshape(len(ratings.values), -1)

    def value(self, totals: Floats) -> Floats:
        table = totals.reshape(*totals.shape[:-1], self.grades, self.grades)
        share = table / np.maximum(table.sum(axis=(-2, -1), keepdims=True), 1e-300)
        chance = share.sum(axis=-1)[..., :, None] * share.sum(axis=-2)[..., None, :]
        seen = (self.weights * share).sum(axis=(-2, -1))
        by_chance = (self.weights * chance).sum(axis=(-2, -1))
        return _over(seen - by_chance, 1 - by_chance)


def tables_of(ratings: Ratings) -> Floats:
    """(S, K, K) of zeros, with a one where the first and second reader's grades cross.

    Raises:
        ValueError: there are not two readers, or the scale has no grades.
    """
    if ratings.readers != 2 or ratings.grades is None:
        raise ValueError("a table is of two readers and of grades")
    tables = np.zeros((len(ratings.values), ratings.grades, ratings.grades))
    both = np.flatnonzero(ratings.complete())
    first, second = ratings.values[both].astype(np.int64).T
    tables[both, first, second] = 1.0
    return tables


@dataclass(frozen=True)
class _ByCounts:
    """What needs only how many readers gave each grade; readers may differ from case to case."""

    grades: int
    kind: Weighting = "identity"

    def sums(self, ratings: Ratings) -> Floats:
        """(S, K + 3): graded at all, twice or more, the share of pairs that agree, shares (K).

        Cases with one reader count for how often each grade is given, as in Gwet (2014).
        """
        counts = ratings.counts()
        readers = counts.sum(axis=1)
        twice = readers >= 2
        near = counts @ weights_of(self.kind, self.grades)
        pairs = np.maximum(readers * (readers - 1), 1)
        agree = np.where(twice, (counts * (near - 1)).sum(axis=1) / pairs, 0.0)
        shares = counts / np.maximum(readers, 1)[:, None]
        return np.column_stack([readers > 0, twice, agree, shares]) * 1.0

    def _seen(self, totals: Floats) -> Floats:
        return _over(totals[..., 2], totals[..., 1])

    def _given(self, totals: Floats) -> Floats:
        return np.asarray(totals[..., 3:] / np.maximum(totals[..., :1], 1e-300))


class ShareAgreed(_ByCounts):
    """The share of pairs of readers that agree; nothing is taken off for chance."""

    def value(self, totals: Floats) -> Floats:
        return self._seen(totals)


class FleissKappa(_ByCounts):
    """Any number of readers: Fleiss, Psychological Bulletin 76 (1971) 378-382.

    With gaps and weights as generalised by Gwet (2014).
    """

    def value(self, totals: Floats) -> Floats:
        given = self._given(totals)
        near = given @ weights_of(self.kind, self.grades)
        by_chance = (given * near).sum(axis=-1)
        return _over(self._seen(totals) - by_chance, 1 - by_chance)


class GwetAC(_ByCounts):
    """AC1 (identity) and AC2: Gwet, British J Math Stat Psychology 61 (2008) 29-48; 2014 for gaps.

    Steady where nearly all cases have one grade, where kappa falls although readers agree.
    """

    def value(self, totals: Floats) -> Floats:
        given = self._given(totals)
        everything = float(weights_of(self.kind, self.grades).sum())
        spread = (given * (1 - given)).sum(axis=-1)
        by_chance = everything / (self.grades * (self.grades - 1)) * spread
        return _over(self._seen(totals) - by_chance, 1 - by_chance)


@dataclass(frozen=True)
class KrippendorffAlpha:
    """Any number of readers, with gaps: Krippendorff, *Computing Krippendorff's
    alpha-reliability* (2011). Grades are taken as 1 to K where their ratio counts.
    """

    grades: int
    metric: Metric = "ordinal"

    def sums(self, ratings: Ratings) -> Floats:
        """(S, K * K): the coincidences of each case that was graded twice or more."""
        counts = ratings.counts()
        readers = counts.sum(axis=1)
        pairs = counts[:, :, None] * counts[:, None, :]
        same = np.arange(self.grades)
        pairs[:, same, same] -= counts
        weight = np.where(readers >= 2, 1 / np.maximum(readers - 1, 1), 0.0)
        return (pairs * weight[:, None, None]).reshape(len(counts), -1)

    def value(self, totals: Floats) -> Floats:
        seen = totals.reshape(*totals.shape[:-1], self.grades, self.grades)
        given = seen.sum(axis=-1)
        number = given.sum(axis=-1)
        distance = self._distance(given)
        disagree = (seen * distance).sum(axis=(-2, -1))
        chance = given[..., :, None] * given[..., None, :] * distance
        return np.asarray(1 - _over((number - 1) * disagree, chance.sum(axis=(-2, -1))))

    def _distance(self, given: Floats) -> Floats:
        """(..., K, K), squared."""
        value = np.arange(1.0, self.grades + 1)
        apart = np.subtract.outer(value, value)
        if self.metric == "nominal":
            return np.asarray((apart != 0) * 1.0)
        if self.metric == "interval":
            return np.asarray(apart**2)
        if self.metric == "ratio":
            return np.asarray((apart / np.add.outer(value, value)) ** 2)
        upto = np.cumsum(given, axis=-1)
        middle = upto - given / 2  # from c to k, half of each end: the difference of the middles
        return np.asarray((middle[..., :, None] - middle[..., None, :]) ** 2)
