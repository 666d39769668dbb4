import numpy as np
import pytest

from inference.training.retest import repeatability, spread_of, within_subject_sd


def test_the_within_subject_deviation_of_bland_and_altmans_arithmetic():
    """Pairs 10, 12 and 20, 26: variances 2 and 18, their mean 10, its root 3.162."""
    found = within_subject_sd([spread_of([[10, 12], [20, 26]])], resamples=20)
    assert found["value"] == pytest.approx(np.sqrt(10), abs=1e-3)
    assert found["cases"] == 2


def test_a_person_with_one_photo_tells_nothing():
    alone = spread_of([[10, 12], [50]])
    assert within_subject_sd([alone], resamples=20)["value"] == pytest.approx(np.sqrt(2), abs=1e-3)
    assert within_subject_sd([alone], resamples=20)["cases"] == 1
    assert within_subject_sd([spread_of([[50], []])], resamples=20)["value"] is None


def test_more_photos_of_a_person_weigh_more():
    """Squares 0 with 3 degrees of freedom, 8 with 1: the root of 8/4."""
    found = within_subject_sd([spread_of([[5, 5, 5, 5], [1, 5]])], resamples=20)
    assert found["value"] == pytest.approx(np.sqrt(2), abs=1e-3)


def test_a_known_deviation_is_found_whatever_the_people_are_like():
    rng = np.random.default_rng(7)
    scores = [list(person + rng.normal(0, 3, 4)) for person in rng.uniform(0, 100, 300)]
    found = repeatability({"pores": scores, "lentigo": scores}, resamples=200)
    one = found["conditions"]["pores"]
    assert one["low"] < 3 < one["high"]
    assert one["high"] - one["low"] < 0.6
    assert found["all"]["value"] == one["value"]
