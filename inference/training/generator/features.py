"""What lies over the skin of the face: eyes, lashes, brows, nostrils, the mouth's line, hair."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.anatomy import along, draw_line, mirrored, smooth_line
from inference.training.generator.chart import (
    LEFT_EYE,
    LIPS_INNER,
    OVAL,
    RIGHT_EYE,
    Canvas,
)
from inference.training.generator.identity import EYES, HAIR, Identity
from inference.training.generator.maps import Cover
from inference.training.generator.noise import Field, smoothstep, stream, waves

UPPER_LID = (33, 246, 161, 160, 159, 158, 157, 173, 133)
LOWER_LID = (33, 7, 163, 144, 145, 153, 154, 155, 133)
LID_CREASE = (226, 247, 30, 29, 27, 28, 56, 190)
BROW_UPPER = (107, 66, 105, 63, 70)
BROW_LOWER = (55, 65, 52, 53, 46)
NOSTRIL = (20, 60, 75, 166, 79, 238)
IRIS_MM = 11.7  # visible iris diameter, 11.7 mm with a deviation of 0.5 (Ruefer 2005)


def draw_features(identity: Identity, canvas: Canvas) -> Cover:
    """Return the cover over a person's skin."""
    colour = np.zeros((*canvas.shape, 3), np.float32)
    share = np.zeros(canvas.shape, np.float32)
    cover = Cover(colour, share, np.zeros(canvas.shape, np.float32))
    hair = np.array(HAIR[identity.hair], np.float32)
    _mouth_and_nostrils(canvas, cover)
    for right in (True, False):
        _eye(identity, canvas, cover, right=right)
    lashes = np.array(HAIR["black"] if identity.fitzpatrick > 2 else HAIR["dark brown"], np.float32)
    _lay(cover, _lashes(identity, canvas), lashes)
    brow = hair if identity.hair != "grey" else np.array(HAIR["dark brown"], np.float32)
    _lay(cover, _brows(identity, canvas), brow * 0.8)
    if identity.beard > 0:
        _lay(cover, _stubble(identity, canvas), hair)
    _hairline(identity, canvas, cover, hair)
    return cover


def _lay(cover: Cover, share: Field, colour: NDArray[np.float32], shine: float = 0.3) -> None:
    """Lay a colour (3,) or (H, W, 3) over what is there."""
    part = share[..., None]
    kept = cover.share * (1 - share)
    total = np.maximum(kept + share, 1e-4)
    mixed = (cover.colour * kept[..., None] + colour * part) / total[..., None]
    cover.colour[:] = np.where(part > 0, mixed, cover.colour)
    cover.shine[:] = cover.shine * (1 - share) + shine * share
    cover.share[:] = kept + share


def _mouth_and_nostrils(canvas: Canvas, cover: Cover) -> None:
    mouth = canvas.filled(canvas.landmarks(*LIPS_INNER), 0.35)
    _lay(cover, np.clip(mouth, 0, 0.92), np.array([0.035, 0.010, 0.009], np.float32))
    across = mirrored()
    for side in (NOSTRIL, tuple(int(across[index]) for index in NOSTRIL)):
        corners = canvas.landmarks(*side)
        middle = corners.mean(axis=0) + np.array([0, 0.8], np.float32) * canvas.scale
        hole = np.zeros(canvas.shape, np.uint8)
        size = (round(2.9 * canvas.scale * 16), round(1.7 * canvas.scale * 16))
        tilt = 20.0 if side is NOSTRIL else -20.0
        centre = (round(float(middle[0]) * 16), round(float(middle[1]) * 16))
        cv2.ellipse(hole, centre, size, -tilt, 0, 360, 255, -1, cv2.LINE_AA, 4)
        share = canvas.blurred(hole.astype(np.float32) / 255, 0.7)
        _lay(cover, share * np.float32(0.9), np.array([0.020, 0.008, 0.006], np.float32))


