"""The whole evaluation on a tiny package and a handful of drawn people."""

import json
from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from inference.report.schema import check_report
from inference.training import evaluation
from inference.training.dataset import Settings, crops_of
from inference.training.evaluate import EvaluationRefused, graded
from inference.training.evaluation import QUICK, evaluate_package
from inference.training.examples import draw_example
from inference.training.generator.splits import IDENTITIES
from inference.training.shots import person_of, plan, sources_sha256, take, take_shots
from participants.imaging.face import FaceFinder
from tests.inference.pipeline.tiny_package import POOLED, SIZE, write_tiny_package
from tests.inference.report.constructed import FITTED

FEW = replace(QUICK, photos=2, other_cameras=1)


@pytest.fixture(scope="module")
def package(tmp_path_factory):
    folder = tmp_path_factory.mktemp("package")
    return write_tiny_package(folder, int8=True, calibration=FITTED)


@pytest.fixture
def two_kinds(monkeypatch):
    """Two kinds of pictures are enough to see that they are judged."""
    monkeypatch.setattr(evaluation, "KINDS", ("wood", "noise"))


@pytest.mark.parametrize("says", [{}, POOLED], ids=["mean", "pooled"])
def test_figures_are_of_the_very_scores_a_study_would_get(says, tmp_path):
    """One photo by the product's path, and by the crops that figures are computed from."""
    package = write_tiny_package(tmp_path, **says)
    network = Network(package, expected_sha256=None, threads=1, precision="float32")
    settings = Settings(size=SIZE, difficulty="typical", landmarks="found")
    measured = graded(crops_of("test", range(1), settings), network)
    photo, _ = draw_example("test", 0, "typical")
    scores = score_face(
        photo.pixels,
        FaceFinder().find_faces(photo.pixels)[0].landmarks,
        view=photo.view,
        network=network,
        recipe=get_recipe(network.card.recipe),
    )
    assert {s.condition for s in scores.scores if s.region == "face"} == set(CONDITIONS)
    for condition in CONDITIONS:
        score, one = scores.score(condition), measured[condition]
        assert one.given_severity[0] == pytest.approx(score.severity, abs=0.02)
        given = list(score.probabilities.values())
        assert one.probabilities[0] == pytest.approx(given, abs=2e-4)
        if says:
            assert score.low <= score.severity <= score.high
        else:
            assert (score.low, score.high) == (None, None)


def test_a_package_is_measured_and_what_is_known_is_not_measured_again(
    package, two_kinds, tmp_path, monkeypatch
):
    said: list[str] = []
    first = evaluate_package(package, FEW, cache=tmp_path, say=said.append)
    check_report(json.loads(json.dumps(first, allow_nan=False)))
    assert first["test"]["identities"] == 2
    assert [one["camera"] for one in first["camera"]] == ["good", "typical", "poor"]
    assert {one["kind"] for one in first["refusal"]["kinds"]} == {"wood", "noise"}
    assert first["refusal"]["lost"]["good"]["cases"] == 3
    assert set(first["precision"]["conditions"]) == set(CONDITIONS)
    before, after = (first["calibration"][when]["top"]["ece"] for when in ("before", "after"))
    assert before["value"] != after["value"]
    assert any("Scoring" in text for text in said)

    def draws_again(*args, **given):
        raise AssertionError("drawn again")

    monkeypatch.setattr("inference.training.shots.take", draws_again)
    said.clear()
    again = evaluate_package(package, FEW, cache=tmp_path, say=said.append)
    assert json.dumps(again, sort_keys=True) == json.dumps(first, sort_keys=True)
    assert not any("Scoring" in text for text in said)


@pytest.mark.parametrize("split", ["train", "validation", "demo"])
def test_no_other_split_is_drawn_or_measured(package, tmp_path, split):
    with pytest.raises(EvaluationRefused, match=f"not of {split}"):
        evaluate_package(package, FEW, split=split, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_people_photographed_again_are_test_people_whom_no_crops_are_of():
    seeds = [person_of(number)[0].seed for number in range(12)]
    assert all(seed in IDENTITIES["test"] for seed in seeds)
    assert min(seeds) >= IDENTITIES["test"].first + 100_000
    assert [person_of(n)[0].fitzpatrick for n in range(6)] == [1, 2, 3, 4, 5, 6]


def test_a_person_is_photographed_from_every_side_and_again_from_the_front():
    photos = plan(4)
    assert [view for view, camera in photos if camera == "good"] == ["front", "left", "right"]
    assert [view for view, camera in photos if camera == "typical"] == ["front"] * 4


def test_what_other_code_said_is_not_taken_from_the_disk(package, tmp_path, monkeypatch):
    network = Network(package, expected_sha256=None)
    calls: list[int] = []

    def no_shots(number, photos, **given):
        calls.append(number)
        return []

    monkeypatch.setattr("inference.training.shots.shots_of", no_shots)
    monkeypatch.setattr("inference.training.shots.FaceFinder", lambda: None)
    for stamp in ("a" * 64, "a" * 64, "b" * 64):
        monkeypatch.setattr("inference.training.shots.SOURCES_SHA256", stamp)
        assert list(take_shots(2, 4, network=network, cache=tmp_path)) == [[], []]
    assert calls == [0, 1, 0, 1]


def test_the_hash_of_the_code_follows_the_code(tmp_path, monkeypatch):
    monkeypatch.setattr("inference.training.shots.ROOT", tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.py").write_text("1")
    before = sources_sha256(("a",))
    assert before == sources_sha256(("a",))
    (tmp_path / "a" / "one.py").write_text("2")
    assert sources_sha256(("a",)) != before


def test_drawing_differs_from_photo_to_photo_and_not_from_run_to_run():
    one, again, other = (take(0, at, "front", "typical").pixels for at in (3, 3, 4))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
