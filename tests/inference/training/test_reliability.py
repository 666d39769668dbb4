import numpy as np
import pytest

from inference.training.figures import draws
from inference.training.reliability import (
    bin_of,
    calibration_of,
    curve,
    ece,
    ece_debiased,
    ece_if_perfect,
    undone,
)


def test_bins_are_fifteen_of_equal_width_and_hold_their_upper_edge():
    edges = np.array([0.0, 1e-9, 1 / 15, 1 / 15 + 1e-9, 0.5, 1.0])
    assert bin_of(edges).tolist() == [0, 0, 0, 1, 7, 14]


def test_predictions_that_mean_what_they_say_have_no_error():
    """Of 100 said to be 0.8 sure 80 are right, of 100 said to be 0.6 sure 60."""
    confidence = np.repeat([0.8, 0.6], 100)
    right = np.concatenate([np.arange(100) < 80, np.arange(100) < 60]).astype(float)
    assert ece(confidence, right) == pytest.approx(0, abs=1e-12)


def test_the_error_of_boastful_predictions_is_by_how_much_they_boast():
    """100 said to be 0.9 sure, 70 right: 0.2. With 300 that are right as said: a quarter of it."""
    confidence = np.repeat(0.9, 100)
    right = (np.arange(100) < 70).astype(float)
    assert ece(confidence, right) == pytest.approx(0.2)
    more = np.concatenate([confidence, np.repeat(0.5, 300)])
    also = np.concatenate([right, (np.arange(300) < 150).astype(float)])
    assert ece(more, also) == pytest.approx(0.05)


def test_errors_in_opposite_directions_within_a_bin_cancel_and_across_bins_do_not():
    right = np.array([1.0, 0.0])
    assert ece(np.array([0.5, 0.5]), right) == pytest.approx(0)
    assert ece(np.array([0.6, 0.4]), right) == pytest.approx(0.4)


def test_chance_alone_shows_an_error_that_shrinks_with_more_photos():
    rng = np.random.default_rng(4)
    few, many = rng.uniform(0.3, 1, 60), rng.uniform(0.3, 1, 6000)
    assert ece_if_perfect(few) > 0.05
    assert ece_if_perfect(many) < 0.02


def test_the_curve_counts_every_prediction_once():
    confidence = np.array([0.31, 0.32, 0.9])
    found = curve(confidence, np.array([1.0, 0.0, 1.0]))
    assert [(b["bin"], b["count"], b["right"]) for b in found] == [(4, 2, 0.5), (13, 1, 1.0)]


def test_undoing_a_temperature_and_shift_gives_the_probabilities_before():
    rng = np.random.default_rng(5)
    logits = rng.normal(0, 2, (50, 4))
    temperature, shift = 0.7, np.array([0.4, -0.1, 0.1, -0.4])

    def softmax(x):
        e = np.exp(x)
        return e / e.sum(axis=1, keepdims=True)

    after = softmax(temperature * logits + shift).astype(np.float32)
    assert undone(after, temperature, shift) == pytest.approx(softmax(logits), abs=1e-5)
    assert undone(after, 1.0, np.zeros(4)) == pytest.approx(after, abs=1e-6)


def test_calibration_is_given_by_condition_and_over_all():
    rng = np.random.default_rng(6)
    p = rng.dirichlet([1, 1, 1, 1], 200)
    true = np.array([rng.choice(4, p=row) for row in p])
    drawn = draws(np.arange(200), resamples=60)
    worse = np.roll(p, 1, axis=1)
    found = calibration_of({"melasma": (p, true, drawn), "pores": (worse, true, drawn)})
    good, bad = (found["conditions"][name]["top"] for name in ("melasma", "pores"))
    assert good["value"] < 0.12 < bad["value"]
    assert bad["low"] < bad["value"] < bad["high"]
    assert found["top"]["ece"]["cases"] == 400
    assert sum(b["count"] for b in found["presence"]["curve"]) == 400
    assert good["value"] < found["top"]["ece"]["value"] < bad["value"]


def test_the_debiased_error_is_that_of_a_perfect_network_near_nothing_and_of_another_its_gap():
    """What chance adds to the plain error of few cases is taken off; a true gap stays."""
    rng = np.random.default_rng(8)
    plain, debiased, gap = [], [], []
    for _ in range(60):
        confidence = rng.uniform(0.3, 1, 240)
        right = (rng.random(240) < confidence).astype(float)
        plain.append(ece(confidence, right)[0])
        debiased.append(ece_debiased(confidence, right))
        wrong = (rng.random(240) < np.clip(confidence - 0.25, 0, 1)).astype(float)
        gap.append(ece_debiased(confidence, wrong))
    assert np.mean(debiased) < 0.6 * np.mean(plain)
    assert np.mean(gap) == pytest.approx(0.25, abs=0.02)
    assert np.isnan(ece_debiased(np.zeros(0), np.zeros(0)))
