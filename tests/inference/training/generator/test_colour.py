"""Generated skin has the colour it says it has."""

import numpy as np
import pytest

from inference.training.generator.anatomy import region_mask
from inference.training.generator.bare import bare_skin
from inference.training.generator.chart import Canvas
from inference.training.generator.identity import sample_identity
from inference.training.generator.skin import (
    ita_degrees,
    linear_to_lab,
    linear_to_srgb,
    skin_colour,
    srgb_to_linear,
)
from inference.training.generator.tones import (
    FITZPATRICK_ITA,
    melanin_for_ita,
    monk_of,
    sample_tone,
)


def colour(melanin: float, blood: float) -> np.ndarray:
    one = np.ones((1, 1), np.float32)
    return skin_colour(one * melanin, one * blood)[0, 0]


@pytest.mark.parametrize("ita", [59, 45, 30, 10, -20, -50, -73])
def test_the_melanin_found_for_a_typology_angle_gives_that_angle(ita):
    assert ita_degrees(colour(melanin_for_ita(ita, 0.008), 0.008)) == pytest.approx(ita, abs=1)


def test_more_melanin_is_darker_in_every_channel():
    colours = [colour(melanin, 0.01) for melanin in (0.003, 0.02, 0.08, 0.2, 0.45)]
    assert (np.diff(np.array(colours), axis=0) < 0).all()


def test_more_blood_is_redder_on_light_and_on_dark_skin():
    for melanin in (0.01, 0.1, 0.3):
        redness = [linear_to_lab(colour(melanin, blood))[1] for blood in (0.005, 0.015, 0.05)]
        assert redness == sorted(redness)
        assert redness[-1] > redness[0] + 1


def test_the_tones_of_each_fitzpatrick_type_stay_in_their_band():
    for fitzpatrick, (high, low) in FITZPATRICK_ITA.items():
        for seed in range(6):
            tone = sample_tone(np.random.default_rng(seed), fitzpatrick)
            assert low - 2 <= tone.ita_degrees <= high + 4
            assert tone.fitzpatrick == fitzpatrick


def test_the_tones_reach_every_monk_tone():
    seen = {
        sample_tone(np.random.default_rng(seed), fitzpatrick).monk
        for fitzpatrick in FITZPATRICK_ITA
        for seed in range(30)
    }
    assert seen == set(range(1, 11))
    assert [monk_of(ita) for ita in (60, 30, -60)] == [1, 4, 10]


def test_an_unknown_fitzpatrick_type_is_refused():
    with pytest.raises(ValueError, match="1 to 6"):
        sample_tone(np.random.default_rng(0), 7)


@pytest.mark.parametrize("fitzpatrick", [1, 3, 4, 5, 6])
def test_the_forehead_of_a_person_has_the_typology_angle_of_that_person(fitzpatrick):
    identity = sample_identity(40 + fitzpatrick, fitzpatrick=fitzpatrick)
    canvas = Canvas(1.5)
    maps = bare_skin(identity, canvas)
    forehead = region_mask(canvas, "forehead", 0) > 0.5
    drawn = ita_degrees(skin_colour(maps.melanin, maps.blood)[forehead])
    assert drawn == pytest.approx(identity.ita_degrees, abs=5)


def test_encoding_to_srgb_and_back_loses_at_most_a_step():
    light = np.linspace(0, 1, 500, dtype=np.float32)
    assert np.abs(srgb_to_linear(linear_to_srgb(light)) - light).max() < 0.005
    assert linear_to_srgb(np.array([0.2140], np.float32))[0] in {127, 128}
