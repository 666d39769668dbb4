"""How noisy a photo is at its own scale: noise against brightness, in luma and colour, by region.

A camera's noise grows with the light (Foi and others 2008), its own filter takes the finest part
and leaves blotches, above all of colour, and JPEG a part of both. So each plane (BT.601 luma, Cb,
Cr, in floats, 8-bit steps) is differenced diagonally over several lags: what is white shows at
every lag, what a filter or a demosaic has correlated only at the wider ones. The median rule
(Donoho and Johnstone 1994) holds off edges and pores; only the calmer part of each tile counts.

Everything is over arrays: tiles of skin in the photo's own pixels, whoever cut them. Noise adds up:
with noise of deviation s put on a photo that reads s0, these read about sqrt(s0² + s²).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.medians import median
from participants.imaging.noise_kept import PLANES, PlaneNoise
from participants.imaging.opencv import cv2
from participants.imaging.scale import pixels_per_mm

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

# Points of the mesh in the middle of skin that is seldom covered, by the participant's own sides.
REGION_POINTS: Final[Mapping[str, int]] = {
    "forehead": 9,
    "right_cheek": 205,
    "left_cheek": 425,
    "chin": 199,
}
TILE_MM, TILE = 32.0, (32, 128)  # a side; pixels a side, least and most
# Of luma, Cb, Cr. Skin varies in luma from pore to pore, in colour over millimetres only.
LAGS: Final = ((1, 2, 3), (1, 2, 4, 8), (1, 2, 4, 8))
CLIPPED: Final = (8, 247)  # what is clipped carries no noise
CALM: Final = 0.5  # share of a tile: where its smoothed luma slopes least
LEAST: Final = 200  # differences that a figure needs
BANDS: Final = 3  # of brightness
CROP_PX_PER_MM: Final = 3.2  # the scale at which skin is read; area averages down to it remain
QUANTISED: Final = 0.2  # what rounding to 8 bits alone leaves in luma
MAD: Final = 0.6745  # of a normal deviation


@dataclass(frozen=True)
class NoiseBand:
    """One point of the noise-level function: mean luma of the pixels, and their noise."""

    level: float
    noise: PlaneNoise


@dataclass(frozen=True)
class NoiseLevel:
    """The noise of one photo.

    `native` in its own pixels and `reading` in those of the scale skin is read at (medians over
    regions), `regions` and `bands` (from dark to bright) in its own pixels. `spread` is the luma's
    noise over two pixels by that over one: 1 white, more where a filter has correlated it.
    """

    native: PlaneNoise
    reading: PlaneNoise
    spread: float
    regions: Mapping[str, PlaneNoise]
    bands: tuple[NoiseBand, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain JSON types, rounded to hundredths."""
        rounded: dict[str, Any] = _rounded(asdict(self))
        return rounded


def _rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_rounded(item) for item in value]
    return round(float(value), 2)


