"""Hair over the forehead, where acne, pigment and lines are looked for."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.measures import FaceChip
from participants.imaging.medians import median, medians
from participants.imaging.opencv import cv2

BROWS: Final = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300)  # their upper edges
HAIRLINE: Final = (54, 103, 67, 109, 10, 338, 297, 332, 284)
CHEEKS: Final = (205, 50, 101, 425, 280, 330)
ABOVE_BROWS, BELOW_HAIRLINE = 0.2, 0.15  # of the forehead's height, left out as uncertain
DARKER: Final = 0.6  # of the cheeks' L*
OTHER_COLOUR: Final = (12.0, 0.6)  # ΔE in a*b*, and of the cheeks' chroma: the larger counts
STREAKED: Final = (4.0, 3.0)  # L*, and times the cheeks' own: the larger counts
FINE, AREA = 1.2, 4.0  # pixels of the chip: what is smoothed away, and where streaks are gathered


def forehead_hair(chip: FaceChip) -> float:
    """Percent of the forehead that is darker, of another colour, or more streaked than the cheeks.

    Each against the person's own cheeks, so that no tone is nearer to being warned of. Cloth counts
    as hair does: what hides the forehead hides it.
    """
    forehead = _forehead(chip) & chip.face
    spots = np.zeros(chip.skin.shape, np.uint8)
    for x, y in chip.points[list(CHEEKS)]:
        cv2.circle(spots, (int(x), int(y)), 10, (1,), -1)
    cheeks = (spots > 0) & chip.skin
    if forehead.sum() < 500 or cheeks.sum() < 200:
        return 0.0
    smooth = cv2.GaussianBlur(chip.pixels, (0, 0), FINE).astype(np.float32) / 255
    lab = cv2.cvtColor(smooth, cv2.COLOR_RGB2LAB)
    skin = medians(lab[cheeks])
    off = np.hypot(lab[..., 1] - skin[1], lab[..., 2] - skin[2])
    other = off > max(OTHER_COLOUR[0], OTHER_COLOUR[1] * float(np.hypot(skin[1], skin[2])))
    streaks = _streaks(np.asarray(lab[..., 0], np.float32))
    usual = median(streaks[cheeks])
    streaked = streaks > max(STREAKED[0], STREAKED[1] * usual)
    hidden = other | streaked | (lab[..., 0] < DARKER * skin[0])
    return 100 * float(hidden[forehead].mean())


def _forehead(chip: FaceChip) -> NDArray[np.bool_]:
    brows, hairline = chip.points[list(BROWS)], chip.points[list(HAIRLINE)]
    middle = brows.mean(axis=0)
    up = chip.points[10] - middle
    ring = [*(brows + ABOVE_BROWS * up), *(hairline + BELOW_HAIRLINE * (middle - hairline))]
    hull = cv2.convexHull(np.round(np.array(ring)).astype(np.int32))
    mask = np.zeros(chip.skin.shape, np.uint8)
    cv2.fillPoly(mask, [np.asarray(hull, np.int32)], (1,))
    return mask > 0


def _streaks(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    """How much L* changes from pixel to pixel around each place."""
    fine = lightness - cv2.GaussianBlur(lightness, (0, 0), AREA)
    return np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), AREA))
