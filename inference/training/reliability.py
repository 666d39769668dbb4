"""Do probabilities mean what they say: expected calibration error and the reliability curve.

Guo, Pleiss, Sun and Weinberger 2017 (arXiv 1706.04599), section 2: predictions are put into 15 bins
of equal width by their confidence, and the error is the mean over bins, weighted by their share of
predictions, of the distance between mean confidence and share that was right. Two kinds are given:
`top` (the confidence of the likeliest of the four grades, Guo's) and `presence` (the probability
that the condition is there at all, against whether it is). The estimate is biased upwards when
photos are few (Kumar, Liang and Ma 2019, arXiv 1909.10155), so the error that a perfect network
would show with the same predictions is given beside it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import erf, exp, pi, sqrt
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.training.figures import Draws, figure

Floats = NDArray[np.float64]
BINS = 15
PERFECT_DRAWS = 200
SEED = 20261124


def bin_of(confidence: Floats) -> NDArray[np.int64]:
    """Return the bin, 0 to 14, of each confidence: (k/15, (k+1)/15], and 0 in the first."""
    return np.clip(np.ceil(confidence * BINS).astype(np.int64) - 1, 0, BINS - 1)


def ece(confidence: Floats, right: Floats, weights: Floats | None = None) -> Floats:
    """Return the expected calibration error of each row of `weights` (R, N), or of all alike.

    `confidence` (N,) 0 to 1, `right` (N,) 0 or 1.
    """
    weighed = np.ones((1, len(confidence))) if weights is None else weights
    gap = np.zeros((len(confidence), BINS))
    gap[np.arange(len(confidence)), bin_of(confidence)] = right - confidence
    total = weighed.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.abs(weighed @ gap).sum(axis=1) / total, np.float64)


def ece_debiased(confidence: Floats, right: Floats) -> float:
    """Return the error less what chance alone adds to it, never below 0.

    Kumar, Liang and Ma 2019 (arXiv 1909.10155, appendix on the debiased l1 error): were a bin's
    true gap the one seen, chance would show `E|N(gap, p (1 - p) / n)|` on average; what that is
    above the gap is taken off it.
    """
    total, where = 0.0, bin_of(confidence)
    for k in range(BINS):
        mine = where == k
        if not mine.any():
            continue
        count, share = int(mine.sum()), float(right[mine].mean())
        gap = abs(share - float(confidence[mine].mean()))
        # Laplace's rule of succession: a bin that is all right is not therefore without spread.
        smooth = (right[mine].sum() + 1) / (count + 2)
        sd = sqrt(smooth * (1 - smooth) / count)
        seen = sd * sqrt(2 / pi) * exp(-((gap / sd) ** 2) / 2) + gap * erf(gap / sd / sqrt(2))
        total += count * (2 * gap - seen)
    return max(total / len(confidence), 0.0) if len(confidence) else float("nan")


def ece_if_perfect(confidence: Floats) -> float:
    """Return the mean error that chance alone gives predictions which mean what they say."""
    rng = np.random.default_rng(SEED)
    errors = [
        ece(confidence, (rng.random(len(confidence)) < confidence).astype(np.float64))[0]
        for _ in range(PERFECT_DRAWS)
    ]
    return float(np.mean(errors)) if len(confidence) else float("nan")


def curve(confidence: Floats, right: Floats) -> list[dict[str, Any]]:
    """Return the bins that hold anything: mean confidence, share right, count."""
    where = bin_of(confidence)
    return [
        {
            "bin": k,
            "confidence": round(float(confidence[where == k].mean()), 4),
            "right": round(float(right[where == k].mean()), 4),
            "count": int((where == k).sum()),
        }
        for k in range(BINS)
        if (where == k).any()
    ]


def undone(
    probabilities: NDArray[np.floating], temperature: float, shift: Sequence[float]
) -> Floats:
    """Return the (N, K) probabilities of before `logits' = temperature * logits + shift`.

    Soft-max does not see a constant added to a row, so the logs of the probabilities are logits.
    """
    logits = np.log(np.clip(np.asarray(probabilities, np.float64), 1e-30, None))
    before = (logits - np.asarray(shift, np.float64)) / temperature
    powers = np.exp(before - before.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True), np.float64)


def top_and_presence(p: Floats, true: NDArray[np.int64]) -> dict[str, tuple[Floats, Floats]]:
    """Return confidence and whether it was right, (P,) each, of both kinds; `p` is (P, K)."""
    best = p.argmax(axis=1)
    return {
        "top": (p.max(axis=1), (best == true).astype(np.float64)),
        "presence": (1 - p[:, 0], (true > 0).astype(np.float64)),
    }


def calibration_of(
    given: Mapping[str, tuple[Floats, NDArray[np.int64], Draws]],
) -> dict[str, Any]:
    """Return calibration per condition and of all conditions' predictions together.

    `given` holds, for each condition, probabilities (P, K), true grades (P,) and the draws of those
    photos. Draws of a report share their people, so the pooled interval is over people too.
    """
    calibration: dict[str, Any] = {"conditions": {}}
    pooled: dict[str, list[tuple[Floats, Floats, Floats]]] = {"top": [], "presence": []}
    for condition, (p, true, drawn) in given.items():
        kinds = {}
        for kind, (confidence, right) in top_and_presence(p, true).items():
            errors = ece(confidence, right, drawn.weights)
            kinds[kind] = figure(errors, len(true))
            pooled[kind].append((confidence, right, drawn.weights))
        calibration["conditions"][condition] = kinds
    for kind, parts in pooled.items():
        confidence = np.concatenate([part[0] for part in parts])
        right = np.concatenate([part[1] for part in parts])
        weights = np.concatenate([part[2] for part in parts], axis=1)
        calibration[kind] = {
            "ece": figure(ece(confidence, right, weights), len(confidence)),
            "ece_if_perfect": round(ece_if_perfect(confidence), 4),
            "ece_debiased": round(ece_debiased(confidence, right), 4),
            "curve": curve(confidence, right),
        }
    return calibration
