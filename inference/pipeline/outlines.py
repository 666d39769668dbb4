"""The outlines of a view's regions in a photo, by its landmarks alone: no pixel is read."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.anatomy import REGIONS
from inference.pipeline.assessed import visible_regions
from inference.pipeline.regions import Landmarks, Unreadable, face_scale, too_small, unseen


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
