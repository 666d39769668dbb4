"""The room behind a person: a plain wall with a few blurred things in it, nearly neutral."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.noise import Field


def draw_room(rng: np.random.Generator, height: int, width: int) -> Field:
    """Return an out-of-focus room: linear RGB float32 (height, width, 3)."""
    rows, columns = 96, 72
    wall = float(rng.uniform(0.22, 0.55))
    tint = 1 + rng.normal(0, 0.035, 3)
    room = np.ones((rows, columns, 3), np.float32) * (wall * tint).astype(np.float32)
    across = np.linspace(-1, 1, columns, dtype=np.float32)[None, :, None]
    down = np.linspace(-1, 1, rows, dtype=np.float32)[:, None, None]
    room *= 1 + np.float32(rng.uniform(-0.25, 0.25)) * across - np.float32(0.10) * down
    for _ in range(int(rng.integers(1, 5))):
        _thing(rng, room)
    soft = cv2.GaussianBlur(room, (0, 0), float(rng.uniform(0.8, 2.2)))
    big = cv2.resize(soft, (width, height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(np.clip(big, 0.01, 1.2), np.float32)


def _thing(rng: np.random.Generator, room: Field) -> None:
    """Add a picture, a shelf, a door or a window: a rectangle, in place."""
    rows, columns = room.shape[:2]
    left = int(rng.integers(-20, columns - 6))
    top = int(rng.integers(-10, rows - 20))
    right, bottom = left + int(rng.integers(8, 34)), top + int(rng.integers(10, 60))
    grey = float(rng.choice([0.06, 0.15, 0.35, 0.6, 0.85]))
    colour = grey * (1 + rng.normal(0, 0.10, 3))
    cv2.rectangle(room, (left, top), (right, bottom), [float(c) for c in colour], -1)
    frame = [float(c) for c in colour * 0.6]
    cv2.rectangle(room, (left, top), (right, bottom), frame, 1)
