"""Regions of the face on the chart, and which conditions are read in which of them.

Outlines are rows of landmarks on the participant's right side; the left side is their mirror. The
table of conditions follows the clinical habits named in `READ_IN`.
"""

from __future__ import annotations

from functools import cache, lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.chart import LIPS_OUTER, Canvas, chart_mm
from inference.training.generator.noise import Field

# Right half of regions that cross the middle, top to bottom; the mirror closes the outline.
MIDDLE = {
    "forehead": (10, 109, 67, 103, 68, 63, 105, 66, 107, 9),
    "glabella": (9, 107, 55, 193, 168),
    "nose": (168, 122, 188, 217, 198, 131, 129, 64, 98, 97, 2),
    "perioral": (2, 97, 98, 165, 92, 186, 57, 43, 106, 182, 83, 18),
    "upper_lip": (2, 97, 98, 165, 92, 61, 40, 37, 0),
    "chin": (18, 83, 182, 106, 204, 32, 140, 171, 175),
}
# Whole outlines of regions that come in pairs.
PAIRED = {
    "cheek": (116, 117, 118, 119, 100, 36, 206, 216, 207, 192, 213, 147, 123),
    "inner_cheek": (118, 119, 100, 142, 36, 206, 205, 50),
    "periorbital": (113, 156, 139, 34, 111, 31),
    "infraorbital": (31, 110, 24, 23, 22, 26, 232, 121, 120, 119, 118, 117, 111),
    "nasolabial": (129, 36, 205, 207, 212, 57, 92, 98),
}

# Condition -> regions it is read in. Melasma: the areas of MASI (Kimbrough-Green 1994) and the
# upper lip; the others: where VISIA and dermatologists look for them (Flament 2020).
READ_IN: dict[str, tuple[str, ...]] = {
    "dryness": ("cheek", "forehead", "perioral"),
    "texture": ("cheek", "forehead", "perioral"),
    "melasma": ("forehead", "cheek", "nasolabial", "chin", "perioral"),
    "lentigo": ("cheek", "forehead", "periorbital", "infraorbital"),
    "ephelides": ("nose", "cheek"),
    "dermatitis": ("glabella", "nasolabial", "cheek", "chin"),
    "wrinkles": ("forehead", "glabella", "periorbital", "infraorbital", "nasolabial"),
    "pores": ("nose", "cheek", "inner_cheek", "glabella"),
}


@cache
def mirrored() -> NDArray[np.intp]:
    """Return for each landmark the one across the middle: (468,)."""
    chart = chart_mm()
    flipped = chart * np.array([-1, 1], np.float32)
    distance = np.linalg.norm(chart[:, None] - flipped[None], axis=2)
    return np.asarray(distance.argmin(axis=0))


def on_side(indices: tuple[int, ...], *, right: bool) -> tuple[int, ...]:
    """Return landmarks given for the right side on the side wanted."""
    return indices if right else tuple(int(mirrored()[index]) for index in indices)


def outlines(region: str) -> list[tuple[int, ...]]:
    """Return the outlines of a region as rows of landmarks: one, or right and left.

    Raises KeyError for an unknown region.
    """
    across = mirrored()
    if region in MIDDLE:
        right = MIDDLE[region]
        back = tuple(int(across[index]) for index in reversed(right) if across[index] != index)
        return [right + back]
    right = PAIRED[region]
    return [right, tuple(int(across[index]) for index in right)]


# Masks depend on the canvas alone and are drawn for few of them, so they are kept, read-only.
_KEPT = 96


@lru_cache(maxsize=_KEPT)
def region_mask(canvas: Canvas, region: str, blur_mm: float = 3.0) -> Field:
    """Return where a region lies on the texture: 0 to 1, both sides together, lips left out."""
    mask = np.zeros(canvas.shape, np.float32)
    for outline in outlines(region):
        mask = np.maximum(mask, canvas.filled(canvas.landmarks(*outline)))
    if region in {"perioral", "upper_lip", "chin"}:
        mask *= 1 - canvas.filled(canvas.landmarks(*LIPS_OUTER))
    return fixed(canvas.blurred(mask, blur_mm))


@lru_cache(maxsize=_KEPT)
def regions_mask(canvas: Canvas, regions: tuple[str, ...], blur_mm: float = 4.0) -> Field:
    """Return the union of several regions on the texture: 0 to 1."""
    mask = np.zeros(canvas.shape, np.float32)
    for region in regions:
        mask = np.maximum(mask, region_mask(canvas, region, 0.0))
    return fixed(canvas.blurred(mask, blur_mm))


def fixed(field: Field) -> Field:
    """Return the field, no longer to be written to."""
    field.setflags(write=False)
    return field


def along(canvas: Canvas, *indices: int, steps: int = 40) -> NDArray[np.float32]:
    """Return a smooth line (steps, 2) in texture pixels through these landmarks."""
    return smooth_line(canvas.landmarks(*indices), steps)


def smooth_line(corners: NDArray[np.float32], steps: int = 40) -> NDArray[np.float32]:
    """Return `steps` points (steps, 2) along a Catmull-Rom curve through the corners (n, 2)."""
    padded = np.concatenate(
        [2 * corners[:1] - corners[1:2], corners, 2 * corners[-1:] - corners[-2:-1]]
    )
    at = np.linspace(0, len(corners) - 1 - 1e-6, steps)
    start = at.astype(int)
    t = (at - start)[:, None]
    a, b, c, d = (padded[start + offset] for offset in range(4))
    curve = 2 * b + (c - a) * t + (2 * a - 5 * b + 4 * c - d) * t**2
    curve = curve + (3 * b - a - 3 * c + d) * t**3
    return np.asarray(curve / 2, np.float32)


def draw_line(mask: NDArray[np.uint8], line: NDArray[np.float32], value: int, width: int) -> None:
    """Draw a smooth line (n, 2) in texture pixels onto an 8-bit mask, in place."""
    fixed = np.round(line * 16).astype(np.int32)
    cv2.polylines(mask, [fixed], False, value, width, lineType=cv2.LINE_AA, shift=4)
