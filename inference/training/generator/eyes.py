"""The eyes: eyeball within the lids, lashes and the crease of the lid."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import along, draw_line, on_side
from inference.training.generator.chart import LEFT_EYE, RIGHT_EYE, Canvas
from inference.training.generator.identity import EYES, Identity
from inference.training.generator.maps import Cover
from inference.training.generator.noise import Field, smoothstep, stream

UPPER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133)
LOWER_LID = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LID_CREASE = (226, 247, 30, 29, 27, 28, 56, 190)
IRIS_MM = 11.7  # visible iris diameter, 11.7 mm with a deviation of 0.5 (Ruefer 2005)
PUPIL_MM = 3.6
WHITE = (0.60, 0.55, 0.52)
INNER_CORNER = (0.42, 0.17, 0.15)


def draw_eye(identity: Identity, canvas: Canvas, cover: Cover, *, right: bool) -> None:
    """Paint one eyeball over the skin, in place: white, iris, pupil, the lid's shadow, a glint."""
    scale = canvas.scale
    outline = canvas.landmarks(*(RIGHT_EYE if right else LEFT_EYE))
    low = np.floor(outline.min(axis=0) - 3 * scale).astype(int)
    high = np.ceil(outline.max(axis=0) + 3 * scale).astype(int)
    window = np.s_[low[1] : high[1], low[0] : high[0]]
    opening = canvas.filled(outline, 0.12)[window]
    columns, rows = np.meshgrid(
        np.arange(low[0], high[0], dtype=np.float32), np.arange(low[1], high[1], dtype=np.float32)
    )
    corners = canvas.landmarks(33, 133) if right else canvas.landmarks(263, 362)
    lids = canvas.landmarks(159, 145) if right else canvas.landmarks(386, 374)
    centre = np.array([corners[:, 0].mean(), lids[:, 1].mean() - 0.5 * scale], np.float32)
    colour = np.empty((*opening.shape, 3), np.float32)
    colour[:] = WHITE
    from_corner = (columns - corners[1, 0]) ** 2 + (rows - corners[1, 1]) ** 2
    pink = np.exp(-from_corner / (2 * scale) ** 2)[..., None]
    colour += pink * (np.array(INNER_CORNER, np.float32) - colour)
    _iris(identity, colour, (columns - centre[0]) / scale, (rows - centre[1]) / scale)
    lid_line = np.interp(columns[0], *_by_x(along(canvas, *on_side(UPPER_LID, right=right))))
    below = ((rows - lid_line[None]) / scale).astype(np.float32)
    colour *= (0.35 + 0.65 * smoothstep(below, -0.3, 2.6))[..., None]
    for shift, size, gain in ((-1.7, 0.75, 1.5), (1.5, 0.4, 0.35)):
        away = np.hypot(columns - centre[0] - shift * scale, rows - centre[1] + 1.5 * scale)
        colour += gain * smoothstep((away / scale).astype(np.float32), size, size / 2)[..., None]
    cover.lay(opening, colour, 0.8, window)


def _iris(identity: Identity, colour: Field, across: Field, down: Field) -> None:
    """Paint iris and pupil in place; `across` and `down` are millimetres from the pupil."""
    rng = stream(identity.seed, "eye")
    away, angle = np.hypot(across, down), np.arctan2(down, across)
    radius = IRIS_MM / 2
    rays = np.zeros(away.shape, np.float32)
    for turns in (23, 37, 51):
        rays += np.sin(turns * angle + np.float32(rng.uniform(0, 6.28)))
    iris = np.array(EYES[identity.eyes], np.float32) * (1 + 0.12 * rays[..., None])
    iris = iris * (1.25 - 0.75 * smoothstep(away, radius * 0.72, radius)[..., None])
    colour += smoothstep(away, radius + 0.25, radius - 0.25)[..., None] * (iris - colour)
    pupil = smoothstep(away, PUPIL_MM / 2 + 0.15, PUPIL_MM / 2 - 0.15)[..., None]
    colour += pupil * (np.float32(0.006) - colour)


def _by_x(line: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    order = line[:, 0].argsort()
    return line[order, 0], line[order, 1]


def lashes(identity: Identity, canvas: Canvas) -> Field:
    """Return lashes, the dark rim of the lids and the crease above: 0 to 1."""
    rng = stream(identity.seed, "lashes")
    scale = canvas.scale
    mask = np.zeros(canvas.shape, np.uint8)
    long = 4.2 if identity.sex == "female" else 2.6
    for right in (True, False):
        upper = along(canvas, *on_side(UPPER_LID, right=right), steps=46)
        lower = along(canvas, *on_side(LOWER_LID, right=right), steps=46)
        crease = along(canvas, *on_side(LID_CREASE, right=right), steps=40)
        draw_line(mask, upper, 235, max(1, round(0.75 * scale)))
        draw_line(mask, lower, 95, max(1, round(0.4 * scale)))
        draw_line(mask, crease, 70, max(1, round(0.5 * scale)))
        outwards = -1 if right else 1
        for index in range(2, 46):
            spread = (22 - index) / 22
            tip = np.array([outwards * (0.5 + spread), -1.0]) * long * 0.55 * rng.uniform(0.6, 1.1)
            stroke = np.stack([upper[index], upper[index] + tip * scale * 0.6])
            draw_line(mask, stroke.astype(np.float32), 150, max(1, round(0.16 * scale)))
    return canvas.blurred(mask.astype(np.float32) / 255, 0.10)
