import json

import onnx
import pytest

from inference.pipeline.card import parse_card
from inference.pipeline.errors import PackageRefused
from inference.pipeline.package import CheckLimits, check_package, read_package
from tests.inference.pipeline.broken_packages import BROKEN
from tests.inference.pipeline.tiny_package import tiny_card, write_tiny_package


def test_a_good_package_passes_and_is_timed(tmp_path):
    result = check_package(write_tiny_package(tmp_path))
    assert result.info.card.name == "tiny"
    assert result.info == read_package(tmp_path / "tiny.onnx")
    assert result.map_shape == (4, 4)
    assert result.ms_per_crop > 0
    assert result.runtime.startswith("onnxruntime ")
    assert json.dumps(result.as_dict())


def test_a_package_that_carries_int8_is_timed_and_compared_in_both_precisions(tmp_path):
    result = check_package(write_tiny_package(tmp_path, int8=True))
    assert result.info.int8
    assert result.int8["crops"] == 24
    assert 0 < result.int8["severity_mean_abs"] < 1
    assert result.int8["severity_max_abs"] < 5
    assert result.int8["grade_agreement"] > 0.9
    assert result.int8["ms_per_crop"] > 0
    assert check_package(write_tiny_package(tmp_path)).int8 is None


def test_a_card_may_tell_its_calibration(tmp_path):
    told = {"wrinkles": {"temperature": 1.2, "shift": [0.1, 0, 0, -0.2]}}
    assert parse_card(json.dumps(tiny_card(calibration=told))).raw["calibration"] == told
    wrong = {"wrinkles": {"temperature": 0, "shift": [0, 0]}}
    with pytest.raises(PackageRefused, match=r"calibration\.wrinkles\.temperature"):
        parse_card(json.dumps(tiny_card(calibration=wrong)))


def test_the_tiny_package_is_the_same_bytes_every_time_and_small(tmp_path):
    first = write_tiny_package(tmp_path, name="a.onnx").read_bytes()
    assert first == write_tiny_package(tmp_path, name="b.onnx").read_bytes()
    assert first != write_tiny_package(tmp_path, name="c.onnx", seed=8).read_bytes()
    assert len(first) < 10_000


@pytest.mark.parametrize("kind", BROKEN)
def test_a_broken_package_is_refused_for_its_own_reason(kind, tmp_path):
    code, write = BROKEN[kind]
    with pytest.raises(PackageRefused) as refused:
        check_package(write(tmp_path))
    assert refused.value.code == code
    assert refused.value.message.endswith((".", ")", "]", "upload it again."))


def test_a_missing_or_too_large_file_is_refused_before_it_is_opened(tmp_path):
    with pytest.raises(PackageRefused, match="cannot be read") as refused:
        check_package(tmp_path / "nowhere.onnx")
    assert refused.value.code == "not-found"
    path = write_tiny_package(tmp_path)
    with pytest.raises(PackageRefused, match="are allowed") as refused:
        check_package(path, limits=CheckLimits(file_bytes=1000))
    assert refused.value.code == "too-large"


def test_a_model_that_never_ends_is_stopped(tmp_path):
    with pytest.raises(PackageRefused) as refused:
        check_package(write_tiny_package(tmp_path), limits=CheckLimits(wall_seconds=0.01))
    assert refused.value.code == "too-slow"


def test_an_opset_not_run_here_is_refused(tmp_path):
    path = write_tiny_package(tmp_path)
    model = onnx.load(path)
    model.opset_import[0].version = 11
    path.write_bytes(model.SerializeToString())
    with pytest.raises(PackageRefused, match="opset 11") as refused:
        check_package(path)
    assert refused.value.code == "opset"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"version": "first"}, "version"),
        ({"schema": "other/9"}, "schema"),
        ({"recipe": "magic@1"}, "magic@1"),
        ({"demonstrator": False}, "demonstrator"),
        ({"input": {**tiny_card()["input"], "std": [1, 1, 0]}}, "input.std[2]"),
        ({"outputs": []}, "outputs"),
        ({"outputs": [{**tiny_card()["outputs"][0], "regions": ["ear"]}]}, "outputs[0].regions[0]"),
        ({"outputs": tiny_card()["outputs"][:1] * 2}, "two outputs"),
        ({"performance": {"split": "training", "conditions": {}}}, "performance.split"),
        ({"performance": {"split": "test", "conditions": {}}}, "dryness"),
        ({"favourite": "yes"}, "favourite"),
    ],
)
def test_a_card_that_says_too_little_or_wrong_is_refused_with_the_place(change, told):
    with pytest.raises(PackageRefused) as refused:
        parse_card(json.dumps(tiny_card(**change)))
    assert refused.value.code == "incomplete-card"
    assert told in refused.value.message


@pytest.mark.parametrize("text", ["[1, 2]", '{"a": NaN}', "[" * 100_000, '"x"', "{} trailing"])
def test_a_card_that_is_no_json_object_is_refused(text):
    with pytest.raises(PackageRefused) as refused:
        parse_card(text)
    assert refused.value.code == "broken-card"


def test_a_refusal_survives_pickling():
    import pickle

    refusal = pickle.loads(pickle.dumps(PackageRefused("no-card", "There is none.")))  # noqa: S301
    assert (refusal.code, str(refusal)) == ("no-card", "There is none.")
