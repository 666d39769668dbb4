"""Wrinkles: lines along the folds of the face's own movement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import along, draw_line, mirrored, smooth_line
from inference.training.generator.chart import Canvas
from inference.training.generator.maps import SkinMaps
from inference.training.generator.noise import stream


@dataclass(frozen=True)
class Line:
    """One wrinkle: its way in texture pixels, how early it comes (0 first, 1 last), its weight."""

    way: NDArray[np.float32]
    order: float
    weight: float


def paint_wrinkles(maps: SkinMaps, seed: int, severity: float) -> None:
    """Valleys with a bright rim on forehead, between the brows, at and below the eyes, by the nose.

    Mild: the first fine lines. Severe: all lines, long, deep and wide.
    """
    canvas = maps.canvas
    fine = np.zeros(canvas.shape, np.uint8)
    coarse = np.zeros(canvas.shape, np.uint8)
    for line in wrinkle_lines(canvas, seed):
        shown = float(np.clip((severity * 1.15 - line.order * 0.8) * 3.0, 0, 1))
        if shown <= 0:
            continue
        length = int(len(line.way) * (0.55 + 0.45 * min(1.0, shown + 0.3 * severity)))
        start = (len(line.way) - length) // 2
        way = line.way[start : start + length]
        value = int(255 * shown * line.weight * (0.35 + 0.65 * severity))
        width = 0.45 + 0.75 * severity * line.weight
        _tapered(fine, way, value, max(1, round(width * canvas.scale)))
        if line.weight > 0.75 and severity > 0.4:
            _tapered(coarse, way, int(value * 0.7), max(1, round(2.6 * width * canvas.scale)))
    valley = canvas.blurred(fine.astype(np.float32) / 255, 0.22)
    fold = canvas.blurred(coarse.astype(np.float32) / 255, 1.0)
    wide = canvas.blurred(valley, 0.9)
    maps.height -= valley * np.float32(0.30) + fold * np.float32(0.35)
    maps.height += (wide - valley * 0.4).clip(0) * np.float32(0.12)
    maps.shade *= 1 - valley * np.float32(0.46) - fold * np.float32(0.10)
    maps.blood *= 1 + valley * np.float32(0.35)
    maps.shine *= 1 - valley * np.float32(0.6)


def _tapered(mask: NDArray[np.uint8], way: NDArray[np.float32], value: int, width: int) -> None:
    """Draw a line that thins out at both ends, the stronger of old and new kept."""
    parts = max(3, len(way) // 5)
    layer = np.zeros_like(mask)
    for part in range(parts):
        first, last = part * (len(way) - 1) // parts, (part + 1) * (len(way) - 1) // parts
        middle = (part + 0.5) / parts
        fade = min(1.0, 0.25 + 3.0 * min(middle, 1 - middle))
        draw_line(layer, way[first : last + 1], int(value * fade), max(1, round(width * fade)))
    np.maximum(mask, layer, out=mask)


def wrinkle_lines(canvas: Canvas, seed: int) -> Iterator[Line]:
    """Give every wrinkle a person may get; which of them show depends on severity."""
    rng = stream(seed, "wrinkles")
    yield from _forehead(canvas, rng)
    yield from _glabella(canvas, rng)
    for right in (True, False):
        yield from _crows_feet(canvas, rng, right=right)
        yield from _under_eye(canvas, rng, right=right)
        yield from _nasolabial(canvas, rng, right=right)


def _side(*indices: int, right: bool) -> tuple[int, ...]:
    return indices if right else tuple(int(mirrored()[index]) for index in indices)


def _wander(
    rng: np.random.Generator, line: NDArray[np.float32], much: float
) -> NDArray[np.float32]:
    """Return the line with a smooth sideways wobble of about `much` pixels."""
    knots = rng.normal(0, much, (6, 2))
    bend = smooth_line(knots.astype(np.float32), len(line))
    return np.asarray(line + bend, np.float32)


def _forehead(canvas: Canvas, rng: np.random.Generator) -> Iterator[Line]:
    top = along(canvas, 103, 67, 109, 10, 338, 297, 332, steps=60)
    bottom = along(canvas, 63, 105, 66, 9, 296, 334, 293, steps=60)
    for index, share in enumerate((0.46, 0.66, 0.30, 0.80, 0.56, 0.38)):
        line = top + (bottom - top) * np.float32(share + rng.normal(0, 0.02))
        cut = int(rng.integers(0, 9)), 60 - int(rng.integers(0, 9))
        weight = 1.0 if index < 3 else 0.7
        yield Line(_wander(rng, line, 0.9 * canvas.scale)[cut[0] : cut[1]], index / 6, weight)


def _glabella(canvas: Canvas, rng: np.random.Generator) -> Iterator[Line]:
    for index, (upper, lower) in enumerate(((107, 193), (336, 417), (9, 168))):
        ends = canvas.landmarks(upper, lower)
        if index < 2:
            inwards = canvas.landmarks(9, 168) - ends
            ends = ends + inwards * np.float32(0.35)
        line = smooth_line(ends, 24)[2:-2]
        yield Line(_wander(rng, line, 0.5 * canvas.scale), (0.0, 0.12, 0.75)[index], 1.0)
    ends = canvas.landmarks(193, 168, 417)
    yield Line(smooth_line(ends.astype(np.float32), 30)[5:-5], 0.5, 0.7)


def _crows_feet(canvas: Canvas, rng: np.random.Generator, *, right: bool) -> Iterator[Line]:
    corner = canvas.landmarks(*_side(33, right=right))[0]
    outwards = -1.0 if right else 1.0
    start = corner + np.array([outwards * 6.0, 0.0]) * canvas.scale
    for index, degrees in enumerate((8, -14, 28, -34, 18, -4, 42)):
        angle = np.radians(degrees + rng.normal(0, 3))
        reach = float(rng.uniform(14, 22)) * canvas.scale
        way = np.array([outwards * np.cos(angle), np.sin(angle)])
        middle = start + way * reach * 0.5 + [0, -0.8 * np.sign(degrees) * canvas.scale]
        begin = start + np.array([0, np.sin(angle) * 4 * canvas.scale])
        knots = np.stack([begin, middle, start + way * reach]).astype(np.float32)
        yield Line(
            _wander(rng, smooth_line(knots, 26), 0.3 * canvas.scale),
            index / 7,
            1.0 if index < 3 else 0.75,
        )


def _under_eye(canvas: Canvas, rng: np.random.Generator, *, right: bool) -> Iterator[Line]:
    upper = along(canvas, *_side(110, 24, 23, 22, 26, right=right), steps=36)
    lower = along(canvas, *_side(117, 118, 119, 120, 121, right=right), steps=36)
    for index, share in enumerate((0.35, 0.62, 0.18, 0.48, 0.8)):
        line = upper + (lower - upper) * np.float32(share + rng.normal(0, 0.02))
        yield Line(
            _wander(rng, line, 0.35 * canvas.scale)[3:-3],
            index / 5,
            (0.75, 0.7, 0.65, 0.6, 0.6)[index],  # fine lines, no folds,
        )


def _nasolabial(canvas: Canvas, rng: np.random.Generator, *, right: bool) -> Iterator[Line]:
    line = along(canvas, *_side(129, 203, 206, 216, 212, right=right), steps=44)
    yield Line(_wander(rng, line, 0.4 * canvas.scale)[3:-4], 0.0, 1.0)
    beside = line + np.array([-2.6 if right else 2.6, 0.8], np.float32) * canvas.scale
    yield Line(_wander(rng, beside, 0.4 * canvas.scale)[12:-8], 0.55, 0.7)
