"""Measuring a package again, beside what its card says."""

import pytest

from inference.training import measure
from inference.training.measure import crops_for, table


def figure(value: float) -> dict[str, float]:
    return {"value": value, "low": value - 0.1, "high": value + 0.1}


def test_what_was_measured_stands_beside_what_the_card_says() -> None:
    measured = {
        "conditions": {
            "melasma": {"balanced_accuracy": figure(0.84), "weighted_kappa": figure(0.82)},
            "pores": {"balanced_accuracy": figure(0.7), "weighted_kappa": figure(0.5)},
        }
    }
    card = {
        "conditions": {
            "melasma": {"balanced_accuracy": figure(0.91), "weighted_kappa": figure(0.77)}
        }
    }
    _header, melasma, pores = table(measured, card).splitlines()
    assert melasma.split() == [
        "melasma", "0.84", "(0.74", "to", "0.94)", "0.91", "0.82", "(0.72", "to", "0.92)", "0.77",
    ]  # fmt: skip
    assert pores.split()[5] == "0.00", "the card says nothing of pores"


@pytest.mark.parametrize("difficulty", ["good", "poor"])
def test_photos_are_drawn_by_the_camera_asked_for_and_found_by_the_product(
    monkeypatch, tmp_path, difficulty
):
    asked = []

    def note(split, photos, settings, *, cache, **given):
        asked.append((split, photos, settings, cache))
        return ()

    monkeypatch.setattr(measure, "draw_shards", note)
    monkeypatch.setattr(measure, "load_crops", note)
    config = {"size": 64, "window_mm": 30}
    crops_for("test", config, 40, difficulty=difficulty, cache=tmp_path)
    assert asked[0] == asked[1]
    split, photos, settings, cache = asked[0]
    assert (split, photos, cache) == ("test", 40, tmp_path)
    assert (settings.difficulty, settings.landmarks) == (difficulty, "found")
    assert (settings.size, settings.window_mm) == (64, 30)
