"""Pictures of a face that is not there: on a screen, in print, in stone, or seen from behind."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.chart import LEFT_EYE, OVAL, RIGHT_EYE
from inference.training.generator.noise import smoothstep
from inference.training.out_of_scope.brush import (
    Pixels,
    clouds,
    ellipse,
    face_photo,
    laid,
    photographed,
    polygon,
    room,
    strokes,
)


def draw_screen(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A face on a screen, photographed: pixel grid, moiré, bezel, glare, a bluish white."""
    wide = int(rng.integers(200, 420))
    tall = wide * 4 // 3
    photo = face_photo(rng, width, height)
    small = cv2.resize(photo.pixels, (wide, tall), interpolation=cv2.INTER_AREA)
    cell = max(3, round(1.3 * width / wide))
    grid = np.repeat(np.repeat(small, cell, axis=0), cell, axis=1).astype(np.float32)
    # Red, green and blue stand side by side in a cell, with a dark line between rows.
    column, row = np.arange(grid.shape[1]) % cell, np.arange(grid.shape[0]) % cell
    depth = float(rng.uniform(0.35, 0.75))
    for channel in range(3):
        lit = np.abs(column * 3 / cell - (channel + 0.5)) < 1.0
        grid[:, :, channel] *= np.where(lit, 1.0, 1 - depth)[None]
    grid *= np.where(row == 0, 1 - depth, 1.0)[:, None, None]
    grid *= np.array([1.25, 1.28, 1.40], np.float32) * np.float32(1 + 0.3 * depth)
    panel = np.clip(grid, 0, 255).astype(np.uint8)
    edge = round(panel.shape[1] * rng.uniform(0.02, 0.10))
    framed = cv2.copyMakeBorder(
        panel, edge, edge * 2, edge, edge, cv2.BORDER_CONSTANT, value=[14, 14, 16]
    )
    share = float(rng.uniform(0.85, 1.30))  # above 1 the bezel is out of the picture
    shown = laid(room(rng, width, height), np.asarray(framed, np.uint8), rng, share=share)
    glare = smoothstep(clouds(rng, width, height, 700, 2), 0.9, 2.2) * np.float32(
        rng.uniform(0, 90)
    )
    beat = np.arange(height, dtype=np.float32) * rng.uniform(0.004, 0.02) + rng.uniform(0, 6)
    bright = shown * (1 + 0.05 * np.sin(beat))[:, None, None] + glare[..., None]
    return photographed(np.clip(bright, 0, 255).astype(np.uint8), rng)


