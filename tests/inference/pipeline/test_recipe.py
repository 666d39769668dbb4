import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.pipeline.colour import estimate_noise, light_gains, linear_light, to_srgb
from inference.pipeline.recipe import RECIPES, Recipe, RecipeStep, UnknownRecipe, get_recipe
from inference.pipeline.steps import STEPS, RecipeContext, measure_light

LIGHT_SKIN, DARK_SKIN = (232, 197, 175), (98, 66, 50)


def skin(colour, *, noise=0.0, side=128, seed=1):
    rng = np.random.default_rng(seed)
    low = rng.normal(0, 6, (8, 8, 1)).repeat(side // 8, 0).repeat(side // 8, 1)
    values = np.array(colour, float) + low + rng.normal(0, noise, (side, side, 3))
    return np.clip(values, 0, 255).round().astype(np.uint8)


def typology_angle(pixels):
    """Chardin 1991: ITA = atan2(L - 50, b) in degrees, from the mean colour."""
    from skimage.color import rgb2lab

    lightness, _, yellow = rgb2lab(pixels.reshape(-1, 1, 3) / 255).mean(axis=(0, 1))
    return np.degrees(np.arctan2(lightness - 50, yellow))


def test_none_returns_the_same_pixels_in_another_array():
    pixels = skin(LIGHT_SKIN)
    out = get_recipe("none@1").apply(pixels, context=RecipeContext())
    assert np.array_equal(out, pixels)
    assert out is not pixels


def test_an_unknown_recipe_is_refused_by_name():
    with pytest.raises(UnknownRecipe, match=r"standard@9.*none@1, standard@1"):
        get_recipe("standard@9")


def test_a_step_that_does_not_exist_is_refused_by_name():
    recipe = Recipe("new", 1, "", (RecipeStep("sharpen@1", {}, ""),))
    with pytest.raises(UnknownRecipe, match="sharpen@1"):
        recipe.apply(skin(LIGHT_SKIN), context=RecipeContext())


@pytest.mark.parametrize("recipe", RECIPES.values(), ids=RECIPES)
def test_every_step_of_every_recipe_exists(recipe):
    assert {step.step for step in recipe.steps} <= set(STEPS)


def test_hashes_are_stable_and_differ():
    assert get_recipe("standard@1").sha256 == (
        "5f4e1359b4d8b63a269cfd1f8774962549eed0ecb7fbda07a6ffc0acb64b9c2b"
    ), "What standard@1 computes must not change: make standard@2."
    assert len({recipe.sha256 for recipe in RECIPES.values()}) == len(RECIPES)


@pytest.mark.parametrize("code", RECIPES)
def test_no_recipe_changes_its_input(code):
    pixels = skin(LIGHT_SKIN, noise=8)
    before = pixels.copy()
    context = RecipeContext(noise_sigma=8.0, light_gains=(1.1, 1.0, 0.9))
    get_recipe(code).apply(pixels, context=context)
    assert np.array_equal(pixels, before)


@pytest.mark.parametrize("code", RECIPES)
@pytest.mark.parametrize("colour", [LIGHT_SKIN, DARK_SKIN])
def test_neutral_light_keeps_the_typology_angle_within_five_degrees(code, colour):
    pixels = skin(colour, noise=4)
    context = RecipeContext(noise_sigma=4.0, light_gains=(1.0, 1.0, 1.0))
    out = get_recipe(code).apply(pixels, context=context)
    assert abs(typology_angle(out) - typology_angle(pixels)) <= 5


@pytest.mark.parametrize("true", [4, 8, 12])
def test_measured_noise_is_the_noise_that_was_added(true):
    # Luma of independent noise in R, G, B: sigma * sqrt(.299² + .587² + .114²) = 0.669 sigma.
    assert estimate_noise(skin((150, 120, 105), noise=true)) == pytest.approx(
        0.669 * true, rel=0.15
    )


def test_a_clean_crop_is_not_denoised():
    pixels = skin(LIGHT_SKIN, noise=1)
    step = get_recipe("standard@1").steps[0]
    from inference.pipeline.steps import STEPS

    assert STEPS[step.step](pixels, RecipeContext(noise_sigma=2.9), step.parameters) is pixels


def test_denoising_lowers_the_noise_and_keeps_a_fine_texture():
    from inference.pipeline.steps import STEPS

    clean = np.full((128, 128, 3), 150.0)
    clean += 12 * np.sin(np.arange(128) * 2 * np.pi / 6)[None, :, None]
    noisy = np.clip(clean + np.random.default_rng(2).normal(0, 8, clean.shape), 0, 255)
    pixels = noisy.round().astype(np.uint8)
    step = get_recipe("standard@1").steps[0]
    out = STEPS[step.step](pixels, RecipeContext(noise_sigma=5.4), step.parameters)
    wave = np.sin(np.arange(128) * 2 * np.pi / 6)
    kept = (out.mean(axis=(0, 2)) @ wave) / (pixels.mean(axis=(0, 2)) @ wave)
    assert np.std(out - clean) < 0.75 * np.std(pixels - clean)
    assert kept > 0.6


def landmarks_in(width, height):
    from participants.imaging.canonical import canonical_face

    face = canonical_face()[:, :2]
    return (face * (height / 350) + [width / 2, height / 2]).astype(np.float32)


def scene(light):
    """A grey wall behind a face, under a light given as linear gains of R, G, B."""
    rng = np.random.default_rng(3)
    pixels = rng.normal(150, 5, (400, 400, 3))
    pixels[100:300, 130:270] = (200, 160, 140)
    linear = linear_light(np.clip(pixels, 0, 255).astype(np.uint8)) * light
    return to_srgb(linear).round().astype(np.uint8)


def test_the_light_is_read_from_the_background_and_undone():
    gains = measure_light(scene((1.15, 1.0, 0.85)), landmarks_in(400, 400))
    undone = np.array(gains) * (1.15, 1.0, 0.85)
    assert undone / undone[1] == pytest.approx([1, 1, 1], abs=0.02)


def test_the_light_is_not_read_from_skin_alone():
    assert light_gains(skin(DARK_SKIN), np.zeros((128, 128), bool)) is None
    close = (landmarks_in(400, 400) - 200) * 3 + 200
    assert measure_light(scene((1, 1, 1)), close) is None


def test_gains_are_capped():
    pixels = np.full((16, 16, 3), 100, np.uint8)
    step = get_recipe("standard@1").steps[1]
    from inference.pipeline.steps import STEPS

    out = STEPS[step.step](pixels, RecipeContext(light_gains=(3.0, 1.0, 0.1)), step.parameters)
    got = linear_light(out)[0, 0] / linear_light(pixels)[0, 0]
    assert got == pytest.approx([1.25, 1.0, 0.8], abs=0.02)


@given(st.integers(0, 255))
def test_linear_light_and_srgb_undo_each_other(code):
    pixels = np.full((1, 1, 3), code, np.uint8)
    assert to_srgb(linear_light(pixels)) == pytest.approx(code, abs=1e-6)
