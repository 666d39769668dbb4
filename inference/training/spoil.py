"""What phones do to a photo after the sensor, at known strengths: to try measures and steps on.

Noise is added in linear light, shot and read noise together (Foi and others 2008), before JPEG;
its size is the one asked for on skin of middle brightness. Blotchy noise is what a phone's own
filter leaves of it: luma blurred by 0.8 px, colour by 2.5 px.
"""

from __future__ import annotations

from typing import Final, Literal

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.camera import jpeg_round_trip
from inference.training.generator.skin import linear_to_srgb, srgb_to_linear

Pixels = NDArray[np.uint8]
Kind = Literal["white", "blotchy"]

MIDDLE: Final = 0.3  # linear light of skin for which a noise's size is given
SHOT: Final = 0.7  # share of the variance there that grows with the light
WEIGHTS: Final = np.array([0.299, 0.587, 0.114], np.float32)  # BT.601
LUMA_BLUR, CHROMA_BLUR = 0.8, 2.5  # pixels


def add_noise(
    pixels: Pixels, sigma: float, rng: np.random.Generator, *, kind: Kind = "white"
) -> Pixels:
    """Put noise of `sigma` 8-bit steps of luma on sRGB pixels, uint8 (H, W, 3)."""
    linear = np.asarray(srgb_to_linear(pixels), np.float32)
    steps = 255 * (1.055 / 2.4) * MIDDLE ** (1 / 2.4 - 1)  # of sRGB in a unit of light there
    light = SHOT * linear / MIDDLE + (1 - SHOT)
    deviation = np.sqrt((sigma / steps) ** 2 * light)
    noise = _blotchy(pixels.shape, rng) if kind == "blotchy" else _white(pixels.shape, rng)
    noisy = np.clip(linear + deviation * noise, 0, 1).astype(np.float32)
    return np.asarray(linear_to_srgb(noisy), np.uint8)


def _white(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    return rng.standard_normal(shape, np.float32) / np.float32(np.linalg.norm(WEIGHTS))


def _blotchy(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.float32]:
    luma = cv2.GaussianBlur(rng.standard_normal(shape[:2], np.float32), (0, 0), LUMA_BLUR)
    colour = cv2.GaussianBlur(rng.standard_normal(shape, np.float32), (0, 0), CHROMA_BLUR)
    scaled = np.asarray(colour / colour.std(), np.float32)
    grey = (scaled @ WEIGHTS)[..., None]
    return np.asarray(luma[..., None] / luma.std() + (scaled - grey), np.float32)


def smear(pixels: Pixels, strength: float) -> Pixels:
    """Smooth as a phone's filter does in low light: fine detail goes, strong edges stay."""
    once = cv2.bilateralFilter(pixels, 9, 12 + 28 * strength, 1.5 + 3 * strength)
    twice = cv2.bilateralFilter(once, 9, 12 + 28 * strength, 1.5 + 3 * strength)
    return np.asarray(cv2.medianBlur(twice, 3), np.uint8)


def tone_map(pixels: Pixels, strength: float) -> Pixels:
    """Even out light and dark locally as heavy HDR does, and raise what is finer."""
    scaled = pixels.astype(np.float32) / 255
    lab = np.asarray(cv2.cvtColor(scaled, cv2.COLOR_RGB2LAB), np.float32)
    around = cv2.GaussianBlur(lab[..., 0], (0, 0), max(pixels.shape[:2]) / 40)
    flat = 60 + (around - 60) * (1 - 0.6 * strength)
    lab[..., 0] = np.clip(flat + (lab[..., 0] - around) * (1 + 1.2 * strength), 0, 100)
    lab[..., 1:] *= 1 + 0.25 * strength
    out = np.clip(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), 0, 1)
    return np.asarray((out * 255).round(), np.uint8)


def sharpen(pixels: Pixels, strength: float) -> Pixels:
    """Unsharp mask as cameras and apps apply it."""
    soft = cv2.GaussianBlur(pixels, (0, 0), 1.2)
    return np.asarray(cv2.addWeighted(pixels, 1 + strength, soft, -strength, 0), np.uint8)


def messenger(pixels: Pixels, *, longest: int, quality: int) -> Pixels:
    """Send through an app: made smaller, and packed hard (JPEG, colour at half resolution)."""
    factor = min(1.0, longest / max(pixels.shape[:2]))
    size = round(pixels.shape[1] * factor), round(pixels.shape[0] * factor)
    small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    return jpeg_round_trip(np.asarray(small, np.uint8), quality)
