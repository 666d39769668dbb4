import numpy as np
import pytest

from inference.training.figures import (
    accuracies,
    balanced_accuracies,
    balanced_accuracy,
    confusions,
    draws,
    figure,
    means,
    sensitivities,
    specificities,
    table_of,
    weighted_kappa,
    weighted_kappas,
    wilson,
)


def test_balanced_accuracy_is_the_mean_of_sensitivity_and_specificity():
    true = np.array([1, 1, 1, 1, 0, 0], bool)
    given = np.array([1, 1, 1, 0, 0, 1], bool)
    table = table_of(true.astype(int), given.astype(int), 2)
    assert sensitivities(table) == pytest.approx(3 / 4)
    assert specificities(table) == pytest.approx(1 / 2)
    assert accuracies(table) == pytest.approx(4 / 6)
    assert balanced_accuracy(true, given) == pytest.approx((3 / 4 + 1 / 2) / 2)


def test_without_people_of_both_kinds_there_is_no_balanced_accuracy():
    assert np.isnan(balanced_accuracy(np.ones(3, bool), np.ones(3, bool)))
    assert np.isnan(balanced_accuracies(np.zeros((2, 2))))


def test_kappa_is_one_for_agreement_and_about_zero_for_chance():
    rng = np.random.default_rng(1)
    a, b = rng.integers(0, 4, 4000), rng.integers(0, 4, 4000)
    assert weighted_kappa(a, a) == 1
    assert weighted_kappa(a, b) == pytest.approx(0, abs=0.05)
    assert weighted_kappa(a, np.minimum(a + 1, 3)) > weighted_kappa(a, 3 - a)


def test_kappa_of_a_table_done_by_hand():
    """Three grades; observed 2-1-0 / 0-2-1 / 0-0-3, quadratic weights 0, 1, 4."""
    true = np.array([0, 0, 0, 1, 1, 1, 2, 2, 2])
    given = np.array([0, 0, 1, 1, 1, 2, 2, 2, 2])
    expected = (3 * 3 * 1 + 3 * 4 * 4 + 3 * 2 * 1 + 3 * 4 * 1 + 3 * 2 * 4 + 3 * 3 * 1) / 9
    assert weighted_kappa(true, given, grades=3) == pytest.approx(1 - 2 / expected)


def test_kappa_of_two_grades_is_cohens_plain_kappa():
    """20-5 / 10-15: agreement 0.7, chance 0.5, kappa 0.4 (Cohen 1960's arithmetic)."""
    assert weighted_kappas(np.array([[20.0, 5.0], [10.0, 15.0]])) == pytest.approx(0.4)
    assert np.isnan(weighted_kappas(np.array([[9.0, 0.0], [0.0, 0.0]])))


def test_the_confusions_of_the_first_draw_are_of_the_sample_itself():
    true, given = np.array([0, 1, 2, 3, 3]), np.array([0, 1, 1, 3, 2])
    tables = confusions(draws(np.arange(5), resamples=40), true, given, 4)
    assert tables.shape == (41, 4, 4)
    assert tables[0] == pytest.approx(table_of(true, given, 4))
    assert tables.sum(axis=(1, 2)) == pytest.approx(5)
    assert len(np.unique(tables[1:, 0, 0])) > 1, "people are drawn with replacement"


def test_the_same_seed_draws_the_same_people():
    identity = np.arange(20) // 2
    first, again = draws(identity, resamples=30), draws(identity, resamples=30)
    other = draws(identity, resamples=30, seed=5)
    assert (first.weights == again.weights).all()
    assert (first.weights != other.weights).any()


def test_a_persons_photos_are_drawn_together():
    weights = draws(np.array([7, 7, 9, 9, 9]), resamples=50).weights
    assert (weights[:, 0] == weights[:, 1]).all()
    assert (weights[:, 2] == weights[:, 4]).all()


def test_the_interval_counts_people_not_photos():
    rng = np.random.default_rng(2)
    repeated = np.repeat(rng.random(10) < 0.5, 6).astype(float)
    people = figure(means(draws(np.arange(60) // 6), repeated), 60)
    photos = figure(means(draws(np.arange(60)), repeated), 60)
    assert people["value"] == photos["value"] == pytest.approx(repeated.mean(), abs=1e-4)
    assert people["high"] - people["low"] > 1.5 * (photos["high"] - photos["low"])


def test_the_interval_of_a_mean_is_about_the_textbook_one():
    rng = np.random.default_rng(3)
    values = rng.normal(0.5, 0.1, 400)
    found = figure(means(draws(np.arange(400), resamples=4000), values), 400)
    half = 1.96 * values.std() / np.sqrt(400)
    assert found["low"] == pytest.approx(values.mean() - half, abs=0.1 * half)
    assert found["high"] == pytest.approx(values.mean() + half, abs=0.1 * half)


def test_resamples_where_a_figure_is_undefined_are_left_out():
    assert figure(np.array([0.5, np.nan, 0.4, 0.6]), 3)["low"] == pytest.approx(0.405)
    nothing = figure(np.array([np.nan, np.nan]), 0)
    assert (nothing["value"], nothing["low"], nothing["high"]) == (None, None, None)


def test_wilsons_interval_of_known_shares():
    """0 of 10: upper end z²/(n + z²) = 0.2775; 5 of 10: symmetric, 0.2366 to 0.7634."""
    none = wilson(0, 10)
    assert (none["value"], none["low"], none["high"]) == (0, 0, pytest.approx(0.2775, abs=1e-4))
    half = wilson(5, 10)
    assert (half["low"], half["high"]) == (0.2366, 0.7634)
    assert wilson(0, 0)["value"] is None
