"""The page that tells of the measures says what the profiles do."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.scoring.quality import LABELS
from participants.imaging.profiles import NORMAL, SENTENCES, STRICT
from participants.imaging.quality import UNITS

PAGE = Path(__file__).parents[3] / "docs" / "quality.md"


@pytest.mark.parametrize("code", UNITS)
def test_every_measure_is_in_the_table_with_its_limits(code):
    lines = PAGE.read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"| `{code}` |"))
    for profile in (NORMAL, STRICT):
        if gate := profile.gates.get(code):
            side = ">" if gate.worse == "above" else "<"
            assert f"| {side} {gate.warn:g} / {gate.reject:g} |" in line


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_on_the_page(code):
    assert SENTENCES[code] in PAGE.read_text()


def test_every_measure_has_a_name_people_read():
    assert set(LABELS) == set(UNITS)
