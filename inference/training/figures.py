"""Figures of agreement between given and true grades, with bootstrap intervals over people.

Every figure of classification here is a function of a confusion matrix, so the bootstrap draws
people once, as a matrix of weights, and one product gives the confusion matrices of all resamples:
a thousand of them take milliseconds. Because the draws are shared, differences of figures of the
same people (tone groups, cameras, precisions) have proper paired intervals.

Sources: percentile bootstrap, Efron and Tibshirani 1993, chapter 13, with people as the unit that
is drawn (cluster bootstrap, Field and Welsh 2007, JRSS B 69(3)); balanced accuracy, Brodersen et
al. 2010 (ICPR); weighted kappa, Cohen 1968; interval of a share, Wilson 1927.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Floats = NDArray[np.float64]

RESAMPLES = 1000
SEED = 20261123  # of the resampling; the same for every report
Figure = dict[str, Any]  # value, low, high (None where undefined), cases


@dataclass(frozen=True)
class Draws:
    """Weights of P photos in the sample (row 0, all ones) and in each of R resamples."""

    weights: Floats  # (1 + R, P)

    def of(self, rows: Ints | Bools) -> Draws:
        """Return the same draws for some of the photos only."""
        return Draws(self.weights[:, rows])

    @property
    def photos(self) -> int:
        return int(self.weights.shape[1])


def draws(identity: Ints, *, resamples: int = RESAMPLES, seed: int = SEED) -> Draws:
    """Draw people with replacement; `identity` (P,) says whose each photo is."""
    people, owner = np.unique(identity, return_inverse=True)
    count = len(people)
    rng = np.random.default_rng(seed)
    shares = np.full(count, 1 / count) if count else np.zeros(0)
    drawn = rng.multinomial(count, shares, size=resamples) if count else np.zeros((resamples, 0))
    weights = np.concatenate([np.ones((1, count)), drawn]).astype(np.float64)
    return Draws(weights[:, owner])


def confusions(drawn: Draws, true: Ints, given: Ints, grades: int) -> Floats:
    """Return (1 + R, K, K) confusion matrices, true grade by given grade."""
    cells = np.zeros((len(true), grades * grades))
    cells[np.arange(len(true)), true * grades + given] = 1
    return (drawn.weights @ cells).reshape(-1, grades, grades)


def _share(part: Floats, whole: Floats) -> Floats:
    """`part / whole`, NaN where there is no whole."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(part / whole, np.float64)


def accuracies(tables: Floats) -> Floats:
    """Share on the diagonal of (..., K, K) tables."""
    return _share(np.trace(tables, axis1=-2, axis2=-1), tables.sum(axis=(-2, -1)))


def sensitivities(tables: Floats) -> Floats:
    """Of (..., 2, 2) tables with absent first: share of those with it that are found."""
    return _share(tables[..., 1, 1], tables[..., 1, :].sum(axis=-1))


def specificities(tables: Floats) -> Floats:
    """Of (..., 2, 2) tables with absent first: share of those without it that are left alone."""
    return _share(tables[..., 0, 0], tables[..., 0, :].sum(axis=-1))


def balanced_accuracies(tables: Floats) -> Floats:
    """Mean of sensitivity and specificity; NaN when one class is missing."""
    return (sensitivities(tables) + specificities(tables)) / 2


def weighted_kappas(tables: Floats) -> Floats:
    """Cohen's kappa with quadratic weights of (..., K, K) tables: 1 is agreement, 0 chance.

    NaN when there is nothing to agree on (both always the one same grade).
    """
    steps = np.arange(tables.shape[-1])
    distance = (steps[:, None] - steps[None, :]) ** 2
    rows, columns = tables.sum(axis=-1), tables.sum(axis=-2)
    expected = rows[..., :, None] * columns[..., None, :]
    worst = _share((distance * expected).sum(axis=(-2, -1)), tables.sum(axis=(-2, -1)))
    missed = (distance * tables).sum(axis=(-2, -1))
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(worst > 0, 1 - missed / worst, np.nan)


def means(drawn: Draws, values: Floats) -> Floats:
    """Return (1 + R,) weighted means of the photos' values (P,)."""
    return _share(drawn.weights @ values, drawn.weights.sum(axis=1))


def figure(values: Floats, cases: int) -> Figure:
    """Return value (row 0), low and high (2.5 and 97.5 percent of the resamples), and cases."""
    finite = values[1:][np.isfinite(values[1:])]
    low, high = np.percentile(finite, [2.5, 97.5]) if finite.size else (np.nan, np.nan)
    resampled = (
        round(float(v), 4) if np.isfinite(v) else None
        for v in (values[0] if values.size else np.nan, low, high)
    )
    return dict(zip(("value", "low", "high"), resampled, strict=True)) | {"cases": cases}


def balanced_accuracy(true: Bools, given: Bools) -> float:
    """Mean of sensitivity and specificity; NaN when one class is missing."""
    return float(balanced_accuracies(table_of(true.astype(np.int64), given.astype(np.int64), 2)))


def weighted_kappa(true: Ints, given: Ints, grades: int = 4) -> float:
    """Cohen's kappa with quadratic weights; NaN when both always give the one same grade."""
    return float(weighted_kappas(table_of(true, given, grades)))


def table_of(true: Ints, given: Ints, grades: int) -> Floats:
    """Return the (K, K) confusion matrix, true grade by given grade."""
    table = np.zeros((grades, grades))
    np.add.at(table, (true, given), 1)
    return table


def wilson(hits: int, of: int) -> Figure:
    """Return a share with its 95% interval by Wilson (1927); None for each when `of` is 0."""
    if of == 0:
        return {"value": None, "low": None, "high": None, "cases": 0}
    z = 1.959963984540054
    share = hits / of
    middle = (share + z * z / (2 * of)) / (1 + z * z / of)
    half = z / (1 + z * z / of) * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    low, high = max(0.0, middle - half), min(1.0, middle + half)
    return {"value": round(share, 4), "low": round(low, 4), "high": round(high, 4), "cases": of}
