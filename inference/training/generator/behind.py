"""Draw what lies behind the face: body, skull, ears and hair."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.head import CLOTH, STRANDS, Part, head_parts
from inference.training.generator.identity import Identity
from inference.training.generator.light import HAIR_WRAP, SKIN_WRAP, Light, Pose
from inference.training.generator.mesh import cover, interpolate, normals
from inference.training.generator.noise import Field, stream, waves
from inference.training.generator.skin import skin_colour

PATTERN = 256
REPEATS = {0: (4.0, 4.0), STRANDS: (2.0, 1.0), CLOTH: (3.0, 3.0)}


def draw_behind(
    image: Field, identity: Identity, face: NDArray[np.float32], pose: Pose, light: Light
) -> NDArray[np.float32]:
    """Draw the parts over a room, in place, and return the skin's own colour, linear RGB (3,).

    Drawn at half the size: this is a little out of focus, and costs a quarter.
    """
    opaque = np.ones((1, 1), np.float32)
    tone = identity.tone
    skin = skin_colour(opaque * np.float32(tone.melanin), opaque * np.float32(tone.blood * 1.1))[
        0, 0
    ]
    parts = head_parts(identity, face, skin)
    height, width = image.shape[0] // 2, image.shape[1] // 2
    points, values, triangles, owner = [], [], [], []
    start = 0
    for index, part in enumerate(parts):
        seen = pose.in_camera(part.points, part.turns_with)
        points.append(seen)
        values.append(_values(part, seen, light))
        triangles.append(part.triangles + start)
        owner.append(np.full(len(part.triangles), index))
        start += len(seen)
    seen = np.concatenate(points).astype(np.float32)
    corners, owners = np.concatenate(triangles).astype(np.int32), np.concatenate(owner)
    both = np.array([part.both_sides for part in parts])[owners]
    flat = pose.project(seen) * np.float32(0.5)
    which = cover(flat, seen[:, 2], corners, (height, width), both_sides=both)
    rows, columns, interpolated = interpolate(which, flat, corners, np.concatenate(values))
    shown = _coloured(parts, owners[which[rows, columns]], interpolated)
    small = np.zeros((height, width, 3), np.float32)
    small[rows, columns] = np.clip(shown, 0.001, 2)
    share = (which >= 0).astype(np.float32)
    soft = cv2.GaussianBlur(share, (0, 0), 0.7)
    colour = cv2.GaussianBlur(small, (0, 0), 0.7) / np.maximum(soft, 1e-3)[..., None]
    size = (image.shape[1], image.shape[0])
    wide = cv2.resize(soft, size, interpolation=cv2.INTER_LINEAR)[..., None]
    image += wide * (cv2.resize(colour, size, interpolation=cv2.INTER_LINEAR) - image)
    return np.asarray(skin, np.float32)


def _values(part: Part, seen: NDArray[np.float32], light: Light) -> NDArray[np.float32]:
    """Return light, place on the pattern, border and gloss of each point: (n, 7)."""
    normal = normals(seen, part.triangles)
    if part.both_sides:
        normal = np.where(normal[:, 2:] > 0, -normal, normal)
    wrap = HAIR_WRAP if part.pattern == STRANDS else SKIN_WRAP
    lit = light.diffuse(normal, wrap) * part.open_sky[:, None]
    gloss = light.gloss(normal)
    if part.pattern == STRANDS:
        upright = normal[:, 1] + 0.45
        gloss = 0.035 * np.exp(-((upright / 0.22) ** 2)) * np.clip(-normal[:, 2], 0, 1)
    gloss = gloss * part.open_sky
    place = part.place * np.array(REPEATS[part.pattern], np.float32)
    return np.column_stack([lit, place, part.border, gloss]).astype(np.float32)


def _coloured(
    parts: list[Part], owner: NDArray[np.integer], depth: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return the light sent to the camera (n, 3) from `_values` found at n pixels."""
    first = np.stack([part.first for part in parts])[owner]
    second = np.stack([part.second for part in parts])[owner]
    share = np.clip(depth[:, 5] / 1.2 + 0.5, 0, 1)[:, None]
    kinds = np.array([part.pattern for part in parts])[owner]
    pattern = _pattern_at(kinds, depth[:, 3:5])
    gloss = (depth[:, 6] * pattern**2)[:, None] * (1 - share)
    colour = first + share * (second - first)
    return np.asarray(colour * depth[:, :3] * pattern[:, None] + gloss, np.float32)


@cache
def _patterns() -> NDArray[np.float32]:
    """Return fine patterns (3, PATTERN, PATTERN), mean 1: skin, hair, cloth."""
    shape, rng = (PATTERN, PATTERN), stream(0, "patterns")
    skin = 1 + 0.03 * waves(rng, shape, 1, 8) + 0.03 * waves(rng, shape, 1, 30)
    strands = 1 + 0.22 * waves(rng, shape, 1, 120, stretch=0.03)
    strands += 0.18 * waves(rng, shape, 1, 160, stretch=0.06)
    cloth = 1 + 0.012 * waves(rng, shape, 1, 4) + 0.02 * waves(rng, shape, 1, 60)
    return np.asarray(np.clip(np.stack([skin, strands, cloth]), 0.3, 1.8), np.float32)


def _pattern_at(kinds: NDArray[np.integer], place: NDArray[np.float32]) -> NDArray[np.float32]:
    wrapped = np.abs((place % 2) - 1) * (PATTERN - 1)  # mirrored repeats have no seam
    at = wrapped.astype(np.int32)
    return np.asarray(_patterns()[kinds, at[:, 1], at[:, 0]], np.float32)
