"""Bare skin of a person: its evenly uneven colour, fine relief, pores, vessels, lips and moles."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.anatomy import draw_line, region_mask, regions_mask
from inference.training.generator.chart import LEFT_EYE, LIPS_OUTER, RIGHT_EYE, Canvas
from inference.training.generator.identity import Identity
from inference.training.generator.maps import SkinMaps, add_at
from inference.training.generator.noise import Field, octaves, scattered_points, stream, waves


def bare_skin(identity: Identity, canvas: Canvas) -> SkinMaps:
    """Return the maps of a person's skin without any of the eight conditions, moles included."""
    shape, scale, tone = canvas.shape, canvas.scale, identity.tone
    rng = stream(identity.seed, "bare")
    mottle = octaves(rng, shape, scale, 30, 4, fall=0.6)
    flush = octaves(rng, shape, scale, 24, 4, fall=0.6)
    warm = regions_mask(canvas, ("inner_cheek", "nose"), 9.0)
    chin = region_mask(canvas, "chin", 8.0)
    under_eye = region_mask(canvas, "infraorbital", 3.0)
    lids = np.zeros(shape, np.float32)
    for eye in (RIGHT_EYE, LEFT_EYE):
        lids = np.maximum(lids, canvas.filled(canvas.landmarks(*eye)))
    lids = np.clip(canvas.blurred(lids, 4.0) * 1.6, 0, 1)
    darker = 0.045 * mottle + 0.16 * under_eye + 0.20 * lids
    redder = 0.07 * flush + 0.30 * warm + 0.14 * chin + 0.12 * under_eye + 0.20 * lids
    redder += 0.35 * _vessels(identity, canvas) * warm
    maps = SkinMaps(
        canvas,
        (tone.melanin * np.exp(darker)).astype(np.float32),
        (tone.blood * np.exp(redder)).astype(np.float32),
        _relief(identity, canvas),
        (1 + 0.35 * warm + 0.07 * octaves(rng, shape, scale, 20, 2)).astype(np.float32),
        np.zeros(shape, np.float32),
        np.ones(shape, np.float32),
    )
    np.clip(maps.shine, 0.4, 1.8, out=maps.shine)
    _lips(identity, maps)
    _moles(identity, maps)
    return maps


def _relief(identity: Identity, canvas: Canvas) -> Field:
    """Return the fine net of furrows of healthy skin and its small pores, millimetres."""
    rng = stream(identity.seed, "relief")
    shape, scale = canvas.shape, canvas.scale
    height = 0.013 * waves(rng, shape, scale, 1.1)
    height += 0.008 * waves(rng, shape, scale, 0.7)
    height += 0.014 * waves(rng, shape, scale, 3.0)
    points = scattered_points(rng, 9000) * np.array([shape[1], shape[0]])
    dots = np.zeros(shape, np.float32)
    depth = rng.uniform(0.3, 1.0, len(points)).astype(np.float32)
    columns, rows = points.astype(int).T
    np.maximum.at(dots, (rows, columns), depth)
    pits = cv2.GaussianBlur(dots, (0, 0), max(0.5, 0.16 * scale))
    return np.asarray(height - pits * (0.10 * (0.16 * scale) ** 2), np.float32)


def _vessels(identity: Identity, canvas: Canvas) -> Field:
    """Return thin wandering vessels: 0 to 1."""
    rng = stream(identity.seed, "vessels")
    mask = np.zeros(canvas.shape, np.uint8)
    for start in scattered_points(rng, 140):
        steps = rng.normal(0, 0.5, (14, 2)).cumsum(axis=0).cumsum(axis=0) * 0.12 * canvas.scale
        line = start * np.array(canvas.shape[::-1]) + steps
        draw_line(mask, line.astype(np.float32), int(rng.integers(90, 255)), 1)
    return canvas.blurred(mask.astype(np.float32) / 255, 0.25)


def _lips(identity: Identity, maps: SkinMaps) -> None:
    """Colour the lips and groove them."""
    canvas = maps.canvas
    rng = stream(identity.seed, "lips")
    lips = canvas.filled(canvas.landmarks(*LIPS_OUTER), 0.9)
    grooves = waves(rng, canvas.shape, canvas.scale, 1.4, stretch=0.25)
    strength = float(rng.uniform(0.8, 1.25))
    maps.melanin *= 1 - 0.35 * lips
    maps.blood *= 1 + lips * (4.2 * strength + 0.5 * grooves)
    maps.height += 0.05 * lips * grooves
    maps.shine *= 1 + 0.6 * lips


def _moles(identity: Identity, maps: SkinMaps) -> None:
    """Put a few moles on the face: never a sign of any condition."""
    canvas = maps.canvas
    rng = stream(identity.seed, "moles")
    for _ in range(int(rng.poisson(1.8))):
        place = rng.uniform(0.2, 0.8, 2) * np.array(canvas.shape[::-1])
        radius = float(rng.uniform(0.7, 1.7)) * canvas.scale
        spot = blob(rng, radius, 0.12, 0.25)
        corner = (place[::-1] - spot.shape[0] / 2).astype(int)
        melanin = spot * np.float32(0.10 + 0.7 * identity.tone.melanin)
        add_at(maps.melanin, melanin, int(corner[0]), int(corner[1]))
        add_at(maps.shade, spot * np.float32(-0.2), int(corner[0]), int(corner[1]))
        add_at(maps.height, spot * np.float32(0.15), int(corner[0]), int(corner[1]))


def blob(rng: np.random.Generator, radius: float, wobble: float, softness: float) -> Field:
    """Return one roundish spot (n, n), 1 inside and 0 outside.

    `radius` in pixels, `wobble` how uneven the rim is, `softness` its width as a share of radius.
    """
    half = int(np.ceil(radius * (1.6 + softness))) + 2
    down, right = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    down += np.float32(rng.uniform(-0.5, 0.5))
    right += np.float32(rng.uniform(-0.5, 0.5))
    angle = np.arctan2(down, right)
    rim = np.ones_like(angle)
    for turns in (1, 2, 3):
        rim += np.float32(wobble * rng.normal() * 1.6 / turns) * np.cos(
            turns * angle + rng.uniform(0, 6.28)
        )
    away = np.hypot(down, right) / (radius * np.clip(rim, 0.5, 1.6))
    return np.asarray(
        1 / (1 + np.exp(np.clip((away - 1) / (0.22 * softness + 0.02), -40, 40))), np.float32
    )
