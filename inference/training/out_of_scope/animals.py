"""Pets: fur filling the picture, and faces of cats and dogs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.training.generator.noise import smoothstep
from inference.training.out_of_scope.brush import (
    Pixels,
    clouds,
    ellipse,
    photographed,
    polygon,
    room,
    strokes,
)


@dataclass(frozen=True)
class Coat:
    """The colours of a coat: ground and patches, 0 to 255, and how far apart stripes lie."""

    ground: np.ndarray
    patch: np.ndarray
    length: float  # pixels

    def at(self, rng: np.random.Generator, width: int, height: int) -> np.ndarray:
        """Return the coat's colour over a picture, (H, W, 3) float32."""
        patches = smoothstep(clouds(rng, width, height, self.length, 2), 0.1, 0.6)[..., None]
        return np.asarray(self.ground + patches * (self.patch - self.ground), np.float32)


def sample_coat(rng: np.random.Generator, width: int) -> Coat:
    """Return the coat of one animal: brown, black, white, grey or ginger, with patches."""
    ground = np.array([215, 170, 120]) * rng.uniform(0.25, 1.15) * [1, *rng.uniform(0.9, 1.2, 2)]
    other = ground * rng.uniform(0.25, 0.8) if rng.random() < 0.5 else np.full(3, 225.0)
    return Coat(np.clip(ground, 15, 245), other, width * float(rng.uniform(0.1, 0.5)))


def _furred(
    image: Pixels,
    rng: np.random.Generator,
    starts: np.ndarray,
    lean: np.ndarray,
    colours: np.ndarray,
    hair: float,
) -> None:
    """Draw hairs in place: starts (n, 2), lean (n,) radians, colours (n, 3), hair in pixels."""
    count = len(starts)
    shade = colours * rng.uniform(0.65, 1.3, count)[:, None]
    thick = max(1, image.shape[1] // 540)
    strokes(image, starts, lean, hair * rng.uniform(0.5, 1.3, count), shade, thick)


def draw_fur(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Nothing but a pet's coat."""
    colour = sample_coat(rng, width).at(rng, width, height)
    image = np.clip(colour * 0.6, 0, 255).astype(np.uint8)
    count = 26000
    starts = rng.random((count, 2)) * [width, height]
    flow = clouds(rng, width, height, 900, 2) * 0.6 + rng.uniform(0, 6.3)
    columns, rows = starts.astype(int).T
    lean = flow[rows, columns] + rng.normal(0, 0.18, count)
    _furred(image, rng, starts, lean, colour[rows, columns], width * rng.uniform(0.03, 0.07))
    return photographed(image, rng)


def draw_pet(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """The face of a cat or a dog, from the front."""
    cat = rng.random() < 0.5
    image = room(rng, width, height)
    coat = sample_coat(rng, width)
    colour = coat.at(rng, width, height)
    x, y = width * rng.uniform(0.45, 0.55), height * rng.uniform(0.42, 0.52)
    wide = width * rng.uniform(0.26, 0.36)
    tall = wide * (0.95 if cat else rng.uniform(1.05, 1.35))
    base = coat.ground * 0.6
    ellipse(image, (x, y + 2.3 * tall), (1.25 * wide, 1.8 * tall), base)
    _ears(image, rng, (x, y), (wide, tall), base, cat=cat)
    ellipse(image, (x, y), (wide, tall), base)
    count = 14000
    angle, away = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.random(count)) * 1.02
    starts = np.stack([x + wide * away * np.cos(angle), y + tall * away * np.sin(angle)], axis=1)
    body = rng.random(count) < 0.35
    starts[body] = rng.normal([x, y + 2.0 * tall], [0.7 * wide, 0.7 * tall], (int(body.sum()), 2))
    columns = np.clip(starts[:, 0], 0, width - 1).astype(int)
    rows = np.clip(starts[:, 1], 0, height - 1).astype(int)
    lean = np.arctan2(starts[:, 1] - y - 0.1 * tall, starts[:, 0] - x) + rng.normal(0, 0.2, count)
    _furred(image, rng, starts, lean, colour[rows, columns], 0.12 * wide)
    _muzzle(image, rng, (x, y), (wide, tall), coat, cat=cat)
    return photographed(image, rng)


def _ears(
    image: Pixels,
    rng: np.random.Generator,
    centre: tuple[float, float],
    size: tuple[float, float],
    colour: np.ndarray,
    *,
    cat: bool,
) -> None:
    (x, y), (wide, tall) = centre, size
    drop = rng.random() < 0.6
    for side in (-1, 1):
        if cat or not drop:
            corners = [[0.25, -0.85], [0.95, -1.55], [0.98, -0.35]]
            outer = np.array(corners) * [side * wide, tall] + [x, y]
            polygon(image, outer, colour * 1.1)
            polygon(image, (outer - outer.mean(axis=0)) * 0.6 + outer.mean(axis=0), (170, 120, 115))
        else:
            at = x + 0.98 * side * wide, y + 0.05 * tall
            ellipse(image, at, (0.30 * wide, 0.85 * tall), colour * 0.8, turn=-12.0 * side)


def _muzzle(
    image: Pixels,
    rng: np.random.Generator,
    centre: tuple[float, float],
    size: tuple[float, float],
    coat: Coat,
    *,
    cat: bool,
) -> None:
    """Draw eyes, nose, mouth and whiskers."""
    (x, y), (wide, tall) = centre, size
    iris = np.array([190, 190, 60]) * rng.uniform(0.6, 1.1, 3) if cat else np.array([90, 55, 25])
    eye = wide * (0.17 if cat else 0.12)
    for side in (-1, 1):
        at = x + 0.42 * side * wide, y - 0.18 * tall
        ellipse(image, at, (eye * 1.2, eye), (25, 20, 18), turn=-12.0 * side)
        ellipse(image, at, (eye, eye * 0.85), iris)
        ellipse(image, at, (eye * (0.28 if cat else 0.6), eye * 0.78), (8, 8, 8))
        ellipse(image, (at[0] - 0.3 * eye, at[1] - 0.3 * eye), (eye * 0.16,) * 2, (250, 250, 250))
    pale = np.clip(coat.patch * 1.2 + 20, 0, 250)
    for side in (-1, 1):
        ellipse(image, (x + 0.2 * side * wide, y + 0.45 * tall), (0.27 * wide, 0.22 * tall), pale)
    nose = np.array([200, 130, 130]) if cat and rng.random() < 0.6 else np.array([28, 24, 26])
    across = wide * (0.11 if cat else 0.20)
    corners = np.array([[-1, -0.7], [1, -0.7], [0.25, 0.7], [-0.25, 0.7]]) * across
    polygon(image, corners + np.array([x, y + 0.25 * tall]), nose)
    for side in (-1, 1):
        mouth = x + 0.14 * side * wide, y + 0.44 * tall
        ellipse(image, mouth, (0.14 * wide, 0.14 * tall), (30, 22, 22), thickness=3, arc=(10, 170))
    count = 12
    starts = np.array([[x, y + 0.42 * tall]]) + rng.normal(0, 0.06, (count, 2)) * wide
    starts[:, 0] += np.where(np.arange(count) % 2, 0.25, -0.25) * wide
    lean = np.where(np.arange(count) % 2, 0.0, np.pi) + rng.normal(0, 0.2, count)
    white = np.full((count, 3), 235.0)
    strokes(image, starts, lean, np.full(count, 0.9 * wide), white)
