"""Means over pairs, shares within a distance, and alpha of numbers, against what they stand on."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from inference.agreement.chance_corrected import CohenKappa, KrippendorffAlpha, ShareAgreed
from inference.agreement.intervals import Coefficient, estimate
from inference.agreement.ratings import Ratings
from inference.agreement.several import IntervalAlpha, MeanOfPairs, ShareWithin

PUBLISHED: dict[str, Any] = json.loads((Path(__file__).parent / "files/published.json").read_text())


def value(coefficient: Coefficient, ratings: Ratings) -> float:
    return float(coefficient.value(coefficient.sums(ratings).sum(axis=0)))


@pytest.fixture
def krippendorff() -> Ratings:
    observed = np.array(PUBLISHED["krippendorff_2011"]["observers_x_units"], np.float64)
    return Ratings.of(observed.T - 1, grades=5)


def test_the_alpha_of_numbers_is_the_published_one_of_intervals(krippendorff: Ratings) -> None:
    assert round(value(IntervalAlpha(), krippendorff), 3) == 0.849
    coincidences = KrippendorffAlpha(5, "interval")
    assert value(IntervalAlpha(), krippendorff) == pytest.approx(value(coincidences, krippendorff))


def test_the_mean_of_pairs_is_that_of_each_two(krippendorff: Ratings) -> None:
    kappa = CohenKappa.weighted("quadratic", 5)
    pairs = [value(kappa, krippendorff.of_readers(a, b)) for a in range(4) for b in range(a)]
    assert value(MeanOfPairs(kappa, 4), krippendorff) == pytest.approx(np.mean(pairs))
    two = krippendorff.of_readers(1, 2)
    assert value(MeanOfPairs(kappa, 2), two) == pytest.approx(value(kappa, two))


def test_a_pair_without_a_kappa_is_left_out_of_the_mean() -> None:
    ratings = Ratings.of([[1, 1, 0], [1, 1, 1], [1, 1, 2], [1, 1, 2]], grades=3)
    kappa = CohenKappa.weighted("linear", 3)
    # Readers 1 and 2 always say 1; the two other pairs agree no more than chance.
    assert np.isnan(value(kappa, ratings.of_readers(0, 1)))
    assert value(MeanOfPairs(kappa, 3), ratings) == pytest.approx(0)
    same = Ratings.of([[1, 1, 1]] * 6, grades=3)
    found = estimate(MeanOfPairs(kappa, 3), same)
    assert found.value is None
    assert found.why


def test_the_share_within_nothing_is_the_share_that_agrees(krippendorff: Ratings) -> None:
    agreed = value(ShareAgreed(5), krippendorff)
    assert value(ShareWithin(), krippendorff) == pytest.approx(agreed)
    assert value(ShareWithin(1), Ratings.of([[0, 1], [0, 2], [3, 3], [np.nan, 1]])) == (
        pytest.approx(2 / 3)
    )


def test_one_case_and_equal_values_have_no_alpha() -> None:
    assert np.isnan(value(IntervalAlpha(), Ratings.of([[3, 3], [3, 3]])))
    assert estimate(IntervalAlpha(), Ratings.of([[3, np.nan], [1, np.nan]])).value is None
