"""The benchmark's report in words: what docs/benchmarks.md shows."""

from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.scoring import rows_of, side
from tests.benchmarks.tables import END, START, write_docs, written
from tests.benchmarks.timing import NETWORK, ONE_BATCH, UNREAD

OURS = {"check: decode": 90.0, "check: thumbnail": 10.0, "decode": 20.0, "recipe": 30.0}
TEXTBOOK = {"decode": 80.0, "CLAHE": 5.0, NETWORK: 400.0, UNREAD: 500.0, ONE_BATCH: 115.0}


def told(stages: dict[str, float]) -> dict[str, Any]:
    return {"stages": stages, "wall_ms": 300.0, "peak_mib": 200.0}


def report(load=0.1):
    compared = {
        "network": "gsh 1.0.0",
        "size": 128,
        "parameters": 1_100_000,
        "runtime": {"precision": "int8"},
        "asked": 15,
        "ours": side([told(OURS)]),
        "textbook": side([told(TEXTBOOK)]),
        "rows": rows_of([(OURS, TEXTBOOK)]),
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
    for row in (
        "every region for every condition, one by one | 985 | 150 | **6.6×** |",
        "only where a condition is read | 485 | 150 | **3.2×** |",
        "all conditions in one batch | 200 | 150 | **1.3×** |",
        "the same, with a check as ours has it | 300 | 150 | **2.0×** |",
        "the same, neither side with a check | 200 | 50 | **4.0×** |",
    ):
        assert text.count(f"| gsh 1.0.0, 128 px, 1.1 M weights, int8: {row}") == 2
    assert "**150 ms of processor time from the phone's file to all scores**" in text
    assert "the check 100 (decode 90, thumbnail 10)" in text
    assert "| decode | 80 | 20 | 80 | 20 |" in text
    assert "| CLAHE | 5 |  | 5 |  |" in text
    assert "| package | openvino 2026.4.1 | int8 | 9.5 | 8.0 | 300 |" in text
    assert "| embedded | 1.1 (1.0 to 1.2) | 60 | 500 |" in text
    assert "Full / embedded, photos a minute: 1.50." in text
    assert "quantised for this run" in text


def test_a_run_of_the_headline_alone_is_told_as_far_as_it_went():
    whole = report()
    del whole["product"], whole["scoring"]["full_width"], whole["scoring"]["alone"]
    text = written(whole)
    assert "**150 ms of processor time from the phone's file to all scores**" in text
    assert "medians of 15," in text
    assert "| decode | 80 | 20 |\n" in text
    assert "idth: random" not in text


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