def skin_tiles(
    pixels: Pixels, landmarks: NDArray[np.float32], px_per_mm: float
) -> dict[str, Pixels]:
    """Cut the tiles by region out of a photo, uint8 (H, W, 3); those past an edge are left out.

    `landmarks` (468, 2 or 3) in the photo's pixels. Views, not copies.
    """
    side = int(np.clip(TILE_MM * px_per_mm, *TILE))
    tiles = {}
    for region, point in REGION_POINTS.items():
        x, y = (int(value) for value in landmarks[point, :2])
        top, left = max(0, y - side // 2), max(0, x - side // 2)
        tile = pixels[top : max(0, y + side // 2), left : max(0, x + side // 2)]
        if min(tile.shape[:2]) >= TILE[0] // 2:
            tiles[region] = tile
    return tiles


def photo_noise(pixels: Pixels, landmarks: NDArray[np.float32]) -> NoiseLevel | None:
    """Measure a photo, uint8 (H, W, 3), on the tiles of its skin; landmarks (468, 2 or 3)."""
    scale = pixels_per_mm(landmarks)
    return measure_noise(skin_tiles(pixels, landmarks, scale), scale)


def measure_noise(tiles: Mapping[str, Pixels], px_per_mm: float) -> NoiseLevel | None:
    """Measure tiles of skin, uint8 (h, w, 3), of which `px_per_mm` pixels make a millimetre.

    None where no tile has enough calm, unclipped skin.
    """
    differences = {region: _differences(tile.astype(np.float32)) for region, tile in tiles.items()}
    regions = {
        region: noise
        for region, region_differences in differences.items()
        if (noise := _noise_of(region_differences))
    }
    if not regions:
        return None
    native = _median(list(regions.values()))
    kept = [differences[region] for region in regions]
    return NoiseLevel(
        native=native,
        reading=_reading([tiles[region] for region in regions], px_per_mm) or native,
        spread=float(np.median([_spread(region_differences) for region_differences in kept])),
        regions=regions,
        bands=_bands(kept),
    )


@dataclass(frozen=True)
class _Differences:
    """Of one tile: level of each calm place, and by plane and lag the differences there."""

    level: Floats
    planes: tuple[tuple[Floats, ...], ...]


def _reading(tiles: list[Pixels], px_per_mm: float) -> PlaneNoise | None:
    """Return what is left of the noise at the scale skin is read at; None where that is native."""
    factor = int(px_per_mm / CROP_PX_PER_MM)
    if factor < 2:
        return None
    shrunk = (_differences(_shrunk(tile, factor)) for tile in tiles)
    noises = [noise for shrunk_differences in shrunk if (noise := _noise_of(shrunk_differences))]
    return _median(noises) if noises else None


def _shrunk(tile: Pixels, factor: int) -> Floats:
    height, width = tile.shape[0] // factor, tile.shape[1] // factor
    whole = tile[: height * factor, : width * factor].astype(np.float32)
    return np.asarray(cv2.resize(whole, (width, height), interpolation=cv2.INTER_AREA), np.float32)


def _differences(tile: Floats) -> _Differences:
    """Difference a tile, float32 (h, w, 3) sRGB steps, at every place that is calm at all lags."""
    widest = max(lag for lags in LAGS for lag in lags)
    if min(tile.shape[:2]) <= 2 * widest:
        return _Differences(np.zeros(0, np.float32), ((),) * 3)
    planes = cv2.split(cv2.cvtColor(tile / 255, cv2.COLOR_RGB2YCrCb))
    luma, red, blue = (np.asarray(plane, np.float32) * 255 for plane in planes)
    # Of the surroundings, not of each pixel: else noise itself would choose what is measured.
    smooth = cv2.blur(tile, (9, 9))
    inside = (smooth.min(axis=2) > CLIPPED[0]) & (smooth.max(axis=2) < CLIPPED[1])
    use = inside[:-widest, :-widest] & inside[widest:, widest:]
    soft = cv2.cvtColor(smooth / 255, cv2.COLOR_RGB2GRAY) * np.float32(255)
    slope = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    slope = slope[:-widest, :-widest]
    if use.sum() < LEAST:
        return _Differences(np.zeros(0, np.float32), ((),) * 3)
    calm = use & (slope <= np.quantile(slope[use], CALM))
    return _Differences(
        soft[:-widest, :-widest][calm],
        tuple(
            tuple(_diagonal(plane, lag, widest)[calm] for lag in lags)
            for plane, lags in zip((luma, blue, red), LAGS, strict=True)
        ),
    )


def _diagonal(plane: Floats, lag: int, widest: int) -> Floats:
    """Half of the sum of one diagonal less that of the other, over squares of `lag` pixels."""
    height, width = plane.shape[0] - widest, plane.shape[1] - widest
    a, b, c, d = (
        plane[down : down + height, right : right + width]
        for down in (0, lag)
        for right in (0, lag)
    )
    return np.asarray((a - b - c + d) / 2, np.float32)


def _deviation(differences: Floats) -> float:
    return median(np.abs(differences)) / MAD


def _noise_of(differences: _Differences) -> PlaneNoise | None:
    """Return the widest noise of each plane over its lags; None with too few differences."""
    if len(differences.level) < LEAST:
        return None
    luma, blue, red = (max(map(_deviation, lags)) for lags in differences.planes)
    return PlaneNoise(luma, blue, red)


def _spread(differences: _Differences) -> float:
    first, two = (_deviation(lag) for lag in differences.planes[0][:2])
    return two / max(first, QUANTISED)


def _median(noises: list[PlaneNoise]) -> PlaneNoise:
    return PlaneNoise(*(float(np.median([getattr(n, p) for n in noises])) for p in PLANES))


def _bands(differences: list[_Differences]) -> tuple[NoiseBand, ...]:
    """Return the noise in equal shares of all calm places, from the darkest to the brightest."""
    level = np.concatenate([difference.level for difference in differences])
    planes = [
        [
            np.concatenate([difference.planes[plane][lag] for difference in differences])
            for lag in range(len(lags))
        ]
        for plane, lags in enumerate(LAGS)
    ]
    edges = np.quantile(level, np.linspace(0, 1, BANDS + 1))
    bands = []
    for low, high in pairwise(edges):
        here = (level >= low) & (level <= high)
        part = _Differences(level[here], tuple(tuple(d[here] for d in lags) for lags in planes))
        if noise := _noise_of(part):
            bands.append(NoiseBand(float(level[here].mean()), noise))
    return tuple(bands)
