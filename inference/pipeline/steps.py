"""The steps a recipe is made of: pure functions of a crop, each with its source.

Each takes uint8 (H, W, 3) sRGB and the context measured on the whole photo, and returns the same
kind of array; none changes its input. Change what a step computes and it gets a new version, since
runs are told apart by the recipe's hash.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.colour import (
    background_mask,
    estimate_noise,
    light_gains,
    linear_light,
    to_srgb,
)
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
_CONTEXT_SIDE = 256


@dataclass(frozen=True)
class RecipeContext:
    """What the steps need to know of the whole photo."""

    noise_sigma: float | None = None  # 8-bit codes of luma at the crop's scale; None: measure there
    light_gains: tuple[float, float, float] | None = None  # linear R, G, B; None: unknown


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

STEPS: Mapping[str, Step] = {
    "denoise@1": denoise,
    "white_balance@1": white_balance,
    "enhance@1": enhance,
}
