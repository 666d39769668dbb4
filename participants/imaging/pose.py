"""Which way a face looks, from all its points.

The signs are the participant's own. Yaw: positive when they turn to their own left, so that the
photo shows more of the right cheek. Pitch: positive when they look up. Roll: positive when the head
leans to their own left shoulder (clockwise in the photo). All three are 0 for a face that looks
straight into the camera.

`rotation = Rz(roll) · Rx(-pitch) · Ry(-yaw)` takes the canonical face into the photo (x right,
y down, z away), so turning the photo changes the roll alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from participants.imaging.canonical import canonical_face

ROUNDS: Final = 5
# The mesh guesses depth from one picture: its z agrees less with the metric face than x and y do.
DEPTH_WEIGHT: Final = 0.5


@dataclass(frozen=True)
class Pose:
    """Degrees, signs as in the module's docstring; `pixels_per_mm` is the scale of the fit."""

    yaw: float
    pitch: float
    roll: float
    pixels_per_mm: float


def fit_pose(landmarks: NDArray[np.float32]) -> Pose:
    """Fit the canonical face to landmarks (468, 3) by scale, rotation and shift.

    Weighted least squares over all points (Umeyama 1991), repeated with weights that fade for
    points far from the fit (Cauchy), so that an open mouth or a smile does not tip the head.
    """
    model = canonical_face().astype(np.float64)
    seen = landmarks.astype(np.float64)
    weights = np.ones(len(model))
    for _ in range(ROUNDS):
        scale, rotation, shift = _similarity(model, seen, weights)
        misses = (scale * model @ rotation.T + shift - seen) * [1, 1, DEPTH_WEIGHT]
        distance = np.linalg.norm(misses, axis=1)
        weights = 1 / (1 + (distance / (2 * np.median(distance) + 1e-9)) ** 2)
    yaw, pitch, roll = angles(rotation)
    return Pose(yaw=yaw, pitch=pitch, roll=roll, pixels_per_mm=scale)


def _similarity(
    model: NDArray[np.float64], seen: NDArray[np.float64], weights: NDArray[np.float64]
) -> tuple[float, NDArray[np.float64], NDArray[np.float64]]:
    share = weights / weights.sum()
    model_centre, seen_centre = share @ model, share @ seen
    from_model, to_seen = model - model_centre, seen - seen_centre
    u, strength, vt = np.linalg.svd(to_seen.T @ (share[:, None] * from_model))
    handed = np.array([1, 1, np.sign(np.linalg.det(u @ vt))])
    rotation = (u * handed) @ vt
    scale = float((strength * handed).sum() / (share @ (from_model**2).sum(axis=1)))
    return scale, rotation, seen_centre - scale * rotation @ model_centre


def rotation_of(yaw: float, pitch: float, roll: float) -> NDArray[np.float64]:
    """Return the rotation (3, 3) of a pose in degrees; the reverse of `angles`."""
    a, b, c = np.radians([-yaw, -pitch, roll])
    about_y = np.array([[np.cos(a), 0, np.sin(a)], [0, 1, 0], [-np.sin(a), 0, np.cos(a)]])
    about_x = np.array([[1, 0, 0], [0, np.cos(b), -np.sin(b)], [0, np.sin(b), np.cos(b)]])
    about_z = np.array([[np.cos(c), -np.sin(c), 0], [np.sin(c), np.cos(c), 0], [0, 0, 1]])
    rotation: NDArray[np.float64] = about_z @ about_x @ about_y
    return rotation


def angles(rotation: NDArray[np.float64]) -> tuple[float, float, float]:
    """Return (yaw, pitch, roll) in degrees of a rotation (3, 3)."""
    yaw = np.arctan2(rotation[2, 0], rotation[2, 2])
    pitch = -np.arcsin(np.clip(rotation[2, 1], -1, 1))
    roll = np.arctan2(-rotation[0, 1], rotation[1, 1])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))
