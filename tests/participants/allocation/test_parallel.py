"""Many at once on PostgreSQL: each place once, nobody twice, the arms even."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.full
@pytest.mark.slow
@pytest.mark.parametrize("method", ["blocks", "minimisation"])
def test_two_tabs_each_and_four_writers(method: str) -> None:
    """The benchmark itself fails where a place, or a participant, was given twice."""
    done = subprocess.run(
        [
            sys.executable, "-m", "tests.benchmarks.randomising", "--people", "40",
            "--writers", "4", "--twice", "--method", method,
        ],
        cwd=ROOT, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert "| 40 | 4 |" in done.stdout
