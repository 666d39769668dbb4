"""Triangle meshes: smooth subdivision, normals, and drawing which triangle covers which pixel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import face_triangles

Points = NDArray[np.float32]
Triangles = NDArray[np.int32]
SUBPIXEL = 4  # bits of sub-pixel precision when drawing triangles
SHARPEN = 0.6  # share of what subdivision rounds off that is given back beforehand


@dataclass(frozen=True)
class Smooth:
    """A subdivided face: fine points are `weights @ coarse points`; the first 468 are landmarks."""

    weights: NDArray[np.float32]  # (fine, 468)
    triangles: Triangles  # (m, 3)


@cache
def smooth_face(levels: int) -> Smooth:
    """Return the face mesh after `levels` rounds of Loop subdivision (C. Loop, 1987).

    Subdivision rounds the nose and the eyelids off, so the coarse points are pushed out first.
    """
    triangles = face_triangles()
    count = int(triangles.max()) + 1
    weights = np.eye(count)
    for _ in range(levels):
        step, triangles = _loop_step(len(weights), triangles)
        weights = step @ weights
    identity = np.eye(count)
    push = identity + SHARPEN * (identity - weights[:count])
    return Smooth((weights @ push).astype(np.float32), triangles)


def _loop_step(count: int, triangles: Triangles) -> tuple[NDArray[np.float64], Triangles]:
    """Return one round's matrix (count + edges, count) and the four times as many triangles."""
    sides = np.sort(triangles[:, [0, 1, 1, 2, 2, 0]].reshape(-1, 2), axis=1)
    edges, which, faces = np.unique(sides, axis=0, return_inverse=True, return_counts=True)
    which = which.reshape(-1, 3)
    step = np.zeros((count + len(edges), count))
    inner = faces == 2
    rows = count + np.arange(len(edges))
    for end in range(2):
        step[rows, edges[:, end]] += np.where(inner, 3 / 8, 1 / 2)
    for side, opposite in ((0, 2), (1, 0), (2, 1)):
        edge = which[:, side]
        np.add.at(step, (count + edge, triangles[:, opposite]), np.where(inner[edge], 1 / 8, 0.0))
    step[:count] = _vertex_rule(count, edges, inner)
    middle = count + which
    a, b, c = triangles.T
    ab, bc, ca = middle.T
    fine = np.stack([a, ab, ca, ab, b, bc, ca, bc, c, ab, bc, ca], axis=1).reshape(-1, 3)
    return step, fine.astype(np.int32)


def _vertex_rule(
    count: int, edges: NDArray[np.int32], inner: NDArray[np.bool_]
) -> NDArray[np.float64]:
    """Return where the old points move: (count, count), Loop's weights as simplified by Warren."""
    linked = np.zeros((count, count))
    linked[edges[:, 0], edges[:, 1]] = linked[edges[:, 1], edges[:, 0]] = 1
    rim = np.zeros((count, count))
    border = edges[~inner]
    rim[border[:, 0], border[:, 1]] = rim[border[:, 1], border[:, 0]] = 1
    degree = linked.sum(axis=1)
    beta = np.where(degree > 3, 3 / (8 * np.maximum(degree, 1)), 3 / 16)
    move = linked * beta[:, None] + np.diag(1 - degree * beta)
    on_rim = rim.sum(axis=1) > 0
    move[on_rim] = rim[on_rim] / 8 + np.eye(count)[on_rim] * 3 / 4
    return move


def normals(points: Points, triangles: Triangles) -> Points:
    """Return unit normals (n, 3) of the points, pointing out of the mesh."""
    corners = points[triangles]
    cross = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    total = np.zeros_like(points)
    for axis in range(3):
        for corner in range(3):
            total[:, axis] += np.bincount(
                triangles[:, corner], weights=cross[:, axis], minlength=len(points)
            )
    length = np.linalg.norm(total, axis=1, keepdims=True)
    return np.asarray(total / np.maximum(length, 1e-9), np.float32)


def cover(
    projected: NDArray[np.float32],
    depth: NDArray[np.float32],
    triangles: Triangles,
    shape: tuple[int, int],
    *,
    both_sides: NDArray[np.bool_] | None = None,
) -> NDArray[np.int32]:
    """Return which triangle each pixel shows, -1 for none: int32 `shape`.

    Painter's algorithm: triangles that face away are dropped (but for those in `both_sides`), the
    rest drawn from far to near. `projected` is (n, 2) in pixels, `depth` (n,) grows away.
    """
    corners = projected[triangles]
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    turn = ab[:, 0] * ac[:, 1] - ab[:, 1] * ac[:, 0]
    seen = turn < 0
    if both_sides is not None:
        seen |= both_sides
    chosen = np.flatnonzero(seen)
    chosen = chosen[np.argsort(-depth[triangles[chosen]].mean(axis=1), kind="stable")]
    fixed = np.round(corners[chosen] * (1 << SUBPIXEL)).astype(np.int32)
    which = np.full(shape, -1, np.int32)
    for index, polygon in zip(chosen.tolist(), fixed, strict=True):
        cv2.fillConvexPoly(which, polygon, index, lineType=cv2.LINE_8, shift=SUBPIXEL)
    return which


def interpolate(
    which: NDArray[np.int32],
    projected: NDArray[np.float32],
    triangles: Triangles,
    values: NDArray[np.float32],
) -> tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.float32]]:
    """Return rows, columns and interpolated `values` (n, k) of every covered pixel.

    `values` is (points, k); `which` comes from `cover`.
    """
    rows, columns = np.nonzero(which >= 0)
    corners = projected[triangles].astype(np.float64)
    matrix = np.concatenate([corners, np.ones((len(triangles), 3, 1))], axis=2)
    flat = np.abs(np.linalg.det(matrix)) < 1e-6
    matrix[flat] = np.eye(3)
    plane = np.linalg.solve(matrix, values[triangles].astype(np.float64)).astype(np.float32)
    plane[flat, :2], plane[flat, 2] = 0, values[triangles[flat]].mean(axis=1)
    chosen = plane[which[rows, columns]]
    result = chosen[:, 2] + chosen[:, 0] * columns[:, None].astype(np.float32)
    result += chosen[:, 1] * rows[:, None].astype(np.float32)
    return rows, columns, result
