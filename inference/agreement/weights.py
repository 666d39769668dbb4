"""How much two grades agree: 1 is the same, 0 as far apart as the scale allows."""

from __future__ import annotations

from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from inference.agreement.ratings import Floats

Weighting = Literal["identity", "linear", "quadratic", "ordinal"]


def weights_of(kind: Weighting, grades: int) -> Floats:
    """(K, K) of agreement.

    ``linear`` and ``quadratic`` are Cohen's (Psychological Bulletin 70 (1968) 213-220) with steps
    of one; ``ordinal`` counts the pairs of grades that lie between two, as in Gwet, *Handbook of
    Inter-Rater Reliability*, 4th edition (2014). It is not Krippendorff's ordinal metric.
    """
    apart = np.abs(np.subtract.outer(np.arange(grades), np.arange(grades))).astype(np.float64)
    if kind == "identity":
        return np.asarray(apart == 0, np.float64)
    distance = {"linear": apart, "quadratic": apart**2, "ordinal": apart * (apart + 1) / 2}[kind]
    return np.asarray(1 - distance / max(float(distance.max()), 1.0))


def from_disagreement(weights: ArrayLike) -> Floats:
    """(K, K) of agreement, from weights of disagreement as Cohen's paper gives them."""
    distance = np.asarray(weights, np.float64)
    return np.asarray(1 - distance / distance.max())
