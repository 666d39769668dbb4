"""Intraclass correlations of lines, counts and scores."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import f as f_distribution

from inference.agreement.ratings import Floats, Ratings

Form = Literal["1,1", "2,1", "3,1", "1,k", "2,k", "3,k"]


@dataclass(frozen=True)
class ICC:
    """Shrout and Fleiss, Psychological Bulletin 86 (1979) 420-428, over cases that all graded.

    1: each case by other readers; 2: readers drawn from many, agreement; 3: these readers,
    consistency. ``,1`` is of one reader, ``,k`` of the mean of all.
    """

    form: Form

    def sums(self, ratings: Ratings) -> Floats:
        """(S, 3 + R): one, the square sum, the squared sum, and the values of each reader."""
        whole = ratings.complete()
        values = np.where(whole[:, None] > 0, ratings.values, 0.0)
        sums = [whole, (values**2).sum(axis=1), values.sum(axis=1) ** 2]
        return np.column_stack([*sums, values])

    def value(self, totals: Floats) -> Floats:
        return MeanSquares.of(totals).coefficient(self.form)

    def by_theory(self, totals: Floats, tail: float) -> tuple[float, float] | None:
        """By the F distribution; ``None`` where readers do not differ at all."""
        squares = MeanSquares.of(totals)
        if min(float(squares.within), float(squares.residual)) <= 1e-12:
            return None
        return squares.interval(self.form, tail)


@dataclass(frozen=True)
class MeanSquares:
    """Of the two-way analysis of variance: between cases, within, between readers, residual."""

    cases: Floats
    within: Floats
    readers: Floats
    residual: Floats
    n: Floats
    k: int

    @classmethod
    def of(cls, totals: Floats) -> MeanSquares:
        """From the totals (..., 3 + R) of ``ICC.sums``."""
        k = totals.shape[-1] - 3
        n, square, squared = totals[..., 0], totals[..., 1], totals[..., 2]
        columns = totals[..., 3:]
        with np.errstate(invalid="ignore", divide="ignore"):
            correction = columns.sum(axis=-1) ** 2 / (n * k)
            rows = squared / k - correction
            between = (columns**2).sum(axis=-1) / n - correction
            total = square - correction
            return cls(
                cases=rows / (n - 1),
                within=(total - rows) / (n * (k - 1)),
                readers=between / (k - 1),
                residual=(total - rows - between) / ((n - 1) * (k - 1)),
                n=n,
                k=k,
            )

    def coefficient(self, form: Form) -> Floats:
        """NaN where nothing varies."""
        rows, within, residual, k = self.cases, self.within, self.residual, self.k
        with np.errstate(invalid="ignore", divide="ignore"):
            spread = (self.readers - residual) / self.n
            above, below = {
                "1,1": (rows - within, rows + (k - 1) * within),
                "2,1": (rows - residual, rows + (k - 1) * residual + k * spread),
                "3,1": (rows - residual, rows + (k - 1) * residual),
                "1,k": (rows - within, rows),
                "2,k": (rows - residual, rows + spread),
                "3,k": (rows - residual, rows),
            }[form]
            return np.asarray(np.where(np.abs(below) > 1e-12, above / below, np.nan))

    def interval(self, form: Form, tail: float) -> tuple[float, float]:
        """By the F distribution: McGraw and Wong, Psychological Methods 1 (1996) 30-46.

        Exact for forms 1 and 3, Satterthwaite's degrees of freedom for 2.
        """
        n, k = float(self.n), self.k
        if form.startswith("2"):
            low, high = self._of_agreement(n, k, tail)
        else:
            error = self.within if form.startswith("1") else self.residual
            df = n * (k - 1) if form.startswith("1") else (n - 1) * (k - 1)
            ratio = float(self.cases / error)
            lower = ratio / f_distribution.ppf(tail, n - 1, df)
            upper = ratio * f_distribution.ppf(tail, df, n - 1)
            low, high = ((each - 1) / (each + k - 1) for each in (lower, upper))
        if form.endswith("k"):  # Spearman and Brown
            low, high = (k * each / (1 + (k - 1) * each) for each in (low, high))
        return float(low), float(high)

    def _of_agreement(self, n: float, k: int, tail: float) -> tuple[float, float]:
        rows, columns, error = float(self.cases), float(self.readers), float(self.residual)
        rho = float(self.coefficient("2,1"))
        a = k * rho / (n * (1 - rho))
        b = 1 + k * rho * (n - 1) / (n * (1 - rho))
        df = (a * columns + b * error) ** 2 / (
            (a * columns) ** 2 / (k - 1) + (b * error) ** 2 / ((n - 1) * (k - 1))
        )
        over, under = f_distribution.ppf(tail, n - 1, df), f_distribution.ppf(tail, df, n - 1)
        rest = k * columns + (k * n - k - n) * error
        low = n * (rows - over * error) / (over * rest + n * rows)
        high = n * (under * rows - error) / (rest + n * under * rows)
        return low, high
