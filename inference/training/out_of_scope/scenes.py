"""Pictures without any face: rooms, sky, text, noise, wood, food, fabric, and skin alone."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.noise import smoothstep, waves
from inference.training.out_of_scope.brush import (
    Pixels,
    clouds,
    ellipse,
    face_photo,
    laid,
    photographed,
    polygon,
    room,
    tinted,
)

WORDS = (
    "study", "visit", "consent", "photo", "skin", "site", "record", "of", "the", "and", "with",
    "patient", "please", "keep", "page", "left", "right", "form", "date", "signed", "number",
    "received", "total", "price", "tax", "thank", "you", "for", "coming",
)  # fmt: skip


def draw_room_picture(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A room with furniture in focus: a table, a lamp, shelves, no person."""
    image = room(rng, width, height)
    floor = int(height * rng.uniform(0.68, 0.85))
    image[floor:] = tinted(clouds(rng, width, height - floor, 60, 4) * 0.2 + 0.5, *_two(rng))
    for _ in range(int(rng.integers(3, 8))):
        left, top = rng.uniform(-0.1, 0.9) * width, rng.uniform(0.1, 0.8) * height
        wide, tall = rng.uniform(0.08, 0.45) * width, rng.uniform(0.05, 0.4) * height
        right, bottom = left + wide, top + tall
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        colour = rng.uniform(25, 215) + rng.normal(0, 14, 3)
        polygon(image, corners, np.clip(colour * 0.6, 0, 255))
        inner = corners.mean(axis=0) + 0.94 * (corners - corners.mean(axis=0))
        polygon(image, inner, np.clip(colour, 0, 255))
    if rng.random() < 0.5:
        at = rng.uniform(0.2, 0.8) * width, rng.uniform(0.1, 0.4) * height
        ellipse(image, at, (0.09 * width, 0.07 * width), (250, 244, 220))
    return photographed(image, rng)


def _two(rng: np.random.Generator) -> tuple[list[float], list[float]]:
    dark = rng.uniform(20, 120, 3)
    return dark.tolist(), (dark + rng.uniform(30, 110)).tolist()


