"""Hair on the face: brows, the shade of a beard, and where the hair of the head begins."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import along, draw_line, mirrored, on_side, smooth_line
from inference.training.generator.chart import LIPS_INNER, OVAL, Canvas
from inference.training.generator.identity import Identity
from inference.training.generator.maps import Cover
from inference.training.generator.noise import (
    Field,
    scattered_points,
    smoothstep,
    stream,
    waves,
)

BROW_UPPER = (107, 66, 105, 63, 70)
BROW_LOWER = (55, 65, 52, 53, 46)


def brows(identity: Identity, canvas: Canvas) -> Field:
    """Return brow hairs: strokes that rise near the nose and lie down outwards."""
    rng = stream(identity.seed, "brows")
    scale, thick = canvas.scale, identity.brow_thickness
    mask = np.zeros(canvas.shape, np.uint8)
    under = np.zeros(canvas.shape, np.float32)
    for right in (True, False):
        upper = along(canvas, *on_side(BROW_UPPER, right=right), steps=60)
        lower = along(canvas, *on_side(BROW_LOWER, right=right), steps=60)
        middle, half = (upper + lower) / 2, (upper - lower) / 2
        taper = np.interp(np.linspace(0, 1, 60), [0, 0.2, 0.7, 1], [0.75, 1, 0.8, 0.2])[:, None]
        half = half * taper.astype(np.float32) * 0.62 * thick
        outline = np.concatenate([middle + half, (middle - half)[::-1]])
        under = np.maximum(under, canvas.filled(outline, 1.0))
        outwards = -1 if right else 1
        for _ in range(int(330 * thick)):
            at = int(rng.integers(0, 60))
            start = middle[at] + half[at] * rng.uniform(-1, 1)
            lean = np.interp(at, [0, 15, 60], [0.3, 1.0, 1.6])
            way = np.array([outwards * lean, rng.normal(-0.55 if at < 35 else 0.25, 0.25)])
            way = way / np.linalg.norm(way) * rng.uniform(2.5, 5.5) * scale
            stroke = smooth_line(
                np.stack([start, start + way * 0.5, start + way + [0, 0.5 * scale]]), 6
            )
            draw_line(mask, stroke, int(rng.integers(110, 230)), max(1, round(0.22 * scale)))
    return np.clip(canvas.blurred(mask.astype(np.float32) / 255, 0.12) + 0.45 * under, 0, 0.93)


def stubble(identity: Identity, canvas: Canvas) -> Field:
    """Return the shade of a shaved beard: along jaw, chin and upper lip."""
    rng = stream(identity.seed, "beard")
    jaw = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
    left = tuple(int(mirrored()[index]) for index in reversed(jaw[:-1]))
    outline = canvas.landmarks(*jaw, *left, 411, 287, 164, 57, 187)
    area = canvas.filled(outline, 6.0) * (1 - canvas.filled(canvas.landmarks(*LIPS_INNER), 1.5))
    columns, rows = (scattered_points(rng, 42000) * np.array(canvas.shape[::-1])).astype(int).T
    dots = np.zeros(canvas.shape, np.float32)
    dots[rows, columns] = rng.uniform(0.3, 1.0, len(rows))
    sigma = 0.13 * canvas.scale
    soft = cv2.GaussianBlur(dots, (0, 0), max(0.4, sigma)) * np.float32(max(1.0, 6.3 * sigma**2))
    return np.asarray(area * (0.10 + 0.75 * np.clip(soft, 0, 1)) * identity.beard, np.float32)


def draw_hairline(
    identity: Identity, canvas: Canvas, cover: Cover, hair: NDArray[np.float32]
) -> None:
    """Let the hair begin on the upper forehead and the temples, strand by strand."""
    rng = stream(identity.seed, "hairline")
    shape, scale = canvas.shape, canvas.scale
    oval = canvas.filled(canvas.landmarks(*OVAL))
    inside = cv2.distanceTransform((oval > 0.5).astype(np.uint8), cv2.DIST_L2, 5) / scale
    rows = (np.arange(shape[0], dtype=np.float32) / scale)[:, None]
    eye_row = float(canvas.landmarks(33)[0, 1] / scale)
    temple = smoothstep(rows, eye_row + 4, eye_row - 22)
    edge = (3.0 - 3.0 * identity.hairline) * temple - 16 * (1 - temple)
    edge = edge + 2.2 * waves(rng, shape, scale, 26)
    strands = waves(rng, shape, scale, 9.0, stretch=0.09) + 0.6 * waves(
        rng, shape, scale, 5.0, stretch=0.10
    )
    uneven, soft = (0.7, 3.2) if identity.swept else (1.2, 2.2)
    reach = (edge + uneven * strands - inside).astype(np.float32)
    share = smoothstep(reach, -soft, soft)
    tint = hair * (0.75 + 0.35 * np.clip(strands, -1.5, 2.5))[..., None]
    cover.lay(share, np.clip(tint, 0.004, 1).astype(np.float32), 0.12)
