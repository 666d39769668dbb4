"""What can be measured on a face: sharpness, noise, exposure, evenness, colour.

Every face is first brought to one size and turned level (`face_chip`: 128 px between the eyes, as
the thresholds of the blur measure assume), so a photo of 12 megapixels costs no more than one of 2.
Only noise is measured on the photo's own pixels (`picture.py`), since scaling down averages it
away. Tone matters: nothing here takes dark skin for a dark photo.
"""

from __future__ import annotations

from dataclasses import dataclass
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
from participants.imaging.medians import median, medians
from participants.imaging.opencv import cv2
from participants.imaging.picture import Picture
from participants.imaging.scaling import shrink_by
from participants.imaging.topology import FACE_OVAL, NOT_SKIN

CHIP_WIDTH, CHIP_HEIGHT = 384, 448
CHIP_INTER_EYE: Final = 128.0
CHIP_EYES_AT: Final = (CHIP_WIDTH / 2, 176.0)
NOSE_BRIDGE, NOSE_BASE = 168, 2
DARK_LUMA: Final = 25  # OFIQ's under-exposure: luma 0 to 25
BRIGHT_LUMA: Final = 247  # OFIQ's over-exposure: luma 247 to 255
# Daubechies' wavelet with two vanishing moments, high-pass: blind to smooth shading.
DB2_HIGH: Final = np.array([-0.12940952, -0.22414387, 0.83651630, -0.48296291])
LINEAR: Final = np.where(
    np.arange(256) <= 10,
    np.arange(256) / 255 / 12.92,
    ((np.arange(256) / 255 + 0.055) / 1.055) ** 2.4,
).astype(np.float32)


@dataclass(frozen=True)
class FaceChip:
    """A face, level, 128 px between the eyes: uint8 (448, 384, 3) and masks of the same size.

    `points` is float32 (468, 2) in chip pixels. `face` covers the oval, `skin` the part of it that
    is neither eye, brow, lip nor hairline. Both leave out what lies past the photo's edge.
    """

    pixels: NDArray[np.uint8]
    points: NDArray[np.float32]
    face: NDArray[np.bool_]
    skin: NDArray[np.bool_]

    @property
    def luma(self) -> NDArray[np.uint8]:
        """BT.601 luma, 0 to 255."""
        return np.asarray(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY), np.uint8)


def face_chip(photo: Picture | NDArray[np.uint8], face: Face) -> FaceChip:
    """Cut the chip out of a photo, or its pixels, uint8 (H, W, 3) sRGB."""
    points = face.landmarks[:, :2].astype(np.float64)
    eyes = (
        points[[RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER]]
        .reshape(2, 2, 2)
        .mean(axis=1)
    )
    scale = CHIP_INTER_EYE / max(face.inter_eye_px, 1e-3)
    angle = np.radians(-face.roll)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    shift = np.array(CHIP_EYES_AT) - turn @ eyes.mean(axis=0)
    cut, offset, shrink = _nearby(Picture.of(photo), turn, shift, scale)
    matrix = np.column_stack([turn / shrink, shift + turn @ offset])
    size = CHIP_WIDTH, CHIP_HEIGHT
    smooth = cv2.INTER_CUBIC if scale > 1 else cv2.INTER_LINEAR
    chip = cv2.warpAffine(cut, matrix, size, flags=smooth, borderMode=cv2.BORDER_REPLICATE)
    whole = np.full(cut.shape[:2], 255, np.uint8)
    inside = np.asarray(cv2.warpAffine(whole, matrix, size)) > 127
    in_chip = (points @ turn.T + shift).astype(np.float32)
    oval = _filled(in_chip[list(FACE_OVAL)])
    return FaceChip(
        pixels=np.asarray(chip, np.uint8),
        points=in_chip,
        face=oval & inside,
        skin=_skin(in_chip) & inside,
    )


