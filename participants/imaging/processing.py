"""What the phone, an app or a messenger made of the picture: blocks, smear, sharpening, HDR.

Blocks and detail on tiles of the photo's own pixels, beside the noise, and counted at the scale
skin is read at: what scaling down averages away harms no score, so a fine photo may be packed
harder than a coarse one. None looks at how much detail there is, only at its kind, so that no
smooth skin, as a child's, and no tone is nearer to a limit than another.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.face import Face
from participants.imaging.measures import CHIP_EYES_AT, CHIP_INTER_EYE, FaceChip, grain_side
from participants.imaging.medians import median
from participants.imaging.natural import DARK
from participants.imaging.noise_level import CROP_PX_PER_MM
from participants.imaging.opencv import cv2
from participants.imaging.picture import Picture, Tile
from participants.imaging.scale import pixels_per_mm

Floats = NDArray[np.float32]
BLOCK: Final = 8  # pixels, of JPEG
# Pixels at the scale of reading: bands of 0.2 to 0.4, 0.4 to 0.75 and 0.75 to 1.5 mm.
SCALES: Final = (0.6, 1.2, 2.4, 4.8)
STILL: Final = 0.05  # 8-bit steps below which a band holds nothing to compare
# Pixels of the chip, half a millimetre each: shades of 2 to 8 mm, and light across a whole face.
SHADES: Final = (4.0, 16.0, 30.0)
STOPS: Final = np.log2(np.arange(256, dtype=np.float32) + DARK)
SHRUNK: Final = 4  # times: enough for shades of that size
LEAST: Final = 200  # of the shrunken pixels
# Medians of the real faces that limits are set on: of the whole face, and of its lower part.
USUAL: Final = (0.295, 0.379)
SPECTACLES: Final = (0.3, 0.42)  # of the eyes' distance, above and below them
FLATTEST: Final = 0.02  # stops: no light is more even


def finer(face: Face) -> float:
    """How many of the photo's pixels lie along one of those that skin is read at, 1 or more."""
    return max(1.0, pixels_per_mm(face.landmarks) / CROP_PX_PER_MM)


def blocks(picture: Picture, face: Face) -> float:
    """How far JPEG's blocks step apart on skin, in 8-bit steps, at the scale of reading.

    The mean step at every eighth row and column over that of its neighbours, where it is highest,
    less the median of the other seven: skin has no eighth row. All phases are tried, since a turned
    or cut photo begins elsewhere. Averaging by k takes a k-th of them.
    """
    tiles = picture.skin_tiles(face.landmarks, grain_side(face))
    if not tiles:
        return 0.0
    phases = np.mean([_steps(tile) for tile in tiles], axis=0)
    steps = phases.max(axis=1) - np.median(phases, axis=1)
    return float(steps.mean()) / finer(face)


def _steps(tile: Tile) -> NDArray[np.float64]:
    """(2, 8): down and across, by how much a step exceeds those beside it, by phase in the photo.

    Zero for a phase that the tile is too small to show.
    """
    luma, steps = tile.luma.astype(np.float32), np.zeros((2, BLOCK))
    for axis, first in ((0, tile.top), (1, tile.left)):
        step = np.abs(np.diff(luma, axis=axis)).mean(axis=1 - axis)
        beyond = step[1:-1] - (step[:-2] + step[2:]) / 2
        phase = (np.arange(len(beyond)) + first + 2) % BLOCK
        count = np.bincount(phase, minlength=BLOCK)
        steps[axis] = np.bincount(phase, beyond, BLOCK) / np.maximum(count, 1)
    return steps


def detail(picture: Picture, face: Face) -> tuple[float, float]:
    """How detail of skin thins out: of 0.2 to 0.4 mm, and of 0.4 to 0.75 mm, over twice the size.

    Skin, whatever its tone or age, has detail of every size, and each size about as much as the
    next. A phone's filter against noise takes the finest; a beauty filter, hard packing or a lens
    out of focus the next size too; sharpening raises it. The median of each size counts, of four
    places the median; what is too even to tell is 1, for the other measures to judge.
    """
    ratios = []
    for tile in picture.skin_tiles(face.landmarks, grain_side(face)):
        luma = _at_reading(tile.luma.astype(np.float32), finer(face))
        if min(luma.shape) < 24:
            continue
        soft = [cv2.GaussianBlur(luma, (0, 0), scale) for scale in SCALES]
        bands = [median(np.abs(one - other)) for one, other in pairwise(soft)]
        ratios.append([one / other if other > STILL else 1.0 for one, other in pairwise(bands)])
    if not ratios:
        return 1.0, 1.0
    fine, middle = np.median(np.array(ratios), axis=0)
    return float(fine), float(middle)


def local_contrast(chip: FaceChip) -> float:
    """How strong folds and shades of 2 to 8 mm are for the light that falls on a face.

    Tone mapping (HDR) flattens light and shade that are as large as a face and raises what is
    finer. So the deviation of the finer, in stops, stands over the root of that of the larger, as
    a multiple of what it usually is: real faces in the light of a studio, of a window or in shade
    hardly differ in it, for light that models more does so at both sizes. Without the rows that
    spectacles take. The smallest counts of the whole face and its lower part, where no fringe
    falls, each in luma and in red: HDR raises all, redness and pigment hardly darken red.
    """
    rows = np.arange(chip.skin.shape[0])[:, None] - CHIP_EYES_AT[1]
    below = rows > SPECTACLES[1] * CHIP_INTER_EYE
    above = rows < -SPECTACLES[0] * CHIP_INTER_EYE
    areas = ((chip.skin & (below | above), USUAL[0]), (chip.skin & below, USUAL[1]))
    planes = (chip.luma, np.asarray(chip.pixels[..., 0], np.uint8))
    ratios = [
        contrast / usual
        for area, usual in areas
        for plane in planes
        if (contrast := _contrast(plane, area)) is not None
    ]
    return min(ratios, default=1.0)


def _contrast(plane: NDArray[np.uint8], area: NDArray[np.bool_]) -> float | None:
    small = area.shape[1] // SHRUNK, area.shape[0] // SHRUNK
    share = area.astype(np.float32)
    light = STOPS[plane] * share
    inside, seen = (
        np.asarray(cv2.resize(plane_seen, small, interpolation=cv2.INTER_AREA), np.float32)
        for plane_seen in (share, light)
    )
    kept = inside > 0.5
    if kept.sum() < LEAST:
        return None
    fine, coarse, whole = (
        (_blurred(seen, scale) / np.maximum(_blurred(inside, scale), 0.05))[kept]
        for scale in SHADES
    )
    return float((fine - coarse).std() / np.sqrt(max(float(whole.std()), FLATTEST)))


def _blurred(plane: Floats, scale: float) -> Floats:
    return np.asarray(cv2.GaussianBlur(plane, (0, 0), scale / SHRUNK), np.float32)


def _at_reading(luma: Floats, times: float) -> Floats:
    size = round(luma.shape[1] / times), round(luma.shape[0] / times)
    return np.asarray(cv2.resize(luma, size, interpolation=cv2.INTER_AREA), np.float32)
