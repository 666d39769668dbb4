"""A photographed face registered on the chart: where each pixel lies, its normal, where skin is."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.masks import covered_mask
from inference.training.generator.chart import (
    LEFT_BROW,
    LEFT_EYE,
    LIPS_OUTER,
    RIGHT_BROW,
    RIGHT_EYE,
    Canvas,
    chart_mm,
)
from inference.training.generator.mesh import Smooth, cover, interpolate, normals, smooth_face
from inference.training.generator.noise import Field
from inference.training.generator.skin import srgb_to_linear
from participants.imaging.scale import pixels_per_mm

LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)  # of linear light, Rec. 709
# Outlines that are no skin, and how far about them nothing is painted, mm.
NO_SKIN = (
    (LEFT_EYE, 2.5),
    (RIGHT_EYE, 2.5),
    (LIPS_OUTER, 1.0),
    (LEFT_BROW, 2.0),
    (RIGHT_BROW, 2.0),
)
# Below this share of the cheeks' light a place is hair or a nostril; twice that it is skin.
DARK = 0.22
CANVAS_LEAST, CANVAS_MOST = 2.2, 5.0  # pixels per millimetre of the chart


@dataclass(frozen=True)
class Surface:
    """The part of a photo a face takes up; fields are (h, w) or (h, w, k) over that part."""

    box: tuple[slice, slice]  # rows and columns of the part in the photo
    canvas: Canvas
    per_mm: float  # photo pixels a millimetre
    across: Field  # the chart's pixel x of each photo pixel, at `canvas`
    down: Field
    face: Field  # 1 within the mesh
    skin: Field  # 0 to 1, how surely open skin
    normal: Field  # (h, w, 3) unit, x right, y down, z away from the camera
    along_x: Field  # (h, w, 3) the chart's x and y as unit directions there
    along_y: Field
    linear: Field  # (h, w, 3) linear light of the photo
    points: NDArray[np.float32]  # (fine, 2) the subdivided mesh in pixels of the part

    def to_photo(self, values: Field) -> Field:
        """Bring a field of the chart (H, W) or (H, W, k ≤ 4) to the part."""
        warped = cv2.remap(
            np.ascontiguousarray(values), self.across, self.down, cv2.INTER_LINEAR,
            borderMode=cv2.BORDER_REPLICATE,
        )  # fmt: skip
        return np.asarray(warped, np.float32)

    def to_chart(self, values: Field, canvas: Canvas) -> Field:
        """Bring a field of the part (h, w) or (h, w, k ≤ 4) to a chart, 0 where no face is."""
        smooth = smooth_face(2)
        chart = canvas.pixels(smooth.weights @ chart_mm())
        every = np.ones(len(smooth.triangles), np.bool_)
        flat = np.zeros(len(chart), np.float32)
        which = cover(chart, flat, smooth.triangles, canvas.shape, both_sides=every)
        rows, columns, interpolated = interpolate(which, chart, smooth.triangles, self.points)
        x, y = (np.full(canvas.shape, -9, np.float32) for _ in range(2))
        x[rows, columns], y[rows, columns] = interpolated[:, 0], interpolated[:, 1]
        got = cv2.remap(
            np.ascontiguousarray(values), x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT
        )
        return np.asarray(got, np.float32)


def surface_of(pixels: NDArray[np.uint8], landmarks: NDArray[np.float32]) -> Surface:
    """Register a photo, uint8 (H, W, 3) sRGB, with the chart by its landmarks (468, 3)."""
    per_mm = float(pixels_per_mm(landmarks))
    canvas = Canvas(float(np.clip(round(per_mm * 1.1, 1), CANVAS_LEAST, CANVAS_MOST)))
    smooth = smooth_face(2)
    fine = (smooth.weights @ landmarks[:, :3]).astype(np.float32)
    low = np.maximum(np.floor(fine[:, :2].min(axis=0)).astype(int) - 2, 0)
    high = np.minimum(np.ceil(fine[:, :2].max(axis=0)).astype(int) + 3, pixels.shape[1::-1])
    box = (slice(low[1], high[1]), slice(low[0], high[0]))
    points = (fine[:, :2] - low).astype(np.float32)
    linear = srgb_to_linear(pixels[box]).astype(np.float32)
    which = cover(points, fine[:, 2], smooth.triangles, linear.shape[:2])
    chart = canvas.pixels(smooth.weights @ chart_mm()) - np.float32(0.5)
    values = np.concatenate([chart, normals(fine, smooth.triangles)], axis=1)
    rows, columns, interpolated = interpolate(which, points, smooth.triangles, values)
    across, down = (np.full(which.shape, -10, np.float32) for _ in range(2))
    across[rows, columns], down[rows, columns] = interpolated[:, 0], interpolated[:, 1]
    normal = np.zeros((*which.shape, 3), np.float32)
    normal[..., 2] = -1
    normal[rows, columns] = interpolated[:, 2:]
    axes = np.zeros((*which.shape, 6), np.float32)
    axes[rows, columns] = _axes(smooth, fine)[which[rows, columns]]
    inside = (which >= 0).astype(np.float32)
    axes = _spread(axes, inside, per_mm)
    return Surface(
        box, canvas, per_mm, across, down, inside,
        _skin(pixels, landmarks, box, points, linear, inside, per_mm),
        normal, axes[..., :3], axes[..., 3:], linear, points,
    )  # fmt: skip


def _axes(smooth: Smooth, fine: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return for each triangle the chart's x and y as unit directions in space: (m, 6)."""
    flat = (smooth.weights @ chart_mm())[smooth.triangles]
    space = fine[smooth.triangles]
    on_chart = np.stack([flat[:, 1] - flat[:, 0], flat[:, 2] - flat[:, 0]], axis=1)
    in_space = np.stack([space[:, 1] - space[:, 0], space[:, 2] - space[:, 0]], axis=1)
    area = np.linalg.det(on_chart)
    on_chart[np.abs(area) < 1e-6] = np.eye(2)
    axes = np.linalg.inv(on_chart) @ in_space
    axes /= np.maximum(np.linalg.norm(axes, axis=2, keepdims=True), 1e-6)
    return np.asarray(axes.reshape(-1, 6), np.float32)


