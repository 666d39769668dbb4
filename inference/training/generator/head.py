"""What surrounds the face: skull, hair, ears, neck, shoulders. Meshes of one or two colours.

All in the frame of the canonical face (millimetres, x right, y down, z away from the camera).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.chart import OVAL
from inference.training.generator.identity import HAIR, Identity
from inference.training.generator.mesh import Points, Triangles
from inference.training.generator.noise import smoothstep, stream
from participants.imaging.pose import rotation_of

SKIN, STRANDS, CLOTH = 0, 1, 2  # which fine pattern lies on a part
SKULL_CENTRE = np.array([0, -33, 40], np.float32)
SKULL_RADII = np.array([77, 96, 98], np.float32)


@dataclass(frozen=True)
class Part:
    """A mesh of one material."""

    points: Points  # (n, 3)
    triangles: Triangles  # (m, 3)
    first: NDArray[np.float32]  # (3,) linear RGB
    second: NDArray[np.float32]  # (3,) linear RGB
    border: NDArray[np.float32]  # (n,) millimetres beyond the border where `second` begins
    open_sky: NDArray[np.float32]  # (n,) share of the light that reaches it, 0 to 1
    pattern: int
    place: NDArray[np.float32]  # (n, 2) where on the pattern, 0 to 1
    turns_with: float  # 1 moves with the head, 0 stays with the body
    both_sides: bool = False


Surface = Callable[[NDArray[np.float32], NDArray[np.float32]], NDArray[np.float32]]


def _sheet(rows: int, columns: int, surface: Surface) -> tuple[Points, Triangles, Points]:
    """Return points, triangles and places of a sheet: `surface(u, v)` for u, v from 0 to 1."""
    v, u = np.meshgrid(
        np.linspace(0, 1, rows, dtype=np.float32),
        np.linspace(0, 1, columns, dtype=np.float32),
        indexing="ij",
    )
    points = surface(u.ravel(), v.ravel()).astype(np.float32)
    index = np.arange(rows * columns).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1], index[:-1, 1:], index[1:, :-1], index[1:, 1:]
    corners = np.stack([a, c, b, b, c, d], axis=-1).reshape(-1, 3)
    place = np.stack([u.ravel(), v.ravel()], axis=1)
    return points, corners.astype(np.int32), place


def _ball(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return unit vectors: u around from the back, v from the top down."""
    around, down = 2 * np.pi * u, np.pi * v
    return np.stack(
        [-np.sin(around) * np.sin(down), -np.cos(down), np.cos(around) * np.sin(down)], axis=1
    )


def head_parts(identity: Identity, face: Points, skin: NDArray[np.float32]) -> list[Part]:
    """Return the parts behind and below the face. `face` is (468, 3), `skin` linear RGB (3,)."""
    parts = [_body(identity, skin), _skull(identity, skin), _jaw(face, skin)]
    parts += [_ear(face, skin, side) for side in (-1, 1)]
    parts.append(_cap(identity))
    if identity.hair_length > 0.2:
        parts.append(_curtain(identity))
    return parts


def _skull(identity: Identity, skin: NDArray[np.float32]) -> Part:
    points, triangles, place = _sheet(
        30, 48, lambda u, v: SKULL_CENTRE + SKULL_RADII * _ball(u, v) * 0.975
    )
    hair = np.array(HAIR[identity.hair], np.float32)
    border = np.maximum(-32 - points[:, 1], points[:, 2] - 56)
    sky = 0.55 + 0.45 * smoothstep(points[:, 1], 40, -10)
    return Part(points, triangles, skin, hair, border, sky, SKIN, place, 1.0)