def draw_sky(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Sky with clouds over hills."""
    down = np.linspace(0, 1, height, dtype=np.float32)[:, None]
    sky = tinted(np.repeat(down, width, axis=1), (70, 120, 200), (190, 210, 235))
    cloud = smoothstep(clouds(rng, width, height, 500, 6), rng.uniform(-0.3, 0.8), 1.6)[..., None]
    image = (sky * (1 - cloud) + 246 * cloud).astype(np.uint8)
    for step in range(int(rng.integers(1, 4))):
        edge = height * (0.65 + 0.12 * step) + 60 * clouds(rng, width, 8, width / 3, 5)[0]
        below = np.arange(height)[:, None] > edge[None]
        grass = tinted(clouds(rng, width, height, 80, 5) * 0.25 + 0.5, (20, 50, 20), (110, 150, 80))
        image[below] = grass[below]
    return photographed(image, rng)


def draw_text(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A printed page on a table, or a screenshot of text."""
    page = np.full((height, width, 3), 250, np.uint8)
    size = float(rng.uniform(0.6, 1.3)) * width / 1080
    row = int(60 * size) + 30
    while row < height - 30:
        line = " ".join(rng.choice(WORDS, int(rng.integers(3, 16))))
        at = (int(0.06 * width), row)
        cv2.putText(page, line, at, cv2.FONT_HERSHEY_TRIPLEX, size, (30, 30, 34), 1, cv2.LINE_AA)
        row += int(44 * size) * int(rng.choice([1, 1, 1, 2]))
    if rng.random() < 0.3:
        return page
    return photographed(laid(room(rng, width, height), page, rng, share=0.95), rng)


def draw_noise(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A frame of noise: coloured static, a covered lens in the dark, or blurred blotches."""
    kind = int(rng.integers(3))
    if kind == 0:
        return np.asarray(rng.integers(0, 256, (height, width, 3)), np.uint8)
    if kind == 1:
        dark = rng.normal(12, 6, (height, width, 3))
        return np.asarray(np.clip(dark, 0, 255), np.uint8)
    bands = [clouds(rng, width, height, 260, 4) * 50 + 128 for _ in range(3)]
    return np.asarray(np.clip(np.stack(bands, axis=2), 0, 255), np.uint8)


def draw_wood(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Boards of wood: rings cut lengthwise, knots and seams; brown as skin is."""
    across = np.arange(width, dtype=np.float32)[None] / width
    down = np.arange(height, dtype=np.float32)[:, None] / height
    bend = 0.05 * clouds(rng, width, height, 700, 3)
    rings = np.repeat(across, height, axis=0) * float(rng.uniform(5, 14)) + bend * 6
    for _ in range(int(rng.integers(1, 5))):
        x, y = rng.random(2)
        away = ((across - x) * 3.0) ** 2 + ((down - y) * 1.6) ** 2
        rings += np.float32(rng.uniform(0.6, 1.6)) * np.exp(-away / 0.012)
    grain = waves(rng, (height, width), 1.0, 3.0, stretch=0.5)
    streaks = cv2.GaussianBlur(
        rng.standard_normal((height, width), np.float32), (1, 151), 0, None, 40
    )
    value = 0.5 + 0.32 * np.sin(rings * 12.0) + 0.9 * streaks + 0.03 * grain
    base = rng.uniform(0.7, 1.25)
    image = tinted(value, np.array([92, 56, 34]) * base, np.array([186, 138, 96]) * base)
    for seam in np.arange(rng.uniform(0.1, 0.4), 1, rng.uniform(0.25, 0.6)):
        column = int(seam * width)
        image[:, column : column + max(2, width // 300)] //= 3
    return photographed(image if rng.random() < 0.7 else np.rot90(image, 2).copy(), rng)


def draw_food(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A plate from above: a flat round dish with pieces on it."""
    image = tinted(clouds(rng, width, height, 200, 5) * 0.2 + 0.5, *_two(rng))
    centre = width / 2 + rng.normal(0, 30), height / 2 + rng.normal(0, 60)
    radius = 0.44 * width
    ellipse(image, centre, (radius, radius), (236, 234, 228))
    ellipse(image, centre, (0.86 * radius, 0.86 * radius), (248, 247, 243))
    crust, filling = rng.uniform(120, 220, 3) * [1, 0.75, 0.45], rng.uniform(90, 240, 3)
    ellipse(image, centre, (0.78 * radius, 0.78 * radius), crust)
    ellipse(image, centre, (0.70 * radius, 0.70 * radius), filling)
    for _ in range(int(rng.integers(8, 30))):
        angle, away = rng.uniform(0, 6.3), 0.62 * radius * np.sqrt(rng.random())
        at = centre[0] + away * np.cos(angle), centre[1] + away * np.sin(angle)
        axes = rng.uniform(0.03, 0.13, 2) * radius
        colour = rng.uniform(30, 230, 3)
        ellipse(image, at, (axes[0], axes[1]), colour, turn=float(rng.uniform(0, 180)))
        ellipse(image, at, (axes[0] * 0.5, axes[1] * 0.5), colour * 0.8 + 40)
    mottle = 1 + 0.04 * clouds(rng, width, height, 40, 5)
    shaded = np.clip(image * mottle[..., None], 0, 255).astype(np.uint8)
    return photographed(shaded, rng)


def draw_fabric(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Cloth: a weave with coloured stripes both ways and soft folds."""
    pitch = float(rng.uniform(5, 12)) * width / 1080
    across, down = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    fold = clouds(rng, width, height, 420, 3)
    across += 7 * fold
    down += 7 * clouds(rng, width, height, 420, 3)
    over = np.sin(across * 2 * np.pi / pitch) * np.sin(down * 2 * np.pi / pitch)
    stripe = float(rng.uniform(60, 260)) * width / 1080
    palette = rng.uniform(20, 235, (4, 3))
    warp = palette[(across / stripe).astype(int) % 4]
    weft = palette[(down / stripe).astype(int) % 4]
    colour = np.where((over > 0)[..., None], warp, weft)
    shade = (1 + 0.18 * over + 0.16 * fold)[..., None]
    return photographed(np.clip(colour * shade, 0, 255).astype(np.uint8), rng)


def draw_skin(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Skin from so near that no part of the face can be told: a cheek or a forehead."""
    photo = face_photo(rng, 1080, 1440)
    side = int(rng.integers(130, 190))
    x, y = photo.landmarks[int(rng.choice([50, 280, 151, 205, 425])), :2]
    tall = side * height // width
    left, top = int(x) - side // 2, int(y) - tall // 2
    part = photo.pixels[max(0, top) : top + tall, max(0, left) : left + side]
    return np.asarray(cv2.resize(part, (width, height), interpolation=cv2.INTER_CUBIC), np.uint8)
