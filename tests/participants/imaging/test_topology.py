"""The rings are those of the package."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from participants.imaging import topology

SCRIPT = Path(__file__).parents[3] / "node_modules/@mediapipe/face_mesh/face_mesh.js"
RINGS = {
    "FACE_OVAL": topology.FACE_OVAL,
    "RIGHT_EYE": topology.RIGHT_EYE,
    "LEFT_EYE": topology.LEFT_EYE,
    "LIPS": topology.LIPS,
}
BROWS = {"RIGHT_EYEBROW": topology.RIGHT_BROW, "LEFT_EYEBROW": topology.LEFT_BROW}


def edges(name: str) -> set[frozenset[int]]:
    script = SCRIPT.read_text()
    variable = re.search(rf'"FACEMESH_{name}",(\w+)\)', script)[1]
    listed = re.search(rf"[\s,;]{variable}=(\[\[.*?\]\])", script, re.DOTALL)[1]
    return {frozenset(pair) for pair in json.loads(listed)}


@pytest.mark.parametrize("name", RINGS)
def test_neighbours_in_a_ring_are_edges_of_the_package(name):
    ring = RINGS[name]
    pairs = {frozenset(pair) for pair in zip(ring, (*ring[1:], ring[0]), strict=True)}
    assert pairs <= edges(name)
    assert len(set(ring)) == len(ring)


@pytest.mark.parametrize("name", BROWS)
def test_the_brows_have_the_points_of_the_package(name):
    assert set(BROWS[name]) == set().union(*edges(name))


def test_the_oval_and_eyes_are_whole():
    for name in ("FACE_OVAL", "RIGHT_EYE", "LEFT_EYE"):
        assert set(RINGS[name]) == set().union(*edges(name))
