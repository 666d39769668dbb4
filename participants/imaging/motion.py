"""A moving hand apart from a lens out of focus: the smear's length and direction."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.opencv import cv2

FINE, COARSE = 1.0, 2.0  # standard deviations, pixels, of the two scales that are compared
BINS: Final = 12  # directions of edges, 15 degrees each
EDGES: Final = 80  # percentile of the gradient from which on a pixel counts as an edge
# Real and generated faces smeared by 8 and 14 px read 0.63 to 0.78 of that before this factor.
GAIN: Final = 1.4
# Pixels². When even the sharpest directions are blurred by more, the lens was out of focus, and
# what the directions still differ by is chance.
DEFOCUSED: Final = 5.0
WIDEST: Final = 60.0  # pixels²; beyond it the two scales tell no difference


def motion(luma: NDArray[np.uint8], region: NDArray[np.bool_]) -> tuple[float, float]:
    """Return the length in pixels and the direction in degrees of a straight smear.

    `luma` is uint8 (H, W); only edges inside `region` (H, W) count. Degrees run from 0 (along the
    rows) to 180, clockwise in the picture. An edge's blur is found by blurring it again (Zhuo and
    Sim 2011, Pattern Recognition 44(9)): an edge of deviation s, seen at scale t, keeps a gradient
    energy in proportion to 1/sqrt(s² + t²), so two scales give s. Done apart for edges of each
    direction, s² is even in all of them when the lens is out of focus and stretched along one
    when the phone moved: `s² = a + b cos 2θ + c sin 2θ`. A smear of length L has variance L²/12.

    Returns 0 where edges of all directions are strongly blurred. The length is good to about a
    third (from 12 px on it reads short) and reads up to 8 px on a sharp face, whose own edges are
    not alike in all directions; the direction means something from about 8 px on.
    """
    fine, coarse = _gradients(luma, FINE), _gradients(luma, COARSE)
    inner = cv2.erode(region.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    if not inner.any():
        return 0.0, 0.0
    energy = (coarse[0] ** 2 + coarse[1] ** 2)[inner]
    edge = energy > np.percentile(energy, EDGES)
    if not edge.any():
        return 0.0, 0.0
    angle = np.arctan2(coarse[1][inner], coarse[0][inner])[edge] % np.pi
    along = fine[0][inner][edge] * np.cos(angle) + fine[1][inner][edge] * np.sin(angle)
    at = np.minimum((angle / np.pi * BINS).astype(int), BINS - 1)
    sharp = _round(np.bincount(at, along**2, BINS))
    soft = _round(np.bincount(at, energy[edge], BINS))
    ratio = np.maximum(sharp / np.maximum(soft, 1e-6), 1.001) ** 2
    spread = np.clip((COARSE**2 - ratio * FINE**2) / (ratio - 1), 0, WIDEST)
    middle = (np.arange(BINS) + 0.5) * np.pi / BINS
    terms = np.column_stack([np.ones(BINS), np.cos(2 * middle), np.sin(2 * middle)])
    weight = np.sqrt(soft)
    if float(np.percentile(spread, 20)) > DEFOCUSED:
        return 0.0, 0.0
    _, b, c = np.linalg.lstsq(terms * weight[:, None], spread * weight, rcond=None)[0]
    length = GAIN * float(np.sqrt(12 * 2 * np.hypot(b, c)))
    return length, float(np.degrees(np.arctan2(c, b) / 2) % 180)


def _gradients(
    luma: NDArray[np.uint8], scale: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    soft = cv2.GaussianBlur(luma.astype(np.float32), (0, 0), scale)
    across = np.asarray(cv2.Sobel(soft, cv2.CV_32F, 1, 0, ksize=3), np.float32)
    return across, np.asarray(cv2.Sobel(soft, cv2.CV_32F, 0, 1, ksize=3), np.float32)


def _round(values: NDArray[np.number]) -> NDArray[np.float64]:
    """Smooth over neighbouring directions; the last is next to the first."""
    return np.asarray(values / 2 + np.roll(values, 1) / 4 + np.roll(values, -1) / 4, np.float64)
