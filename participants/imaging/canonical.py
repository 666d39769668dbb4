"""The canonical face: 468 points in millimetres, their triangles and their place in a flat map.

Source: `geometry_pipeline_metadata_landmarks.binarypb` in the npm package `@mediapipe/face_mesh`
0.4.1633559619 (Apache-2.0), the metric face MediaPipe fits its landmarks to. The numbers are kept
in `data/canonical_face.npz` so that nothing here needs Node; `parse_geometry` made that file and a
test compares the two.

Frame: x to the right and y down as seen in a photo of the face (the participant's right eye has
negative x), z away from the camera, origin inside the head. The same axes as the landmarks found in
photos, so a landmark is about `scale * rotation @ canonical + shift`. The file's own axes (y up, z
to the viewer, centimetres) differ by half a turn about x.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

DATA = Path(__file__).with_name("data") / "canonical_face.npz"
POINTS = 468
TRIANGLES = 898

# The outer and inner corner of each eye, "right" and "left" in the participant's own sense.
RIGHT_EYE_OUTER, RIGHT_EYE_INNER = 33, 133
LEFT_EYE_INNER, LEFT_EYE_OUTER = 362, 263
# What lies on bone and hardly moves with the face's expression: the eyes' corners, the bridge, the
# middle and the base of the nose, the forehead, the temples.
STEADY_POINTS = (
    RIGHT_EYE_OUTER, RIGHT_EYE_INNER, LEFT_EYE_INNER, LEFT_EYE_OUTER,
    168, 197, 2, 151, 10, 127, 356,
)  # fmt: skip


@dataclass(frozen=True)
class Geometry:
    """The file's own numbers: centimetres, y up, z to the viewer."""

    vertices_cm: NDArray[np.float32]  # (468, 3)
    uv: NDArray[np.float32]  # (468, 2), 0 to 1, v downwards
    triangles: NDArray[np.int32]  # (898, 3), anti-clockwise seen from outside
    fit_indices: NDArray[np.int32]  # (33,), the points MediaPipe fits the pose to
    fit_weights: NDArray[np.float32]  # (33,)


@cache
def _geometry() -> Geometry:
    with np.load(DATA, allow_pickle=False) as stored:
        return Geometry(**{name: stored[name] for name in stored.files})


def canonical_face() -> NDArray[np.float32]:
    """Return a copy of the canonical points: float32 (468, 3), millimetres, frame as above."""
    return _geometry().vertices_cm * np.array([10, -10, -10], np.float32)


def face_triangles() -> NDArray[np.int32]:
    """Return a copy of the triangles: int32 (898, 3), indices into the 468 points.

    With a triangle's corners a, b, c, `cross(b - a, c - a)` points out of the face. The eyes and
    the mouth are closed by triangles of their own.
    """
    return _geometry().triangles.copy()


def face_uv() -> NDArray[np.float32]:
    """Return a copy of the texture map: float32 (468, 2), u to the right, v down, both 0 to 1."""
    return _geometry().uv.copy()


def fit_basis() -> tuple[NDArray[np.int32], NDArray[np.float32]]:
    """Return the indices (33,) and weights (33,) of the points MediaPipe's own pose fit uses."""
    geometry = _geometry()
    return geometry.fit_indices.copy(), geometry.fit_weights.copy()


def parse_geometry(message: bytes) -> Geometry:
    """Read MediaPipe's `GeometryPipelineMetadata` protocol buffer.

    Raises ValueError when it is not the mesh of 468 points and 898 triangles.
    """
    mesh = b""
    basis: list[dict[int, float]] = []
    for field, value in _fields(message):
        if field == 1 and isinstance(value, bytes):
            mesh = value
        elif field == 2 and isinstance(value, bytes):
            basis.append({key: float(number) for key, number in _fields(value)})
    parts = list(_fields(mesh))
    vertices = np.array([value for field, value in parts if field == 3], np.float32)
    corners = np.array([value for field, value in parts if field == 4], np.int32)
    if vertices.size != POINTS * 5 or corners.size != TRIANGLES * 3:
        raise ValueError(f"not the 468-point face: {vertices.size} numbers, {corners.size} corners")
    vertices = vertices.reshape(POINTS, 5)
    return Geometry(
        vertices_cm=vertices[:, :3].copy(),
        uv=vertices[:, 3:].copy(),
        triangles=corners.reshape(TRIANGLES, 3),
        fit_indices=np.array([entry[1] for entry in basis], np.int32),
        fit_weights=np.array([entry[2] for entry in basis], np.float32),
    )


def _fields(message: bytes) -> Iterator[tuple[int, int | float | bytes]]:
    """Walk a protocol buffer: (field number, value) for the three wire types the file uses."""
    at = 0
    while at < len(message):
        key, at = _varint(message, at)
        value: int | float | bytes
        match key & 7:
            case 0:
                value, at = _varint(message, at)
            case 2:
                size, at = _varint(message, at)
                value, at = message[at : at + size], at + size
            case 5:
                value, at = struct.unpack_from("<f", message, at)[0], at + 4
            case wire:
                raise ValueError(f"wire type {wire} is not expected in the face geometry")
        yield key >> 3, value


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = message[at]
        value |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return value, at
