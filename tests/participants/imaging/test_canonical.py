"""The canonical face is the package's own, in the frame its docstring promises."""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pytest

from participants.imaging.canonical import (
    DATA,
    LEFT_EYE_OUTER,
    RIGHT_EYE_OUTER,
    canonical_face,
    face_triangles,
    face_uv,
    fit_basis,
    parse_geometry,
)

ASSETS = (
    Path(__file__).parents[3]
    / "node_modules/@mediapipe/face_mesh/face_mesh_solution_packed_assets.data"
)
NOSE_TIP, CHIN, FOREHEAD = 4, 152, 10


def test_the_stored_numbers_are_those_of_the_package():
    message = ASSETS.read_bytes()[3737848:3757224]
    parsed = parse_geometry(message)
    with np.load(DATA) as stored:
        for name in stored.files:
            np.testing.assert_array_equal(stored[name], getattr(parsed, name))


def test_the_frame_is_that_of_a_photo():
    face = canonical_face()
    assert face.shape == (468, 3)
    assert face.dtype == np.float32
    assert face[RIGHT_EYE_OUTER, 0] < 0 < face[LEFT_EYE_OUTER, 0]
    assert face[FOREHEAD, 1] < face[CHIN, 1]
    assert face[NOSE_TIP, 2] == face[:, 2].min()


def test_the_size_is_that_of_a_head_in_millimetres():
    face = canonical_face()
    assert 140 < np.ptp(face[:, 0]) < 170
    assert 160 < np.ptp(face[:, 1]) < 190


def test_the_face_is_symmetric_about_its_middle():
    face = canonical_face()
    mirrored = face * [-1, 1, 1]
    nearest = np.linalg.norm(face[None] - mirrored[:, None], axis=2).min(axis=1)
    assert nearest.max() < 1.0


def test_triangles_cover_every_point_and_face_outwards():
    face, triangles = canonical_face(), face_triangles()
    assert triangles.shape == (898, 3)
    assert set(triangles.ravel()) == set(range(468))
    a, b, c = face[triangles[:, 0]], face[triangles[:, 1]], face[triangles[:, 2]]
    towards_camera = np.cross(b - a, c - a)[:, 2] < 0
    assert towards_camera.mean() > 0.97


def test_the_flat_map_has_the_forehead_above_the_chin():
    uv = face_uv()
    assert uv.shape == (468, 2)
    assert uv.min() >= 0
    assert uv.max() <= 1
    assert uv[FOREHEAD, 1] < uv[CHIN, 1]


def test_the_fit_basis_is_33_weighted_points():
    indices, weights = fit_basis()
    assert len(indices) == len(weights) == 33
    assert np.all(weights > 0)


def test_callers_cannot_change_the_face_for_others():
    digest = hashlib.sha256(canonical_face().tobytes()).digest()
    for array in (canonical_face(), face_triangles(), face_uv(), *fit_basis()):
        array[...] = 0
    assert hashlib.sha256(canonical_face().tobytes()).digest() == digest


def test_another_message_is_refused():
    with pytest.raises(ValueError, match="468-point"):
        parse_geometry(b"\x18\x01")
