"""The outlines of a view's regions in a photo, by its landmarks alone: no pixel is read.

Loads no OpenCV, so that pages can draw them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.anatomy import CANONICAL_AREA_MM2, REGIONS
from inference.pipeline.assessed import visible_regions
from participants.imaging.scale import pixels_per_mm

Landmarks = NDArray[np.float32]

# A region seen more edge-on than this share of its frontal area is not read.
MIN_FACING = 0.35
# Below one photo pixel a millimetre (about 63 pixels between the eyes) nothing is readable.
MIN_PX_PER_MM = 1.0
MIN_IN_FRAME = 0.75


@dataclass(frozen=True)
class Unreadable:
    """A region that cannot be read in this photo, and why."""

    region: str
    reason: str
    message: str


@dataclass(frozen=True)
class RegionOutline:
    """One region; ``points`` (N, 2) float64 are its corners in photo pixels, in order around it.

    ``unseen`` says why ``find_regions`` would not even look there; hair and rims, which it leaves
    out as well, are found in the pixels only.
    """

    region: str
    points: NDArray[np.float64]
    unseen: Unreadable | None


def region_outlines(
    landmarks: Landmarks, view: str, *, frame: tuple[int, int]
) -> list[RegionOutline]:
    """Return the outlines that ``find_regions`` cuts along, from the brow down.

    ``landmarks`` is float (468, 2 or 3) in pixels of a photo of ``frame`` (width, height), ``view``
    the side turned to the camera. Raises ValueError for another shape or an unknown view.
    """
    if landmarks.shape not in {(468, 2), (468, 3)}:
        raise ValueError(f"landmarks must be (468, 2) or (468, 3), not {landmarks.shape}")
    scale = face_scale(landmarks)
    small = too_small(scale)
    return [
        RegionOutline(
            code,
            landmarks[list(REGIONS[code].outline), :2].astype(np.float64),
            Unreadable(code, "too-small", small)
            if small
            else unseen(code, code, frame, landmarks, scale),
        )
        for code in visible_regions(view)
    ]


def face_scale(landmarks: Landmarks) -> float:
    """Return photo pixels per millimetre, the same as `participants.imaging.scale` keeps."""
    return pixels_per_mm(landmarks)


def too_small(scale: float) -> str:
    """Say that nothing is readable at ``scale`` photo pixels per millimetre; empty: it is."""
    if np.isfinite(scale) and scale >= MIN_PX_PER_MM:
        return ""
    return f"The face is too small in the photo ({scale:.2f} pixels a millimetre)."


def unseen(
    code: str, drawn: str, frame: tuple[int, int], landmarks: Landmarks, scale: float
) -> Unreadable | None:
    """Say why region ``code``, which has the outline of ``drawn``, is not seen in a photo.

    ``frame`` is the photo's width and height in pixels. Hair and rims are not looked for.
    """
    outline = landmarks[list(REGIONS[drawn].outline), :2]
    facing = _signed_area(outline) / scale**2 / CANONICAL_AREA_MM2[drawn]
    if facing < MIN_FACING:
        return Unreadable(code, "turned-away", "That side is turned away from the camera.")
    inside = ((outline >= 0) & (outline < frame)).all(axis=1).mean()
    if inside < MIN_IN_FRAME:
        return Unreadable(code, "cut-off", "That part of the face is outside the photo.")
    return None


def _signed_area(outline: NDArray[np.float32]) -> float:
    """Shoelace area in square pixels, positive for the order the table's outlines have."""
    x, y = outline[:, 0].astype(np.float64), outline[:, 1].astype(np.float64)
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)
