"""Drawn faces: line art, pencil from a photo, flat cartoons, and emoji."""

from __future__ import annotations

import cv2
import numpy as np

from inference.training.generator.chart import (
    LEFT_BROW,
    LEFT_EYE,
    LIPS_OUTER,
    OVAL,
    RIGHT_BROW,
    RIGHT_EYE,
)
from inference.training.out_of_scope.brush import (
    Pixels,
    ellipse,
    face_photo,
    laid,
    photographed,
    polygon,
    room,
)


def _shown(page: Pixels, rng: np.random.Generator) -> Pixels:
    """Return the page as a file of its own, or photographed on paper, half and half."""
    if rng.random() < 0.5:
        return page
    height, width = page.shape[:2]
    return photographed(laid(room(rng, width, height), page, rng, share=0.95), rng)


def draw_line_drawing(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A face in a few shaky lines on white paper."""
    page = np.full((height, width, 3), 247, np.uint8)
    x, y = width / 2, height * 0.47
    wide, tall = width * rng.uniform(0.26, 0.34), height * rng.uniform(0.26, 0.33)
    ink = rng.uniform(10, 70, 3)
    pen = max(2, round(width * rng.uniform(0.004, 0.010)))

    def arc(dx: float, dy: float, a: float, b: float, first: float = 0, last: float = 360) -> None:
        shake = rng.normal(0, 0.02, 2)
        at = x + (dx + shake[0]) * wide, y + (dy + shake[1]) * tall
        axes, span = (a * wide, b * tall), (first, last)
        ellipse(page, at, axes, ink, thickness=pen, turn=float(rng.normal(0, 4)), arc=span)

    arc(0, 0, 1, 1)
    for side in (-1, 1):
        arc(0.42 * side, -0.2, 0.20, 0.10)
        arc(0.42 * side, -0.2, 0.07, 0.08)
        arc(0.42 * side, -0.42, 0.24, 0.10, 200, 340)
        arc(1.02 * side, 0, 0.10, 0.20)
    arc(0, 0.05, 0.12, 0.30, -60 if rng.random() < 0.5 else 20, 120)
    arc(0, 0.45, 0.38, 0.16, 10, 170)
    for _ in range(int(rng.integers(0, 50))):
        start = np.array([x + rng.uniform(-1, 1) * wide, y - tall * rng.uniform(0.75, 1.1)])
        end = start + rng.normal(0, 0.12, 2) * [wide, tall]
        cv2.line(page, start.astype(int).tolist(), end.astype(int).tolist(), ink.tolist(), pen)
    return _shown(page, rng)


def draw_sketch(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A pencil drawing after a photo: edges by a difference of Gaussians and a little hatching."""
    grey = cv2.cvtColor(face_photo(rng, width, height).pixels, cv2.COLOR_RGB2GRAY)
    light = grey.astype(np.float32) / 255
    fine = width / 1080 * rng.uniform(1.2, 2.2)
    edges = cv2.GaussianBlur(light, (0, 0), fine) - cv2.GaussianBlur(light, (0, 0), 1.6 * fine)
    lines = np.clip(1 + edges * 22, 0.12, 1)
    across, down = np.meshgrid(np.arange(width), np.arange(height))
    hatch = 0.5 + 0.5 * np.sin((across + down) * 0.7 + 2 * rng.standard_normal((height, width)))
    dark = cv2.GaussianBlur(light, (0, 0), 6) < rng.uniform(0.25, 0.45)
    value = lines * np.where(dark, 0.55 + 0.35 * hatch, 1.0)
    return _shown(np.repeat((value * 246)[..., None], 3, axis=2).astype(np.uint8), rng)


def draw_cartoon(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A cartoon: a real face's proportions in flat colours with a dark outline and large eyes."""
    points = face_photo(rng, width, height).landmarks[:, :2]
    page = np.full((height, width, 3), rng.uniform(120, 250, 3), np.uint8)
    skin = np.array([248, 214, 180]) * rng.uniform(0.45, 1.0)
    hair, ink = rng.uniform(20, 200, 3), (24, 20, 26)
    pen = max(2, width // 220)
    middle = points[list(OVAL)].mean(axis=0)
    head = (points[list(OVAL)] - middle) * [1.08, 1.05] + middle
    polygon(page, (head - middle) * [1.25, 1.30] + middle - [0, 0.06 * height], hair)
    polygon(page, head, skin)
    lower = head[head[:, 1] > middle[1] - 0.12 * height]
    polygon(page, np.array([[lower[:, 0].min(), 0.95 * height], [lower[:, 0].max(), 0.95 * height],
                            [width, height], [0, height]]), rng.uniform(40, 230, 3))  # fmt: skip
    cv2.polylines(page, [head.astype(np.int32)], True, ink, pen, cv2.LINE_AA)
    for eye, brow in ((RIGHT_EYE, RIGHT_BROW), (LEFT_EYE, LEFT_BROW)):
        at = points[list(eye)].mean(axis=0)
        size = float(np.ptp(points[list(eye), 0])) * rng.uniform(0.55, 0.8)
        ellipse(page, (at[0], at[1]), (size * 0.8, size), (255, 255, 255))
        ellipse(page, (at[0], at[1]), (size * 0.8, size), ink, thickness=pen)
        ellipse(page, (at[0], at[1]), (size * 0.45, size * 0.6), rng.uniform(20, 160, 3))
        ellipse(page, (at[0], at[1]), (size * 0.2, size * 0.3), ink)
        ellipse(page, (at[0] - size * 0.2, at[1] - size * 0.3), (size * 0.12,) * 2, (255, 255, 255))
        polygon(page, points[list(brow)] - [0, size * 0.5], hair * 0.6)
    tip = points[1]
    ellipse(
        page, (tip[0], tip[1]), (0.02 * width, 0.012 * height), ink, thickness=pen, arc=(0, 180)
    )
    polygon(page, points[list(LIPS_OUTER)], np.array([200, 70, 80]) * rng.uniform(0.6, 1.1))
    return _shown(page, rng)


def draw_emoji(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """A round yellow face with two dots and a curve."""
    page = np.full((height, width, 3), rng.uniform(200, 255, 3), np.uint8)
    x, y, radius = width / 2, height * rng.uniform(0.4, 0.6), width * rng.uniform(0.25, 0.45)
    ellipse(page, (x, y), (radius, radius), (224, 168, 36))
    ellipse(page, (x, y - 0.02 * radius), (radius * 0.97, radius * 0.97), (255, 210, 70))
    tall = radius * rng.uniform(0.10, 0.20)
    for side in (-1, 1):
        ellipse(
            page, (x + 0.36 * side * radius, y - 0.22 * radius), (0.11 * radius, tall), (70, 44, 20)
        )
    mood = (15.0, 165.0) if rng.random() < 0.7 else (195.0, 345.0)
    drop = 0.15 if mood[0] < 90 else 0.65
    pen = max(3, round(0.07 * radius))
    mouth = (x, y + drop * radius), (0.5 * radius, 0.4 * radius)
    ellipse(page, *mouth, (70, 44, 20), thickness=pen, arc=mood)
    return _shown(page, rng)
