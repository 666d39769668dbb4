"""Score one photo: regions, recipe on the crops, one pass of the network, scores and maps.

It is given landmarks and not a face finder, so whoever finds the face may change.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import READINGS
from inference.pipeline.card import Card, CardOutput
from inference.pipeline.colour import estimate_noise
from inference.pipeline.grades import FACE
from inference.pipeline.network import Network, Prediction
from inference.pipeline.pooling import Seen, intervals, of_faces, of_regions, scope_of
from inference.pipeline.recipe import Recipe
from inference.pipeline.regions import Landmarks, Pixels, RegionCrop, Regions, find_regions
from inference.pipeline.results import ActivationMap, NotAssessable, PhotoScores, Score
from inference.pipeline.step_done import StepDone, steps_done
from inference.pipeline.steps import RecipeContext, measure_light
from participants.imaging.figures import with_enough_digits
from participants.imaging.noise_kept import PlaneNoise
from participants.imaging.noise_level import photo_noise
from participants.imaging.opencv import cv2

MAP_SIDE = 256


@dataclass(frozen=True)
class PreparedCrops:
    """A photo's crops, cleaned and filled, and what was measured on the way."""

    regions: Regions
    crops: Pixels  # (N, S, S, 3)
    context: RecipeContext


class _Stopwatch:
    def __init__(self) -> None:
        self.stages: dict[str, float] = {}
        self._last = time.perf_counter()

    def stage(self, name: str) -> None:
        now = time.perf_counter()
        self.stages[name] = round((now - self._last) * 1000, 3)
        self._last = now


def severity_of(probabilities: NDArray[np.floating]) -> float:
    """Return `100 * sum(k * p_k) / (K - 1)`, 0 to 100, of the K probabilities of one score."""
    steps = np.arange(len(probabilities))
    return float(100 * (steps * probabilities).sum() / (len(probabilities) - 1))


def grade_of(probabilities: NDArray[np.floating]) -> int:
    """Return the median grade: the lowest whose cumulative probability reaches a half.

    Of all grades it has the least expected distance, in grades, to the true one.
    """
    return int(np.searchsorted(np.cumsum(probabilities), 0.5 * float(probabilities.sum())))


def measure_context(
    pixels: Pixels,
    landmarks: Landmarks,
    crops: list[RegionCrop],
    known: PlaneNoise | None = None,
) -> RecipeContext:
    """Measure what the recipe's steps need: the crops' noise, the background's light.

    `known` is the noise at the scale of reading where it was measured on the photo as it was sent;
    without it these pixels are measured.
    """
    noise = [estimate_noise(crop.pixels, crop.skin) for crop in crops]
    if known is None and (measured_noise := photo_noise(pixels, landmarks)):
        known = measured_noise.reading
    return RecipeContext(
        colour_noise=(_kept(known.blue), _kept(known.red)) if known else None,
        noise_sigma=float(np.median(noise)) if noise else None,
        light_gains=measure_light(pixels, landmarks),
    )


def _kept(sigma: float) -> float:
    """As it is stored: training and a run made again clean as the first run did."""
    return float(np.float32(round(sigma, 2)))


def clean_crops(
    crops: list[RegionCrop], recipe: Recipe, context: RecipeContext, size: int
) -> Pixels:
    """Apply a recipe to each crop and fill what is not skin: uint8 (N, size, size, 3)."""
    return clean_and_tell(crops, recipe, context, size)[0]


def clean_and_tell(
    crops: list[RegionCrop], recipe: Recipe, context: RecipeContext, size: int
) -> tuple[Pixels, list[StepDone]]:
    """Clean crops as `clean_crops` does, and say what each step did to all of them together."""
    stages = [[crop.pixels, *recipe.stages(crop.pixels, context=context)] for crop in crops]
    cleaned = [crop.filled(after[-1]) for crop, after in zip(crops, stages, strict=True)]
    filled = np.stack(cleaned) if cleaned else np.zeros((0, size, size, 3), np.uint8)
    return filled, steps_done(stages, [crop.skin for crop in crops], recipe, context)


