"""Light and pose: how a head is turned to the camera and what falls on it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.mesh import Points

# Light wraps around skin, red furthest: a cheap stand-in for scattering below the surface
# (Jimenez et al. 2009 show the effect; these widths are set by eye).
SKIN_WRAP = np.array([0.42, 0.28, 0.24], np.float32)
HAIR_WRAP = np.array([0.5, 0.5, 0.5], np.float32)


@dataclass(frozen=True)
class Pose:
    """How the head is turned and framed."""

    rotation: NDArray[np.float32]  # (3, 3), head to camera
    distance: float  # millimetres from the lens to the origin inside the head
    focal: float  # pixels
    centre: tuple[float, float]  # pixels, where the origin of the head falls

    def in_camera(self, points: Points, share: float = 1.0) -> Points:
        """Return points (n, 3) in the camera's frame; `share` below 1 turns less than the head."""
        turn = self.rotation if share >= 1 else part_of(self.rotation, share)
        return np.asarray(points @ turn.T, np.float32)

    def project(self, seen: Points) -> NDArray[np.float32]:
        """Return pixels (n, 2) of points (n, 3) in the camera's frame."""
        scale = self.focal / (seen[:, 2:] + self.distance)
        return np.asarray(seen[:, :2] * scale + np.array(self.centre, np.float32), np.float32)


@dataclass(frozen=True)
class Light:
    """A soft key light, a weaker fill and light from all around. Colours linear RGB."""

    key: NDArray[np.float32]  # (3,) unit vector towards the key light
    key_colour: NDArray[np.float32]
    fill: NDArray[np.float32]
    fill_colour: NDArray[np.float32]
    ambient: NDArray[np.float32]

    def diffuse(
        self,
        normal: NDArray[np.float32],
        wrap: NDArray[np.float32],
        key_seen: NDArray[np.float32] | float = 1.0,
    ) -> NDArray[np.float32]:
        """Return the light (..., 3) that falls on surfaces with these normals (..., 3)."""
        total = np.zeros(normal.shape, np.float32)
        sources = ((self.key, self.key_colour, key_seen), (self.fill, self.fill_colour, 1.0))
        for towards, colour, seen in sources:
            facing = (normal @ towards)[..., None]
            fall = np.clip((facing + wrap) / (1 + wrap), 0, 1)
            seen_here = np.asarray(seen, np.float32)
            total += fall * colour * (seen_here[..., None] if seen_here.ndim else seen_here)
        sky = 0.72 - 0.28 * normal[..., 1:2]
        return np.asarray(total + sky * self.ambient, np.float32)

    def gloss(self, normal: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return the mirror-like reflection (...) towards a camera straight ahead."""
        total = np.zeros(normal.shape[:-1], np.float32)
        for towards, gain in ((self.key, 1.0), (self.fill, 0.35)):
            half = towards + np.array([0, 0, -1], np.float32)
            half /= np.linalg.norm(half)
            near = np.clip(normal @ half.astype(np.float32), 0, 1)
            total += gain * (0.026 * near**14 + 0.050 * near**48)
        return total


def sample_light(rng: np.random.Generator, uneven: float) -> Light:
    """Return indoor light; `uneven` from 0 (light from in front) to 1 (mostly from one side)."""
    side = rng.choice([-1.0, 1.0])
    across = np.radians(rng.uniform(8, 26) + 45 * uneven) * side
    above = np.radians(rng.uniform(18, 40))
    key = _towards(across, above)
    fill = _towards(-across * 1.3 - 0.25 * side, np.radians(rng.uniform(0, 15)))
    strength = float(rng.uniform(0.52, 0.64))
    warmth = np.array([1 + rng.normal(0, 0.02), 1, 1 + rng.normal(0, 0.02)], np.float32)
    return Light(
        key,
        (warmth * strength).astype(np.float32),
        fill,
        np.full(3, (0.30 - 0.16 * uneven), np.float32),
        np.full(3, 0.40 - 0.18 * uneven, np.float32),
    )


def _towards(across: float, above: float) -> NDArray[np.float32]:
    return np.array(
        [np.sin(across) * np.cos(above), -np.sin(above), -np.cos(across) * np.cos(above)],
        np.float32,
    )


def part_of(turn: NDArray[np.float32], share: float) -> NDArray[np.float32]:
    """Return a rotation about the same axis by a share of the angle (Rodrigues)."""
    angle = np.arccos(np.clip((np.trace(turn) - 1) / 2, -1, 1))
    if angle < 1e-6:
        return np.eye(3, dtype=np.float32)
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    axis = axis / np.linalg.norm(axis)
    cross = np.array(
        [[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]], np.float64
    )
    part = angle * share
    return np.asarray(
        np.eye(3) + np.sin(part) * cross + (1 - np.cos(part)) * cross @ cross, np.float32
    )
