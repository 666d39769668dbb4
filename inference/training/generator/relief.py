"""Conditions of the surface: dryness, rough texture and pores."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.maps import SkinMaps
from inference.training.generator.noise import (
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
    maps.shade *= 1 - cracks * np.float32(0.22) * strength
    maps.shine *= 1 - area * np.float32(0.75) * strength


def paint_texture(maps: SkinMaps, seed: int, severity: float) -> None:
    """Uneven relief: bumps and shallow hollows of 2 to 4 mm, like orange peel; no change of colour.

    Mild: 0.05 mm. Severe: 0.3 mm, seen as light and shade all over.
    """
    canvas = maps.canvas
    rng = stream(seed, "texture")
    shape, scale = canvas.shape, canvas.scale
    area = regions_mask(canvas, READ_IN["texture"], 4.0)
    bumps = 0.8 * waves(rng, shape, scale, 3.6) + 0.55 * waves(rng, shape, scale, 2.1)
    bumps = np.tanh(bumps * 1.2).astype(np.float32)
    depth = np.float32(0.30 * severity)
    maps.height += bumps * area * depth
    hollow = np.clip(-bumps, 0, 1) * area
    maps.shade *= 1 - hollow * np.float32(0.20 * severity)


def paint_pores(maps: SkinMaps, seed: int, severity: float) -> None:
    """Enlarged, clogged pores: dark round dots of 0.4 to 1.1 mm on nose, inner cheeks, glabella.

    Mild: small and shallow. Severe: large, dark and dense.
    """
    canvas = maps.canvas
    rng = stream(seed, "pores")
    shape, scale = canvas.shape, canvas.scale
    area = regions_mask(canvas, READ_IN["pores"], 2.5)
    points = scattered_points(rng, 26000) * np.array(shape[::-1], np.float32)
    size = rng.uniform(0, 1, len(points))
    luck = rng.uniform(0, 1, len(points))
    chosen = luck < 0.25 + 0.75 * severity
    dots = np.zeros(shape, np.float32)
    for low, high, radius in ((0.0, 0.55, 0.20), (0.55, 0.85, 0.28), (0.85, 1.01, 0.38)):
        mine = chosen & (size >= low) & (size < high)
        columns, rows = points[mine].astype(int).T
        sigma = radius * scale * (0.70 + 0.45 * severity)
        layer = np.zeros(shape, np.float32)
        layer[rows, columns] = 1
        peak = max(1.0, 2 * np.pi * sigma**2)
        layer = cv2.GaussianBlur(layer, (0, 0), max(0.45, sigma)) * np.float32(peak)
        dots = np.maximum(dots, layer)
    dots = np.clip(dots, 0, 1) * area
    strength = np.float32(severity**0.85)
    maps.shade *= 1 - dots * np.float32(0.55) * strength
    maps.melanin *= 1 + dots * np.float32(0.6) * strength
    maps.height -= dots * np.float32(0.14) * strength