def score_face(
    pixels: Pixels,
    landmarks: Landmarks,
    *,
    view: str,
    network: Network,
    recipe: Recipe,
    mirrored: bool = False,
    shrunk: int = 1,
    noise: PlaneNoise | None = None,
) -> PhotoScores:
    """Score every condition of the network's card in every region a photo shows.

    `pixels` uint8 (H, W, 3) sRGB, upright; `landmarks` float32 (468, 2 or 3) in its pixels; `view`
    front, left or right; `mirrored` for a selfie saved as in a mirror; `shrunk` how much finer the
    photo is than what was decoded of it (`reading.py`), so that its own resolution is reported and
    judged; `noise` what the check measured on the photo as it was sent.

    A region's or the face's probabilities are its crops', pooled as the card says (`pooling.py`).
    What cannot be read is listed with its reason, never scored. Raises ValueError for other arrays
    or views, PackageRefused from the network.
    """
    card = network.card
    watch = _Stopwatch()
    regions = find_regions(
        pixels,
        landmarks,
        view,
        size=card.input.size,
        window_mm=card.input.window_mm,
        regions=card.regions,
        mirrored=mirrored,
    )
    regions = replace(regions, px_per_mm=regions.px_per_mm * shrunk)
    watch.stage("regions")
    context = measure_context(pixels, landmarks, regions.crops, noise)
    watch.stage("measure")
    crops, done = clean_and_tell(regions.crops, recipe, context, card.input.size)
    watch.stage("recipe")
    prediction = network.predict(crops)
    watch.stage("network")
    scores, not_assessable = _scores(card, regions, prediction)
    watch.stage("scores")
    maps = compose_maps(card.outputs, regions, prediction, (pixels.shape[0], pixels.shape[1]))
    watch.stage("maps")
    return PhotoScores(
        view=view,
        scores=scores,
        not_assessable=not_assessable,
        maps=maps,
        recipe=recipe.code,
        recipe_sha256=recipe.sha256,
        model_name=card.name,
        model_version=card.version,
        model_sha256=network.sha256,
        demonstrator=card.demonstrator,
        runtime=network.runtime(),
        measured={
            "px_per_mm": round(regions.px_per_mm, 3),
            "noise_sigma": None if context.noise_sigma is None else round(context.noise_sigma, 2),
            "light_gains": context.light_gains and [round(g, 3) for g in context.light_gains],
            "colour_noise": context.colour_noise and [round(s, 2) for s in context.colour_noise],
            "steps": [step.as_dict() for step in done],
        },
        timings_ms=watch.stages,
    )


def _scores(
    card: Card, cut_out: Regions, prediction: Prediction
) -> tuple[list[Score], list[NotAssessable]]:
    scores: list[Score] = []
    refused = [NotAssessable(u.region, None, u.reason, u.message) for u in cut_out.unreadable]
    present = list(dict.fromkeys(crop.region for crop in cut_out.crops))
    for output in card.outputs:
        asked = [region for region in present if region in output.regions]
        needed = READINGS[output.condition].min_px_per_mm
        read = [region for region in asked if cut_out.resolved(region, needed)]
        refused += [
            NotAssessable(
                region, output.condition, "resolution", _too_coarse(cut_out, region, needed)
            )
            for region in asked
            if region not in read
        ]
        if not read:
            refused.append(_no_face_score(output.condition, asked, cut_out, needed))
            continue
        rows = {region: _rows(cut_out, region) for region in read}
        scores += [
            _score(card, output, region, rows[region], cut_out, prediction) for region in read
        ]
        every = [row for region in read for row in rows[region]]
        scores.append(_score(card, output, FACE, every, cut_out, prediction))
    return scores, refused


def _rows(regions: Regions, region: str) -> list[int]:
    return [k for k, crop in enumerate(regions.crops) if crop.region == region]


def _too_coarse(regions: Regions, region: str, needed: float) -> str:
    seen = regions.resolution.get(region, regions.px_per_mm)
    figures = with_enough_digits(seen, [needed], digits=1)
    return f"Too few pixels: {figures} a millimetre of this skin, {needed:.1f} needed."


def _no_face_score(
    condition: str, asked: Sequence[str], regions: Regions, needed: float
) -> NotAssessable:
    """Say why no region of a condition gave a score."""
    if not asked:
        message = "None of the regions it is read in can be seen in this photo."
        return NotAssessable(FACE, condition, "no-region", message)
    best = max(asked, key=lambda region: regions.resolution.get(region, regions.px_per_mm))
    return NotAssessable(FACE, condition, "resolution", _too_coarse(regions, best, needed))


