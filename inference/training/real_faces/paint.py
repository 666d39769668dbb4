"""Paint layers on a photograph, under the photograph's own light.

A pixel is taken as body plus gloss. The body is multiplied by the ratio of the generator's skin
colour after and before painting and by how the painted relief leans in the light fitted to this
very photo; the gloss only by the painted shine and slope. Nothing is laid where there is no open
skin, and what gets nothing keeps its bits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.noise import Field
from inference.training.generator.skin import linear_to_srgb, srgb_to_linear
from inference.training.real_faces.layers import PLAIN, Layers, Style, layers_of, nothing
from inference.training.real_faces.light import GLOSS_MOST, Lit, lit
from inference.training.real_faces.photographs import LocatedFace
from inference.training.real_faces.surface import Surface, surface_of

Pixels = NDArray[np.uint8]
RATIO_LEAST, RATIO_MOST = -2.2, 1.2  # logarithms: a tenth, three times
LEAN_MOST = 0.5
AMOUNT_MM = 2.0  # over what distance it is judged how much of a condition lies at a pixel


@dataclass(frozen=True)
class Canvased:
    """A photograph ready to be painted on."""

    located: LocatedFace
    surface: Surface
    light: Lit

    @property
    def pixels(self) -> Pixels:
        return self.located.pixels

    @property
    def ita(self) -> float:
        """Typology angle, degrees."""
        return self.light.ita


def canvased(located: LocatedFace) -> Canvased:
    """Register a located face and fit its light."""
    surface = surface_of(located.pixels, located.landmarks)
    return Canvased(located, surface, lit(surface))


@dataclass(frozen=True)
class Painted:
    """A painted photograph, and how much of each condition lies at each of its pixels.

    `amount` (H, W) is 1 where there is as much as in the mean of the condition's regions: a crop
    that hardly got any must not be labelled with it.
    """

    pixels: Pixels
    amount: dict[str, Field] = field(default_factory=dict)


def paint(
    face: Canvased,
    severities: Mapping[str, float],
    *,
    seed: int,
    style: Style = PLAIN,
    on: Pixels | None = None,
) -> Painted:
    """Paint conditions of these severities (0 to 1) on a photograph; 0 leaves it as it is.

    `on` is the same photograph with something else done to it already. The same seed gives the same
    marks, so two severities of one seed differ in strength alone.
    """
    surface = face.surface
    total, amount = nothing(surface.canvas), {}
    for condition, severity in severities.items():
        if severity > 0:
            layers = layers_of(surface.canvas, face.light.melanin, condition, severity, seed, style)
            amount[condition] = _amount(face, condition, layers)
            total = total + layers
    pixels = face.pixels if on is None else on
    return Painted(lay(face, pixels, total, style) if amount else pixels.copy(), amount)


def lay(face: Canvased, pixels: Pixels, layers: Layers, style: Style = PLAIN) -> Pixels:
    """Return pixels (H, W, 3) with layers laid on them, lit as the photograph is."""
    surface, light = face.surface, face.light
    ratio = np.exp(surface.to_photo(np.clip(layers.ratio, RATIO_LEAST, RATIO_MOST)))
    slope, gleam = _slopes(surface, layers.height), np.exp(surface.to_photo(layers.gleam))
    linear = surface.linear if pixels is face.pixels else linear_of(pixels[surface.box])
    gloss = np.minimum(light.gloss, GLOSS_MOST * linear.min(axis=2))[..., None]
    across = _across(light, style)
    lean = -_along(surface, slope, across) / light.falls_on(surface.normal)
    body = (linear - gloss) * ratio * (1 + np.clip(lean, -LEAN_MOST, LEAN_MOST))[..., None]
    half = across / max(float(np.linalg.norm(across)), 1e-3) + np.array([0, 0, -1], np.float32)
    tilt = 1 - 2.5 * _along(surface, slope, half / np.linalg.norm(half))
    shine = np.clip(gleam, 0.45, 1.6) * np.clip(tilt, 0, 3)
    new = body + gloss * shine[..., None]
    return blend(pixels, surface, new, linear)


def linear_of(part: Pixels) -> Field:
    """Return the linear light of sRGB pixels."""
    return np.asarray(srgb_to_linear(part), np.float32)


def blend(pixels: Pixels, surface: Surface, new: Field, old: Field) -> Pixels:
    """Put new linear light on the skin; pixels it does not change keep their bits."""
    share = surface.skin[..., None]
    change = share * (new - old)
    part = linear_to_srgb(np.clip(old + change, 0, 1).astype(np.float32))
    out = pixels.copy()
    touched = np.abs(change) > 1e-6
    out[surface.box] = np.where(touched, part, pixels[surface.box])
    return out


def _slopes(surface: Surface, height: Field) -> Field:
    """Return the slopes of a height on the chart (mm per mm) at the photo's pixels: (h, w, 2)."""
    per_mm = float(surface.canvas.scale / 8)  # of Sobel's kernel, whose weights add up to 8
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=per_mm)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=per_mm)
    return surface.to_photo(np.dstack([across, down]))


def _across(light: Lit, style: Style) -> NDArray[np.float32]:
    """Return the light's direction; where it is frontal, some light across, or relief is unseen."""
    towards = light.towards.copy()
    least = np.array(style.key, np.float32)
    if np.linalg.norm(towards[:2]) < np.linalg.norm(least):
        towards[:2] = least
    return towards


def _along(surface: Surface, slope: Field, way: NDArray[np.float32]) -> Field:
    """Return how far slopes (h, w, 2) rise along a direction (3,)."""
    return np.asarray(
        slope[..., 0] * (surface.along_x @ way) + slope[..., 1] * (surface.along_y @ way),
        np.float32,
    )


def _amount(face: Canvased, condition: str, layers: Layers) -> Field:
    canvas = face.surface.canvas
    bend = np.abs(cv2.Laplacian(cv2.GaussianBlur(layers.height, (0, 0), 1), cv2.CV_32F))
    total = np.abs(layers.ratio).mean(axis=2) + 0.5 * canvas.scale * bend
    total = canvas.blurred(total, AMOUNT_MM)
    area = regions_mask(canvas, READ_IN[condition], 0.0) > 0.5
    total = total / max(float(total[area].mean()), 1e-6)
    whole = np.zeros(face.pixels.shape[:2], np.float32)
    whole[face.surface.box] = face.surface.to_photo(total) * face.surface.skin
    return whole
