"""Acne, the marks it leaves, and scars: seen on real faces, and none of the eight conditions.

A network that knows freckles and pores alone takes acne for them. These are laid on as distractors:
each says which conditions' scores it must not change, and which nobody can label beside it, so that
they are left out of the loss.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import regions_mask
from inference.training.generator.bare import blob
from inference.training.generator.chart import Canvas
from inference.training.generator.maps import max_at
from inference.training.generator.noise import Field, stream
from inference.training.generator.skin import skin_colour
from inference.training.real_faces.layers import SCATTER, Layers, hidden_by, nothing, plain_maps
from inference.training.real_faces.light import BLOOD
from inference.training.real_faces.paint import Canvased, Pixels, lay

AREA = ("cheek", "forehead", "chin", "perioral")


@dataclass(frozen=True)
class Spot:
    """One blemish on the chart: rows and columns of its corner, its shape, its size in mm."""

    row: int
    column: int
    shape: Field
    radius: float


@dataclass(frozen=True)
class Blemish:
    """A kind of distractor."""

    layers: Callable[[Canvas, float, float, int], Layers]  # canvas, melanin, amount 0 to 1, seed
    held: frozenset[str]  # conditions whose scores it must not change
    masked: frozenset[str]  # conditions not to be labelled beside it


def _spots(
    canvas: Canvas, rng: np.random.Generator, count: int, radii: tuple[float, float], soft: float
) -> list[Spot]:
    """Scatter spots of radii in mm, in clusters as acne comes, where skin bears them."""
    area = regions_mask(canvas, AREA, 2.0)
    clusters = rng.random((6, 2))
    spots = []
    for _ in range(count):
        place = rng.random(2)
        if rng.random() < 0.6:
            place = np.clip(clusters[rng.integers(6)] + rng.normal(0, 0.05, 2), 0, 0.999)
        row, column = (place * canvas.shape).astype(int)
        radius = float(rng.uniform(*radii))
        if rng.random() > area[row, column]:
            continue
        shape = blob(rng, radius * canvas.scale, 0.18, soft)
        half = shape.shape[0] // 2
        spots.append(Spot(int(row) - half, int(column) - half, shape, radius))
    return spots


def _ratio(canvas: Canvas, melanin: float, brown: Field, red: Field) -> Field:
    """Return the logarithm of the ratio of colours of skin with more melanin and blood."""
    maps = plain_maps(canvas, melanin)
    before = skin_colour(maps.melanin[:1, :1], maps.blood[:1, :1])[0, 0]
    colour = skin_colour(maps.melanin * (1 + brown), np.float32(BLOOD) * (1 + red))
    ratio = np.log(np.clip(colour / before, 0.05, 4.0))
    # On dark skin neither shows in the model, but marks are seen on people: darker, violaceous.
    hidden = np.float32(hidden_by(melanin))
    ratio -= (0.18 * hidden * np.clip(brown + 0.25 * red, 0, 2))[..., None]
    return np.asarray(ratio, np.float32)


def _scattered(canvas: Canvas, ratio: Field, soft_mm: float) -> Field:
    planes = [canvas.blurred(ratio[..., k], soft_mm * SCATTER[k]) for k in range(3)]
    return np.asarray(np.dstack(planes), np.float32)


def acne(canvas: Canvas, melanin: float, amount: float, seed: int) -> Layers:
    """Papules of 1.5 to 5 mm with a red halo, some with a yellowish head."""
    rng = stream(seed, "acne")
    red, pus, height = (np.zeros(canvas.shape, np.float32) for _ in range(3))
    for spot in _spots(canvas, rng, int(20 + 200 * amount), (0.8, 2.4), 1.2):
        max_at(red, spot.shape * np.float32(rng.uniform(0.35, 1.0)), spot.row, spot.column)
        if rng.random() < 0.6:
            up = np.float32(rng.uniform(0.1, 0.45))
            max_at(height, spot.shape * up, spot.row, spot.column)
        if rng.random() < 0.2:
            core = blob(rng, 0.4 * spot.radius * canvas.scale, 0.1, 0.8)
            inset = (spot.shape.shape[0] - core.shape[0]) // 2
            max_at(pus, core, spot.row + inset, spot.column + inset)
    ratio = 0.8 * _ratio(canvas, melanin, 0.4 * red, 4.0 * red)
    ratio += (pus * 0.25)[..., None] * np.array([1, 0.95, 0.7], np.float32)
    return _made(canvas, _scattered(canvas, ratio, 0.3), 0.4 * canvas.blurred(height, 0.3))


def marks(canvas: Canvas, melanin: float, amount: float, seed: int) -> Layers:
    """Flat red and brown marks of 2 to 6 mm, as acne leaves them for weeks."""
    rng = stream(seed, "marks")
    red, brown = (np.zeros(canvas.shape, np.float32) for _ in range(2))
    for spot in _spots(canvas, rng, int(14 + 120 * amount), (1.0, 3.0), 1.0):
        strength = np.float32(rng.uniform(0.3, 1.0))
        max_at(red if rng.random() < 0.6 else brown, spot.shape * strength, spot.row, spot.column)
    ratio = 0.75 * _ratio(canvas, melanin, 0.9 * brown, 2.0 * red)
    return _made(canvas, _scattered(canvas, ratio, 0.6), np.zeros(canvas.shape, np.float32))


def scars(canvas: Canvas, melanin: float, amount: float, seed: int) -> Layers:
    """Pitted scars of 1.5 to 4 mm with a raised rim, hardly coloured."""
    rng = stream(seed, "scars")
    pits = np.zeros(canvas.shape, np.float32)
    for spot in _spots(canvas, rng, int(14 + 130 * amount), (0.7, 2.0), 0.5):
        max_at(pits, spot.shape * np.float32(rng.uniform(0.4, 1.0)), spot.row, spot.column)
    rim = np.clip(canvas.blurred(pits, 0.8) - 0.6 * pits, 0, 1)
    grey = -0.24 * canvas.blurred(pits, 0.3)
    ratio = grey[..., None] * np.array([0.85, 1.0, 1.0], np.float32)
    del melanin
    return _made(canvas, ratio.astype(np.float32), 0.35 * (0.3 * rim - 0.35 * pits))


def _made(canvas: Canvas, ratio: Field, height: NDArray[np.floating]) -> Layers:
    return Layers(ratio, np.asarray(height, np.float32), nothing(canvas).gleam)


BLEMISHES: Mapping[str, Blemish] = {
    "acne": Blemish(
        acne,
        frozenset({"dryness", "melasma", "lentigo", "ephelides", "wrinkles"}),
        frozenset({"texture", "dermatitis", "pores"}),
    ),
    "marks": Blemish(
        marks,
        frozenset({"dryness", "texture", "ephelides", "wrinkles", "pores"}),
        frozenset({"melasma", "lentigo", "dermatitis"}),
    ),
    "scars": Blemish(
        scars,
        frozenset({"dryness", "melasma", "lentigo", "ephelides", "dermatitis"}),
        frozenset({"texture", "wrinkles", "pores"}),
    ),
}


def blemish(face: Canvased, pixels: Pixels, name: str, amount: float, seed: int) -> Pixels:
    """Lay a distractor of `BLEMISHES` on pixels (H, W, 3), `amount` from 0 to 1.

    Raises KeyError for an unknown name.
    """
    kind = BLEMISHES[name]
    return lay(face, pixels, kind.layers(face.surface.canvas, face.light.melanin, amount, seed))