def _score(
    card: Card,
    output: CardOutput,
    region: str,
    rows: list[int],
    cut_out: Regions,
    prediction: Prediction,
) -> Score:
    areas = np.array([cut_out.crops[k].area_mm2 for k in rows])
    here = [cut_out.crops[k].region for k in rows]
    seen = Seen(
        area=areas,
        region=np.unique(here, return_inverse=True)[1].astype(np.int64),
        face=np.zeros(len(rows), np.int64),
        faces=1,
    )
    each = prediction.probabilities[output.condition][rows]
    if scope_of(region) == "face":
        p = of_faces(each, seen, card.pooling, output.condition)
    else:
        p, _ = of_regions(each, seen, card.pooling, output.condition)
    low, high = _interval(card, output.condition, region, p)
    return Score(
        condition=output.condition,
        region=region,
        grade=output.grades[grade_of(p[0])],
        severity=round(severity_of(p[0]), 4),
        probabilities={
            name: round(float(p), 6) for name, p in zip(output.grades, p[0], strict=True)
        },
        area_mm2=round(float(areas.sum()), 1),
        regions=len(set(here)),
        low=low,
        high=high,
    )


def _interval(
    card: Card, condition: str, region: str, p: NDArray[np.float64]
) -> tuple[float | None, float | None]:
    """Return the bounds of a severity's interval, None where the card has none for it."""
    fitted = card.intervals
    if fitted is None:
        return None, None
    reach = (fitted.face if scope_of(region) == "face" else fitted.region).get(condition)
    if reach is None:
        return None, None
    low, high = intervals(p, reach)
    # The severity itself is rounded: its interval must hold it after that too.
    severity = round(severity_of(p[0]), 4)
    return min(round(float(low[0]), 4), severity), max(round(float(high[0]), 4), severity)


def compose_maps(
    outputs: Sequence[CardOutput],
    cut_out: Regions,
    prediction: Prediction,
    photo_shape: tuple[int, int],
) -> dict[str, ActivationMap]:
    """Lay the crops' activation maps back over the photo, the mean where crops overlap.

    Only over skin that was read for the condition. The grid's longest side is 256.
    """
    if prediction.maps is None:
        return {}
    factor = min(MAP_SIDE / max(photo_shape), 1.0)
    height, width = (max(round(side * factor), 1) for side in photo_shape)
    placed = [
        _Placed(crop, width / photo_shape[1], height / photo_shape[0]) for crop in cut_out.crops
    ]
    maps: dict[str, ActivationMap] = {}
    for output in outputs:
        local = prediction.maps.get(output.condition)
        needed = READINGS[output.condition].min_px_per_mm
        read = {c.region for c in cut_out.crops if cut_out.resolved(c.region, needed)}
        read &= set(output.regions)
        if local is None or not read:
            continue
        total = np.zeros((height, width), np.float32)
        weight = np.zeros((height, width), np.float32)
        for k, place in enumerate(placed):
            if place.crop.region in read:
                place.add(local[k], total, weight)
        assessed = weight > 0.5
        mean = np.where(assessed, total / np.maximum(weight, 1e-6), 0.0)
        grid = (np.clip(mean, 0.0, 1.0) * 255).round().astype(np.uint8)
        maps[output.condition] = ActivationMap(output.condition, grid, assessed)
    return maps


class _Placed:
    """A crop's place in the grid: the window it touches and its skin there."""

    def __init__(self, crop: RegionCrop, per_x: float, per_y: float) -> None:
        self.crop = crop
        self._size = crop.pixels.shape[0]
        self._per = np.array([[per_x], [per_y]])
        self._to_grid = crop.to_photo * self._per
        self._skin: NDArray[np.float32] | None = None

    def add(
        self, local: NDArray[np.float32], total: NDArray[np.float32], weight: NDArray[np.float32]
    ) -> None:
        height, width = total.shape
        side = (self._size, self._size)
        if self._skin is None:
            self._skin = self._warp(self.crop.skin.astype(np.float32), width, height)
        full = cv2.resize(local, side, interpolation=cv2.INTER_LINEAR)
        total += self._warp(np.asarray(full * self.crop.skin, np.float32), width, height)
        weight += self._skin

    def _warp(self, values: NDArray[np.float32], width: int, height: int) -> NDArray[np.float32]:
        warped = cv2.warpAffine(values, self._to_grid, (width, height), flags=cv2.INTER_LINEAR)
        return np.asarray(warped, np.float32)
