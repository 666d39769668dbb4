"""Seeded randomness for the generator: named streams and smooth random fields.

Every random number of the generator comes from `stream`, so the same seed and name always give the
same numbers, whatever else was drawn before.
"""

from __future__ import annotations

import zlib

import cv2
import numpy as np
from numpy.typing import NDArray

Field = NDArray[np.float32]


def stream(seed: int, name: str) -> np.random.Generator:
    """Return the generator of random numbers that belongs to this seed and purpose."""
    return np.random.default_rng([seed & 0xFFFFFFFFFFFFFFFF, zlib.crc32(name.encode())])


def waves(
    rng: np.random.Generator,
    shape: tuple[int, int],
    scale: float,
    length_mm: float,
    *,
    stretch: float = 1.0,
) -> Field:
    """Return random waves about `length_mm` long: float32 `shape`, mean 0, deviation near 1.

    `scale` is pixels per millimetre; `stretch` above 1 makes waves longer along x than along y. The
    waves are drawn on a coarse grid and enlarged, so two sizes of the same seed show the same ones.
    """
    cell = length_mm / 2
    rows = max(4, round(shape[0] / scale / cell) + 3)
    columns = max(4, round(shape[1] / scale / (cell * stretch)) + 3)
    grid = rng.standard_normal((rows, columns), np.float32)
    if rows >= shape[0]:
        small = cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_AREA)
        return np.asarray(small, np.float32)
    wide = cv2.resize(grid, shape[::-1], interpolation=cv2.INTER_CUBIC)
    return np.asarray(wide * np.float32(1.4), np.float32)


def octaves(
    rng: np.random.Generator,
    shape: tuple[int, int],
    scale: float,
    length_mm: float,
    count: int,
    *,
    fall: float = 0.5,
) -> Field:
    """Return a sum of `count` wave fields, each half as long and `fall` times as strong."""
    total = np.zeros(shape, np.float32)
    weight, power = 1.0, 0.0
    for octave in range(count):
        total += np.float32(weight) * waves(rng, shape, scale, length_mm / 2**octave)
        power += weight**2
        weight *= fall
    return np.asarray(total / np.float32(np.sqrt(power)), np.float32)


def smoothstep(values: Field, low: float, high: float) -> Field:
    """Return 0 below `low`, 1 above `high` and a smooth rise between (low may exceed high)."""
    ramp = np.clip((values - np.float32(low)) / np.float32(high - low), 0, 1)
    return np.asarray(ramp * ramp * (3 - 2 * ramp), np.float32)


def scattered_points(rng: np.random.Generator, count: int) -> NDArray[np.float32]:
    """Return `count` points in the unit square, (count, 2), spread more evenly than pure chance.

    One point falls at random in each cell of a square grid (jittered sampling, Cook 1986), the few
    left over anywhere. They come in random order, so the first few are spread as well.
    """
    side = max(1, int(np.sqrt(count)))
    grid = np.stack(np.meshgrid(np.arange(side), np.arange(side)), -1).reshape(-1, 2)
    jitter = rng.uniform(0, 1, grid.shape)
    more = rng.uniform(0, side, (max(0, count - len(grid)), 2))
    points = np.concatenate([grid + jitter, more]) / side
    points = points[rng.permutation(len(points))][:count]
    # Rounding to float32 may reach 1, which would be a pixel beyond the last.
    return np.minimum(points.astype(np.float32), np.float32(0.9999))
