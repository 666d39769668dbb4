"""What is not skin in the photo itself: hair over forehead and temples, rims of spectacles.

Hair is told by its own colour, learned from this photo. The strip just beyond the landmarks' oval
shows what grows above the forehead and at the temples; cheeks, nose, mouth and chin show the skin,
with all that ails it. Both give a histogram in CIELAB, and a pixel is hair where its colour is far
likelier among hair than among skin (Jones and Rehg 2002, "Statistical color models with application
to skin detection", with this face's own skin for their world of skins) and where it hangs together
with that strip. So nothing depends on a tone of skin being "normal": dark patches of the cheeks
belong to the skin's histogram, and a patch in the middle of the forehead hangs on no hair. A bald
head's strip looks like its skin, and nothing is masked.

Rims are colours that cheeks and chin have nowhere, in one piece over the nose to both sides.

What it does not do: rimless spectacles and skin behind glass stay; stubble and beards stay, since
shaved skin is skin and only its shade differs. Hair of a colour the skin has too stays, as black
hair may beside the darkest patches of very dark skin. A patch of the forehead in the very colour of
the hair it touches, which no cheek shares, is taken for hair: generated brown patches beside red
hair lost a quarter, beside other hair less than a twentieth.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
Mask = NDArray[np.uint8]
Points = NDArray[np.float64]

WORK_PX_PER_MM = 1.6
STRIP_MM = (3.0, 16.0)  # beyond the oval
BINS = (32, 32, 32)
SMOOTH = 1.0  # standard deviation, in bins
HAIR_ODDS, EDGE_ODDS = 8.0, 2.0  # to be hair; to be hair close beside hair
EDGE_MM = 2.5
HOLE_MM = 1.5
REACH_MM = 32.0  # how far from the strip hair is looked for
MARGIN_MM = 0.8
MIN_SAMPLE = 150  # pixels at the working scale

FOREIGN_DENSITY = 2e-5  # of the skin's histogram: less is a colour this skin does not have
FRAME_GAP_MM = 1.2
FRAME_REACH = 0.6  # of the way from the nose's root to an eye's outer corner, as seen

# The oval's upper part, from ear to ear over the forehead.
_OVER = (234, 127, 162, 21, 54, 103, 67, 109, 10, 338, 297, 332, 284, 251, 389, 356, 454)
_INNER = (
    *(117, 118, 119, 120, 121, 128, 245, 193, 168, 417, 465, 357, 350, 349, 348, 347, 346),
    *(280, 411, 434, 430, 394, 395, 369, 396, 175, 171, 140, 170, 169, 210, 214, 187, 50),
)
# Skin below any spectacles, and the band between brows and cheeks in which they sit.
_BELOW = (50, 36, 129, 2, 358, 266, 280, 411, 434, 430, 394, 396, 175, 171, 169, 210, 214, 187)
_BAND = (127, 70, 105, 9, 334, 300, 356, 454, 352, 280, 425, 420, 5, 198, 205, 50, 123, 234)


def covered_mask(
    pixels: Pixels, points: Points, px_per_mm: float, not_skin: Mask | None = None
) -> Mask:
    """Return 255 where hair or rims cover the upper face, else 0: uint8 (H, W).

    `pixels` is uint8 (H, W, 3) sRGB, `points` float (468, 2) landmarks in its pixels, `px_per_mm`
    its scale, `not_skin` 0 where eyes, brows, lips and nostrils lie: no sample of skin.
    """
    height, width = pixels.shape[:2]
    mask = np.zeros((height, width), np.uint8)
    margin = STRIP_MM[1] * px_per_mm
    low = np.floor(np.clip(points.min(axis=0) - margin, 0, None)).astype(int)
    high = np.ceil(np.minimum(points.max(axis=0) + margin, (width, height))).astype(int)
    if (high - low < 8).any():
        return mask
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    factor = min(WORK_PX_PER_MM / px_per_mm, 1.0)
    small = cv2.resize(pixels[window], None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA)
    shape = (small.shape[0], small.shape[1])
    at = (points - low) * [shape[1] / (high[0] - low[0]), shape[0] / (high[1] - low[1])]
    allowed = None
    if not_skin is not None:
        allowed = cv2.resize(not_skin[window], shape[::-1], interpolation=cv2.INTER_AREA) > 250
    hair = _hair(np.asarray(small, np.uint8), at, px_per_mm * factor, allowed)
    if hair is not None:
        grown = cv2.resize(hair, (high - low).tolist(), interpolation=cv2.INTER_LINEAR)
        mask[window] = np.where(grown > 127, 255, 0)
    return mask


def _hair(
    small: Pixels, points: Points, scale: float, allowed: NDArray[np.bool_] | None
) -> Mask | None:
    """Return hair at the working scale, None where there is too little to learn it from."""
    lab = cv2.cvtColor(cv2.GaussianBlur(small, (0, 0), 0.6), cv2.COLOR_RGB2LAB)
    index = _bins(np.asarray(lab, np.uint8))
    strip, near = _strips(points, scale, small.shape[:2])
    inner = _filled(points[list(_INNER)], small.shape[:2]) > 0
    if allowed is not None:
        inner &= allowed
    if strip.sum() < MIN_SAMPLE or inner.sum() < MIN_SAMPLE:
        return None
    frames = _frames(index, points, scale, allowed)
    odds = _odds(index[strip], index[inner])
    hair = _hangs_on((odds > HAIR_ODDS)[index] & near, strip, scale)
    edge = (odds > EDGE_ODDS)[index] & near & (cv2.dilate(hair, _disc(EDGE_MM, scale)) > 0)
    hair[edge] = 255
    closed = cv2.morphologyEx(hair, cv2.MORPH_CLOSE, _disc(HOLE_MM, scale))
    return np.asarray(cv2.dilate(cv2.bitwise_or(closed, frames), _disc(MARGIN_MM, scale)), np.uint8)


def _frames(
    index: NDArray[np.intp], points: Points, scale: float, allowed: NDArray[np.bool_] | None
) -> Mask:
    """Return 255 on the rims of spectacles: foreign colour that runs over the nose to both sides.

    No lesion does that: it would have to have a colour cheeks and chin have nowhere, in one piece
    from beyond the one eye over the bridge of the nose to beyond the other.
    """
    shape = index.shape
    sample = _filled(points[list(_BELOW)], shape) > 0
    if allowed is not None:
        sample &= allowed
    nothing = np.zeros(shape, np.uint8)
    if sample.sum() < MIN_SAMPLE:
        return nothing
    band = _filled(points[list(_BAND)], shape) > 0
    foreign = ((_density(index[sample]) < FOREIGN_DENSITY)[index] & band).astype(np.uint8)
    joined = cv2.morphologyEx(foreign, cv2.MORPH_CLOSE, _disc(FRAME_GAP_MM, scale))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    eyes = points[263] - points[33]
    across = eyes / np.linalg.norm(eyes)
    rows, columns = np.nonzero(labels)
    side = (columns - points[168, 0]) * across[0] + (rows - points[168, 1]) * across[1]
    which = labels[rows, columns]
    ends = (points[[33, 263]] - points[168]) @ across * FRAME_REACH
    right = np.bincount(which[side < min(ends[0], 0.0)], minlength=count)
    left = np.bincount(which[side > max(ends[1], 0.0)], minlength=count)
    frame = (np.minimum(right, left) > 0) & (np.arange(count) > 0)
    return np.where(frame[labels] & (foreign > 0), np.uint8(255), nothing)


def _disc(radius_mm: float, scale: float) -> Mask:
    side = 2 * max(1, round(radius_mm * scale)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (side, side)), np.uint8)


def _bins(lab: Pixels) -> NDArray[np.intp]:
    """Return each pixel's bin: lightness over its range, colour over where faces have theirs."""
    light = lab[..., 0].astype(np.intp) * BINS[0] >> 8
    green_red = np.clip((lab[..., 1].astype(np.intp) - 112) * BINS[1] // 64, 0, BINS[1] - 1)
    blue_yellow = np.clip((lab[..., 2].astype(np.intp) - 108) * BINS[2] // 72, 0, BINS[2] - 1)
    return (light * BINS[1] + green_red) * BINS[2] + blue_yellow


def _odds(hair: NDArray[np.intp], skin: NDArray[np.intp]) -> NDArray[np.float64]:
    """Return how much likelier each bin is among hair than among skin, (bins,)."""
    floor = 1e-5
    densities = [_density(sample) for sample in (hair, skin)]
    return np.asarray(densities[0] / (densities[1] + floor))


def _density(sample: NDArray[np.intp]) -> NDArray[np.float64]:
    counts = np.bincount(sample, minlength=int(np.prod(BINS))).astype(np.float32)
    light_and_green = counts.reshape(BINS[0], BINS[1] * BINS[2])
    smooth = cv2.GaussianBlur(light_and_green, (1, 9), sigmaX=0.1, sigmaY=SMOOTH)
    planes = np.moveaxis(smooth.reshape(BINS), 0, -1)
    spread = cv2.GaussianBlur(np.ascontiguousarray(planes), (9, 9), SMOOTH)
    return np.moveaxis(spread, -1, 0).reshape(-1).astype(np.float64) / max(len(sample), 1)


def _strips(
    points: Points, scale: float, shape: tuple[int, ...]
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the strip beyond the oval over forehead and temples, and where hair is looked for."""
    rim = points[list(_OVER)]
    middle = points[168]
    out = rim - middle
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    edges = [rim + out * reach * scale for reach in (-REACH_MM, *STRIP_MM)]
    strip = _filled(np.concatenate([edges[1], edges[2][::-1]]), shape) > 0
    near = _filled(np.concatenate([edges[0], edges[2][::-1]]), shape) > 0
    return strip, near


def _filled(outline: Points, shape: tuple[int, ...]) -> Mask:
    mask = np.zeros(shape[:2], np.uint8)
    cv2.fillPoly(mask, [outline.round().astype(np.int32)], 255)
    return mask


def _hangs_on(hair: NDArray[np.bool_], strip: NDArray[np.bool_], scale: float) -> Mask:
    """Return 255 for what hangs together with hair in the strip."""
    joined = cv2.morphologyEx(hair.astype(np.uint8), cv2.MORPH_OPEN, np.ones((2, 2), np.uint8))
    count, labels = cv2.connectedComponents(joined, connectivity=8)
    rooted = np.zeros(count, np.bool_)
    rooted[np.bincount(labels[strip], minlength=count) >= max(4, scale**2 * 8)] = True
    rooted[0] = False
    return np.asarray(rooted[labels] * np.uint8(255))
