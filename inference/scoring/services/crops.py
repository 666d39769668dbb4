"""Crops as a run reads them, raw beside cleaned, made again on demand by the run's own functions.

Nothing is stored: the photo, its landmarks, the card and the recipe give the same crops each time.
"""

import base64
import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import ValidationError

from inference.pipeline.card import CardInput
from inference.pipeline.recipe import Recipe, UnknownRecipe, get_recipe
from inference.pipeline.regions import RegionCrop, Regions, find_regions
from inference.pipeline.score import clean_crops, measure_context
from inference.pipeline.step_done import how_far
from inference.pipeline.steps import STRENGTHS, RecipeContext
from inference.scoring.models import Run
from inference.scoring.quality import kept_noise
from inference.scoring.services.scoring import read_photo
from inference.scoring.step_names import step_name
from participants.imaging.noise_kept import PlaneNoise
from studies.platform.errors import StateRefused
from studies.platform.work import PermanentFailure

Pixels = NDArray[np.uint8]
QUALITY = 95


class CropsNotMade(StateRefused):
    """The crops of this run cannot be made again; the message says why."""

    code = "crops_not_made"
    title = "These crops cannot be shown"


@dataclass(frozen=True)
class StepDone:
    """One step of the recipe over one crop: what it is, and how far it moved the pixels.

    ``change`` is the mean absolute difference over the region's skin, in levels of 255, ``luma``
    and ``colour`` the same of BT.601 luma and of Cb and Cr. ``strength`` is what the step went by.
    ``picture`` is a ``data:`` address of the crop after it, empty where it left the crop alone.
    """

    name: str
    parameters: list[tuple[str, float]]
    source: str
    change: float
    luma: float = 0.0
    colour: float = 0.0
    strength: list[tuple[str, float]] = field(default_factory=list)
    picture: str = ""


@dataclass(frozen=True)
class CropShown:
    """One square of skin at the network's scale; the pictures are ``data:`` addresses."""

    region: str
    tile: int
    raw: str
    cleaned: str
    filled: str
    steps: list[StepDone]


@dataclass(frozen=True)
class CropsShown:
    """The crops of a photo, or of one region of it, and what was measured on the way."""

    crops: list[CropShown]
    unreadable: dict[str, str]  # region: why
    side: int
    window_mm: float
    px_per_mm: float
    noise_sigma: float | None
    light_gains: list[float] | None
    recipe: str
    colour_noise: list[float] | None = None  # of Cb and Cr, at the scale of reading

    def as_dict(self) -> dict[str, Any]:
        """JSON-ready, and again by ``crops_from``."""
        return asdict(self)


def crops_from(kept: Mapping[str, Any]) -> CropsShown:
    """What ``CropsShown.as_dict`` wrote."""
    crops = [
        CropShown(**{**crop, "steps": [StepDone(**step) for step in crop["steps"]]})
        for crop in kept["crops"]
    ]
    return CropsShown(**{**kept, "crops": crops})


def crops_of_run(run: Run, *, region: str) -> CropsShown:
    """The crops of one region of the run's photo, as the run read them.

    Raises:
        CropsNotMade: the photo, its landmarks, the recipe or the card is not the run's any more.
    """
    needs = _needs(run.package.card)
    try:
        recipe = get_recipe(run.recipe)
        inputs = read_photo(run, needs)  # as fine as the run read it, no finer
    except (PermanentFailure, UnknownRecipe) as error:
        raise CropsNotMade(str(error)) from error
    except FileNotFoundError as error:
        raise CropsNotMade(
            "The photo's file cannot be found in storage. Nothing was changed. Please tell "
            "whoever runs this system."
        ) from error
    if recipe.sha256 != run.recipe_sha256:
        raise CropsNotMade(f"Recipe {run.recipe} is not what it was when this photo was scored.")
    return show_crops(
        inputs.pixels,
        inputs.landmarks,
        view=run.photo.view,
        card=run.package.card,
        recipe=recipe,
        only=region,
        shrunk=inputs.shrunk,
        noise=kept_noise(run.photo.quality),
    )


