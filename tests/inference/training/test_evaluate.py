import numpy as np
import pytest

from inference.pipeline.anatomy import CONDITIONS
from inference.pipeline.network import Network
from inference.training.dataset import REGION_CODES, Crops
from inference.training.evaluate import (
    balanced_accuracy,
    evaluate,
    interval,
    photo_probabilities,
    weighted_kappa,
)
from tests.inference.tiny_package import SIZE, write_tiny_package


def test_balanced_accuracy_is_the_mean_of_sensitivity_and_specificity():
    true = np.array([1, 1, 1, 1, 0, 0], bool)
    given = np.array([1, 1, 1, 0, 0, 1], bool)
    assert balanced_accuracy(true, given) == pytest.approx((3 / 4 + 1 / 2) / 2)
    assert np.isnan(balanced_accuracy(np.ones(3, bool), np.ones(3, bool)))


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


def test_the_interval_holds_the_value_and_counts_people_not_photos():
    rng = np.random.default_rng(2)
    hits = rng.random(60) < 0.7
    wide = interval(np.arange(60) // 6, lambda rows: float(hits[rows].mean()))
    narrow = interval(np.arange(60), lambda rows: float(hits[rows].mean()))
    assert narrow["low"] < narrow["value"] < narrow["high"]
    assert narrow["cases"] == 60
    repeated = np.repeat(rng.random(10) < 0.5, 6)
    people = interval(np.arange(60) // 6, lambda rows: float(repeated[rows].mean()))
    photos = interval(np.arange(60), lambda rows: float(repeated[rows].mean()))
    assert people["high"] - people["low"] > 1.5 * (photos["high"] - photos["low"])
    assert wide["value"] == narrow["value"]


def crops_for(photos=12):
    rng = np.random.default_rng(6)
    per = 6
    regions = [REGION_CODES.index(c) for c in ("cheek_left", "nose", "chin", "glabella")] * 2
    return Crops(
        pixels=rng.integers(0, 256, (photos * per, SIZE, SIZE, 3), dtype=np.uint8),
        skin=np.ones((photos * per, SIZE, SIZE), np.bool_),
        noise=np.zeros(photos * per, np.float32),
        gains=np.full((photos * per, 3), np.nan, np.float32),
        region=np.tile(np.array(regions[:per]), photos),
        photo=np.repeat(np.arange(photos), per),
        area=rng.uniform(300, 1200, photos * per).astype(np.float32),
        severity=rng.random((photos, 8)).astype(np.float32),
        fitzpatrick=1 + np.arange(photos) % 6,
        identity=100 + np.arange(photos),
    )


@pytest.fixture
def network(tmp_path):
    return Network(write_tiny_package(tmp_path), expected_sha256=None, threads=1)


def test_a_photos_probabilities_are_the_area_weighted_mean_of_its_crops(network):
    crops = crops_for()
    got = photo_probabilities(crops, network)["pores"]
    each = network.predict(crops.pixels).probabilities["pores"]
    rows = [0, 1, 3, 4, 5]  # the first photo's, without the chin, where pores are not read
    wanted = crops.area[rows] @ each[rows] / crops.area[rows].sum()
    assert got[0] == pytest.approx(wanted, abs=1e-5)


def test_the_report_covers_every_condition_and_tone_group(network):
    report = evaluate(crops_for(), network, split="test", graph_sha256="x", resamples=50)
    assert set(report["conditions"]) == set(CONDITIONS)
    assert report["photos"] == report["identities"] == 12
    assert {tone["photos"] for tone in report["by_skin_tone"].values()} == {4}
    for figures in report["conditions"].values():
        kappa = figures["weighted_kappa"]
        assert kappa["low"] <= kappa["value"] <= kappa["high"]
