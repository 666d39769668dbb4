"""Small changes of a face from photo to photo: the mouth's corners, the lids, the brows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.chart import LIPS_INNER
from participants.imaging.canonical import canonical_face

UPPER_INNER = (191, 80, 81, 82, 13, 312, 311, 310, 415)
LOWER_INNER = (95, 88, 178, 87, 14, 317, 402, 318, 324)


def with_expression(points: NDArray[np.float32], rng: np.random.Generator) -> NDArray[np.float32]:
    """Return a face at ease (468, 3): lips closed, eyes open, a trace of a smile or a frown."""
    out = points.copy()
    rest = canonical_face()
    mouth_y = rest[list(LIPS_INNER), 1].mean()
    half_gap = float(rest[14, 1] - rest[13, 1]) / 2
    near = np.exp(-(((rest[:, 0]) / 22) ** 2) - ((rest[:, 1] - mouth_y) / 9) ** 2)
    near *= rest[:, 2] < -35
    inner = np.zeros(len(out), np.float32)
    inner[list(UPPER_INNER)] = 1
    inner[list(LOWER_INNER)] = -1
    above = np.where(inner != 0, inner, np.sign(mouth_y - rest[:, 1]))
    out[:, 1] += (above * near * (half_gap - 0.35) * 0.95).astype(np.float32)
    smile = float(np.clip(rng.normal(0.3, 0.4), -0.4, 1.0))
    for index in (61, 291, 78, 308):
        reach = np.exp(-((rest - rest[index]) ** 2).sum(axis=1) / (2 * 9.0**2))[:, None]
        side = np.sign(rest[index, 0])
        out += (reach * smile * np.array([side * 0.5, -0.7, 0.3])).astype(np.float32)
    opening = 1.5 + 0.3 * float(rng.normal())
    for upper, lower in zip(UPPER_INNER, LOWER_INNER, strict=True):
        middle = (out[upper] + out[lower]) / 2
        out[upper], out[lower] = middle, middle
        out[upper, 1] -= 0.2
        out[lower, 1] += 0.2
    for index in (159, 386):
        lid = np.exp(-(((rest[:, 0] - rest[index, 0]) / 9) ** 2))
        lid = lid * np.exp(-(((rest[:, 1] - rest[index, 1]) / 3.0) ** 2))
        out[:, 1] -= (lid * opening).astype(np.float32)
    return np.asarray(out, np.float32)