def _needs(card: Mapping[str, Any]) -> CardInput:
    """What the card's network is given.

    Raises:
        CropsNotMade: the card does not say.
    """
    try:
        return CardInput.model_validate(card["input"])
    except (KeyError, ValidationError) as error:
        raise CropsNotMade("The model's card does not say which skin it reads.") from error


def show_crops(
    pixels: Pixels,
    landmarks: NDArray[np.float32],
    *,
    view: str,
    card: Mapping[str, Any],
    recipe: Recipe,
    only: str | None = None,
    shrunk: int = 1,
    noise: PlaneNoise | None = None,
) -> CropsShown:
    """Cut and clean a photo's crops as scoring does, and picture them; ``only`` one region.

    All regions are cut in any case, since the noise is measured over all of them. ``shrunk`` is how
    much finer the photo is than ``pixels``, ``noise`` what the check measured on it.

    Raises:
        CropsNotMade: the card does not say what its network reads.
    """
    needs = _needs(card)
    size, window = needs.size, needs.window_mm
    wanted = {region for output in card["outputs"] for region in output["regions"]}
    regions = find_regions(
        pixels, landmarks, view, size=size, window_mm=window, regions=sorted(wanted)
    )
    context = measure_context(pixels, landmarks, regions.crops, noise)
    shown = [crop for crop in regions.crops if only in {None, crop.region}]
    filled = clean_crops(shown, recipe, context, size)
    return CropsShown(
        crops=[_crop(c, f, recipe, context) for c, f in zip(shown, filled, strict=True)],
        unreadable=_unreadable(regions, only),
        side=size,
        window_mm=window,
        px_per_mm=regions.px_per_mm * shrunk,
        noise_sigma=context.noise_sigma,
        light_gains=list(context.light_gains) if context.light_gains else None,
        recipe=recipe.code,
        colour_noise=list(context.colour_noise) if context.colour_noise else None,
    )


def _unreadable(regions: Regions, only: str | None) -> dict[str, str]:
    return {
        unread.region: unread.message
        for unread in regions.unreadable
        if only in {None, unread.region}
    }


def _crop(crop: RegionCrop, filled: Pixels, recipe: Recipe, context: RecipeContext) -> CropShown:
    return CropShown(
        region=crop.region,
        tile=crop.tile,
        raw=picture(crop.pixels),
        cleaned=picture(recipe.apply(crop.pixels, context=context)),
        filled=picture(filled),
        steps=_steps(crop, recipe, context),
    )


def _steps(crop: RegionCrop, recipe: Recipe, context: RecipeContext) -> list[StepDone]:
    """Each step's own effect, found by doing them one after the other."""
    done, before = [], crop.pixels
    after_each = recipe.stages(crop.pixels, context=context)
    for step, after in zip(recipe.steps, after_each, strict=True):
        moved = np.abs(after.astype(np.int16) - before.astype(np.int16))[crop.skin]
        each = how_far(before, after, crop.skin) / max(int(crop.skin.sum()), 1)
        done.append(
            StepDone(
                name=step_name(step.step),
                parameters=[(key.replace("_", " "), v) for key, v in step.parameters.items()],
                source=step.source,
                change=round(float(moved.mean()), 2) if moved.size else 0.0,
                luma=round(float(each[0]), 2),
                colour=round(float(each[1:].mean()), 2),
                strength=list(STRENGTHS[step.step](context, step.parameters).items()),
                picture="" if np.array_equal(before, after) else picture(after),
            )
        )
        before = after
    return done


def picture(pixels: Pixels, *, quality: int = QUALITY) -> str:
    """A ``data:`` address of the pixels as a JPEG without tags, colours not subsampled."""
    out = io.BytesIO()
    Image.fromarray(pixels).save(out, "JPEG", quality=quality, subsampling=0)
    return f"data:image/jpeg;base64,{base64.b64encode(out.getvalue()).decode()}"
