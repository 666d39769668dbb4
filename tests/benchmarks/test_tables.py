"""The benchmark's report in words: what docs/benchmarks.md shows."""

from pathlib import Path

import pytest

from tests.benchmarks.tables import END, START, write_docs, written


def side(milliseconds, **stages):
    return {
        "milliseconds": milliseconds,
        "processor_ms": 2 * milliseconds,
        "stages": stages,
        "peak_mib": 200.0,
    }


def report(load=0.1):
    compared = {
        "network": "gsh 1.0.0",
        "size": 128,
        "parameters": 1_100_000,
        "runtime": {"precision": "int8"},
        "ours": side(100.0, decode=20.0, recipe=10.0),
        "textbook": side(2500.0, decode=90.0, CLAHE=5.0),
        "ratio": 25.0,
        "sparing_ratio": 14.0,
    }
    alone = {
        "runtime": "openvino 2026.4.1",
        "precision": "int8",
        "ms_per_crop": 9.51,
        "ms_per_crop_of_a_photo": 8.04,
        "peak_mib": 300.0,
    }
    mode = {
        "seconds_alone": [1.0, 1.2, 1.1],
        "photos_per_minute": 60.0,
        "worker_peak_mib": 500.0,
        "stages": {"network": 40.0},
    }
    return {
        "machine": {
            "processor": "AMD EPYC",
            "cores": 2,
            "load": load,
            "versions": {"onnxruntime": "1.32.0"},
            "when": "2026-11-23 12:00 UTC",
        },
        "scoring": {
            "photos": {"number": 3, "width": 3024, "height": 4032},
            "quantised_here": True,
            "package": compared,
            "full_width": compared,
            "alone": {"package": [alone], "full_width": []},
        },
        "product": {"embedded": mode, "full": {**mode, "photos_per_minute": 90.0}},
    }


def test_every_figure_is_told():
    text = written(report())
    row = (
        "| gsh 1.0.0, 128 px, 1.1 M weights, int8 "
        "| 2500 | 100 | **25.0×** | 14.0× | 25.0× | 200 | 200 |"
    )
    assert text.count(row) == 2
    assert "| decode | 90 | 20 | 90 | 20 |" in text
    assert "| CLAHE | 5 |  | 5 |  |" in text
    assert "| package | openvino 2026.4.1 | int8 | 9.5 | 8.0 | 300 |" in text
    assert "| embedded | 1.1 (1.0 to 1.2) | 60 | 500 |" in text
    assert "Full / embedded, photos a minute: 1.50." in text
    assert "quantised for this run" in text


def test_a_shared_machine_is_told():
    assert "was idle" in written(report())
    assert "was shared: its load was 7.5" in written(report(load=7.5))


def test_the_docs_keep_what_stands_around_the_figures(tmp_path: Path):
    path = tmp_path / "benchmarks.md"
    path.write_text(f"Before.\n\n{START}\nold\n{END}\n\nAfter.\n")
    write_docs(path, "new\n")
    assert path.read_text() == f"Before.\n\n{START}\nnew\n{END}\n\nAfter.\n"
    path.write_text("No marks.")
    with pytest.raises(ValueError, match="bench: start"):
        write_docs(path, "new\n")
