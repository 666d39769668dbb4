import numpy as np
import pytest

from inference.training import aspects
from inference.training.evaluate import draws_for, summary
from tests.inference.report.constructed import FITTED, constructed_crops, constructed_grades


@pytest.fixture(scope="module")
def crops():
    return constructed_crops()


@pytest.fixture(scope="module")
def every(crops):
    return constructed_grades(crops)


def test_the_gap_is_from_the_worst_group_to_the_best(crops, every):
    found = aspects.by_tone(crops, every, draws_for(crops, 50))
    assert set(found) == {"fitzpatrick", "monk"}
    for grouping in found.values():
        means = [g["mean_balanced_accuracy"]["value"] for g in grouping["groups"]]
        gap = grouping["gap_balanced_accuracy"]
        assert gap["value"] == pytest.approx(max(means) - min(means), abs=2e-4)
        assert sum(g["photos"] for g in grouping["groups"]) == 60


def test_every_monk_tone_is_in_one_group():
    members = [tone for group in aspects.MONK.values() for tone in group]
    assert sorted(members) == list(range(1, 11))


def test_cameras_are_compared_on_the_people_they_share(crops, every):
    few = constructed_crops(20)
    found = aspects.by_camera(
        {"typical": (crops, every), "poor": (few, constructed_grades(few, noise=0.3))}, 30
    )
    assert [one["photos"] for one in found] == [20, 20]
    typical, poor = (one["mean_weighted_kappa"]["value"] for one in found)
    assert poor < typical


def test_int8_equal_to_float32_differs_by_nothing(crops, every):
    found = aspects.compare_precisions(every, every, draws_for(crops, 30))
    assert found["severity_max"] == 0
    for one in found["conditions"].values():
        assert one["weighted_kappa"]["value"] == 0
        assert one["same_grade"] == 1


def test_int8_is_compared_photo_by_photo(crops, every):
    other = constructed_grades(crops, noise=0.2)
    found = aspects.compare_precisions(every, other, draws_for(crops, 30))
    points = np.abs(other["pores"].given_severity - every["pores"].given_severity)
    assert found["conditions"]["pores"]["severity_max"] == pytest.approx(points.max(), abs=1e-3)
    assert found["severity_mean"] < found["severity_95"] < found["severity_max"]


def test_before_calibration_is_computed_only_where_the_card_tells():
    p = np.random.default_rng(8).dirichlet([1, 1, 1, 1], 5)
    one = {"pores": FITTED["pores"]}
    before = aspects.uncalibrated({"pores": p, "lentigo": p}, one)
    assert before["lentigo"] == pytest.approx(p)
    assert not np.allclose(before["pores"], p)


def test_a_card_with_other_figures_than_measured_shows(crops, every):
    found = summary(crops, every, split="test", graph_sha256="", drawn=draws_for(crops, 10))
    names = ("balanced_accuracy", "weighted_kappa")
    same = aspects.against_card(found, {"performance": found}, names=names)
    assert same == {"photos": 60, "same_photos": True, "largest_difference": 0}
    kappa = found["conditions"]["pores"]["weighted_kappa"]["value"]
    only = {"pores": {"weighted_kappa": {"value": kappa - 0.25}}}
    other = {**found, "photos": 10, "conditions": only}
    told = aspects.against_card(found, {"performance": other}, names=names)
    assert (told["same_photos"], told["largest_difference"]) == (False, 0.25)
