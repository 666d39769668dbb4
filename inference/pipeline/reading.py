"""A stored photo decoded no finer than the regions need.

A JPEG decoder can give a half, a quarter or an eighth of the size for less than the whole costs,
since it leaves out the finest cosines. Crops have a few pixels a millimetre; a phone's photo has
ten or more. What is decoded keeps half as many pixels again as the crops have, so that the cutter
still averages over areas, as it does on the whole photo.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.card import CardInput
from inference.pipeline.outlines import face_scale
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
Landmarks = NDArray[np.float32]

FINER = 1.5  # decoded pixels for each of a crop's, at least
_FLAGS = {
    8: "IMREAD_REDUCED_COLOR_8",
    4: "IMREAD_REDUCED_COLOR_4",
    2: "IMREAD_REDUCED_COLOR_2",
    1: "IMREAD_COLOR",
}


@dataclass(frozen=True)
class ReadPhoto:
    """A photo's pixels, uint8 (H, W, 3) sRGB, its landmarks there, and how much finer it was."""

    pixels: Pixels
    landmarks: Landmarks  # float32 (468, 3) in `pixels`
    shrunk: int = 1  # 1, 2, 4 or 8 pixels of the stored photo along each side of one here


def shrink_for(landmarks: Landmarks, needs: CardInput) -> int:
    """Return by how much a photo may be shrunk for a network's crops: 1, 2, 4 or 8."""
    wanted = FINER * needs.size / needs.window_mm
    scale = face_scale(landmarks)
    return next((factor for factor in (8, 4, 2) if scale / factor >= wanted), 1)


def read_jpeg(body: bytes, landmarks: Landmarks, needs: CardInput | None = None) -> ReadPhoto:
    """Decode a JPEG this product wrote (upright, sRGB, no tags); whole when `needs` is None.

    `landmarks` float32 (468, 3) in the whole photo's pixels. Raises ValueError for other bytes.
    """
    factor = shrink_for(landmarks, needs) if needs is not None else 1
    flags = getattr(cv2, _FLAGS[factor]) | cv2.IMREAD_IGNORE_ORIENTATION
    decoded = (
        cv2.imdecode(np.frombuffer(body, np.uint8), flags) if body[:2] == b"\xff\xd8" else None
    )
    if decoded is None:
        raise ValueError("the bytes are no JPEG that can be decoded")
    pixels = np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB, dst=decoded), np.uint8)
    if factor == 1:
        return ReadPhoto(pixels, landmarks)
    # Of pixel centres, as the cutter takes them; the third coordinate is a length.
    moved = landmarks / np.float32(factor)
    moved[:, :2] = (landmarks[:, :2] + 0.5) / factor - 0.5
    return ReadPhoto(pixels, moved.astype(np.float32), factor)