def _spread(values: Field, inside: Field, sigma: float) -> Field:
    """Smooth values (h, w, k) over the mesh, what lies outside left out of the mean."""
    weight = np.maximum(cv2.GaussianBlur(inside, (0, 0), sigma), 1e-3)
    planes = [cv2.GaussianBlur(values[..., k], (0, 0), sigma) for k in range(values.shape[2])]
    return np.asarray(np.dstack(planes) / weight[..., None], np.float32)


def _skin(
    pixels: NDArray[np.uint8],
    landmarks: NDArray[np.float32],
    box: tuple[slice, slice],
    points: NDArray[np.float32],
    linear: Field,
    inside: Field,
    per_mm: float,
) -> Field:
    """Return 0 to 1: within the mesh, off eyes, lips and brows, neither hair nor a dark hole."""
    mask = np.full(inside.shape, 255, np.uint8)
    for outline, reach in NO_SKIN:
        corners = points[list(outline)].round().astype(np.int32)
        cv2.fillPoly(mask, [corners], 0)
        cv2.polylines(mask, [corners], True, 0, max(1, round(2 * reach * per_mm)))
    mask[covered_mask(pixels, landmarks[:, :2].astype(np.float64), per_mm)[box] > 0] = 0
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.6 * per_mm)
    light = cv2.GaussianBlur(linear @ LUMA, (0, 0), 1.2 * per_mm)
    usual = float(np.median(light[(mask > 0) & (inside > 0)]))
    dark = np.clip((light / max(usual, 1e-4) - DARK) / DARK, 0, 1)
    edge = np.clip(cv2.GaussianBlur(inside, (0, 0), 1.5 * per_mm) * 2 - 1, 0, 1)
    return np.asarray(np.where(mask > 0, soft, 0) * dark * edge, np.float32)
