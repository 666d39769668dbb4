"""Readers held against each other, against themselves, against time, and against a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from inference.agreement.chance_corrected import tables_of
from inference.agreement.intervals import Coefficient, Draws, Estimate, estimate
from inference.agreement.ratings import Floats, Ratings


@dataclass(frozen=True)
class Pair:
    """Two readers, by their columns, and how far they agree."""

    first: int
    second: int
    agreement: Estimate


def pairs_of(
    coefficient: Coefficient, ratings: Ratings, *, draws: Draws | None = None
) -> list[Pair]:
    """Each two readers over the cases that both graded."""
    draws = draws or Draws()
    return [
        Pair(a, b, estimate(coefficient, ratings.of_readers(a, b), draws=draws))
        for a, b in combinations(range(ratings.readers), 2)
    ]


def confusion(ratings: Ratings) -> list[list[int]]:
    """(K, K): how often the first reader gave the row's grade and the second the column's."""
    return [[int(count) for count in row] for row in tables_of(ratings).sum(axis=0)]


def consensus(values: Floats, *, at_least: int = 1) -> Floats:
    """(S, R) to (S,): the median of who graded; NaN below ``at_least`` readers.

    Between two grades the lower one stands where the middle falls in between, so that it is a
    grade of the scale.
    """
    number = np.isfinite(values).sum(axis=1)
    ordered = np.sort(values, axis=1)  # NaN last
    middle = np.maximum(number - 1, 0) // 2
    median = ordered[np.arange(len(values)), middle] if values.shape[1] else np.zeros(len(values))
    return np.where(number >= max(at_least, 1), median, np.nan)


@dataclass(frozen=True)
class LeftOut:
    """One reader and the network, each against the consensus of all other readers."""

    reader: int
    reader_agrees: Estimate
    network_agrees: Estimate
    difference: Estimate  # network minus reader


@dataclass(frozen=True)
class AgainstReaders:
    """Leave-one-reader-out: is the network within the readers' own spread?

    Attributes:
        each: One comparison for each reader.
        mean_difference: Network minus reader, over readers; its interval draws people anew.
        within: Whether the interval's upper end is not below 0: nothing says that the network
            agrees less than a reader does. ``None`` without an interval.
    """

    each: list[LeftOut]
    mean_difference: Estimate
    within: bool | None


@dataclass(frozen=True)
class _Differences:
    """How much better the network agrees with each consensus than the reader, over readers."""

    coefficient: Coefficient
    consensuses: Sequence[tuple[Floats, int]]  # the others' consensus, and who was left out

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 2 * N * M); the network is the last column of ``ratings``."""
        parts = []
        for others, reader in self.consensuses:
            for column in (reader, ratings.readers - 1):
                values = np.column_stack([others, ratings.values[:, column]])
                both = np.isfinite(ratings.values[:, [reader, -1]]).all(axis=1)
                values[~both] = np.nan
                parts.append(self.coefficient.sums(Ratings(values, ratings.people, ratings.grades)))
        return np.column_stack(parts)

    def value(self, totals: Floats) -> Floats:
        width = totals.shape[-1] // (2 * len(self.consensuses))
        parts = totals.reshape(*totals.shape[:-1], len(self.consensuses), 2, width)
        reader, network = (self.coefficient.value(parts[..., side, :]) for side in (0, 1))
        return np.asarray((network - reader).mean(axis=-1))


