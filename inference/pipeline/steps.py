"""The steps a recipe is made of: pure functions of a crop, each with its source.

Each takes uint8 (H, W, 3) sRGB and the context measured on the whole photo, and returns the same
kind of array; none changes its input. Change what a step computes and it gets a new version, since
runs are told apart by the recipe's hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.colour import (
    background_mask,
    estimate_noise,
    light_gains,
    linear_light,
    to_srgb,
)
from participants.imaging.noise_level import CROP_PX_PER_MM, measure_noise
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
_CONTEXT_SIDE = 256


@dataclass(frozen=True)
class RecipeContext:
    """What the steps need to know of the whole photo."""

    noise_sigma: float | None = None  # 8-bit codes of luma at the crop's scale; None: measure there
    light_gains: tuple[float, float, float] | None = None  # linear R, G, B; None: unknown
    # 8-bit steps of Cb and Cr at the scale of reading; None: measure on the crop
    colour_noise: tuple[float, float] | None = None


def measure_light(
    pixels: Pixels, landmarks: NDArray[np.float32]
) -> tuple[float, float, float] | None:
    """Return the gains that make the light of a photo neutral, from its background alone.

    `pixels` uint8 (H, W, 3), `landmarks` (468, 2 or 3). None when there is too little background.
    """
    height, width = pixels.shape[:2]
    factor = min(_CONTEXT_SIDE / max(height, width), 1.0)
    side = (max(round(width * factor), 1), max(round(height * factor), 1))
    small = np.asarray(cv2.resize(pixels, side, interpolation=cv2.INTER_AREA), np.uint8)
    return light_gains(small, background_mask(small.shape[:2], landmarks * factor))


def denoise(pixels: Pixels, context: RecipeContext, p: Mapping[str, float]) -> Pixels:
    """Bilateral filter in YCbCr, its strength the measured noise, chroma stronger than luma.

    Below `off_below` the crop is left alone: strong denoising takes away the texture the score is
    read from (non-local means at OpenCV's usual strength kept 0.20 of a fine texture, a bilateral
    filter 0.66). Tomasi and Manduchi 1998.
    """
    sigma = context.noise_sigma
    if sigma is None:
        sigma = estimate_noise(pixels)
    if sigma < p["off_below"]:
        return pixels
    sigma = min(sigma, p["at_most"])
    luma, *chroma = cv2.split(cv2.cvtColor(pixels, cv2.COLOR_RGB2YCrCb))
    space = p["radius_px"]
    luma = cv2.bilateralFilter(luma, 5, p["luma"] * sigma, space)
    chroma = [cv2.bilateralFilter(plane, 7, p["chroma"] * sigma, space) for plane in chroma]
    return np.asarray(cv2.cvtColor(cv2.merge([luma, *chroma]), cv2.COLOR_YCrCb2RGB), np.uint8)


def colour_noise_of(pixels: Pixels, context: RecipeContext) -> tuple[float, float]:
    """Return the noise of Cb and Cr: of the photo, else of the crop, 0 if of neither."""
    if context.colour_noise is not None:
        return context.colour_noise
    noise = measure_noise({"crop": pixels}, CROP_PX_PER_MM)
    return (noise.native.blue, noise.native.red) if noise else (0.0, 0.0)


def denoise_colour(pixels: Pixels, context: RecipeContext, p: Mapping[str, float]) -> Pixels:
    """Take the blotches out of Cb and Cr, each by its own measured noise; luma is not touched.

    Skin is read from the texture of its luma, and area averages have taken most of its noise on
    the way to the crop. Skin itself varies in colour by up to `floor`: only noise beyond it counts,
    in quadrature, so that the step begins with nothing. A plane that has no more is left as it is,
    and with neither having more the crop itself is given back.

    Undecimated B-spline wavelets with a soft threshold (Starck and Murtagh 1994; Donoho 1995), then
    a bilateral filter for what is wider than they reach (Tomasi and Manduchi 1998).
    """
    blue, red = (_beyond(sigma, p) for sigma in colour_noise_of(pixels, context))
    if not blue and not red:
        return pixels
    luma, *colours = cv2.split(cv2.cvtColor(pixels.astype(np.float32), cv2.COLOR_RGB2YCrCb))
    planes = [
        _calmed(np.asarray(plane, np.float32), sigma, p) if sigma else plane
        for plane, sigma in zip(colours, (red, blue), strict=True)
    ]
    out = cv2.cvtColor(cv2.merge([luma, *planes]), cv2.COLOR_YCrCb2RGB)
    return np.asarray(np.clip(out, 0, 255).round(), np.uint8)


def _beyond(sigma: float, p: Mapping[str, float]) -> float:
    return min(float(np.sqrt(max(sigma**2 - p["floor"] ** 2, 0.0))), p["at_most"])


_SPLINE = np.array([1, 4, 6, 4, 1], np.float32) / 16
# Share of white noise's deviation in each level of the B3-spline wavelet, in two dimensions.
_LEVEL_NOISE = (0.891, 0.201, 0.086)


def _calmed(plane: NDArray[np.float32], sigma: float, p: Mapping[str, float]) -> NDArray[Any]:
    details = np.zeros_like(plane)
    low = plane
    for level, share in enumerate(_LEVEL_NOISE):
        kernel = np.zeros(4 * 2**level + 1, np.float32)
        kernel[:: 2**level] = _SPLINE
        smooth = cv2.sepFilter2D(low, cv2.CV_32F, kernel, kernel)
        detail = low - smooth
        most = p["threshold"] * sigma * share
        details += np.sign(detail) * np.maximum(np.abs(detail) - most, 0)
        low = np.asarray(smooth, np.float32)
    calm = details + low
    return np.asarray(cv2.bilateralFilter(calm, 9, p["range"] * sigma, p["radius_px"]))


def white_balance(pixels: Pixels, context: RecipeContext, p: Mapping[str, float]) -> Pixels:
    """Scale linear R, G, B by the gains measured outside the face, capped.

    Skipped when the light is unknown. von Kries 1902 in the camera's own primaries; Barata 2015 for
    what colour constancy gives skin-lesion classifiers.
    """
    if context.light_gains is None:
        return pixels
    gains = np.clip(np.array(context.light_gains) ** p["strength"], p["least"], p["most"])
    codes = np.arange(256, dtype=np.uint8)
    tables = [to_srgb(linear_light(codes) * gain).round().astype(np.uint8) for gain in gains]
    return np.asarray(np.stack([tables[k][pixels[..., k]] for k in range(3)], axis=-1), np.uint8)


def enhance(pixels: Pixels, context: RecipeContext, p: Mapping[str, float]) -> Pixels:
    """Raise local contrast of lightness and the spread of colour about the crop's mean, gently.

    Both act on differences within the crop, so the mean colour, and with it the skin tone, stays;
    histogram equalisation (CLAHE) does not keep it: it lightened dark skin by 8 to 15° of ITA.
    """
    del context
    lab = cv2.cvtColor(pixels.astype(np.float32) / 255.0, cv2.COLOR_RGB2LAB)
    around = cv2.GaussianBlur(lab[..., 0], (0, 0), p["radius_px"], borderType=cv2.BORDER_REFLECT)
    change = np.clip(p["contrast"] * (lab[..., 0] - around), -p["most"], p["most"])
    lab[..., 0] = np.clip(lab[..., 0] + change - change.mean(), 0.0, 100.0)
    mean = lab[..., 1:].mean(axis=(0, 1))
    lab[..., 1:] = mean + p["chroma"] * (lab[..., 1:] - mean)
    out = cv2.cvtColor(lab, cv2.COLOR_LAB2RGB)
    return np.asarray((np.clip(out, 0.0, 1.0) * 255).round(), np.uint8)


Step = Callable[[Pixels, RecipeContext, Mapping[str, float]], Pixels]
Strength = Callable[[RecipeContext, Mapping[str, float]], dict[str, float]]


def _by_noise(context: RecipeContext, p: Mapping[str, float]) -> dict[str, float]:
    sigma = context.noise_sigma or 0.0
    return {"noise": min(sigma, p["at_most"]) if sigma >= p["off_below"] else 0.0}


def _by_colour_noise(context: RecipeContext, p: Mapping[str, float]) -> dict[str, float]:
    noise = dict(zip(("blue", "red"), context.colour_noise or (), strict=False))
    return {plane: _beyond(sigma, p) for plane, sigma in noise.items()}


def _gains(context: RecipeContext, p: Mapping[str, float]) -> dict[str, float]:
    gains = np.array(context.light_gains or (1.0, 1.0, 1.0)) ** p["strength"]
    values = np.clip(gains, p["least"], p["most"])
    return dict(zip(("red", "green", "blue"), (float(value) for value in values), strict=True))


def _as_set(context: RecipeContext, p: Mapping[str, float]) -> dict[str, float]:
    del context
    return {"contrast": p["contrast"], "chroma": p["chroma"]}


STEPS: Mapping[str, Step] = {
    "denoise@1": denoise,
    "white_balance@1": white_balance,
    "enhance@1": enhance,
    "denoise@2": denoise_colour,
}

# How strongly each step acts, from what was measured: 8-bit steps of noise, gains, or as set.
STRENGTHS: Mapping[str, Strength] = {
    "denoise@1": _by_noise,
    "white_balance@1": _gains,
    "enhance@1": _as_set,
    "denoise@2": _by_colour_noise,
}
