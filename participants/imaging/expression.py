"""Is the face at rest? A smile, teeth or an open mouth change every fold and cheek of it.

Three measures of a face that looks into the camera; of a turned head none is taken, for its mouth
is seen from the side. Where the limits lie is in docs/quality.md: faint smiles, lips closed, are
within what people's faces do at rest, and pass.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import (
    LEFT_EYE_INNER,
    LEFT_EYE_OUTER,
    RIGHT_EYE_INNER,
    RIGHT_EYE_OUTER,
)
from participants.imaging.face import Face
from participants.imaging.measures import NOSE_BASE, FaceChip
from participants.imaging.medians import medians
from participants.imaging.opencv import cv2
from participants.imaging.pose import rotation_of
from participants.imaging.topology import LIPS

MOUTH_CORNERS: Final = (61, 291)
LIP_MIDDLES: Final = (13, 14)  # the inner edges of the upper and of the lower lip
# Where the lips meet: their inner edge.
INNER_LIPS: Final = (
    *(78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80, 191),
)
# A linear discriminant between the same people at rest and smiling, by its first weight, rounded.
LIFT, DROP = 0.75, 0.66
LIGHTER: Final = 8  # L* that a tooth is lighter than the lips
PALER: Final = (0.65, 0.7)  # of the chroma of lips and of skin, that a tooth stays below


def smile(face: Face) -> float:
    """How wide the mouth is and how high its corners stand, in percent of the eyes' distance.

    The points are turned back into the head's own frame. The width between the corners, plus 0.75
    of how far they lie above the middle of the lips, minus 0.66 of how far below the nose's base:
    a smile widens the mouth, lifts its corners and brings them nearer to the nose.
    """
    turned = face.landmarks.astype(np.float64) @ rotation_of(face.yaw, face.pitch, face.roll)
    right, left = (turned[corner] for corner in MOUTH_CORNERS)
    eyes = turned[[RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER]]
    left_eye, other = eyes.reshape(2, 2, 3).mean(axis=1)
    corners = float(right[1] + left[1]) / 2  # y grows downwards
    lifted = float(turned[list(LIP_MIDDLES), 1].mean()) - corners
    below = corners - float(turned[NOSE_BASE, 1])
    width = float(np.linalg.norm(right - left))
    return 100 * (width + LIFT * lifted - DROP * below) / float(np.linalg.norm(left_eye - other))


def mouth_gap(chip: FaceChip) -> float:
    """How far the lips stand apart in the middle, in percent of the mouth's width."""
    upper, lower = (chip.points[middle] for middle in LIP_MIDDLES)
    return 100 * float(np.linalg.norm(lower - upper)) / _width(chip)


def teeth(chip: FaceChip) -> float:
    """Teeth that are seen between the lips, in percent of the square of the mouth's width.

    What is lighter than the lips and has less colour than lips and skin. Lips painted pale, and
    their shine, lie outside the line where they meet.
    """
    lab = cv2.cvtColor(chip.pixels.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    inside = cv2.dilate(_filled(chip, INNER_LIPS), np.ones((5, 5), np.uint8)) > 0
    lips = (_filled(chip, LIPS) > 0) & ~inside & chip.face
    if lips.sum() < 50 or chip.skin.sum() < 50:
        return 0.0
    lip = medians(lab[lips])
    skin = medians(lab[chip.skin])
    limit = min(PALER[0] * np.hypot(*lip[1:]), PALER[1] * np.hypot(*skin[1:]))
    pale = np.hypot(lab[..., 1], lab[..., 2]) < limit
    pale_inside = inside & chip.face & pale & (lab[..., 0] > lip[0] + LIGHTER)
    return 100 * float(pale_inside.sum()) / _width(chip) ** 2


def _width(chip: FaceChip) -> float:
    right, left = (chip.points[corner] for corner in MOUTH_CORNERS)
    return max(float(np.linalg.norm(right - left)), 1.0)


def _filled(chip: FaceChip, ring: tuple[int, ...]) -> NDArray[np.uint8]:
    mask = np.zeros(chip.skin.shape, np.uint8)
    cv2.fillPoly(mask, [np.round(chip.points[list(ring)]).astype(np.int32)], (1,))
    return mask
