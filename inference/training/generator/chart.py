"""The flat chart of the face: where each of the 468 points lies on the texture, in millimetres.

The texture is painted flat and wrapped around the head, so a spot must be as large on the texture
as on the skin. The chart is unrolled from a cylinder and then made as rigid as possible (Liu et al.
2008, "A local/global approach to mesh parameterization"), which keeps lengths within a few per
cent on most of the face.

Texture frame: x to the right and y down as seen from in front, so the participant's right cheek is
on the left. Millimetres from the middle; the texture is `WIDTH_MM` by `HEIGHT_MM`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import canonical_face, face_triangles

WIDTH_MM, HEIGHT_MM = 252.0, 196.0
ROUNDS = 30

RIGHT_EYE = (33, 7, 163, 144, 145, 153, 154, 155, 133, 173, 157, 158, 159, 160, 161, 246)
LEFT_EYE = (263, 249, 390, 373, 374, 380, 381, 382, 362, 398, 384, 385, 386, 387, 388, 466)
LIPS_OUTER = (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291, 409, 270, 269, 267, 0, 37, 39, 40,
              185)  # fmt: skip
LIPS_INNER = (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308, 415, 310, 311, 312, 13, 82, 81, 80,
              191)  # fmt: skip
RIGHT_BROW = (46, 53, 52, 65, 55, 107, 66, 105, 63, 70)
LEFT_BROW = (276, 283, 282, 295, 285, 336, 296, 334, 293, 300)
OVAL = (10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
        152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67,
        109)  # fmt: skip


@cache
def chart_mm() -> NDArray[np.float32]:
    """Return where each landmark lies on the texture: float32 (468, 2), millimetres from middle."""
    points = canonical_face().astype(np.float64)
    triangles = face_triangles()
    around = np.arctan2(points[:, 0], 25.0 - points[:, 2])
    flat = np.stack([around * 85.0, points[:, 1]], axis=1)
    local = _unfold(points[triangles])
    weights = _cotangents(local)
    laplacian = np.zeros((len(points), len(points)))
    for corner in range(3):
        a, b = triangles[:, (corner + 1) % 3], triangles[:, (corner + 2) % 3]
        np.add.at(laplacian, (a, b), -weights[:, corner])
        np.add.at(laplacian, (b, a), -weights[:, corner])
    np.fill_diagonal(laplacian, 0.0)
    np.fill_diagonal(laplacian, -laplacian.sum(axis=1) + 1e-9)
    solve = np.linalg.inv(laplacian)
    for _ in range(ROUNDS):
        flat = solve @ _wanted(flat, triangles, local, weights)
        flat -= flat.mean(axis=0)
    flat[:, 0] -= flat[list(OVAL), 0].mean()
    low, high = flat.min(axis=0), flat.max(axis=0)
    return np.asarray(flat - (low + high) / 2, np.float32)


def _unfold(corners: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lay each triangle (n, 3, 3) flat: (n, 3, 2), first corner at 0, y down like the texture."""
    ab, ac = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    length = np.linalg.norm(ab, axis=1)
    along = (ab * ac).sum(axis=1) / length
    height = np.sqrt(np.maximum((ac * ac).sum(axis=1) - along**2, 1e-12))
    flat = np.zeros((len(corners), 3, 2))
    flat[:, 1, 0], flat[:, 2, 0], flat[:, 2, 1] = length, along, -height
    return flat


def _cotangents(local: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return half the cotangent of each corner (n, 3), kept positive so that nothing folds."""
    result = np.zeros(local.shape[:2])
    for corner in range(3):
        u = local[:, (corner + 1) % 3] - local[:, corner]
        v = local[:, (corner + 2) % 3] - local[:, corner]
        cross = np.abs(u[:, 0] * v[:, 1] - u[:, 1] * v[:, 0])
        result[:, corner] = (u * v).sum(axis=1) / np.maximum(cross, 1e-9) / 2
    return np.clip(result, 0.05, 3.0)


def _wanted(
    flat: NDArray[np.float64],
    triangles: NDArray[np.int32],
    local: NDArray[np.float64],
    weights: NDArray[np.float64],
) -> NDArray[np.float64]:
    """Return the right-hand side: each triangle turned as it lies now, at its true size."""
    now = flat[triangles]
    covariance = np.zeros((len(triangles), 2, 2))
    for corner in range(3):
        first, second = (corner + 1) % 3, (corner + 2) % 3
        edge_now, edge_true = now[:, first] - now[:, second], local[:, first] - local[:, second]
        covariance += weights[:, corner, None, None] * edge_now[:, :, None] * edge_true[:, None, :]
    turn = np.arctan2(
        covariance[:, 1, 0] - covariance[:, 0, 1], covariance[:, 0, 0] + covariance[:, 1, 1]
    )
    cosine, sine = np.cos(turn), np.sin(turn)
    rotation = np.stack([np.stack([cosine, -sine], 1), np.stack([sine, cosine], 1)], 1)
    wanted = np.zeros_like(flat)
    for corner in range(3):
        first, second = (corner + 1) % 3, (corner + 2) % 3
        edge = np.einsum("nij,nj->ni", rotation, local[:, first] - local[:, second])
        edge *= weights[:, corner, None]
        np.add.at(wanted, triangles[:, first], edge)
        np.add.at(wanted, triangles[:, second], -edge)
    return wanted


@dataclass(frozen=True)
class Canvas:
    """A texture of `scale` pixels per millimetre."""

    scale: float

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns."""
        return round(HEIGHT_MM * self.scale), round(WIDTH_MM * self.scale)

    def pixels(self, place_mm: NDArray[np.floating]) -> NDArray[np.float32]:
        """Return texture pixels (n, 2) of places on the chart (n, 2) in millimetres."""
        shifted = np.asarray(place_mm, np.float32) + np.array([WIDTH_MM / 2, HEIGHT_MM / 2])
        return np.asarray(shifted * self.scale, np.float32)

    def landmarks(self, *indices: int) -> NDArray[np.float32]:
        """Return texture pixels (n, 2) of these landmarks."""
        return self.pixels(chart_mm()[list(indices)])

    def filled(self, outline: NDArray[np.floating], blur_mm: float = 0.0) -> NDArray[np.float32]:
        """Return a mask, 0 to 1, of a polygon given in texture pixels, its edge blurred."""
        mask = np.zeros(self.shape, np.uint8)
        fixed = np.round(np.asarray(outline) * 16).astype(np.int32)
        cv2.fillPoly(mask, [fixed], 255, lineType=cv2.LINE_AA, shift=4)
        return self.blurred(mask.astype(np.float32) / 255, blur_mm)

    def blurred(self, values: NDArray[np.floating], blur_mm: float) -> NDArray[np.float32]:
        """Return the values after a Gaussian blur of this standard deviation in millimetres."""
        values = np.asarray(values, np.float32)
        sigma = blur_mm * self.scale
        if sigma < 0.3:
            return np.asarray(values, np.float32)
        if sigma < 6:
            return np.asarray(cv2.GaussianBlur(values, (0, 0), sigma), np.float32)
        step = sigma / 3
        size = (max(8, round(values.shape[1] / step)), max(8, round(values.shape[0] / step)))
        small = cv2.resize(values, size, interpolation=cv2.INTER_AREA)
        small = cv2.GaussianBlur(small, (0, 0), 3)
        full = cv2.resize(small, values.shape[::-1], interpolation=cv2.INTER_CUBIC)
        return np.asarray(full, np.float32)
