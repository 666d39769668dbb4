"""Repeatability: how far scores of one face, unchanged, lie apart from photo to photo.

The within-subject standard deviation of Bland and Altman 1996 (BMJ 313:744, "Measurement error"):
the square root of the mean variance of a subject's repeated scores, here weighted by their degrees
of freedom since a photo may be refused. Two scores of an unchanged face differ by less than
`2.77 * SD` (1.96 times the square root of 2) on 95% of occasions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.training.figures import RESAMPLES, SEED, Figure, draws, figure

Floats = NDArray[np.float64]
REPEATABILITY = 2.77


@dataclass(frozen=True)
class Spread:
    """Of each person: sum of squares about their own mean, and degrees of freedom, (K,) each."""

    squares: Floats
    freedom: Floats


def spread_of(scores: Sequence[Sequence[float]]) -> Spread:
    """Return the spread of repeated scores, points, given person by person."""
    squares = [
        float(((np.array(s) - np.mean(s)) ** 2).sum()) if len(s) > 1 else 0.0 for s in scores
    ]
    return Spread(np.array(squares), np.array([max(len(s) - 1, 0) for s in scores], np.float64))


def within_subject_sd(spreads: Sequence[Spread], *, resamples: int = RESAMPLES) -> Figure:
    """Return the within-subject SD in points over one or several conditions of the same people.

    The interval draws people. `cases` is the people with two photos or more.
    """
    squares = np.sum([spread.squares for spread in spreads], axis=0)
    freedom = np.sum([spread.freedom for spread in spreads], axis=0)
    weights = draws(np.arange(len(freedom)), resamples=resamples, seed=SEED).weights
    with np.errstate(invalid="ignore", divide="ignore"):
        values = np.sqrt((weights @ squares) / (weights @ freedom))
    return figure(values, int((freedom > 0).sum()))


def repeatability(
    scores: Mapping[str, Sequence[Sequence[float]]], *, resamples: int = RESAMPLES
) -> dict[str, Any]:
    """Return the within-subject SD of each condition and of all together, points.

    `scores` gives, for each condition and person, the severities of their photos.
    """
    spreads = {condition: spread_of(each) for condition, each in scores.items()}
    return {
        "conditions": {
            condition: within_subject_sd([spread], resamples=resamples)
            for condition, spread in spreads.items()
        },
        "all": within_subject_sd(list(spreads.values()), resamples=resamples),
        "coefficient": REPEATABILITY,
    }
