import pytest

from inference.training.beside import read_json, speed_of
from inference.training.evaluate import EvaluationRefused

SIDE = {
    "network": "gsh-demonstrator 2.0.0",
    "size": 128,
    "runtime": {"precision": "int8", "provider": "CPUExecutionProvider"},
    "ratio": 31.416,
    "textbook": {"milliseconds": 3141.6, "peak_mib": 900},
    "ours": {"milliseconds": 100.0, "peak_mib": 200},
}
BENCH = {
    "machine": {"processor": "P", "cores": 2, "load": 0.1, "when": "2026-11-23 12:00 UTC"},
    "scoring": {"photos": {"number": 3}, "package": SIDE, "full_width": {**SIDE, "ratio": 12.0}},
}


def test_the_benchmark_of_this_package_is_taken_over_without_its_date():
    found = speed_of(BENCH, "gsh-demonstrator 2.0.0")
    assert found["ratio"] == 31.42
    assert [one["ratio"] for one in found["networks"]] == [31.42, 12.0]
    assert found["networks"][0]["textbook_ms"] == 3141.6
    assert "2026" not in str(found)


def test_the_benchmark_of_another_package_is_not():
    assert speed_of(BENCH, "gsh-demonstrator 2.1.0") is None
    assert speed_of({"machine": {}}, "gsh-demonstrator 2.0.0") is None
    assert speed_of(None, "gsh-demonstrator 2.0.0") is None


def test_a_file_that_is_no_json_object_is_refused(tmp_path):
    path = tmp_path / "ablation.json"
    assert read_json(path) is None
    path.write_text("{")
    with pytest.raises(EvaluationRefused, match="not JSON"):
        read_json(path)
    path.write_text("[]")
    with pytest.raises(EvaluationRefused, match="JSON object"):
        read_json(path)
