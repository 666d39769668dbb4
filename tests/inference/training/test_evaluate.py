import json
from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.training.crops import CLOSE_UP, REGION_CODES, Crops, prepared
from inference.training.evaluate import (
    EvaluationRefused,
    evaluate,
    graded,
    photo_probabilities,
    write_report,
)
from tests.inference.pipeline.tiny_package import SIZE, write_tiny_package


def crops_for(photos: int = 12) -> Crops:
    rng = np.random.default_rng(6)
    per = 6
    regions = [REGION_CODES.index(c) for c in ("cheek_left", "nose", "chin", "glabella")] * 2
    count = photos * per
    return Crops(
        pixels=rng.integers(0, 256, (count, SIZE, SIZE, 3), dtype=np.uint8),
        skin=np.ones((count, SIZE, SIZE), np.bool_),
        noise=np.full(count, 4, np.float32),
        gains=np.full((count, 3), np.nan, np.float32),
        region=np.tile(np.array(regions[:per]), photos),
        photo=np.repeat(np.arange(photos), per),
        area=rng.uniform(300, 1200, count).astype(np.float32),
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
    seen = prepared(crops, get_recipe("standard@1"))
    each = network.predict(seen).probabilities["pores"]
    rows = [0, 1, 3, 4, 5]  # the first photo's, without the chin, where pores are not read
    wanted = crops.area[rows] @ each[rows] / crops.area[rows].sum()
    assert got[0] == pytest.approx(wanted, abs=1e-5)


def test_photos_without_a_label_are_left_out_and_unreadable_ones_counted(network):
    crops = crops_for()
    severity = crops.severity.copy()
    severity[0, CONDITIONS.index("pores")] = np.nan
    region = crops.region.copy()
    region[crops.photo == 1] = REGION_CODES.index("chin")  # pores are not read there
    pores = graded(replace(crops, severity=severity, region=region), network)["pores"]
    assert pores.rows.tolist() == list(range(2, 12))
    assert pores.unreadable == 1


def test_every_label_of_a_close_up_holds(network):
    crops = replace(crops_for(), region=np.full(72, CLOSE_UP))
    assert all(len(one.true) == 12 for one in graded(crops, network).values())


def test_the_report_covers_every_condition_and_tone_group(network):
    report = evaluate(crops_for(), network, split="test", graph_sha256="x", resamples=50)
    assert set(report["conditions"]) == set(CONDITIONS)
    assert report["photos"] == report["identities"] == 12
    assert {tone["photos"] for tone in report["by_skin_tone"].values()} == {4}
    for name, figures in report["conditions"].items():
        assert sum(map(sum, report["confusion"][name])) == figures["weighted_kappa"]["cases"]
        kappa = figures["weighted_kappa"]
        assert kappa["low"] <= kappa["value"] <= kappa["high"]
        share = figures["balanced_accuracy"]["value"]
        halves = (figures["sensitivity"]["value"] + figures["specificity"]["value"]) / 2
        assert share == pytest.approx(halves, abs=1e-4)


def test_the_same_photos_give_the_same_report(network):
    given = {"split": "test", "graph_sha256": "x", "resamples": 50}
    first = evaluate(crops_for(), network, **given)
    assert json.dumps(first) == json.dumps(evaluate(crops_for(), network, **given))


def test_only_figures_of_the_test_split_are_written(network, tmp_path):
    path = tmp_path / "evaluation.json"
    report = evaluate(crops_for(), network, split="validation", graph_sha256="x", resamples=10)
    with pytest.raises(EvaluationRefused, match="validation split"):
        write_report(report, path)
    assert not path.exists()
    write_report({**report, "split": "test"}, path)
    assert json.loads(path.read_text())["split"] == "test"
