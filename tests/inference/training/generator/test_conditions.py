"""Each condition shows where it is read, more so the more severe it is."""

import numpy as np
import pytest

from inference.training.generator.anatomy import READ_IN, outlines, region_mask
from inference.training.generator.bare import bare_skin
from inference.training.generator.chart import Canvas
from inference.training.generator.conditions import (
    CONDITIONS,
    grade_of,
    paint_conditions,
    sample_severities,
)
from inference.training.generator.identity import sample_identity
from inference.training.generator.maps import SkinMaps
from inference.training.generator.skin import skin_colour

CANVAS = Canvas(2.0)


def visible(maps: SkinMaps) -> np.ndarray:
    """What a camera could see of the maps, without a light: colour, scale, holes and relief."""
    look = skin_colour(maps.melanin, maps.blood) * maps.shade[..., None]
    look = look + maps.pale[..., None] * (0.55 - look)
    slope = np.hypot(*np.gradient(maps.height)) * CANVAS.scale
    return np.concatenate([np.sqrt(look), 0.5 * slope[..., None]], axis=2)


def change(fitzpatrick: int, condition: str, severity: float) -> np.ndarray:
    identity = sample_identity(fitzpatrick, fitzpatrick=fitzpatrick)
    bare = bare_skin(identity, CANVAS)
    painted = bare.copy()
    paint_conditions(painted, identity, {condition: severity})
    return np.abs(visible(painted) - visible(bare)).max(axis=2)


def test_there_are_eight_conditions_and_each_is_read_somewhere():
    assert set(CONDITIONS) == set(READ_IN)
    assert len(CONDITIONS) == 8


@pytest.mark.parametrize("fitzpatrick", [1, 4, 6])
@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_shows_more_the_more_severe_it_is(condition, fitzpatrick):
    everywhere = [change(fitzpatrick, condition, s) for s in (0.1, 1 / 3, 2 / 3, 1.0)]
    for region in READ_IN[condition]:
        inside = region_mask(CANVAS, region, 0) > 0.5
        shown = [float(difference[inside].mean()) for difference in everywhere]
        assert shown == sorted(shown), region
        assert shown[3] > 1.6 * shown[1], region
        assert shown[3] > 0.004, region


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_shows_on_both_sides_of_the_face(condition):
    difference = change(3, condition, 1.0)
    for region in READ_IN[condition]:
        sides = [CANVAS.filled(CANVAS.landmarks(*outline)) > 0.5 for outline in outlines(region)]
        shown = [float(difference[side].mean()) for side in sides]
        assert min(shown) > 0.35 * max(shown), region


@pytest.mark.parametrize("condition", CONDITIONS)
def test_a_condition_stays_out_of_the_places_it_is_not_read_in(condition):
    difference = change(3, condition, 1.0)
    outside = np.ones(CANVAS.shape, bool)
    inside = np.zeros(CANVAS.shape, bool)
    for region in READ_IN[condition]:
        outside &= region_mask(CANVAS, region, 6.0) < 0.02
        inside |= region_mask(CANVAS, region, 0) > 0.5
    assert difference[outside].mean() < 0.05 * difference[inside].mean()


@pytest.mark.parametrize("condition", CONDITIONS)
def test_marks_of_an_early_visit_are_still_there_when_it_is_worse(condition):
    early, late = change(2, condition, 0.3), change(2, condition, 0.6)
    marked = early > np.quantile(early, 0.99)
    assert late[marked].mean() > late.mean() * 2


def test_nothing_is_painted_without_a_severity():
    for condition in CONDITIONS:
        assert change(2, condition, 0.0).max() == 0


@pytest.mark.parametrize(
    ("severity", "grade"),
    [(0, 0), (0.16, 0), (0.17, 1), (0.49, 1), (0.5, 2), (0.83, 2), (0.84, 3), (1, 3)],
)
def test_the_grade_is_the_nearest_of_four_even_steps(severity, grade):
    assert grade_of(severity) == grade


@pytest.mark.parametrize("severity", [-0.01, 1.01, float("nan")])
def test_a_severity_outside_the_scale_is_refused(severity):
    with pytest.raises(ValueError, match="from 0 to 1"):
        grade_of(severity)


def test_sampled_severities_hold_the_conditions_asked_for():
    rng = np.random.default_rng(1)
    drawn = [sample_severities(rng, present=0.5) for _ in range(200)]
    shares = [np.mean([grade_of(one[c]) > 0 for one in drawn]) for c in CONDITIONS]
    assert all(0.35 < share < 0.65 for share in shares)


@pytest.mark.parametrize(("condition", "share"), [("melasma", 0.49), ("dermatitis", 0.53)])
def test_patches_cover_the_same_share_of_every_region(condition, share):
    identity = sample_identity(7, fitzpatrick=2)
    bare = bare_skin(identity, CANVAS)
    painted = bare.copy()
    paint_conditions(painted, identity, {condition: 0.6})
    pigment = painted.melanin / bare.melanin - 1
    for region in READ_IN[condition]:
        for outline in outlines(region):
            inside = CANVAS.filled(CANVAS.landmarks(*outline)) > 0.9
            inside &= region_mask(CANVAS, region, 0) > 0.9  # no lips
            covered = (pigment[inside] > 0.4 * pigment[inside].max()).mean()
            assert covered == pytest.approx(share, abs=0.22), (region, covered)
