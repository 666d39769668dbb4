"""One face laid over itself in another photo, by a similarity: skin that is graded is never
stretched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FEWEST_POINTS = 4


@dataclass(frozen=True)
class Similarity:
    """(x, y) to ``scale * R(angle) (x, y) + shift``; pixels, radians, y downwards."""

    scale: float
    angle: float
    x: float
    y: float

    def carry(self, points: ArrayLike) -> NDArray[np.float64]:
        """(N, 2) to (N, 2)."""
        turn = self.scale * np.exp(1j * self.angle)
        moved = turn * _complex(points) + complex(self.x, self.y)
        return np.column_stack([moved.real, moved.imag])


def fit_similarity(first: ArrayLike, second: ArrayLike) -> tuple[Similarity, float]:
    """The similarity that carries ``first`` (N, 2) onto ``second`` best, and the pixels it misses.

    Least squares in closed form (Umeyama, IEEE PAMI 13 (1991) 376-380); in the plane without
    reflection it is one complex factor. What it misses is the root mean square in the second photo.

    Raises:
        ValueError: fewer than four points, other numbers of points, or all in one place.
    """
    a, b = _complex(first), _complex(second)
    if len(a) != len(b) or len(a) < FEWEST_POINTS:
        raise ValueError("a similarity is fitted to the same four points or more")
    a0, b0 = a.mean(), b.mean()
    spread = float(np.sum(np.abs(a - a0) ** 2))
    turn = complex(np.sum(np.conj(a - a0) * (b - b0)) / spread) if spread > 0 else 0j
    if not np.isfinite(abs(turn)) or abs(turn) == 0:
        raise ValueError("points that lie in one place say nothing of size and turn")
    shift = complex(b0 - turn * a0)
    found = Similarity(abs(turn), float(np.angle(turn)), shift.real, shift.imag)
    missed = float(np.sqrt(np.mean(np.abs(turn * a + shift - b) ** 2)))
    return found, missed


def by_box(first: Mapping[str, Any], second: Mapping[str, Any]) -> Similarity:
    """Roughly, from what the check kept of each face before it kept points: box, size and roll."""
    scale = float(second["inter_eye_px"]) / float(first["inter_eye_px"])
    angle = float(np.radians(float(second["roll"]) - float(first["roll"])))
    middle, other = (_middle(face["box"]) for face in (first, second))
    shift = other - scale * np.exp(1j * angle) * middle
    return Similarity(scale, angle, float(shift.real), float(shift.imag))


def _middle(box: Sequence[float]) -> complex:
    left, top, width, height = box
    return complex(left + width / 2, top + height / 2)


def _complex(points: ArrayLike) -> NDArray[np.complex128]:
    array = np.asarray(points, np.float64).reshape(-1, 2)
    return np.asarray(array[:, 0] + 1j * array[:, 1])
