"""Crops with what is known of them: what every source of training data gives, and what it means."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS, READINGS, REGION_CODES
from inference.pipeline.grades import GRADES
from inference.pipeline.recipe import Recipe
from inference.pipeline.regions import RegionCrop
from inference.pipeline.steps import RecipeContext

# A picture of skin alone, of no known place: whatever it is labelled with holds all over it.
CLOSE_UP = len(REGION_CODES)

# READ[region, condition]: whether a photo's label holds in a crop of that region.
READ = np.array(
    [[region in READINGS[c].regions for c in CONDITIONS] for region in REGION_CODES]
    + [[True] * len(CONDITIONS)],
    np.bool_,
)


# Half the width of the severities that round to one grade; a label with more is of several.
ONE_GRADE = 0.5 / (len(GRADES) - 1)


def _none() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


def _no_pairs() -> NDArray[np.float32]:
    return np.zeros((0, 2), np.float32)


def _exact() -> NDArray[np.float32]:
    return np.zeros((0, len(CONDITIONS)), np.float32)


@dataclass(frozen=True)
class Crops:
    """N crops of P photos, as cut from the photo: recipes are applied by `prepared`."""

    pixels: NDArray[np.uint8]  # (N, S, S, 3) sRGB
    skin: NDArray[np.bool_]  # (N, S, S) true where the pixel is the region's skin
    noise: NDArray[np.float32]  # (N,) the photo's luma noise in 8-bit codes at the crops' scale
    gains: NDArray[np.float32]  # (N, 3) linear gains that make its light neutral, NaN unknown
    region: NDArray[np.int64]  # (N,) index into REGION_CODES, or CLOSE_UP
    photo: NDArray[np.int64]  # (N,) row of the arrays below
    area: NDArray[np.float32]  # (N,) skin in mm²
    severity: NDArray[np.float32]  # (P, 8) 0 to 1 in the order of CONDITIONS, NaN not known
    fitzpatrick: NDArray[np.int64]  # (P,) 1 to 6, 0 unknown
    identity: NDArray[np.int64]  # (P,) one number a person
    lost: int = 0  # photos in which no face was found
    generators: tuple[str, ...] = ()  # hashes of the generator's source that drew them
    monk: NDArray[np.int64] = field(default_factory=_none)  # (P,) 1 to 10, 0 unknown
    difficulty: NDArray[np.int64] = field(default_factory=_none)  # (P,) 0 good, 1 typical, 2 poor
    # (N, 2) the photo's noise of Cb and Cr at the scale of reading, NaN unknown; empty: of none
    colour_noise: NDArray[np.float32] = field(default_factory=_no_pairs)
    # (P, 8) how far the severity may be from `severity` (a label of presence allows mild to
    # severe), NaN not known; empty where all are exact
    spread: NDArray[np.float32] = field(default_factory=_exact)

    @property
    def known(self) -> NDArray[np.bool_]:
        """(N, 8): whether there is a label for the condition and it holds in the crop."""
        return READ[self.region] & np.isfinite(self.severity)[self.photo]

    @property
    def grade(self) -> NDArray[np.int64]:
        """(N, 8) grades 0 to 3, -1 where there is no label, or one of more than one grade."""
        severity = np.nan_to_num(self.severity)
        whole = np.floor(3 * severity + 0.5).astype(np.int64)[self.photo]
        return np.where(self.known & ~self.several[self.photo], whole, -1)

    @property
    def several(self) -> NDArray[np.bool_]:
        """(P, 8): whether the label allows more than one grade."""
        if not self.spread.size:
            return np.zeros(self.severity.shape, np.bool_)
        return np.nan_to_num(self.spread) > ONE_GRADE + 1e-4

    @property
    def shares(self) -> NDArray[np.float32]:
        """(N, 8, K): which grades a label allows, adding up to 1; all 0 where there is none."""
        places = np.arange(len(GRADES)) / (len(GRADES) - 1)
        spread = np.nan_to_num(self.spread) if self.spread.size else np.zeros_like(self.severity)
        reach = np.where(self.several, spread, 0)[self.photo, :, None] + 1e-4
        near = np.abs(np.nan_to_num(self.severity)[self.photo, :, None] - places) <= reach
        hot = self.grade[..., None] == np.arange(len(GRADES))
        allowed = np.where(self.several[self.photo, :, None], near, hot) & self.known[..., None]
        return np.asarray(allowed / np.maximum(allowed.sum(axis=-1, keepdims=True), 1), np.float32)


def _colour_noise(crops: Crops, k: int) -> tuple[float, float] | None:
    if not crops.colour_noise.size or not np.isfinite(crops.colour_noise[k]).all():
        return None
    blue, red = (float(sigma) for sigma in crops.colour_noise[k])
    return blue, red


def prepared(crops: Crops, recipe: Recipe) -> NDArray[np.uint8]:
    """Return what the network sees, uint8 (N, S, S, 3): cleaned by a recipe, all but skin filled.

    The same functions as in scoring; a test holds the two together.
    """
    out = np.empty_like(crops.pixels)
    nowhere = np.zeros((2, 3))
    for k, (pixels, skin) in enumerate(zip(crops.pixels, crops.skin, strict=True)):
        known = bool(np.isfinite(crops.gains[k]).all())
        red, green, blue = (float(gain) for gain in crops.gains[k])
        context = RecipeContext(
            noise_sigma=float(crops.noise[k]),
            light_gains=(red, green, blue) if known else None,
            colour_noise=_colour_noise(crops, k),
        )
        crop = RegionCrop("", 0, pixels, skin, nowhere, float(crops.area[k]))
        out[k] = crop.filled(recipe.apply(pixels, context=context))
    return out