def _jaw(face: Points, skin: NDArray[np.float32]) -> Part:
    """Close the gap from the jaw back to the neck."""
    lower = OVAL[7:30]  # from ear to ear below the chin
    rim = face[list(lower)]

    def surface(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
        at = u * (len(rim) - 1)
        start = np.minimum(at.astype(int), len(rim) - 2)
        t = (at - start)[:, None]
        edge = rim[start] * (1 - t) + rim[start + 1] * t
        inner = edge * np.array([0.66, 0.86, 1], np.float32)
        inner[:, 2] = np.maximum(edge[:, 2] + 45, 35)
        inner[:, 1] += 6
        return np.asarray(edge + (inner - edge) * v[:, None], np.float32)

    points, triangles, place = _sheet(8, 46, surface)
    sky = (0.80 - 0.45 * place[:, 1]).astype(np.float32)
    inside = np.full(len(points), -9, np.float32)
    return Part(points, triangles, skin, skin, inside, sky, SKIN, place, 1.0, both_sides=True)


def _ear(face: Points, skin: NDArray[np.float32], side: int) -> Part:
    rim = face[454 if side > 0 else 234]

    def surface(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
        angle, r = 2 * np.pi * u, v
        back, down = np.cos(angle) * r, np.sin(angle) * r
        narrow = 1 - 0.22 * np.clip(down, 0, 1)
        bowl = 6 * np.exp(-(((r - 0.86) / 0.16) ** 2)) - 5 * np.exp(-((r / 0.55) ** 2))
        out = 3 + 7 * np.clip(back + 0.4, 0, 1.4) / 1.4 + bowl * np.clip(1.2 - down * 0.4, 0, 1)
        x = side * (np.abs(rim[0]) - 4 + out)
        return np.stack([x, -7 + 29 * down + 2 * back, 36 + 17 * back * narrow + 4 * down], axis=1)

    points, triangles, place = _sheet(14, 30, surface)
    if side > 0:
        triangles = triangles[:, ::-1].copy()
    radius = place[:, 1]
    sky = (0.45 + 0.55 * smoothstep(radius, 0.25, 0.85)).astype(np.float32)
    redder = skin * np.array([1.0, 0.91, 0.89], np.float32)
    inside = np.full(len(points), -9, np.float32)
    return Part(points, triangles, redder, skin, inside, sky, SKIN, place, 1.0, both_sides=True)


def _body(identity: Identity, skin: NDArray[np.float32]) -> Part:
    wide = 1.0 if identity.sex == "male" else 0.84

    def surface(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
        y = 30 + 250 * v + 650 * np.clip(v - 0.75, 0, 1) * 4
        spread = smoothstep(y, 118, 205)
        across = (56 + 165 * spread**1.3) * wide
        deep = 54 * wide + 42 * spread
        around = 2 * np.pi * u
        x = -np.sin(around) * across
        z = 48 + np.cos(around) * deep - 6 * spread
        return np.stack([x, y + 22 * spread * (np.abs(x) / 200), z], axis=1)

    points, triangles, place = _sheet(56, 64, surface)
    y, front = points[:, 1], points[:, 2] < 60
    neckline = 138 + 34 * np.exp(-((points[:, 0] / 45) ** 2)) * front
    chin_shadow = 0.30 + 0.70 * smoothstep(y, 70, 150)
    clothes = np.array(identity.clothes, np.float32)
    border = (y - neckline).astype(np.float32)
    return Part(
        points, triangles, skin * np.float32(0.94), clothes, border, chin_shadow, CLOTH, place, 0.35
    )


def _hair_border(z: NDArray[np.float32]) -> NDArray[np.float64]:
    """Return how far down the hair of the skull reaches (y) at these depths (z), millimetres."""
    return np.interp(z, [-60, -10, 8, 18, 50, 58, 72], [-60, -45, -36, -40, -38, -5, 22])


def _cap(identity: Identity) -> Part:
    """Return the hair on the skull, from the hairline over the top to the nape."""
    rng = stream(identity.seed, "cap")
    back = rng.uniform(-60, -40) if identity.swept else rng.uniform(20, 45)
    tilt = rotation_of(0, float(back), float(rng.uniform(-18, 18))).astype(np.float32)
    lift = 0.03 + 0.06 * float(rng.random()) + 0.05 * (identity.hair_length > 0.2)

    def surface(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
        ball = _ball(u, v) @ tilt.T
        rough = 0.012 * np.sin(37 * u * 6.28) * np.sin(v * 29)
        top = 0.5 + 0.5 * np.clip(-ball[:, 1], 0, 1)
        skull = SKULL_CENTRE + SKULL_RADII * ball
        inside = smoothstep((_hair_border(skull[:, 2]) - skull[:, 1]).astype(np.float32), -5, 28)
        grown = ball * (1.0 + (lift * top + rough) * inside)[:, None]
        return np.asarray(SKULL_CENTRE + SKULL_RADII * grown, np.float32)

    points, triangles, place = _sheet(64, 110, surface)
    y, line = points[:, 1], _hair_border(points[:, 2])
    shown = (y < line)[triangles].all(axis=1)
    sky = 0.55 + 0.45 * smoothstep(y, 30, -60)
    sky *= 0.45 + 0.55 * smoothstep((line - y).astype(np.float32), 0, 30)
    hair = np.array(HAIR[identity.hair], np.float32)
    inside = np.full(len(points), -9, np.float32)
    return Part(points, triangles[shown], hair, hair, inside, sky, STRANDS, place, 1.0)


def _curtain(identity: Identity) -> Part:
    """Return long hair that hangs behind the face."""
    rng = stream(identity.seed, "curtain")
    bottom = 55 + 150 * identity.hair_length
    phase = float(rng.uniform(0, 6.28))
    volume = float(rng.uniform(0.98, 1.14))

    def surface(u: NDArray[np.float32], v: NDArray[np.float32]) -> NDArray[np.float32]:
        around = np.radians(102 + 156 * u)
        y = -55 + (bottom + 55) * v
        fall = np.sqrt(np.clip(1 - ((np.minimum(y, -33) + 33) / 100) ** 2, 0.1, 1))
        fall = fall * (0.92 + 0.08 * smoothstep(v, 0.0, 0.2))
        wave = 1 + 0.03 * np.sin(5 * v * 3 + phase + 9 * u) * v
        inwards = 1 - 0.10 * smoothstep(v, 0.75, 1.0)
        x = np.sin(around) * 88 * volume * fall * wave * inwards
        z = 42 - np.cos(around) * 92 * fall * wave
        return np.stack([x, y, z], axis=1)

    points, triangles, place = _sheet(40, 72, surface)
    sky = (0.95 - 0.40 * place[:, 1]).astype(np.float32)
    hair = np.array(HAIR[identity.hair], np.float32)
    inside = np.full(len(points), -9, np.float32)
    return Part(points, triangles, hair, hair, inside, sky, STRANDS, place, 0.8, both_sides=True)
