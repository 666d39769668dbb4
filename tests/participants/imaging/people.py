"""One real face: Eileen Collins, NASA, public domain, as scikit-image ships it."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray
from skimage import data

from participants.imaging.face import Face, FaceFinder

FINDER = FaceFinder()
FACE_CENTRE = (224, 116)


def astronaut() -> NDArray[np.uint8]:
    """512 × 512; the face is about 94 × 107 px at (224, 116), looking straight ahead."""
    pixels: NDArray[np.uint8] = data.astronaut()
    return pixels


def portrait(side: int = 900, crop: int = 230) -> NDArray[np.uint8]:
    """The head and shoulders, enlarged so that the face is as large as in a selfie."""
    x, y = FACE_CENTRE
    low = max(0, y - crop // 2)
    cut = astronaut()[low : low + crop, x - crop // 2 : x + crop // 2]
    return np.asarray(cv2.resize(cut, (side, side), interpolation=cv2.INTER_CUBIC), np.uint8)


def turned(pixels: NDArray[np.uint8], degrees: float) -> tuple[NDArray[np.uint8], NDArray]:
    """Turn a picture clockwise about its middle; returns it and the 2 × 3 matrix of the turn."""
    height, width = pixels.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1.0)
    picture = cv2.warpAffine(pixels, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(picture, np.uint8), matrix


def on_canvas(
    face: NDArray[np.uint8], side: int, at: tuple[int, int], of: int = 1000
) -> NDArray[np.uint8]:
    """A grey square with the picture, scaled to `side`, at (x, y)."""
    canvas = np.full((of, of, 3), 120, np.uint8)
    x, y = at
    canvas[y : y + side, x : x + side] = cv2.resize(
        face, (side, side), interpolation=cv2.INTER_AREA
    )
    return canvas


@cache
def collins() -> Face:
    """The face in `astronaut()`."""
    (face,) = FINDER.find_faces(astronaut())
    return face
