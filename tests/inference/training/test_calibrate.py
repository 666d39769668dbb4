"""What is fitted on validation people, against probabilities made to be wrong in a known way."""

from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.pooling import intervals, severities, sharpened
from inference.training.calibrate import entries, fit, fit_reach, fit_sharpening
from inference.training.crops import REGION_CODES, Crops

PER = 4


def crops_for(photos: int, severity: np.ndarray | None = None) -> Crops:
    """Crops of cheeks, nose and glabella without pixels."""
    rng = np.random.default_rng(6)
    count = photos * PER
    regions = [REGION_CODES.index(c) for c in ("cheek_left", "cheek_right", "nose", "glabella")]
    given = rng.random((photos, 8)) if severity is None else severity
    return Crops(
        pixels=np.zeros((count, 1, 1, 3), np.uint8),
        skin=np.ones((count, 1, 1), np.bool_),
        noise=np.full(count, 4, np.float32),
        gains=np.full((count, 3), np.nan, np.float32),
        region=np.tile(regions, photos),
        photo=np.repeat(np.arange(photos), PER),
        area=rng.uniform(300, 1200, count).astype(np.float32),
        severity=given.astype(np.float32),
        fitzpatrick=1 + np.arange(photos) % 6,
        identity=100 + np.arange(photos),
    )


def said_of(crops: Crops, *, sure: float, noise: float = 1.0, seed: int = 2) -> np.ndarray:
    """(N, 4): grades about the true one, with noise of the crop, `sure` times as sure as due."""
    rng = np.random.default_rng(seed)
    true = 3 * crops.severity[crops.photo, CONDITIONS.index("pores")]
    seen = true + rng.normal(0, noise, len(true))
    logits = -((np.arange(4) - seen[:, None]) ** 2) / (2 * noise**2) * sure
    p = np.exp(logits - logits.max(axis=1, keepdims=True))
    return p / p.sum(axis=1, keepdims=True)


def test_a_network_that_leans_to_the_worst_grade_is_brought_back():
    crops = crops_for(200, np.zeros((200, 8)))  # nobody has anything
    leaning = np.tile([0.1, 0.1, 0.2, 0.6], (len(crops.pixels), 1))
    pooling, _ = fit(crops, {"pores": leaning})
    found = pooling.face["pores"]
    assert np.argmax(found.shift) == 0
    assert sharpened(leaning[:1], found)[0, 0] > 0.8


def test_few_photos_move_little():
    leaning = np.array([0.1, 0.1, 0.2, 0.6])
    one, many = (fit_sharpening(np.tile(leaning, (n, 1)), np.zeros(n, np.int64)) for n in (1, 200))
    assert one.shift[0] < 0.5 * many.shift[0]


def test_without_a_case_nothing_is_moved():
    found = fit_sharpening(np.zeros((0, 4)), np.zeros(0, np.int64))
    assert found.temperature == 1
    assert found.shift == (0, 0, 0, 0)


def test_what_is_fitted_is_the_likeliest():
    """No neighbour of it has a better likelihood with the priors."""
    rng = np.random.default_rng(4)
    p = rng.dirichlet(np.ones(4), 60)
    grade = rng.integers(0, 4, 60)
    found = fit_sharpening(p, grade)

    def cost(temperature, shift):
        logits = temperature * np.log(p) + np.array(shift)
        misfit = np.log(np.exp(logits).sum(axis=1)) - logits[np.arange(60), grade]
        prior = ((temperature - 1) / 0.5) ** 2 + (np.array(shift) ** 2).sum() / 0.7**2
        return misfit.sum() + prior / 2

    best = cost(found.temperature, found.shift)
    for step in (-0.02, 0.02):
        assert cost(found.temperature + step, found.shift) > best
        for k in range(4):
            moved = list(found.shift)
            moved[k] += step
            assert cost(found.temperature, moved) > best


@pytest.mark.parametrize("sure", [0.3, 3.0])
def test_an_interval_holds_the_true_severity_as_often_as_it_says(sure):
    """Of people it was not fitted on, whatever the network's confidence is worth."""
    fitted, others = crops_for(400), crops_for(2000)
    others = replace(others, severity=np.random.default_rng(9).random((2000, 8)))
    pooling, reaches = fit(fitted, {"pores": said_of(fitted, sure=sure)})
    from inference.pipeline.pooling import of_faces, of_regions
    from inference.training.evaluate import seen

    rows = np.arange(len(others.pixels))
    each = said_of(others, sure=sure, seed=5)
    column = CONDITIONS.index("pores")
    p = of_faces(each, seen(others, rows), pooling, "pores")
    low, high = intervals(p, reaches.face["pores"])
    true = 100 * others.severity[:, column]
    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.9, abs=0.035)
    alone, regions = of_regions(each, seen(others, rows), pooling, "pores")
    low, high = intervals(alone, reaches.region["pores"])
    true = 100 * others.severity[regions.face, column]
    assert np.mean((low <= true) & (true <= high)) == pytest.approx(0.9, abs=0.035)


def test_the_reach_is_the_quantile_that_split_conformal_takes():
    p = np.tile([1.0, 0, 0, 0], (19, 1))  # severity 0, no spread: the margin of 3 points is left
    severity = 3.0 * np.arange(1, 20)
    found = fit_reach(p, severity, coverage=0.9)
    assert severities(p).tolist() == [0] * 19
    assert found.above == 19  # the ceil(20 * 0.95)-th of 19
    assert found.below == 0  # never on the wrong side of the severity
    assert fit_reach(p[:0], severity[:0]).above == 1000


def test_what_has_no_exact_label_is_not_fitted_on():
    crops = crops_for(60)
    spoilt = replace(crops, severity=np.where(np.arange(60)[:, None] < 30, crops.severity, np.nan))
    each = said_of(crops, sure=1)
    few = replace(
        crops_for(60), severity=np.where(np.arange(60)[:, None] < 30, crops.severity, 1.0)
    )
    assert fit(spoilt, {"pores": each})[0].face != fit(few, {"pores": each})[0].face
    wide = np.full((60, 8), 0.01, np.float32)
    wide[30:] = 0.5
    assert (
        fit(replace(few, spread=wide), {"pores": each})[0].face["pores"]
        == (fit(spoilt, {"pores": each})[0].face["pores"])
    )


def test_the_entries_are_what_a_card_may_say():
    crops = crops_for(40)
    said = entries(*fit(crops, {"pores": said_of(crops, sure=1)}))
    assert said["pooling"]["method"] == "log"
    assert len(said["pooling"]["face"]["pores"]["shift"]) == 4
    assert said["intervals"]["coverage"] == 0.9
    assert said["pooling"]["focal"]["pores"]["low"] < said["pooling"]["focal"]["pores"]["high"]
