"""Two lines of arithmetic against skin painted so that they must tell it."""

from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.baselines import against_baselines, aucs, baseline_scores, measures
from inference.training.crops import REGION_CODES, Crops
from inference.training.evaluate import Graded
from inference.training.figures import draws

REGIONS = ("forehead", "nose", "cheek_left", "cheek_right")
SIZE = 32
SKIN = (200, 160, 140)


def photos(count: int = 12) -> Crops:
    """Plain skin, four crops a photo; every other person has each condition."""
    per = len(REGIONS)
    severity = np.tile((np.arange(count) % 2)[:, None], (1, 8)).astype(np.float32)
    return Crops(
        pixels=np.tile(np.array(SKIN, np.uint8), (count * per, SIZE, SIZE, 1)),
        skin=np.ones((count * per, SIZE, SIZE), np.bool_),
        noise=np.zeros(count * per, np.float32),
        gains=np.full((count * per, 3), np.nan, np.float32),
        region=np.tile([REGION_CODES.index(c) for c in REGIONS], count),
        photo=np.repeat(np.arange(count), per),
        area=np.full(count * per, 500, np.float32),
        severity=severity,
        fitzpatrick=1 + np.arange(count) % 6,
        identity=100 + np.arange(count),
    )


def graded(crops: Crops, *, right: bool) -> dict[str, Graded]:
    """A network that is always sure, and always right or never."""
    true = 3 * (crops.severity[:, 0] > 0).astype(np.int64)
    given = true if right else 3 - true
    one = Graded(
        rows=np.arange(len(true)),
        probabilities=np.eye(4)[given],
        true=true,
        severity=100.0 * crops.severity[:, 0],
        fitzpatrick=crops.fitzpatrick,
        identity=crops.identity,
    )
    return dict.fromkeys(CONDITIONS, one)


def test_red_cheeks_and_dark_spots_and_lines_are_what_they_measure():
    crops = photos(2)
    pixels = crops.pixels.copy()
    pixels[5:8] = (215, 130, 120)  # nose and cheeks of the second person
    pixels[4:, 10:14, 10:14] = (90, 60, 50)
    pixels[4:, ::4] = (170, 132, 114)
    scores = baseline_scores(replace(crops, pixels=pixels))
    for condition in CONDITIONS:
        first, second = scores[condition]
        assert first == pytest.approx(0, abs=0.05)
        assert second > 3


def test_redness_is_of_the_face_and_not_of_its_colour_altogether():
    crops = photos(2)
    pixels = crops.pixels.copy()
    pixels[4:] = (215, 130, 120)  # the forehead too: another skin, not a flush
    assert baseline_scores(replace(crops, pixels=pixels))["dermatitis"] == pytest.approx([0, 0])


def test_what_is_no_skin_is_not_looked_at():
    crops = photos(1)
    pixels, skin = crops.pixels.copy(), crops.skin.copy()
    pixels[:, :, 16:] = 0
    skin[:, :, 15:] = False
    seen = measures(replace(crops, pixels=pixels, skin=skin))
    assert seen["edge energy"] == pytest.approx(np.zeros(4), abs=1e-3)
    assert np.isnan(measures(replace(crops, skin=np.zeros_like(skin)))["a"]).all()


def test_the_area_under_the_curve_is_the_share_of_pairs_in_order():
    score, there = np.array([1.0, 3.0, 2.0, 2.0]), np.array([False, True, True, False])
    assert aucs(score, there, draws(np.arange(4), resamples=5))[0] == 0.875


@pytest.mark.parametrize("right", [True, False])
def test_a_network_that_does_not_beat_its_baseline_is_told(right):
    crops = photos(40)
    rng = np.random.default_rng(3)
    noise = rng.integers(0, 40, (len(crops.pixels), 1, 1, 1)).astype(np.uint8)
    crops = replace(crops, pixels=(crops.pixels - noise).astype(np.uint8))
    found = against_baselines(
        crops, graded(crops, right=right), draws(crops.identity, resamples=100)
    )
    assert found["melasma"]["baseline"] == "brown"
    assert {one["beats"] for one in found.values()} == {right}