def _eye(identity: Identity, canvas: Canvas, cover: Cover, *, right: bool) -> None:
    """Paint the eyeball within the lids: white, iris, pupil, the lid's shadow and a glint."""
    scale = canvas.scale
    rng = stream(identity.seed, "eye")
    outline = canvas.landmarks(*(RIGHT_EYE if right else LEFT_EYE))
    opening = canvas.filled(outline, 0.12)
    corners = canvas.landmarks(33, 133) if right else canvas.landmarks(263, 362)
    lids = canvas.landmarks(159, 145) if right else canvas.landmarks(386, 374)
    centre = np.array([corners[:, 0].mean(), lids[:, 1].mean() - 0.5 * scale])
    rows, columns = np.mgrid[: canvas.shape[0], : canvas.shape[1]].astype(np.float32)
    away = np.hypot(columns - centre[0], rows - centre[1]) / scale
    angle = np.arctan2(rows - centre[1], columns - centre[0])
    white = np.array([0.60, 0.55, 0.52], np.float32)
    colour = np.broadcast_to(white, (*canvas.shape, 3)).copy()
    inner = np.exp(
        -((columns - corners[1, 0]) ** 2 + (rows - corners[1, 1]) ** 2) / (2 * scale) ** 2
    )
    colour += inner[..., None] * (np.array([0.42, 0.17, 0.15], np.float32) - colour)
    radius = IRIS_MM / 2
    phase = rng.uniform(0, 6.28, 3)
    rays = sum(np.sin(turns * angle + phase[i]) for i, turns in enumerate((23, 37, 51)))
    iris = np.array(EYES[identity.eyes], np.float32) * (1 + 0.12 * rays[..., None])
    iris = iris * (1.25 - 0.75 * smoothstep(away, radius * 0.72, radius)[..., None])
    within = smoothstep(away, radius + 0.25, radius - 0.25)[..., None]
    colour += within * (iris - colour)
    pupil = smoothstep(away, 1.95, 1.65)[..., None]
    colour += pupil * (np.float32(0.006) - colour)
    lid_line = np.interp(columns[0], *_sorted(along(canvas, *_side(UPPER_LID, right=right))))
    below = (rows - lid_line[None]) / scale
    colour *= (0.35 + 0.65 * smoothstep(below.astype(np.float32), -0.3, 2.6))[..., None]
    for shift, size, gain in ((-1.7, 0.75, 1.5), (1.5, 0.4, 0.35)):
        glint = np.hypot(columns - centre[0] - shift * scale, rows - centre[1] + 1.5 * scale)
        colour += gain * smoothstep(glint / scale, size, size * 0.5)[..., None]
    _lay(cover, opening, colour.astype(np.float32), 0.8)


def _side(indices: tuple[int, ...], *, right: bool) -> tuple[int, ...]:
    if right:
        return indices
    return tuple(int(mirrored()[index]) for index in indices)


def _sorted(line: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    order = line[:, 0].argsort()
    return line[order, 0], line[order, 1]


def _lashes(identity: Identity, canvas: Canvas) -> Field:
    rng = stream(identity.seed, "lashes")
    scale = canvas.scale
    mask = np.zeros(canvas.shape, np.uint8)
    long = 4.2 if identity.sex == "female" else 2.6
    for right in (True, False):
        upper = along(canvas, *_side(UPPER_LID, right=right), steps=46)
        lower = along(canvas, *_side(LOWER_LID, right=right), steps=46)
        crease = along(canvas, *_side(LID_CREASE, right=right), steps=40)
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


def _brows(identity: Identity, canvas: Canvas) -> Field:
    """Return brow hairs: strokes that rise near the nose and lie down outwards."""
    rng = stream(identity.seed, "brows")
    scale, thick = canvas.scale, identity.brow_thickness
    mask = np.zeros(canvas.shape, np.uint8)
    under = np.zeros(canvas.shape, np.float32)
    for right in (True, False):
        upper = along(canvas, *_side(BROW_UPPER, right=right), steps=60)
        lower = along(canvas, *_side(BROW_LOWER, right=right), steps=60)
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


def _stubble(identity: Identity, canvas: Canvas) -> Field:
    """Return the shade of a shaved beard: along jaw, chin and upper lip."""
    rng = stream(identity.seed, "beard")
    jaw = (234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
    left = tuple(int(mirrored()[index]) for index in reversed(jaw[:-1]))
    outline = canvas.landmarks(*jaw, *left, 411, 287, 164, 57, 187)
    area = canvas.filled(outline, 6.0) * (1 - canvas.filled(canvas.landmarks(*LIPS_INNER), 1.5))
    dots = smoothstep(waves(rng, canvas.shape, canvas.scale, 1.0), 0.3, 1.6)
    return np.asarray(area * (0.06 + 0.34 * dots) * identity.beard, np.float32)


def _hairline(identity: Identity, canvas: Canvas, cover: Cover, hair: NDArray[np.float32]) -> None:
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
    share = smoothstep((edge + 1.6 * strands - inside).astype(np.float32), -1.5, 2.0)
    tint = hair * (0.75 + 0.35 * np.clip(strands, -1.5, 2.5))[..., None]
    _lay(cover, share, np.clip(tint, 0.004, 1).astype(np.float32), 0.12)