def draw_print(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A printed photo with white border: rows of dots in cyan, magenta, yellow and black."""
    photo = face_photo(rng, width, height).pixels.astype(np.float32) / 255
    black = 1 - photo.max(axis=2)
    inks = (photo.max(axis=2, keepdims=True) - photo) / np.maximum(photo.max(axis=2), 0.02)[
        ..., None
    ]
    pitch = float(rng.uniform(5.0, 11.0)) * width / 1080
    across, down = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    paper = np.full((height, width, 3), 244.0, np.float32)
    screens = ((inks[..., 0], 15, (0, 160, 225)), (inks[..., 1], 75, (230, 20, 130)),
               (inks[..., 2], 0, (255, 236, 20)), (black, 45, (26, 26, 28)))  # fmt: skip
    for amount, degrees, ink in screens:
        turn = np.radians(degrees)
        along = (across * np.cos(turn) + down * np.sin(turn)) * np.float32(np.pi / pitch)
        beside = (down * np.cos(turn) - across * np.sin(turn)) * np.float32(np.pi / pitch)
        level = 0.5 + 0.25 * (np.cos(2 * along) + np.cos(2 * beside))
        dot = smoothstep(amount - (1 - level), -0.12, 0.12)[..., None]
        paper *= 1 - dot * (1 - np.array(ink, np.float32) / 255)
    border = round(width * rng.uniform(0.02, 0.08))
    sheet = cv2.copyMakeBorder(
        paper.astype(np.uint8), border, border, border, border, cv2.BORDER_CONSTANT, value=[244] * 3
    )
    shown = laid(room(rng, width, height), np.asarray(sheet, np.uint8), rng, share=0.96, tilt=0.06)
    return photographed(shown, rng)


def draw_statue(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A head of stone: no colour of skin, hair and eyes of the same stuff, veins or pits."""
    photo = face_photo(rng, width, height)
    points = photo.landmarks[:, :2]
    pixels = photo.pixels.copy()
    oval = points[list(OVAL)]
    middle, half = oval.mean(axis=0), np.ptp(oval, axis=0) / 2
    stone = rng.uniform(110, 200) * np.array([1, rng.uniform(0.95, 1.0), rng.uniform(0.86, 0.98)])
    grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY).astype(np.float32)
    inside = cv2.fillPoly(np.zeros((height, width), np.uint8), [oval.astype(np.int32)], 1) > 0
    level = grey / max(20.0, float(np.median(grey[inside])))
    # Dark hair would not be dark in stone: only the relief of it is kept.
    level = np.where(inside, level, 0.78 + 0.5 * (level - cv2.GaussianBlur(level, (0, 0), 12)))
    for eye in (RIGHT_EYE, LEFT_EYE):
        lids = cv2.fillPoly(
            np.zeros((height, width), np.uint8), [points[list(eye)].astype(np.int32)], 1
        )
        level = np.where(lids > 0, 0.95, level)
    veins = np.abs(clouds(rng, width, height, 260, 5))
    level = level * (1 - 0.16 * smoothstep(veins, 0.10, 0.0)) + 0.02 * clouds(
        rng, width, height, 6, 2
    )
    carved = np.clip(np.clip(level, 0.3, 1.45)[..., None] * stone, 0, 255)
    mask = np.zeros((height, width, 3), np.uint8)
    ellipse(
        mask, (middle[0], middle[1] - 0.12 * half[1]), (half[0] * 1.32, half[1] * 1.42), (255,) * 3
    )
    (x, y), wide = middle, half[0]
    foot = np.array([[x - wide, y], [x + wide, y], [x + 2.6 * wide, height],
                     [x - 2.6 * wide, height]])  # fmt: skip
    polygon(mask, foot, (255,) * 3)
    cover = cv2.GaussianBlur(mask, (0, 0), 2).astype(np.float32) / 255
    image = room(rng, width, height) * (1 - cover) + carved * cover
    return photographed(np.asarray(image, np.uint8), rng)


def draw_back_of_head(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A person from behind: hair, ears, neck and shoulders."""
    image = room(rng, width, height)
    skin = np.array([236, 190, 160]) * rng.uniform(0.32, 1.0)
    cloth, hair = rng.uniform(20, 200, 3), rng.uniform(12, 150) * np.array([1, 0.85, 0.7])
    x, y = width * rng.uniform(0.45, 0.55), height * rng.uniform(0.38, 0.45)
    wide, tall = width * rng.uniform(0.24, 0.30), height * rng.uniform(0.23, 0.28)
    neck = np.array([[x - 0.5 * wide, y], [x + 0.5 * wide, y], [x + 0.62 * wide, 0.86 * height],
                     [x - 0.62 * wide, 0.86 * height]])  # fmt: skip
    polygon(image, neck, skin * 0.85)
    ellipse(image, (x, height * 1.02), (2.1 * wide, 0.24 * height), cloth)
    for side in (-1, 1):
        ellipse(image, (x + side * wide, y + 0.15 * tall), (0.16 * wide, 0.24 * tall), skin)
    ellipse(image, (x, y), (wide, tall), hair)
    long = rng.random() < 0.5
    if long:
        polygon(image, np.array([[x - wide, y], [x + wide, y], [x + 1.05 * wide, 0.85 * height],
                                 [x - 1.05 * wide, 0.85 * height]]), hair)  # fmt: skip
    count = 9000
    angle, away = rng.uniform(0, 2 * np.pi, count), np.sqrt(rng.random(count))
    starts = np.stack([x + wide * away * np.cos(angle), y + tall * away * np.sin(angle)], axis=1)
    if long:
        lower = rng.random(count) < 0.5
        starts[lower, 1] = y + rng.random(int(lower.sum())) * (0.78 * height - y)
    crown = np.array([x + 0.2 * wide, y - 0.45 * tall])
    lean = np.arctan2(starts[:, 1] - crown[1], starts[:, 0] - crown[0])
    lean = np.where(long, 0.35 * lean + 0.65 * np.pi / 2, lean) + rng.normal(0, 0.10, count)
    lit = 0.8 + 0.5 * np.exp(-(((starts[:, 1] - y + 0.4 * tall) / (0.35 * tall)) ** 2))
    shade = hair[None] * (lit * rng.uniform(0.6, 1.5, count))[:, None]
    strokes(image, starts, lean, rng.uniform(0.1, 0.3, count) * tall, shade, max(1, width // 700))
    return photographed(image, rng)