def leave_one_out(
    coefficient: Coefficient,
    ratings: Ratings,
    network: Floats,
    *,
    at_least: int = 2,
    draws: Draws | None = None,
) -> AgainstReaders:
    """Hold network and reader against the same consensus, over the cases that both graded.

    ``network`` is (S,), NaN where it gave nothing; a consensus asks ``at_least`` other readers.
    The idea is that of Gulshan et al., JAMA 316 (2016) 2402-2410, with the reader left out of the
    reference that both are held against.

    Raises:
        ValueError: there are not ``at_least + 1`` readers.
    """
    if ratings.readers <= at_least:
        raise ValueError(f"a consensus without the reader asks {at_least + 1} readers")
    draws = draws or Draws()
    together = Ratings(np.column_stack([ratings.values, network]), ratings.people, ratings.grades)
    left = [
        (consensus(np.delete(ratings.values, reader, axis=1), at_least=at_least), reader)
        for reader in range(ratings.readers)
    ]
    each = [_left_out(coefficient, together, one, draws) for one in left]
    mean = estimate(_Differences(coefficient, left), together, draws=draws)
    return AgainstReaders(each, mean, None if mean.high is None else mean.high >= 0)


def _left_out(
    coefficient: Coefficient, together: Ratings, left: tuple[Floats, int], draws: Draws
) -> LeftOut:
    others, reader = left
    both = np.isfinite(together.values[:, [reader, -1]]).all(axis=1)

    def against(column: int) -> Estimate:
        values = np.column_stack([others, together.values[:, column]])
        values[~both] = np.nan
        ratings = Ratings(values, together.people, together.grades)
        return estimate(coefficient, ratings, draws=draws)

    difference = estimate(_Differences(coefficient, [left]), together, draws=draws)
    return LeftOut(reader, against(reader), against(together.readers - 1), difference)


@dataclass(frozen=True)
class Repeatability:
    """A reader's own agreement, over cases that came twice.

    Attributes:
        agreement: The scale's coefficient, first reading against second.
        sd: Within-reader standard deviation, ``sqrt(sum d^2 / 2n)``, in the scale's unit.
        smallest_change: ``1.96 sqrt(2) sd``: less may be noise of the reader (Bland and Altman,
            BMJ 313 (1996) 744).
    """

    agreement: Estimate
    sd: Estimate
    smallest_change: float | None


class _WithinSD:
    def sums(self, ratings: Ratings) -> Floats:
        both = ratings.complete()
        values = np.where(both[:, None] > 0, ratings.values, 0.0)
        return np.column_stack([both, (values[:, 1] - values[:, 0]) ** 2])

    def value(self, totals: Floats) -> Floats:
        return np.asarray(np.sqrt(totals[..., 1] / np.maximum(2 * totals[..., 0], 1e-300)))


def repeatability(
    coefficient: Coefficient, twice: Ratings, *, draws: Draws | None = None
) -> Repeatability:
    """Of one reader; the columns of ``twice`` are the first and the second reading."""
    draws = draws or Draws()
    sd = estimate(_WithinSD(), twice, draws=draws)
    smallest = None if sd.value is None else 1.96 * float(np.sqrt(2)) * sd.value
    return Repeatability(estimate(coefficient, twice, draws=draws), sd, smallest)


@dataclass(frozen=True)
class Slope:
    """How a reader's difference from consensus moves with time, per hundred cases."""

    reader: int

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 5): one, x, y, xy, xx of cases with both; the columns are place and difference."""
        both = ratings.complete()
        x, y = np.where(both[:, None] > 0, ratings.values, 0.0).T
        return np.column_stack([both, x, y, x * y, x * x])

    def value(self, totals: Floats) -> Floats:
        n, x, y, xy, xx = np.moveaxis(totals, -1, 0)
        below = n * xx - x * x
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.asarray(np.where(below > 1e-9, (n * xy - x * y) / below, np.nan))


def drift(
    places: Floats,
    values: Floats,
    others: Floats,
    people: Sequence[object],
    *,
    reader: int = 0,
    draws: Draws | None = None,
) -> Estimate:
    """The slope of (own grade - consensus of the others) over the place in the reader's order.

    All (S,); ``places`` counts the reader's cases from 0. In the scale's unit per hundred cases.
    """
    ratings = Ratings.of(np.column_stack([places / 100, values - others]), people=people)
    return estimate(Slope(reader), ratings, draws=draws)
