"""Conditions of colour: melasma, lentigo, ephelides and dermatitis."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import READ_IN, fixed, outlines, regions_mask
from inference.training.generator.bare import blob
from inference.training.generator.chart import Canvas
from inference.training.generator.maps import SkinMaps, max_at
from inference.training.generator.noise import Field, octaves, smoothstep, stream, waves


def paint_melasma(maps: SkinMaps, seed: int, severity: float) -> None:
    """Symmetric brown patches with a ragged edge on MASI's areas and the upper lip.

    Mild: light brown, a third of each area. Severe: dark brown, about three quarters.
    """
    canvas = maps.canvas
    rng = stream(seed, "melasma")
    field = octaves(rng, canvas.shape, canvas.scale, 34, 5, fall=0.62)
    field = field + field[:, ::-1] + 0.65 * field
    patch = _share_of_regions(canvas, field, "melasma", 0.10 + 0.65 * severity, 0.9)
    grain = 1 + 0.16 * octaves(rng, canvas.shape, canvas.scale, 4, 3)
    patch *= np.clip(grain, 0.5, 1.5)
    strength = severity**0.8
    _darken(maps, patch * np.float32(strength), 0.035, 0.58, lost=0.15)


def paint_ephelides(maps: SkinMaps, seed: int, severity: float) -> None:
    """Freckles: many small, soft, light brown dots of 1 to 2 mm on nose and cheeks.

    Mild: about two hundred, faint. Severe: about eight hundred, darker, closing up.
    """
    canvas = maps.canvas
    rng = stream(seed, "ephelides")
    area = regions_mask(canvas, READ_IN["ephelides"], 3.0)
    stamps = [blob(rng, float(r) * canvas.scale, 0.10, 0.9) for r in np.linspace(0.45, 0.95, 14)]
    total = 840
    dots = np.zeros(canvas.shape, np.float32)
    places = _inside(rng, area, total)
    sizes = rng.integers(0, len(stamps), total)
    tones = rng.uniform(0.55, 1.0, total)
    wanted = total * severity**1.15
    for index, (row, column) in enumerate(places):
        shown = float(np.clip(wanted - index, 0, 1))
        if shown == 0:
            break
        stamp = stamps[int(sizes[index])]
        _stamp(dots, stamp * np.float32(tones[index] * shown), row, column)
    _darken(maps, dots * np.float32(severity**0.5), 0.060, 0.75)


def paint_lentigo(maps: SkinMaps, seed: int, severity: float) -> None:
    """Solar lentigines: single dark brown spots of 3 to 9 mm with a sharp, bent rim.

    Mild: about three on each cheek and each half of the forehead, one or two by each eye. Severe:
    nine and five, larger and darker.
    """
    canvas = maps.canvas
    rng = stream(seed, "lentigo")
    spots = np.zeros(canvas.shape, np.float32)
    for name, mask in _lentigo_places(canvas):
        wide = name[:5] in {"cheek", "foreh"}
        count, size = (9, 1.0) if wide else (5, 0.7)
        places = _inside(rng, mask, count, apart=(6 if wide else 4) * canvas.scale)
        radii = rng.permutation(np.linspace(1.4, 3.2, count))
        for index, (row, column) in enumerate(places):
            shown = float(np.clip((count + 0.5) * severity - index, 0, 1))
            radius = float(radii[index]) * size * (0.75 + 0.45 * severity)
            if shown > 0:
                shape_rng = stream(seed, f"lentigo {name} {index}")
                spot = blob(shape_rng, radius * canvas.scale, 0.16, 0.28)
                _stamp(spots, spot * np.float32(shown), row, column)
    spots *= np.clip(1 + 0.12 * octaves(rng, canvas.shape, canvas.scale, 2.5, 2), 0.6, 1.4)
    _darken(maps, spots * np.float32(severity**0.5), 0.09, 0.80)


@lru_cache(maxsize=4)
def _lentigo_places(canvas: Canvas) -> tuple[tuple[str, Field], ...]:
    """Return the areas that get spots of their own: each side of each region, away from hair."""
    places: list[tuple[str, Field]] = []
    for region in READ_IN["lentigo"]:
        inset = {"cheek": 1.5, "forehead": 4.0}.get(region, 0.3)
        step = max(1, round(inset * canvas.scale))
        for side, outline in enumerate(outlines(region)):
            mask = canvas.filled(canvas.landmarks(*outline))
            inner = np.asarray(cv2.erode(mask, np.ones((3, 3)), iterations=step), np.float32)
            if region != "forehead":
                places.append((f"{region} {side}", fixed(inner)))
                continue
            middle = canvas.shape[1] // 2
            for half, columns in enumerate((np.s_[:middle], np.s_[middle:])):
                part = np.zeros_like(inner)
                part[:, columns] = inner[:, columns]
                places.append((f"{region} {half}", fixed(part)))
    return tuple(places)


def paint_dermatitis(maps: SkinMaps, seed: int, severity: float) -> None:
    """Red, blotchy, slightly swollen skin with fine yellowish scale, in the seborrhoeic areas.

    On dark skin redness hardly shows: the patches are darker than the skin about them, violaceous,
    and greyer with scale. Mild: pink, little scale. Severe: blood fourfold, scale on a third.
    """
    canvas = maps.canvas
    rng = stream(seed, "dermatitis")
    field = octaves(rng, canvas.shape, canvas.scale, 18, 4, fall=0.7)
    patch = _share_of_regions(canvas, field, "dermatitis", 0.20 + 0.55 * severity, 0.7)
    dots = smoothstep(waves(rng, canvas.shape, canvas.scale, 2.2), 0.4, 1.6)
    maps.blood *= 1 + patch * np.float32(3.4 * severity**0.8) * (0.8 + 0.5 * dots)
    maps.shade *= 1 - patch * _masked(maps) * np.float32(0.42 * severity**0.7)
    maps.melanin *= 1 + patch * np.float32(0.28 * severity)
    maps.height += patch * dots * np.float32(0.05 * severity)
    flakes = octaves(rng, canvas.shape, canvas.scale, 2.4, 3, fall=0.8)
    cut = 1.45 - 0.75 * severity
    scale = smoothstep(flakes, cut, cut + 0.5) * patch
    maps.pale += scale * np.float32(0.46 * severity**0.8)


def _share_of_regions(
    canvas: Canvas, field: Field, condition: str, share: float, softness: float
) -> Field:
    """Return a patch, 0 to 1, that covers this share of every region the condition is read in.

    The same share everywhere is what makes a photo's severity true of each of its regions.
    `softness` is the width of the patch's edge in units of the field.
    """
    patch = np.zeros(canvas.shape, np.float32)
    for region in READ_IN[condition]:
        for window, inside, soft in _sides(canvas, region):
            level = float(np.quantile(field[window][inside][::7], 1 - share))
            edge = smoothstep(field[window], level - softness / 2, level + softness / 2)
            np.maximum(patch[window], edge * soft, out=patch[window])
    return patch


Window = tuple[slice, slice]


@lru_cache(maxsize=64)
def _sides(canvas: Canvas, region: str) -> tuple[tuple[Window, NDArray[np.bool_], Field], ...]:
    """Return for each outline of a region its window, what lies inside, and its soft mask there."""
    sides = []
    for outline in outlines(region):
        mask = canvas.filled(canvas.landmarks(*outline))
        margin = round(8 * canvas.scale)
        left, top, width, height = cv2.boundingRect((mask > 0.5).astype(np.uint8))
        window = (
            slice(max(0, top - margin), top + height + margin),
            slice(max(0, left - margin), left + width + margin),
        )
        soft = cv2.GaussianBlur(mask[window], (0, 0), 2.5 * canvas.scale)
        sides.append((window, mask[window] > 0.5, fixed(np.asarray(soft, np.float32))))
    return tuple(sides)


def _inside(
    rng: np.random.Generator, mask: Field, count: int, *, apart: float = 0.0
) -> list[tuple[int, int]]:
    """Return up to `count` places (row, column) drawn where the mask is high, kept apart.

    Drawn in shares of the mask's own box, which hardly depend on the texture's scale.
    """
    left, top, width, height = cv2.boundingRect((mask > 0.02).astype(np.uint8))
    places: list[tuple[int, int]] = []
    for down, right, luck in rng.random((count * 60, 3)):
        place = top + int(down * height), left + int(right * width)
        if luck >= mask[place]:
            continue
        if apart and any(np.hypot(place[0] - r, place[1] - c) < apart for r, c in places):
            continue
        places.append(place)
        if len(places) == count:
            break
    return places


def _darken(maps: SkinMaps, share: Field, add: float, factor: float, *, lost: float = 0.30) -> None:
    """Add melanin in place: `add` on any skin, and `factor` of what is there.

    The model's colour hardly changes beyond the melanin of the darkest skin, where marks are still
    seen on people; there up to `lost` of the light is taken away as well.
    """
    maps.shade *= 1 - share * _masked(maps) * np.float32(lost)
    maps.melanin += share * (np.float32(add) + np.float32(factor) * maps.melanin)


def _masked(maps: SkinMaps) -> Field:
    """Return how far melanin hides what is added to the skin: 0 up to type IV, 1 for type VI."""
    return smoothstep(maps.melanin, 0.10, 0.36)


def _stamp(field: Field, stamp: Field, row: int, column: int) -> None:
    max_at(field, stamp, row - stamp.shape[0] // 2, column - stamp.shape[1] // 2)
