"""Is this a photo of skin as a camera sees it: not filtered, drawn, grey, or off a screen?

No picture is proof: a fine painting, a mask of silicone, or a good print photographed again all
have the colour, the noise and the texture of skin, and pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.face import Face
from participants.imaging.measures import CHIP_INTER_EYE, FaceChip, grain_side
from participants.imaging.medians import median
from participants.imaging.opencv import cv2
from participants.imaging.picture import Picture
from participants.imaging.topology import NOT_SKIN

FINE, LESS_FINE = 0.8, 1.6  # pixels of the chip: detail of 0.4 to 0.8 mm
NOISE_GAIN: Final = 0.236  # what white noise of deviation 1 leaves between the two scales
DARK: Final = 8  # luma added before the logarithm, so that black does not count endlessly
LIT: Final = 64  # luma
BAND_MATCH: Final = 0.7  # of a row, that has the border's own colour
BAND_END: Final = 0.4  # of the row where the photo starts
ROWS: Final = 64  # looked at together for bars
BEYOND: Final = 3  # rows within which the photo starts
THINNEST: Final = 0.02  # of the photo; a thinner border is none


def skin_texture(chip: FaceChip, face: Face, noise: float) -> float:
    """Fine detail of the skin in percent of the detail at eyes, brows and lips, noise taken off.

    A lens out of focus lowers both. A filter that smooths skin keeps the edges, so the ratio
    falls. Detail is a difference of Gaussians of log luma, so tone and exposure do not matter; on
    skin its median absolute deviation counts, on features the 90th percentile. `noise` is
    `measures.noise`: grain put over smoothed skin is not skin.
    """
    luma = np.log2(chip.luma.astype(np.float32) + DARK)
    fine = cv2.GaussianBlur(luma, (0, 0), FINE) - cv2.GaussianBlur(luma, (0, 0), LESS_FINE)
    skin = cv2.erode(chip.skin.astype(np.uint8), np.ones((7, 7), np.uint8)) > 0
    features = np.zeros(chip.skin.shape, np.uint8)
    for ring in NOT_SKIN:
        cv2.fillPoly(features, [np.round(chip.points[list(ring)]).astype(np.int32)], (1,))
    inside = cv2.erode(chip.face.astype(np.uint8), np.ones((15, 15), np.uint8)) > 0
    near = (cv2.dilate(features, np.ones((5, 5), np.uint8)) > 0) & inside  # not the outline
    if skin.sum() < 500 or near.sum() < 100:
        return 100.0
    sharp = float(np.percentile(np.abs(fine[near]), 90))
    seen = median(np.abs(fine[skin])) / 0.6745
    shrink = min(1.0, CHIP_INTER_EYE / face.inter_eye_px)
    level = median(chip.luma[chip.skin]) + DARK
    grain = NOISE_GAIN * noise * shrink / level / np.log(2)
    return 100 * float(np.sqrt(max(seen**2 - grain**2, 0.0))) / max(sharp, 1e-6)


def colour_spread(chip: FaceChip) -> float:
    """How much a* and b* vary over the face beyond what its lightness explains, in ΔE.

    Lips, eyes, teeth and blood under the skin differ in colour at any lightness. In grey or tinted
    (sepia) photos, and on stone, colour follows lightness; a quadratic in L* takes that off.
    """
    lab = _lab(softened(chip, 2.0)[::3, ::3])[chip.face[::3, ::3]]
    if len(lab) < 100:
        return 0.0
    lightness = lab[:, 0]
    terms = np.column_stack([np.ones(len(lab)), lightness, lightness**2])
    explained = terms @ np.linalg.lstsq(terms, lab[:, 1:], rcond=None)[0]
    return float(np.sqrt(((lab[:, 1:] - explained) ** 2).sum(axis=1).mean()))


def lab_of(chip: FaceChip, blur: float, seen: NDArray[np.bool_]) -> NDArray[np.float32]:
    """CIE L*a*b* (D65) of the chip, float32 (H, W, 3), blurred by so many pixels first.

    Worked out in the box about what is `seen` (H, W), 0 elsewhere.
    """
    lab = np.zeros(chip.pixels.shape, np.float32)
    rows, columns = (np.flatnonzero(seen.any(axis=axis)) for axis in (1, 0))
    if len(rows):
        box = slice(rows[0], rows[-1] + 1), slice(columns[0], columns[-1] + 1)
        lab[box] = _lab(softened(chip, blur)[box])
    return lab


def softened(chip: FaceChip, blur: float) -> NDArray[np.uint8]:
    """The chip blurred by so many pixels."""
    return np.asarray(cv2.GaussianBlur(chip.pixels, (0, 0), blur), np.uint8)


def _lab(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    scaled = pixels.astype(np.float32) / 255
    return np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)


def flat(picture: Picture, face: Face) -> float:
    """Percent of the skin's pixels whose 3 × 3 neighbours differ by one level of luma at most.

    Taken on the photo's own pixels at four places, of which the median counts. A camera's noise
    and the skin's texture leave few such pixels; drawings and posters in flat colours many.
    """
    shares = []
    near = np.ones((3, 3), np.uint8)
    for tile in picture.skin_tiles(face.landmarks, grain_side(face)):
        even = cv2.dilate(tile.luma, near) - cv2.erode(tile.luma, near) <= 1
        shares.append(float(np.mean(even & (tile.luma >= LIT))))
    return 100 * float(np.median(shares)) if shares else 0.0


def screen_pattern(picture: Picture, face: Face) -> float:
    """The strongest regular pattern on the skin: peak of the spectrum over its median there.

    The dots of a screen, or their beat with the camera's own, are a sharp peak at one frequency
    and direction; skin has none. On the photo's own pixels, 2 to 10 pixels a wave, peaks against
    the median of the same frequency in all directions; along the rows and columns, where JPEG
    blocks and brows lie, nothing is looked for. A screen whose dots the photo does not resolve,
    and that beats with nothing, cannot be told from a face.
    """
    peaks = []
    side = int(np.clip(face.inter_eye_px * 0.75, 48, 160)) // 2 * 2
    grid = _grid(side)
    for tile in picture.skin_tiles(face.landmarks, side):
        if min(tile.luma.shape) < side:
            continue  # cut by an edge
        fine = tile.luma - cv2.GaussianBlur(tile.luma.astype(np.float32), (0, 0), 4)
        height = np.abs(np.fft.rfft2(fine * grid.window))
        inside = np.split(height.ravel()[grid.order], grid.ends)
        usual = np.array([median(values) for values in inside])
        peaks.append(float((height / np.maximum(usual[grid.ring], 1e-3))[grid.looked].max()))
    return float(np.median(peaks)) if peaks else 1.0


@dataclass(frozen=True)
class _Grid:
    """Frequencies of a square's spectrum: `ring` numbers those of one length in any direction.

    `order` sorts them by ring, of which each but the last ends at one of `ends`; a peak counts
    where `looked`. `window` fades the square out to its edges.
    """

    window: NDArray[np.float64]
    ring: NDArray[np.int_]
    order: NDArray[np.intp]
    ends: NDArray[np.int_]
    looked: NDArray[np.bool_]


@lru_cache(maxsize=16)
def _grid(side: int) -> _Grid:
    down = np.abs(np.fft.fftfreq(side))[:, None]
    across = np.fft.rfftfreq(side)[None]
    waves = np.hypot(down, across)
    ring = (waves * 32).astype(int)
    return _Grid(
        window=np.hanning(side)[:, None] * np.hanning(side),
        ring=ring,
        order=np.argsort(ring, axis=None, kind="stable"),
        ends=np.cumsum(np.bincount(ring.ravel()))[:-1],
        looked=(waves > 0.1) & (waves < 0.5) & (down * side > 2) & (across * side > 2),
    )


def bars(pixels: NDArray[np.uint8]) -> float:
    """Percent of the photo's height or width (the more) taken by plain bars along its edges.

    A screenshot frames a photo with bars of one exact colour, in which little is drawn (the time,
    icons), and which end at once over the whole width. A camera's plain wall has noise or shade,
    and ends where a head begins, not in a line. A screenshot without bars cannot be told.
    """
    widths = []
    for turned in (pixels, pixels.transpose(1, 0, 2)):
        length = turned.shape[0]
        thin = turned[:, :: max(1, turned.shape[1] // 64)]
        rows = [_bar(thin), _bar(thin[::-1])]
        widths.append(100 * sum(bar for bar in rows if THINNEST * length < bar < length) / length)
    return float(max(widths))


def _bar(rows: NDArray[np.uint8]) -> int:
    """Count the rows of one colour from the first on; 0 when they do not end in a line."""
    colour = np.median(rows[0], axis=0)
    low, high = np.maximum(colour - 1, 0), np.minimum(colour + 1, 255)
    # Nearly every photo has no bar, and most of its rows need not be looked at.
    for begin in range(0, len(rows), ROWS):
        part = np.ascontiguousarray(rows[begin : begin + ROWS + BEYOND])
        match = np.asarray(cv2.inRange(part, low, high)).mean(axis=1) / 255
        beyond = np.flatnonzero(match[:ROWS] < BAND_MATCH)
        if len(beyond):
            end = int(beyond[0])
            ends_at_once = bool((match[end : end + BEYOND] < BAND_END).any())
            return begin + end if ends_at_once else 0
    return len(rows)
