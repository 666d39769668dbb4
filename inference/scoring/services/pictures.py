"""Pictures a run leaves for people: activation maps to lay over the photo, the cleaned face."""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from inference.pipeline.recipe import Recipe
from inference.pipeline.results import ActivationMap
from inference.pipeline.steps import RecipeContext, measure_light
from participants.imaging.decode import encode_clean
from participants.imaging.noise_level import photo_noise
from participants.imaging.opencv import cv2

CLEANED_SIDE = 720
# Dark violet to pale yellow, lightness rising evenly (as matplotlib's inferno does).
_STOPS = (
    (0.0, (40, 11, 84)),
    (0.35, (137, 34, 106)),
    (0.65, (227, 89, 51)),
    (1.0, (252, 255, 164)),
)
_FAINTEST, _STRONGEST = 40, 225


def _palette() -> tuple[list[int], bytes]:
    """RGB of the 256 levels, and their opacity: 0 not assessed, then faint to strong."""
    levels = np.arange(256) / 255
    places = [place for place, _ in _STOPS]
    channels = [np.interp(levels, places, [rgb[k] for _, rgb in _STOPS]) for k in range(3)]
    colours = np.stack(channels, axis=1).round().astype(np.uint8)
    opacity = np.interp(levels, [0.0, 1.0], [_FAINTEST, _STRONGEST]).round().astype(np.uint8)
    opacity[0] = 0
    return colours.ravel().tolist(), opacity.tobytes()


def map_picture(activation: ActivationMap) -> bytes:
    """An 8-bit palette PNG of the map's own size, transparent where nothing was assessed.

    A pixel's index is the activation: 1 (none) to 255 (the worst grade), 0 not assessed; so the
    picture can be laid over the photo as it is, and the values read back from it.
    """
    index = np.where(activation.assessed, np.maximum(activation.grid, 1), 0).astype(np.uint8)
    picture = Image.fromarray(index, mode="P")
    colours, opacity = _palette()
    picture.putpalette(colours)
    out = io.BytesIO()
    picture.save(out, "PNG", transparency=opacity)
    return out.getvalue()


def cleaned_picture(
    pixels: NDArray[np.uint8], landmarks: NDArray[np.float32], recipe: Recipe
) -> bytes:
    """The photo after the recipe, at most 720 px, for people to compare; a JPEG without tags.

    Networks read the recipe's result crop by crop at their own scale; this shows the same steps on
    the photo as a whole.
    """
    noise = photo_noise(pixels, landmarks)
    context = RecipeContext(
        light_gains=measure_light(pixels, landmarks),
        colour_noise=(noise.reading.blue, noise.reading.red) if noise else None,
    )
    shrink = min(1.0, CLEANED_SIDE / max(pixels.shape[:2]))
    small = pixels
    if shrink < 1:
        size = (max(round(pixels.shape[1] * shrink), 1), max(round(pixels.shape[0] * shrink), 1))
        small = np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), np.uint8)
    return encode_clean(recipe.apply(small, context=context), quality=88)
