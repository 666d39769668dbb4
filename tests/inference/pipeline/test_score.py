import json

import cv2
import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS, READINGS
from inference.pipeline.grades import GRADES
from inference.pipeline.network import Network
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import grade_of, score_face, severity_of
from participants.imaging.canonical import canonical_face
from tests.inference.pipeline.tiny_package import tiny_card, write_tiny_package

WIDTH, HEIGHT = 720, 960


def landmarks(scale=4.2):
    points = scale * canonical_face()
    points[:, :2] += (WIDTH / 2, HEIGHT / 2)
    return points.astype(np.float32)


def photo():
    rng = np.random.default_rng(4)
    rough = rng.integers(80, 220, (HEIGHT // 6, WIDTH // 6, 3), dtype=np.uint8)
    return cv2.resize(rough, (WIDTH, HEIGHT), interpolation=cv2.INTER_CUBIC)


@pytest.fixture
def network(tmp_path):
    return Network(write_tiny_package(tmp_path), expected_sha256=None, threads=1)


def scored(network, **changes):
    asked = {"view": "front", "network": network, "recipe": get_recipe("standard@1")}
    points = changes.pop("landmarks", landmarks())
    return score_face(changes.pop("pixels", photo()), points, **{**asked, **changes})


def test_severity_is_the_expected_grade_in_hundredths():
    assert severity_of(np.array([1.0, 0, 0, 0])) == 0
    assert severity_of(np.array([0, 0, 0, 1.0])) == 100
    assert severity_of(np.array([0.1, 0.2, 0.3, 0.4])) == pytest.approx(100 * 2 / 3)


@pytest.mark.parametrize(
    ("probabilities", "grade"),
    [
        ([0.6, 0.4, 0, 0], 0),
        ([0.4, 0.3, 0.3, 0], 1),
        ([0, 0, 0.2, 0.8], 3),
        ([0.3, 0.1, 0.4, 0.2], 2),
    ],
)
def test_the_grade_is_the_median(probabilities, grade):
    assert grade_of(np.array(probabilities)) == grade


def test_every_condition_is_scored_in_its_regions_and_over_the_face(network):
    result = scored(network)
    for condition in CONDITIONS:
        regions = {s.region for s in result.scores if s.condition == condition}
        assert regions == {*READINGS[condition].regions, "face"}
        face = result.score(condition)
        assert face.regions == len(READINGS[condition].regions)
        assert face.grade in GRADES
        assert sum(face.probabilities.values()) == pytest.approx(1, abs=1e-5)
    assert result.not_assessable == []


def test_the_face_is_the_area_weighted_mean_of_its_regions(network):
    result = scored(network)
    parts = [s for s in result.scores if s.condition == "melasma" and s.region != "face"]
    areas = np.array([s.area_mm2 for s in parts])
    each = np.array([list(s.probabilities.values()) for s in parts])
    face = result.score("melasma")
    assert list(face.probabilities.values()) == pytest.approx(areas @ each / areas.sum(), abs=1e-4)
    assert face.severity == pytest.approx(
        areas @ [s.severity for s in parts] / areas.sum(), abs=0.01
    )
    assert face.area_mm2 == pytest.approx(areas.sum(), abs=1)


def test_a_condition_the_photo_is_too_coarse_for_is_not_scored(network):
    result = scored(network, landmarks=landmarks(scale=1.6))
    reasons = {(e.region, e.condition): e.reason for e in result.not_assessable}
    assert reasons["face", "pores"] == "resolution"
    assert reasons["nose", "pores"] == "resolution"
    assert result.score("pores") is None
    assert "pores" not in result.maps
    assert result.score("melasma") is not None


def test_a_region_seen_too_obliquely_is_not_scored_while_the_others_are(network):
    result = scored(network, landmarks=landmarks(scale=2.8))
    told = {(e.region, e.condition): e for e in result.not_assessable}
    assert set(told) == {("cheek_left", "pores"), ("cheek_right", "pores")}
    entry = told["cheek_left", "pores"]
    assert entry.reason == "resolution"
    assert entry.message == "Too few pixels: 2.3 a millimetre of this skin, 2.5 needed."
    read = {s.region for s in result.scores if s.condition == "pores"}
    assert read == {"nose", "glabella", "face"}
    assert result.score("pores").regions == 2
    parts = [result.score("pores", region) for region in ("nose", "glabella")]
    areas = np.array([part.area_mm2 for part in parts])
    assert result.score("pores").area_mm2 == pytest.approx(areas.sum(), abs=0.2)
    assert result.score("pores").severity == pytest.approx(
        areas @ [part.severity for part in parts] / areas.sum(), abs=0.01
    )


def test_maps_leave_out_regions_too_coarse_for_the_condition(network):
    found, per = scored(network, landmarks=landmarks(scale=2.8)).maps, 256 / HEIGHT
    cheek = (landmarks(scale=2.8)[425, :2] * per).astype(int)
    assert not found["pores"].assessed[cheek[1], cheek[0]]
    assert found["ephelides"].assessed[cheek[1], cheek[0]]


def test_a_face_far_too_small_gives_reasons_and_no_score(network):
    result = scored(network, landmarks=landmarks(scale=0.5))
    assert result.scores == []
    assert {e.reason for e in result.not_assessable} == {"too-small", "no-region"}
    assert {e.condition for e in result.not_assessable if e.region == "face"} == set(CONDITIONS)


def test_a_side_view_scores_only_that_side(network):
    points = landmarks()
    result = scored(network, landmarks=points, view="left")
    assert {s.region for s in result.scores if s.condition == "pores"} == {"cheek_left", "face"}


def test_maps_lie_over_the_regions_read_and_nowhere_else(network):
    result = scored(network)
    found = result.maps["ephelides"]
    assert found.grid.shape == (256, 192)
    assert found.grid.dtype == np.uint8
    assert not found.grid[~found.assessed].any()
    per = 256 / HEIGHT
    points = landmarks()[:, :2] * per
    nose, chin = points[4].astype(int), points[199].astype(int)
    assert found.assessed[nose[1], nose[0]]
    assert not found.assessed[chin[1], chin[0]]
    assert result.maps["melasma"].assessed[chin[1], chin[0]]


def test_a_map_shows_where_in_the_crop_the_network_looked(network, monkeypatch):
    """Evidence only in each crop's upper half lands in the upper half of the nose."""
    honest = network.predict

    def upper(crops):
        prediction = honest(crops)
        for values in prediction.maps.values():
            values[:] = 0
            values[:, : values.shape[1] // 2] = 1
        return prediction

    monkeypatch.setattr(network, "predict", upper)
    found = scored(network).maps["ephelides"].grid
    points = landmarks()[:, :2] * (256 / HEIGHT)
    bridge, tip = points[6].round().astype(int), points[4].round().astype(int)
    assert found[bridge[1], bridge[0]] > 200
    assert found[tip[1], tip[0]] < 50


def test_a_network_without_maps_still_scores(tmp_path):
    outputs = [{**output, "map": None} for output in tiny_card()["outputs"]]
    network = Network(write_tiny_package(tmp_path, outputs=outputs), expected_sha256=None)
    result = scored(network)
    assert result.maps == {}
    assert result.score("dryness") is not None


def test_the_recipe_changes_the_scores_and_is_named(network):
    cleaned, raw = scored(network), scored(network, recipe=get_recipe("none@1"))
    assert (cleaned.recipe, raw.recipe) == ("standard@1", "none@1")
    assert cleaned.recipe_sha256 != raw.recipe_sha256
    assert cleaned.score("melasma").severity != raw.score("melasma").severity


def test_the_same_photo_gives_the_same_scores(network):
    assert scored(network).scores == scored(network).scores


def test_the_result_is_json_with_its_provenance(network):
    plain = json.loads(json.dumps(scored(network).as_dict()))
    assert plain["model_sha256"] == network.sha256
    assert plain["runtime"]["name"] == "onnxruntime"
    assert plain["demonstrator"] is True
    assert plain["measured"]["px_per_mm"] == pytest.approx(4.2, abs=0.01)
    assert set(plain["timings_ms"]) == {
        "regions", "measure", "recipe", "network", "scores", "maps",
    }  # fmt: skip
    assert plain["maps"]["pores"] == [256, 192]
