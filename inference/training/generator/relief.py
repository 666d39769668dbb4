"""Conditions of the surface: dryness, rough texture and pores."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.chart import Canvas
from inference.training.generator.maps import SkinMaps
from inference.training.generator.noise import (
    Field,
    octaves,
    scattered_points,
    smoothstep,
    stream,
    waves,
)


def paint_dryness(maps: SkinMaps, seed: int, severity: float) -> None:
    """Dull skin with white flakes and fine cracks between them.

    Mild: a few fine flakes. Severe: half the skin under flakes, cracks throughout, no shine.
    """
    canvas = maps.canvas
    rng = stream(seed, "dryness")
    shape, scale = canvas.shape, canvas.scale
    area = regions_mask(canvas, READ_IN["dryness"], 4.0)
    patchy = 0.5 * octaves(rng, shape, scale, 16, 2)
    flakes = 0.65 * waves(rng, shape, scale, 2.6) + 0.70 * waves(rng, shape, scale, 1.4) + patchy
    flakes += 0.5 * waves(rng, shape, scale, 0.8)
    cut = 1.75 - 1.45 * severity
    flake = smoothstep(flakes, cut, cut + 0.45) * area
    crack_field = waves(rng, shape, scale, 4.2) + 0.35 * waves(rng, shape, scale, 2.0)
    cracks = smoothstep(np.abs(crack_field), 0.16, 0.03) * area
    strength = np.float32(severity**0.8)
    maps.pale += flake * np.float32(0.55) * strength + area * np.float32(0.07) * strength
    edge = cv2.GaussianBlur(flake, (0, 0), 0.35 * scale)
    maps.height += edge * np.float32(0.16) * strength - cracks * np.float32(0.07) * strength
    under = np.clip(edge - flake, 0, 1)  # the shadow at a flake's rim, what shows on light skin
    maps.shade *= 1 - (cracks * np.float32(0.30) + under * np.float32(0.35)) * strength
    maps.shine *= 1 - area * np.float32(0.75) * strength


def paint_texture(maps: SkinMaps, seed: int, severity: float) -> None:
    """Cobbled relief of 1 to 4 mm with shallow pits 1.5 to 3 mm wide; no pigment, blood or scale.

    Mild: 0.14 mm deep, single pits. Severe: 0.32 mm, seen as light and shade all over, with about
    six pits on each square centimetre.
    """
    canvas = maps.canvas
    rng = stream(seed, "texture")
    shape, scale = canvas.shape, canvas.scale
    area = regions_mask(canvas, READ_IN["texture"], 4.0)
    bumps = 0.8 * waves(rng, shape, scale, 3.6) + 0.55 * waves(rng, shape, scale, 2.1)
    bumps += 0.25 * waves(rng, shape, scale, 1.3)
    bumps = np.tanh(bumps * 1.2).astype(np.float32)
    strength = np.float32(severity**0.75)
    points = scattered_points(rng, 3000)
    radii = rng.uniform(0, 1, len(points))
    chosen = rng.uniform(0, 1, len(points)) < severity
    pits = np.zeros(shape, np.float32)
    for low, high, radius in ((0.0, 0.6, 0.5), (0.6, 1.01, 0.8)):
        mine = chosen & (radii >= low) & (radii < high)
        np.maximum(pits, _dots(canvas, points[mine], radius * scale), out=pits)
    pits *= area
    maps.height += bumps * area * (np.float32(0.32) * strength)
    maps.height -= pits * (np.float32(0.30) * strength)
    hollow = np.clip(-bumps, 0, 1) * area
    maps.shade *= 1 - (hollow * np.float32(0.30) + pits * np.float32(0.20)) * strength
    maps.shine *= 1 + bumps * area * (np.float32(0.5) * strength)


def paint_pores(maps: SkinMaps, seed: int, severity: float) -> None:
    """Enlarged, clogged pores: dark round dots of 0.4 to 1.1 mm on nose, inner cheeks, glabella.

    Mild: small, on two places of five. Severe: large, dark, on all of them.
    """
    canvas = maps.canvas
    rng = stream(seed, "pores")
    shape, scale = canvas.shape, canvas.scale
    area = regions_mask(canvas, READ_IN["pores"], 2.5)
    points = scattered_points(rng, 26000)
    size = rng.uniform(0, 1, len(points))
    luck = rng.uniform(0, 1, len(points))
    chosen = luck < 0.15 + 0.85 * severity
    dots = np.zeros(shape, np.float32)
    for low, high, radius in ((0.0, 0.55, 0.20), (0.55, 0.85, 0.28), (0.85, 1.01, 0.38)):
        mine = chosen & (size >= low) & (size < high)
        sigma = radius * scale * (0.85 + 0.35 * severity)
        np.maximum(dots, _dots(canvas, points[mine], sigma), out=dots)
    dots *= area
    strength = np.float32(severity**0.75)
    maps.shade *= 1 - dots * np.float32(0.66) * strength
    maps.melanin *= 1 + dots * np.float32(0.6) * strength
    maps.shine *= 1 - dots * np.float32(0.75) * strength
    maps.height -= dots * np.float32(0.14) * strength


def _dots(canvas: Canvas, points: NDArray[np.float32], sigma: float) -> Field:
    """Return a soft dot, 1 in its middle, at each point (n, 2) of the unit square.

    `sigma` is the dots' deviation in texture pixels; dots closer than that merge.
    """
    layer = np.zeros(canvas.shape, np.float32)
    columns, rows = (points * np.array(canvas.shape[::-1], np.float32)).astype(int).T
    layer[rows, columns] = max(1.0, 2 * np.pi * sigma**2)
    return np.clip(cv2.GaussianBlur(layer, (0, 0), max(0.45, sigma)), 0, 1).astype(np.float32)
