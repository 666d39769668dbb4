"""What is drawn over a photograph and is no condition: spectacles, hair, blush, another light.

Like what is lent (`lending.py`), none of it may change a score.
"""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.anatomy import draw_line, region_mask, smooth_line
from inference.training.generator.noise import Field, octaves, stream
from inference.training.generator.skin import linear_to_srgb
from inference.training.real_faces.layers import nothing
from inference.training.real_faces.paint import (
    Canvased,
    Pixels,
    lay,
    linear_of,
)

EYES = ((33, 133), (362, 263))  # outer and inner corner, inner and outer
BRIDGE, TEMPLES = 168, (127, 356)
HAIRLINE = (54, 103, 67, 109, 10, 338, 297, 332, 284, 21, 251)
FADE_MM = 9.0  # over what distance another light fades out at the face's edge
BLUSH = np.array([-0.03, -0.30, -0.22], np.float32)  # logarithm: pink to brick on any tone


def spectacles(face: Canvased, pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Draw rims, bridge and temples with their shadow, and a glint: uint8 (H, W, 3)."""
    points = face.located.landmarks[:, :2]
    per_mm = face.surface.per_mm
    rims = np.zeros(pixels.shape[:2], np.uint8)
    width = max(1, round(float(rng.uniform(0.8, 3.2)) * per_mm))
    tall = float(rng.uniform(0.55, 0.85))
    glints = np.zeros(pixels.shape[:2], np.float32)
    sides = []
    for corners in EYES:
        ends = points[list(corners)]
        middle = ends.mean(axis=0) + np.array([0, 2.5 * per_mm])
        half = float(np.linalg.norm(ends[1] - ends[0])) * float(rng.uniform(0.85, 1.0))
        turn = float(np.degrees(np.arctan2(*(ends[1] - ends[0])[::-1])))
        centre = (int(middle[0]), int(middle[1]))
        axes = (int(half), int(half * tall))
        cv2.ellipse(rims, centre, axes, turn, 0, 360, 255, width, cv2.LINE_AA)
        cv2.ellipse(glints, centre, (axes[0] // 2, axes[1] // 6), turn - 25, 0, 360, 1.0, -1)
        sides.append((middle, half))
    _straight(rims, sides[0][0] + [sides[0][1], 0], sides[1][0] - [sides[1][1], 0], width)
    _straight(rims, sides[0][0] - [sides[0][1], 0], points[TEMPLES[0]], width)
    _straight(rims, sides[1][0] + [sides[1][1], 0], points[TEMPLES[1]], width)
    share = cv2.GaussianBlur(rims.astype(np.float32) / 255, (0, 0), 0.5)[..., None]
    below = np.array([[1, 0, 0], [0, 1, 2.0 * per_mm]], np.float32)
    shadow = cv2.warpAffine(share, below, pixels.shape[1::-1])
    shadow = cv2.GaussianBlur(shadow, (0, 0), 1.2 * per_mm)[..., None]
    linear = linear_of(pixels)
    linear = linear * (1 - np.float32(0.35) * shadow)
    tint = np.exp(rng.normal(-3.2, 1.0, 3)).astype(np.float32)
    linear = linear + share * (np.clip(tint, 0.004, 0.5) - linear)
    glow = cv2.GaussianBlur(glints, (0, 0), 1.5 * per_mm)[..., None]
    linear = linear + glow * np.float32(rng.uniform(0, 0.25))
    out = linear_to_srgb(np.clip(linear, 0, 1).astype(np.float32))
    changed = (shadow + share + glow) > 1e-3
    return np.asarray(np.where(changed, out, pixels), np.uint8)


def _straight(mask: Pixels, first: Field, other: Field, width: int) -> None:
    ends = [tuple(int(v) for v in end) for end in (first, other)]
    cv2.line(mask, ends[0], ends[1], 255, width, cv2.LINE_AA)


def blush(face: Canvased, pixels: Pixels, strength: float, seed: int) -> Pixels:
    """Lay rouge on the cheeks: even, soft and of one colour, which redness of the skin is not."""
    canvas = face.surface.canvas
    area = region_mask(canvas, "inner_cheek", 9.0) * 0.5 + region_mask(canvas, "cheek", 9.0) * 0.5
    soft = 1 + 0.1 * octaves(stream(seed, "blush"), canvas.shape, canvas.scale, 30, 1)
    layers = nothing(canvas)
    ratio = (area * soft * np.float32(strength))[..., None] * BLUSH
    return lay(face, pixels, type(layers)(ratio.astype(np.float32), layers.height, layers.gleam))


def relit(face: Canvased, pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Move the light about the face: the fitted shading is taken off and another put on."""
    surface, light = face.surface, face.light
    towards = np.array([rng.normal(0, 0.22), rng.normal(-0.12, 0.15), -0.3], np.float32)
    new = np.clip(0.7 + surface.normal @ towards, 0.35, None)
    ratio = new / light.falls_on(surface.normal)
    ratio = cv2.GaussianBlur(ratio / np.float32(np.median(ratio)), (0, 0), 3 * surface.per_mm)
    warm = np.exp(rng.normal(0, 0.05, 3)).astype(np.float32)
    fade = cv2.GaussianBlur(surface.face, (0, 0), FADE_MM * surface.per_mm) * 2 - 1
    linear = linear_of(pixels[surface.box])
    new = linear * np.exp(np.clip(fade, 0, 1) * np.log(ratio))[..., None] * warm
    out = linear_of(pixels) * warm
    out[surface.box] = new
    return linear_to_srgb(np.clip(out, 0, 1).astype(np.float32))


def strands(face: Canvased, pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Let loose strands of hair fall over forehead and temples: uint8 (H, W, 3)."""
    points, per_mm = face.located.landmarks[:, :2], face.surface.per_mm
    share = np.zeros(pixels.shape[:2], np.uint8)
    for _ in range(int(rng.integers(6, 60))):
        start = points[HAIRLINE[rng.integers(len(HAIRLINE))]] + rng.normal(0, 3 * per_mm, 2)
        fall = np.array([rng.normal(0, 12), rng.uniform(8, 45)]) * per_mm
        bend = rng.normal(0, 4 * per_mm, 2)
        way = smooth_line(np.array([start, start + fall / 2 + bend, start + fall], np.float32), 24)
        draw_line(share, way, int(rng.integers(60, 220)), max(1, round(0.18 * per_mm)))
    soft = cv2.GaussianBlur(share.astype(np.float32) / 255, (0, 0), 0.5)[..., None]
    hair = np.exp(rng.normal(-3.4, 0.9)) * np.array([1.3, 0.9, 0.7])
    linear = linear_of(pixels)
    new = linear + soft * (np.clip(hair, 0.004, 0.4).astype(np.float32) - linear)
    out = linear_to_srgb(np.clip(new, 0, 1).astype(np.float32))
    return np.asarray(np.where(soft > 1e-3, out, pixels), np.uint8)
