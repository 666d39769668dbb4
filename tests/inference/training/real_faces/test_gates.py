import cv2
import numpy as np
import pytest

from inference.training.generator.skin import srgb_to_linear
from inference.training.real_faces import gates
from inference.training.real_faces.people import PeopleSet
from inference.training.real_faces.photographs import Photographs
from tests.inference.training.real_faces.drawn import folder_of_people, people
from tests.participants.imaging.judging import good


def test_light_from_the_side_is_as_uneven_as_it_says():
    lit = gates.side_light(np.full((40, 400, 3), 120, np.uint8), 1.9)
    light = np.asarray(srgb_to_linear(lit))[..., 1].mean(axis=0)
    assert light[-1] / light[0] == pytest.approx(1.9, rel=0.03)


def test_refused_and_flagged_photos_are_counted_with_their_reasons(tmp_path, monkeypatch):
    def judged(pixels, _finder):
        if pixels.mean() < 50:
            return {"too_dark": "reject"}
        return {"too_far": "warn", **({"blurred": "warn"} if pixels.mean() < 90 else {})}

    def folder(faces) -> Photographs:
        given: PeopleSet = people(train=("001", "002", "003"), test=("004",))
        return Photographs(faces, given)

    monkeypatch.setattr(gates, "judged", judged)
    monkeypatch.setattr(gates, "Photographs", folder)
    ways = {
        "as it is": lambda p: p,
        "dimmer": lambda p: (p * 0.8).astype(np.uint8),
        "dark": lambda p: (p * 0.2).astype(np.uint8),
    }
    faces = folder_of_people(tmp_path / "faces")
    found = gates.judge_all(faces, "test", ways, smiling=True)
    lines = gates.rates(found)
    counts = [line[32:].split()[:3] for line in lines]
    assert counts == [["2", "0", "0"], ["2", "0", "2"], ["2", "2", "0"]]
    assert "blurred 2" in lines[1]
    assert "too_dark! 2" in lines[2]
    lost = {line[:32].strip(): line[32:].split() for line in gates.by_group(found)}
    assert lost["neutral"] == ["3", "1"]
    assert lost["smiling"] == ["3", "1"]
    assert sum(int(count) for name, (_, count) in lost.items() if name.startswith("age")) == 2
    assert len(gates.judge_all(faces, "test", ways, smiling=False, people=0)) == 0


FACE = good()


@pytest.mark.parametrize("name", [name for name in gates.FAULTS if name != "eyes painted closed"])
def test_each_fault_changes_the_picture_and_neither_kind_nor_much_of_its_size(name):
    small = np.asarray(cv2.resize(FACE, (280, 280), interpolation=cv2.INTER_AREA), np.uint8)
    spoilt = gates.FAULTS[name](small)
    assert spoilt.dtype == np.uint8
    assert spoilt.shape[0] >= 0.9 * 280
    assert spoilt.shape != small.shape or not np.array_equal(spoilt, small)


def test_spectacles_cover_the_eyes_and_leave_the_rest():
    worn = gates.in_spectacles(FACE)
    changed = np.flatnonzero((worn != FACE).any(axis=2).any(axis=1))
    assert 0 < len(changed) < FACE.shape[0] / 3
