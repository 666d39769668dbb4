"""The tables that the phone's scripts hold, and those their tests go by, are the server's."""

import json
import re
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pytest

from participants.imaging import topology
from participants.imaging.canonical import canonical_face
from participants.imaging.profiles import NORMAL, VIEW_YAW

ROOT = Path(__file__).parents[3]
CAMERA = ROOT / "static/js/participants/capture/camera"


def numbers(module: str, name: str) -> list[float]:
    """The numbers of a flat table that a module of the camera exports."""
    text = (CAMERA / f"{module}.js").read_text()
    table = re.search(rf"export const {name} = (?:\w+\.of\(|\[)([^\])]*)[\])]", text)
    assert table, f"{module}.js exports no table {name}"
    return [float(number) for number in re.findall(r"-?[\d.]+", table[1])]


def test_the_canonical_face_is_the_servers() -> None:
    face = np.reshape(numbers("canonical", "CANONICAL"), (468, 3)) / 100
    assert face == pytest.approx(canonical_face(), abs=0.006)


@pytest.mark.parametrize(
    "ring", ["FACE_OVAL", "RIGHT_EYE", "LEFT_EYE", "RIGHT_BROW", "LEFT_BROW", "LIPS"]
)
def test_each_ring_is_the_servers(ring: str) -> None:
    assert numbers("topology", ring) == list(getattr(topology, ring))


def test_the_tests_of_the_scripts_go_by_the_profile_normal() -> None:
    """Another threshold here belongs into tests/js/normal.json as well."""
    handed_over = json.loads((ROOT / "tests/js/normal.json").read_text())
    assert handed_over["viewYaw"] == VIEW_YAW
    assert handed_over["gates"] == {code: asdict(gate) for code, gate in NORMAL.gates.items()}
