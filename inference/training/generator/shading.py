"""Light on the face: the texture lit as the head stands in front of the camera."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.chart import Canvas, chart_mm
from inference.training.generator.light import SKIN_WRAP, Light
from inference.training.generator.mesh import Points, Smooth, cover, interpolate, normals
from inference.training.generator.noise import Field
from inference.training.generator.texture import Texture

COARSE = 1.0  # pixels per millimetre of the light map


def light_face(texture: Texture, smooth: Smooth, seen: Points, light: Light) -> Field:
    """Return the lit texture, linear RGB (H, W, 3).

    `seen` holds the fine points of the face in the camera's frame.
    """
    normal, across, down, openness = _coarse_geometry(smooth, seen)
    shadow = _key_seen(smooth, seen, light)
    diffuse = light.diffuse(normal, SKIN_WRAP, shadow) * openness[..., None]
    gloss = light.gloss(normal) * openness * (0.5 + 0.5 * shadow)
    half = light.key + np.array([0, 0, -1], np.float32)
    half /= np.linalg.norm(half)
    shape = texture.albedo.shape[1::-1]
    slope_x, slope_y = _slopes(texture.height, texture.canvas.scale)
    key_x, key_y = (_enlarge(axis @ light.key * shadow, shape) for axis in (across, down))
    lean = -(slope_x * key_x + slope_y * key_y)
    lit = _enlarge(diffuse.astype(np.float32), shape)
    lit += np.clip(lean, -0.5, 0.5)[..., None] * (light.key_colour * np.float32(0.9))
    np.clip(lit, 0.02, None, out=lit)
    lit *= texture.albedo
    half_x, half_y = (_enlarge((axis @ half).astype(np.float32), shape) for axis in (across, down))
    tilt = np.clip(1 - 5.0 * (slope_x * half_x + slope_y * half_y), 0, 3)
    mirror = _enlarge(gloss.astype(np.float32), shape) * texture.shine * tilt
    lit += mirror[..., None] * (light.key_colour + light.fill_colour)
    return np.asarray(lit, np.float32)


def _enlarge(values: Field, shape: tuple[int, int]) -> Field:
    return np.asarray(cv2.resize(values, shape, interpolation=cv2.INTER_LINEAR), np.float32)


def _slopes(height: Field, scale: float) -> tuple[Field, Field]:
    """Return how steeply the surface rises along x and y, millimetres per millimetre."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=scale / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=scale / 8)
    return np.asarray(across, np.float32), np.asarray(down, np.float32)


_COVERED: dict[int, tuple[NDArray[np.int32], Canvas, NDArray[np.float32]]] = {}


def _on_chart(smooth: Smooth, values: NDArray[np.float32]) -> Field:
    """Return values at the fine points (n, k) spread over the coarse chart: (h, w, k)."""
    key = len(smooth.weights)
    if key not in _COVERED:
        canvas = Canvas(COARSE)
        fine = canvas.pixels(smooth.weights @ chart_mm())
        which = cover(fine, np.zeros(len(fine), np.float32), smooth.triangles, canvas.shape)
        _COVERED[key] = (which, canvas, fine)
    which, canvas, fine = _COVERED[key]
    rows, columns, interpolated = interpolate(which, fine, smooth.triangles, values)
    spread = np.zeros((*canvas.shape, values.shape[1]), np.float32)
    weight = np.zeros(canvas.shape, np.float32)
    spread[rows, columns], weight[rows, columns] = interpolated, 1
    near = cv2.blur(spread, (9, 9)) / np.maximum(cv2.blur(weight, (9, 9)), 1e-3)[..., None]
    return np.where(weight[..., None] > 0, spread, near).astype(np.float32)


def _coarse_geometry(
    smooth: Smooth, seen: Points
) -> tuple[NDArray[np.float32], NDArray[np.float32], NDArray[np.float32], Field]:
    """Return normals, the directions of the chart's x and y, and openness, on the coarse chart."""
    around = normals(seen, smooth.triangles)
    geometry = _on_chart(smooth, np.concatenate([around, seen], axis=1))
    normal, place = geometry[..., :3], geometry[..., 3:]
    normal = np.asarray(cv2.GaussianBlur(normal, (0, 0), 1.0), np.float32)
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-3)
    across, down = np.gradient(place, axis=1), np.gradient(place, axis=0)
    across /= np.maximum(np.linalg.norm(across, axis=2, keepdims=True), 1e-3)
    down /= np.maximum(np.linalg.norm(down, axis=2, keepdims=True), 1e-3)
    smoothed = cv2.GaussianBlur(place, (0, 0), 7.0)
    hollow = ((smoothed - place) * normal).sum(axis=2)
    openness = np.clip(1 - 0.075 * np.clip(hollow, -1, 7), 0.5, 1.06)
    openness = cv2.GaussianBlur(openness.astype(np.float32), (0, 0), 1.0)
    return normal, across, down, np.asarray(openness, np.float32)


def _key_seen(smooth: Smooth, seen: Points, light: Light) -> Field:
    """Return how much of the key light each place of the coarse chart sees: 0 to 1, soft."""
    side = np.cross(light.key, np.array([0, 1, 0], np.float32))
    side /= np.linalg.norm(side)
    up = np.cross(side, light.key)
    flat = np.stack([seen @ side, seen @ up], axis=1).astype(np.float32)
    size = 140
    flat = (flat - flat.min(axis=0)) / float(np.ptp(flat, axis=0).max()) * (size - 5) + 2
    depth = (-(seen @ light.key)).astype(np.float32)
    which = cover(flat, depth, smooth.triangles, (size, size), both_sides=np.ones(
        len(smooth.triangles), bool))  # fmt: skip
    rows, columns, interpolated = interpolate(which, flat, smooth.triangles, depth[:, None])
    nearest = np.full((size, size), 1e3, np.float32)
    nearest[rows, columns] = interpolated[:, 0]
    at = _on_chart(smooth, np.concatenate([flat, depth[:, None]], axis=1))
    first = cv2.remap(nearest, at[..., 0].copy(), at[..., 1].copy(), cv2.INTER_NEAREST)
    lit = (at[..., 2] < first + 4.0).astype(np.float32)
    return np.asarray(0.25 + 0.75 * cv2.GaussianBlur(lit, (0, 0), 3.0), np.float32)
