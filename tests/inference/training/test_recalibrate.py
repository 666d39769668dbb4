"""A package with a new card: the network as it was, the rest fitted and measured anew."""

import json

import numpy as np
import onnx
import pytest

from inference.pipeline.card import CARD_KEY
from inference.pipeline.network import Network
from inference.pipeline.package import check_package
from inference.training import recalibrate
from inference.training.evaluate import photo_probabilities
from inference.training.provenance import graph_sha256
from inference.training.recalibrate import Amounts, opened, recalibrated, repeatability
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.training.test_evaluate import crops_for


@pytest.fixture
def drawn(monkeypatch):
    """Crops of each split in place of minutes of drawing."""
    asked = []

    def crops(split, config, photos, **how):
        asked.append((split, photos))
        return crops_for(photos)

    def again(split, people, repeats, settings, **how):
        asked.append((split, people, repeats))
        found = crops_for(people * repeats)
        return crops_again(found, repeats)

    monkeypatch.setattr(recalibrate, "crops_for", crops)
    monkeypatch.setattr(recalibrate, "repeated_crops", again)
    return asked


def crops_again(crops, repeats):
    from dataclasses import replace

    return replace(crops, identity=np.arange(len(crops.identity)) // repeats)


AMOUNTS = Amounts(validation=24, photos=18, people=4, repeats=3)


def test_the_network_stays_and_the_card_tells_what_was_fitted_and_measured(tmp_path, drawn):
    path = write_tiny_package(tmp_path, int8=True)
    made = tmp_path / "made.onnx"
    made.write_bytes(recalibrated(path, version="1.1.0", amounts=AMOUNTS))
    assert drawn == [("validation", 24), ("validation", 4, 3), ("test", 18)]
    assert graph_sha256(made) == graph_sha256(path)
    before, after = (onnx.load(p).metadata_props for p in (path, made))
    kept = [{e.key: e.value for e in props if e.key != CARD_KEY} for props in (before, after)]
    assert kept[0] == kept[1] != {}
    card = check_package(made).info.card
    assert card.version == "1.1.0"
    assert card.pooling.people == 24
    assert card.intervals.coverage == 0.9
    assert card.repeatability.conditions["pores"].face.people == 4
    assert set(card.repeatability.conditions["pores"].regions) == {
        "cheek_left", "nose", "glabella"
    }  # fmt: skip
    assert card.raw["performance"]["photos"] == 18
    assert card.raw["int8"]["agreement"]["crops"] == 18 * 6


def test_the_performance_on_the_card_is_of_the_pooling_on_it(tmp_path, drawn):
    path = write_tiny_package(tmp_path)
    made = recalibrated(path, version="1.1.0", amounts=AMOUNTS)
    crops = crops_for(18)
    with opened(made) as network:
        here = photo_probabilities(crops, network)["pores"]
    plain = photo_probabilities(
        crops, Network(path, expected_sha256=None, threads=1, precision="float32")
    )["pores"]
    assert not np.allclose(here, plain, atol=0.01)


def test_calibrating_again_starts_from_the_network_and_not_from_what_was_fitted(tmp_path, drawn):
    path = write_tiny_package(tmp_path)
    once = recalibrated(path, version="1.1.0", amounts=AMOUNTS)
    again = tmp_path / "again.onnx"
    again.write_bytes(once)
    twice = recalibrated(again, version="1.1.0", amounts=AMOUNTS)
    cards = [
        json.loads(
            {e.key: e.value for e in onnx.load_model_from_string(p).metadata_props}[CARD_KEY]
        )
        for p in (once, twice)
    ]
    assert cards[0] == cards[1]


def test_the_spread_of_repeated_photos_is_within_people(tmp_path):
    crops = crops_for(12)
    with opened(write_tiny_package(tmp_path).read_bytes()) as network:
        found = repeatability(crops_again(crops, 3), network)["conditions"]["pores"]["face"]
        p = photo_probabilities(crops, network)["pores"]
    severity = (100 / 3 * (p @ np.arange(4))).reshape(4, 3)
    assert found["sd"] == pytest.approx(np.sqrt(severity.var(axis=1, ddof=1).mean()), abs=1e-3)
    assert (found["people"], found["photos"]) == (4, 12)
    with opened(write_tiny_package(tmp_path).read_bytes()) as network:
        assert repeatability(crops, network)["conditions"] == {}
