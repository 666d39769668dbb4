"""Step one acts where the fault is: on the colour of noisy photos, and on nothing of clean ones."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from numpy.typing import NDArray

from inference.pipeline.recipe import get_recipe, newest
from inference.pipeline.regions import find_regions
from inference.pipeline.score import clean_and_tell, measure_context
from inference.pipeline.step_done import StepDone
from inference.pipeline.steps import STEPS, RecipeContext, denoise_colour
from inference.training.generator.camera import Camera, jpeg_round_trip
from inference.training.generator.face import GeneratedPhoto, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.spoil import Kind, add_noise
from participants.imaging.noise_kept import PlaneNoise
from participants.imaging.opencv import cv2

Pixels = NDArray[np.uint8]
STEP = get_recipe("standard@2").steps[0]
LIMIT = STEP.parameters["floor"]


def blotchy_crop(blue: float, red: float) -> Pixels:
    """Skin with blotches of these sizes, in steps of Cb and Cr, and a texture in luma alone."""
    rng = np.random.default_rng(7)
    ycc = np.full((128, 128, 3), (150, 150, 112), np.float32)
    ycc[..., 0] += 12 * np.sin(np.arange(128) * 2 * np.pi / 6)[None]
    for plane, sigma in ((1, red), (2, blue)):
        soft = cv2.GaussianBlur(rng.standard_normal((128, 128)).astype(np.float32), (0, 0), 1.2)
        ycc[..., plane] += sigma * soft / soft.std()
    return np.asarray(cv2.cvtColor(ycc.round().astype(np.uint8), cv2.COLOR_YCrCb2RGB), np.uint8)


def planes(pixels: Pixels) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(pixels.astype(np.float32), cv2.COLOR_RGB2YCrCb), np.float32)


def denoised(pixels: Pixels, blue: float, red: float) -> Pixels:
    return denoise_colour(pixels, RecipeContext(colour_noise=(blue, red)), STEP.parameters)


def test_below_the_limit_the_crop_itself_is_given_back():
    pixels = blotchy_crop(3, 3)
    assert denoised(pixels, LIMIT - 0.01, LIMIT - 0.01) is pixels
    assert denoised(pixels, 0, 0) is pixels


def test_just_above_the_limit_hardly_anything_is_done():
    """No two visits differ by a step's whole strength for a hundredth of noise more."""
    pixels = blotchy_crop(0.9, 0.9)
    moved = np.abs(planes(denoised(pixels, LIMIT + 0.01, LIMIT + 0.01)) - planes(pixels))
    assert moved.mean() < 0.5


def test_only_the_plane_that_is_noisy_is_changed():
    pixels = blotchy_crop(3, 3)
    before, after = planes(pixels), planes(denoised(pixels, 3, LIMIT - 0.01))
    moved = np.abs(after - before).mean(axis=(0, 1))
    assert moved[2] > 1  # Cb
    assert moved[:2].max() < 0.4  # luma and Cr: rounding to RGB alone


def test_blotches_go_and_the_texture_of_the_skin_stays():
    pixels, clean = blotchy_crop(3, 3), blotchy_crop(0, 0)
    out = planes(denoised(pixels, 3, 3))
    for plane in (1, 2):
        left = np.std(out[..., plane] - planes(clean)[..., plane])
        assert left < 0.5 * np.std(planes(pixels)[..., plane])
    wave = np.sin(np.arange(128) * 2 * np.pi / 6)
    kept = (out[..., 0].mean(axis=0) @ wave) / (planes(pixels)[..., 0].mean(axis=0) @ wave)
    assert kept == pytest.approx(1, abs=0.02)


def test_on_a_crop_alone_the_crop_is_measured():
    noisy = blotchy_crop(4, 4)
    assert not np.array_equal(denoise_colour(noisy, RecipeContext(), STEP.parameters), noisy)
    clean = blotchy_crop(0, 0)
    assert denoise_colour(clean, RecipeContext(), STEP.parameters) is clean


def test_a_frozen_version_stays_as_it_is():
    assert get_recipe("standard@2").sha256 == (
        "ccfabfbf18e89a06a08e45c02cc1796d3330e4c34ceddd7d0c3aa925ea23d1cb"
    ), "What standard@2 computes must not change: make standard@3."
    assert get_recipe("standard@1").steps[0].step == "denoise@1"


# --- whole photos ---

NOISY: tuple[tuple[int, Kind, float], ...] = ((2, "white", 8), (4, "blotchy", 4), (6, "white", 10))


@cache
def photo(tone: int) -> GeneratedPhoto:
    camera = Camera(shot_noise=0.00003, read_noise=0.0004, jpeg_quality=96)
    person = sample_identity(50 + tone, fitzpatrick=tone)
    return draw_photo(person, {}, view="front", seed=tone, camera=camera, width=540, height=720)


def told(pixels: Pixels, tone: int, known: PlaneNoise | None = None) -> list[StepDone]:
    points = photo(tone).landmarks
    found = find_regions(pixels, points, "front")
    context = measure_context(pixels, points, found.crops, known)
    return clean_and_tell(found.crops, newest("standard"), context, 128)[1]


@pytest.mark.parametrize(("tone", "kind", "sigma"), NOISY)
def test_standard_acts_on_every_photo_of_a_noisy_set(tone, kind, sigma):
    noisy = add_noise(photo(tone).pixels, sigma, np.random.default_rng(tone), kind=kind)
    step = told(jpeg_round_trip(noisy, 90), tone)[0]
    assert step.acted
    assert min(step.strength.values()) > 0
    assert step.colour > 3 * step.luma


@pytest.mark.parametrize("tone", [2, 4, 6])
def test_standard_leaves_the_colour_of_a_clean_photo_alone(tone):
    step = told(photo(tone).pixels, tone)[0]
    assert (step.step, step.acted) == (STEP.step, False)
    assert step.strength == {"blue": 0.0, "red": 0.0}
    assert (step.luma, step.colour) == (0.0, 0.0)


def test_what_the_check_measured_is_believed_before_what_is_decoded():
    step = told(photo(2).pixels, 2, PlaneNoise(luma=0, blue=2.5, red=0.1))[0]
    assert step.strength == {"blue": pytest.approx(np.sqrt(2.5**2 - LIMIT**2)), "red": 0.0}
    assert step.acted


def test_every_step_says_how_strongly_it_acts():
    steps = told(photo(4).pixels, 4)
    assert [step.step for step in steps] == [s.step for s in newest("standard").steps]
    assert set(steps[1].strength) == {"red", "green", "blue"}
    assert steps[2].acted
    assert steps[2].luma > 0
    for step in steps:
        assert set(step.as_dict()) == {"step", "acted", "strength", "luma", "colour"}
    assert set(STEPS) >= {step.step for step in steps}