def _nearby(
    picture: Picture, turn: NDArray[np.float64], shift: NDArray[np.float64], scale: float
) -> tuple[NDArray[np.uint8], NDArray[np.float64], float]:
    """Cut out what the chip shows, scaled down without aliasing to about twice the chip's scale.

    Out of the scaled picture where that has the pixels, else out of the photo. Returned are the
    cut, where in the photo it begins (x, y), and its scale.
    """
    corners = np.array([[0, 0], [CHIP_WIDTH, 0], [0, CHIP_HEIGHT], [CHIP_WIDTH, CHIP_HEIGHT]])
    seen = (corners - shift) @ np.linalg.inv(turn).T
    wanted = max(1, int(1 / (2 * scale)))
    source, done = (
        (picture.small, picture.times) if wanted >= picture.times else (picture.pixels, 1)
    )
    limit = np.array([source.shape[1], source.shape[0]])
    low = np.clip(np.floor(seen.min(axis=0) / done).astype(int) - 2, 0, limit - 1)
    high = np.clip(np.ceil(seen.max(axis=0) / done).astype(int) + 2, low + 1, limit)
    cut = source[low[1] : high[1], low[0] : high[0]]
    times = max(1, min(wanted // done, *cut.shape[:2]))
    return shrink_by(cut, times), low.astype(np.float64) * done, 1 / (times * done)


def _filled(ring: NDArray[np.float32]) -> NDArray[np.bool_]:
    mask = np.zeros((CHIP_HEIGHT, CHIP_WIDTH), np.uint8)
    cv2.fillPoly(mask, [np.round(ring).astype(np.int32)], (255,))
    return mask > 0


def _skin(points: NDArray[np.float32]) -> NDArray[np.bool_]:
    oval = points[list(FACE_OVAL)]
    middle = points.mean(axis=0)
    oval = (middle + (oval - middle) * 0.9).astype(np.float32)
    brows = min(float(points[list(ring), 1].min()) for ring in NOT_SKIN[2:4])
    hairline = float(points[10, 1])
    oval[:, 1] = np.maximum(oval[:, 1], (brows + hairline) / 2)
    mask = _filled(oval)
    grow = np.ones((7, 7), np.uint8)
    for ring in NOT_SKIN:
        hull = np.asarray(cv2.convexHull(points[list(ring)]), np.float32)[:, 0]
        mask &= cv2.dilate(_filled(hull).astype(np.uint8), grow) == 0
    return mask


def blur(luma: NDArray[np.uint8], region: NDArray[np.bool_]) -> float:
    """Perceptual blur, 0 (sharp) to 1 (Crété and others 2007, Proc. SPIE 6492), over a region.

    How little a picture loses when it is blurred once more; the worse of the two directions, so
    motion along one of them shows. Does not depend on exposure. A 3 × 3 median goes before it
    because noise reads as sharpness; it must still be read together with the noise.
    """
    calm = cv2.medianBlur(luma, 3).astype(np.float32)
    inner = cv2.erode(region.astype(np.uint8), np.ones((13, 13), np.uint8)) > 0
    worst = 0.0
    for axis, window in ((0, (1, 11)), (1, (11, 1))):
        again = np.asarray(cv2.blur(calm, window), np.float32)
        sharp_step = np.abs(_sobel(calm, axis))
        lost = np.maximum(0, sharp_step - np.abs(_sobel(again, axis)))
        total = float(sharp_step[inner].sum())
        share = (total - float(lost[inner].sum())) / total if total > 0 else 1.0
        worst = max(worst, share)
    return worst


def _sobel(picture: NDArray[np.float32], axis: int) -> NDArray[np.float32]:
    across, down = (0, 1) if axis == 0 else (1, 0)
    return np.asarray(cv2.Sobel(picture, cv2.CV_32F, across, down, ksize=3), np.float32)


def noise(picture: Picture, face: Face) -> float:
    """Standard deviation of the noise in 8-bit steps, on the photo's own pixels of the skin.

    Median absolute deviation of the finest diagonal wavelet coefficients (Donoho and Johnstone
    1994) in each channel, root mean square over channels, median over four places on the face.
    A camera's own smoothing makes it read low.
    """
    tiles = picture.skin_tiles(face.landmarks, grain_side(face))
    levels = [_window_noise(tile.pixels.astype(np.float32)) for tile in tiles]
    return float(np.median(levels)) if levels else 0.0


def grain_side(face: Face) -> int:
    """Side in pixels of the tiles in which grain is looked for: half of the way between the eyes,
    24 to 128.
    """
    return int(np.clip(face.inter_eye_px / 2, 24, 128))


def _window_noise(window: NDArray[np.float32]) -> float:
    details = cv2.sepFilter2D(window, cv2.CV_32F, DB2_HIGH, DB2_HIGH)[2:-2, 2:-2]
    sigma = medians(np.abs(details).reshape(-1, details.shape[2])) / 0.6745
    return float(np.sqrt(np.mean(sigma**2)))


def overexposed(chip: FaceChip) -> float:
    """Percent of the skin with luma 247 or more: its detail is gone."""
    return _percent(chip.luma[chip.skin] >= BRIGHT_LUMA)


def underexposed(chip: FaceChip) -> float:
    """Percent of the skin lost in black: luma 25 or less, and a quarter of the skin's own median.

    The second bound keeps dark skin, whose honest luma may be 30, from counting as lost.
    """
    luma = chip.luma[chip.skin]
    if luma.size == 0:
        return 0.0
    return _percent(luma <= min(DARK_LUMA, _median(luma) / 4))


def brightest(chip: FaceChip) -> float:
    """Luma (0 to 255) that 0.5% of the face exceeds: highlights, the white of the eyes, teeth.

    They are about as bright in every tone of skin, so they tell a dark photo from a dark face.
    """
    luma = chip.luma[chip.face]
    return float(np.percentile(luma, 99.5)) if luma.size else 0.0


def _percent(hits: NDArray[np.bool_]) -> float:
    return float(100 * hits.mean()) if hits.size else 0.0


def unevenness(chip: FaceChip) -> float:
    """Ratio (1 or more) of the median linear luminance of the two halves' skin."""
    coarse = chip.pixels[::2, ::2]
    light = LINEAR[coarse] @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    skin = chip.skin[::2, ::2]
    top, bottom = chip.points[NOSE_BRIDGE] / 2, chip.points[NOSE_BASE] / 2
    rows, columns = np.indices(light.shape)
    slope = (bottom[0] - top[0]) / max(1.0, float(bottom[1] - top[1]))
    on_left = columns < top[0] + slope * (rows - top[1])
    halves = [light[skin & side] for side in (on_left, ~on_left)]
    if min(half.size for half in halves) < 50:
        return 1.0
    half_one, other = (median(half) + 1e-4 for half in halves)
    return max(half_one, other) / min(half_one, other)


def skin_lab(chip: FaceChip) -> tuple[float, float, float]:
    """CIE L*a*b* (D65) of the skin's median colour."""
    if not chip.skin.any():
        return 0.0, 0.0, 0.0
    colour = np.array([_median(levels) for levels in chip.pixels[chip.skin].T])
    lab = cv2.cvtColor((colour / 255).astype(np.float32).reshape(1, 1, 3), cv2.COLOR_RGB2LAB)
    lightness, a, b = (float(value) for value in np.ravel(lab))
    return lightness, a, b


def _median(levels: NDArray[np.uint8]) -> float:
    """Median of bytes, of which counting finds it sooner than sorting."""
    upto = np.cumsum(np.bincount(levels, minlength=256))
    middle = (levels.size - 1) // 2, levels.size // 2
    return float(np.searchsorted(upto, middle, side="right").mean())


def colour_cast(lab: tuple[float, float, float]) -> float:
    """Distance in a*b* from the colours skin has: OFIQ's box, a* 5 to 25 and b* 5 to 35.

    Dark skin has less chroma, so below L* 50 the box's lower edge falls in proportion to L*.
    """
    lightness, a, b = lab
    floor = 5 * min(1.0, lightness / 50)
    off_a = max(floor - a, a - 25, 0.0)
    off_b = max(floor - b, b - 35, 0.0)
    return float(np.hypot(off_a, off_b))


def cut_off(shape: tuple[int, ...], face: Face) -> float:
    """Percent of the face's width or height, the worse, that lies past an edge of the photo."""
    x, y, width, height = face.box
    across = max(-x, x + width - shape[1], 0.0) / max(width, 1.0)
    down = max(-y, y + height - shape[0], 0.0) / max(height, 1.0)
    return 100 * max(across, down)
