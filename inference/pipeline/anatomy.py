"""The outlines of the face's regions over the mesh, and their measures on the canonical face.

Outlines are indices of MediaPipe's 468 points, written for the participant's right side and
mirrored for the left; they run clockwise as seen in an unmirrored photo of the face.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import canonical_face

RIGHT_EYE_OUTER, LEFT_EYE_OUTER = 33, 263


@dataclass(frozen=True)
class Region:
    """One region: its outline on the mesh, a row of landmarks."""

    outline: tuple[int, ...]


def _mirror() -> tuple[int, ...]:
    """For each point the one across the middle of the canonical face."""
    points = canonical_face()
    across = points * np.array([-1, 1, 1], np.float32)
    distances = np.linalg.norm(points[None, :, :] - across[:, None, :], axis=2)
    return tuple(int(index) for index in distances.argmin(axis=1))


MIRROR = _mirror()


def _clockwise(outline: tuple[int, ...]) -> tuple[int, ...]:
    return outline if _canonical_area(outline) > 0 else outline[::-1]


def _canonical_area(outline: tuple[int, ...]) -> float:
    """Signed area in mm² of an outline on the canonical face seen from the front."""
    x, y = canonical_face()[list(outline), :2].astype(np.float64).T
    return float(np.sum(x * np.roll(y, -1) - y * np.roll(x, -1)) / 2)


def foreshortened(landmarks: NDArray[np.float32], code: str) -> float:
    """Return photo pixels per millimetre of skin along a region's most foreshortened way.

    The region's plane on the canonical face is fitted to the landmarks (468, 2 or 3) by an affine
    map; its smaller singular value is what is wanted.
    """
    outline = landmarks[list(REGIONS[code].outline), :2].astype(np.float64)
    return float(np.linalg.svd(_FROM_PLANE[code] @ outline, compute_uv=False)[-1])


def _from_plane(outline: tuple[int, ...]) -> NDArray[np.float64]:
    """Return the (2, n) matrix that gives the affine map of a region's plane from its n points."""
    points = canonical_face()[list(outline)].astype(np.float64)
    points -= points.mean(axis=0)
    plane = points @ np.linalg.svd(points)[2][:2].T
    return np.asarray(np.linalg.pinv(plane))


def _across(half: tuple[int, ...]) -> tuple[int, ...]:
    """Close an outline given from the middle line, over the right side, back to the middle line."""
    other = tuple(MIRROR[index] for index in half[::-1] if MIRROR[index] != index)
    return _clockwise(half + other)


def _left(outline: tuple[int, ...]) -> tuple[int, ...]:
    return _clockwise(tuple(MIRROR[index] for index in outline))


_CHEEK = (116, 117, 118, 119, 100, 142, 36, 206, 207, 192, 213, 147, 123)
# Crow's feet, from the outer corner to the temple; below the lower lid, down to the cheek.
_PERIORBITAL = (130, 113, 156, 139, 34, 111, 31)
_INFRAORBITAL = (31, 110, 24, 23, 22, 26, 232, 121, 120, 119, 118, 117, 111)
_NASOLABIAL = (36, 129, 98, 165, 92, 186, 57, 212, 216, 206)
_EYE = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_BROW = (70, 63, 105, 66, 107, 55, 65, 52, 53, 46)
_NOSTRIL = (64, 235, 240, 98, 97, 99, 60, 75, 59)
_LIPS = (0, 37, 39, 40, 185, 61, 146, 91, 181, 84, 17)

REGIONS: Mapping[str, Region] = {
    "forehead": Region(_across((10, 109, 67, 103, 68, 63, 105, 66, 108, 151))),
    "glabella": Region(_across((151, 108, 107, 55, 193, 168))),
    "nose": Region(
        _across((168, 193, 245, 114, 217, 126, 209, 49, 102, 64, 59, 166, 79, 237, 44, 1))
    ),
    "cheek_right": Region(_clockwise(_CHEEK)),
    "cheek_left": Region(_left(_CHEEK)),
    "periorbital_right": Region(_clockwise(_PERIORBITAL)),
    "periorbital_left": Region(_left(_PERIORBITAL)),
    "infraorbital_right": Region(_clockwise(_INFRAORBITAL)),
    "infraorbital_left": Region(_left(_INFRAORBITAL)),
    "nasolabial_right": Region(_clockwise(_NASOLABIAL)),
    "nasolabial_left": Region(_left(_NASOLABIAL)),
    "perioral": Region(_across((2, 97, 165, 92, 186, 57, 43, 106, 182, 83, 18))),
    "chin": Region(_across((18, 83, 182, 106, 204, 32, 140, 171, 175))),
}

_FROM_PLANE: Mapping[str, NDArray[np.float64]] = {
    code: _from_plane(region.outline) for code, region in REGIONS.items()
}

# What is not skin, or skin no condition is read on.
EXCLUDED: tuple[tuple[int, ...], ...] = (
    _EYE,
    _left(_EYE),
    _BROW,
    _left(_BROW),
    _NOSTRIL,
    _left(_NOSTRIL),
    _across(_LIPS),
)

CANONICAL_AREA_MM2: Mapping[str, float] = {
    code: _canonical_area(region.outline) for code, region in REGIONS.items()
}
