from types import SimpleNamespace

import numpy as np
import pytest

from inference.training import scope
from inference.training.scope import judge_kinds, lost, refusal
from inference.training.shots import Shot
from tests.inference.report.constructed import constructed_shots


@pytest.fixture
def judged_by_brightness(monkeypatch):
    """The quality check, replaced: bright pictures are kept, dark ones show no face."""

    def assess(pixels, **given):
        bright = pixels.mean() > 100
        reasons = () if bright else (SimpleNamespace(code="no_face", outcome="reject"),)
        also = SimpleNamespace(code="blurred", outcome="warn")
        return SimpleNamespace(accepted=bright, reasons=(*reasons, also))

    monkeypatch.setattr(scope, "assess_quality", assess)


def test_pictures_are_counted_by_kind_with_the_reasons_they_were_refused_for(judged_by_brightness):
    def draw(kind: str, seed: int) -> np.ndarray:
        bright = kind == "statue" and seed % 4 == 0
        return np.full((4, 4, 3), 200 if bright else 10, np.uint8)

    wood, statue = judge_kinds(("wood", "statue"), draw, 8, finder=object())
    assert (wood.refused, statue.refused) == (8, 6)
    assert wood.reasons == {"no_face": 8}, "what only warns is no reason"
    found = refusal([wood, statue], [])
    assert found["all"]["value"] == 14 / 16
    assert found["kinds"][1]["refused"]["low"] < 6 / 8 < found["kinds"][1]["refused"]["high"]


def test_photos_lost_are_counted_by_camera_view_and_tone():
    shots = [*constructed_shots(), Shot(9, 6, "left", "good", False, ("cut_off",), None)]
    found = refusal([], shots)["lost"]
    assert (found["good"]["cases"], found["typical"]["cases"]) == (19, 24)
    assert found["good"]["value"] == pytest.approx(1 / 19, abs=1e-4)
    assert found["good_by_view"]["left"]["cases"] == 7
    assert found["good_by_view"]["front"]["value"] == 0
    assert found["good_by_tone"]["V-VI"]["value"] == pytest.approx(1 / 7, abs=1e-4)
    assert found["good"]["reasons"] == [{"code": "cut_off", "count": 1}]


def test_of_no_photos_nothing_is_said():
    assert lost([])["value"] is None
