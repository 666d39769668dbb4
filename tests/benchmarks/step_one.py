"""Does step one act where it should? A noisy and a clean set of drawn faces, through *standard*.

A recipe that acts on no photo is no step: ``make bench`` fails then.
"""

from typing import Any

import numpy as np

from inference.pipeline.recipe import Recipe
from inference.pipeline.regions import find_regions
from inference.pipeline.score import clean_and_tell, measure_context
from inference.training.generator.camera import Camera, jpeg_round_trip
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.spoil import Kind, add_noise

SIZE = {"width": 720, "height": 960}
NOISY: tuple[tuple[Kind, float], ...] = (("white", 8), ("blotchy", 4))
TONES = (2, 4, 6)
CAMERA = Camera(shot_noise=0.00003, read_noise=0.0004, jpeg_quality=96)


def run_step_one(recipe: Recipe) -> dict[str, Any]:
    """Count on how many noisy and clean photos the recipe's first step acts."""
    noisy, clean = [], []
    for tone in TONES:
        person = sample_identity(40 + tone, fitzpatrick=tone)
        photo = draw_photo(person, {}, view="front", seed=tone, camera=CAMERA, **SIZE)
        clean.append(_acts(photo.pixels, photo.landmarks, recipe))
        for kind, sigma in NOISY:
            rng = np.random.default_rng(tone)
            spoilt = jpeg_round_trip(add_noise(photo.pixels, sigma, rng, kind=kind), 90)
            noisy.append(_acts(spoilt, photo.landmarks, recipe))
    return {
        "recipe": recipe.code,
        "step": recipe.steps[0].step,
        "noisy": len(noisy),
        "acted_on_noisy": sum(noisy),
        "clean": len(clean),
        "acted_on_clean": sum(clean),
    }


def _acts(pixels: Any, landmarks: Any, recipe: Recipe) -> bool:
    found = find_regions(pixels, landmarks, "front")
    context = measure_context(pixels, landmarks, found.crops)
    return clean_and_tell(found.crops, recipe, context, 128)[1][0].acted
