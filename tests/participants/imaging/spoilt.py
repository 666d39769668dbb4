"""What may be wrong with a photo, put into a good one: masks, dark glasses, filters, screens."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.camera import motion_kernel
from participants.imaging.face import Face
from participants.imaging.topology import FACE_OVAL, LEFT_EYE, NOT_SKIN, RIGHT_EYE

Pixels = NDArray[np.uint8]
# Over the bridge of the nose, down both cheeks, round the jaw: the outline of a surgical mask.
MASK_OUTLINE = (
    *(6, 351, 346, 345, 447, 366, 401, 435, 367, 364, 394, 395, 369, 396, 175),
    *(171, 140, 170, 169, 135, 138, 215, 177, 137, 227, 116, 117, 122),
)
GRAIN = 2.5  # the noise of what is laid over a photo, 8-bit steps


def grainy(pixels: NDArray, sigma: float = GRAIN) -> Pixels:
    noise = np.random.default_rng(1).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


def laid(pixels: Pixels, outline: NDArray, colour: NDArray | tuple, soft: float) -> Pixels:
    """Lay a colour, or a picture, over what is inside an outline; the border is `soft` px."""
    mask = np.zeros(pixels.shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round(outline).astype(np.int32)], (1.0,))
    share = cv2.GaussianBlur(mask, (0, 0), max(soft, 0.5))[..., None]
    over = grainy(np.broadcast_to(np.asarray(colour, np.float32), pixels.shape))
    return np.clip(pixels * (1 - share) + over * share, 0, 255).round().astype(np.uint8)


def points(face: Face, indices: tuple[int, ...]) -> NDArray[np.float32]:
    return face.landmarks[list(indices), :2]


def masked(pixels: Pixels, face: Face, colour: tuple = (150, 185, 215)) -> Pixels:
    """A surgical mask, with its pleats, over nose and mouth."""
    rows = np.arange(pixels.shape[0])[:, None, None] / face.inter_eye_px
    pleats = 1 + 0.06 * np.sin(rows * 2 * np.pi * 6)
    cloth = np.broadcast_to(np.array(colour) * pleats, pixels.shape)
    outline = points(face, MASK_OUTLINE)
    outline = np.asarray(cv2.convexHull(outline), np.float32)[:, 0]
    return laid(pixels, outline, cloth, face.inter_eye_px / 100)


def in_dark_glasses(pixels: Pixels, face: Face, colour: tuple = (24, 22, 24)) -> Pixels:
    for outer, inner, ring in ((33, 133, RIGHT_EYE), (263, 362, LEFT_EYE)):
        across = face.landmarks[inner, :2] - face.landmarks[outer, :2]
        centre = points(face, ring).mean(axis=0) + np.array([0, 0.1 * np.linalg.norm(across)])
        angle = np.linspace(0, 2 * np.pi, 40)
        width = float(np.linalg.norm(across))
        lens = centre + np.column_stack([np.cos(angle) * 0.85, np.sin(angle) * 0.65]) * width
        pixels = laid(pixels, lens, colour, face.inter_eye_px / 150)
    return pixels


def with_closed_eyes(pixels: Pixels, face: Face) -> Pixels:
    """Draw the lids over both eyes, from the skin around them, with the lashes below."""
    for ring, lower in (
        (RIGHT_EYE, (33, 7, 163, 144, 145, 153, 154, 155, 133)),
        (LEFT_EYE, (263, 249, 390, 373, 374, 380, 381, 382, 362)),
    ):
        eye = points(face, ring)
        hull = eye.mean(axis=0) + (eye - eye.mean(axis=0)) * (1.2, 1.5)
        low = np.floor(hull.min(axis=0)).astype(int) - 20
        high = np.ceil(hull.max(axis=0)).astype(int) + 20
        low = np.maximum(low, 0)
        part = np.ascontiguousarray(pixels[low[1] : high[1], low[0] : high[0]])
        hole = np.zeros(part.shape[:2], np.uint8)
        cv2.fillPoly(hole, [np.round(hull - low).astype(np.int32)], (255,))
        lid = np.asarray(cv2.inpaint(part, hole, 5, cv2.INPAINT_TELEA), np.uint8)
        thick = max(2, round(face.inter_eye_px / 60))
        line = np.round(points(face, lower) - low).astype(np.int32)
        cv2.polylines(lid, [line], False, tuple(int(v) for v in lid.mean(axis=(0, 1)) * 0.3), thick)
        pixels = pixels.copy()
        lid = np.where(hole[..., None] > 0, grainy(lid, 1.5), lid)
        pixels[low[1] : high[1], low[0] : high[0]] = lid
    return pixels


def behind_a_hand(pixels: Pixels, face: Face) -> Pixels:
    """A bare hand, of the face's own colour, over nose, mouth and chin."""
    x, y = np.clip(points(face, (205, 425, 9)).astype(int), 0, np.array(pixels.shape[1::-1]) - 1).T
    colour = np.median(pixels[y, x], axis=0)
    outline = np.asarray(cv2.convexHull(points(face, MASK_OUTLINE)), np.float32)[:, 0]
    return laid(pixels, outline, colour, face.inter_eye_px / 60)


def half_behind(pixels: Pixels, face: Face, colour: tuple = (35, 25, 20)) -> Pixels:
    """Hair over the participant's right half of the face."""
    middle = points(face, (10, 9, 6, 4, 0, 17, 152))
    low, high = face.landmarks[:, :2].min(axis=0), face.landmarks[:, :2].max(axis=0)
    outline = np.vstack([middle, [low[0] - 20, high[1] + 20], [low[0] - 20, low[1] - 20]])
    return laid(pixels, outline, colour, face.inter_eye_px / 60)


def smoothed(pixels: Pixels, face: Face, rounds: int = 2) -> Pixels:
    """What beauty filters do: the skin is made even, the edges of eyes, brows and lips stay."""
    size = face.inter_eye_px / 300
    soft = pixels
    for _ in range(rounds):
        shrunk = cv2.resize(soft, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
        shrunk = cv2.bilateralFilter(shrunk, 0, 30, 5 * size)
        soft = cv2.resize(shrunk, pixels.shape[1::-1], interpolation=cv2.INTER_CUBIC)
    mask = np.zeros(pixels.shape[:2], np.float32)
    cv2.fillPoly(mask, [np.round(points(face, FACE_OVAL)).astype(np.int32)], (1.0,))
    for ring in NOT_SKIN:
        hull = np.asarray(cv2.convexHull(points(face, ring)), np.float32)[:, 0]
        cv2.fillPoly(mask, [np.round(hull).astype(np.int32)], (0.0,))
    share = cv2.GaussianBlur(mask, (0, 0), 3 * size)[..., None]
    return np.asarray(pixels * (1 - share) + np.asarray(soft) * share, np.uint8)


def grey(pixels: Pixels) -> Pixels:
    return np.repeat(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def sepia(pixels: Pixels) -> Pixels:
    tint = np.array([1.07, 0.94, 0.74])
    return np.clip(grey(pixels) * tint, 0, 255).round().astype(np.uint8)


def drawn_as_cartoon(pixels: Pixels) -> Pixels:
    """A dozen flat colours with dark outlines."""
    small = cv2.resize(pixels, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA)
    for _ in range(4):
        small = cv2.bilateralFilter(small, 9, 40, 7)
    flat = cv2.resize(small // 28 * 28 + 14, pixels.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    lines = cv2.Canny(small, 60, 120)
    lines = cv2.resize(cv2.dilate(lines, np.ones((2, 2), np.uint8)), pixels.shape[1::-1])
    return np.where(lines[..., None] > 127, 20, flat).astype(np.uint8)


def moved(pixels: Pixels, length: float, degrees: float) -> Pixels:
    kernel = motion_kernel(length, degrees)
    return np.asarray(cv2.filter2D(pixels, -1, kernel, borderType=cv2.BORDER_REFLECT), np.uint8)


def on_a_screen(pixels: Pixels, pitch: float = 3.3, degrees: float = 7.0) -> Pixels:
    """A photo taken of a screen: the grid of its dots shows, a little turned."""
    height, width = pixels.shape[:2]
    y, x = np.indices((height, width), np.float32)
    turn = np.radians(degrees)
    along = (x * np.cos(turn) + y * np.sin(turn)) * 2 * np.pi / pitch
    down = (y * np.cos(turn) - x * np.sin(turn)) * 2 * np.pi / pitch
    grid = 1 + 0.10 * np.cos(along) + 0.06 * np.cos(down) + 0.06 * np.cos(along + down)
    return grainy(np.clip(pixels * grid[..., None], 0, 255), 2)


def screenshot(pixels: Pixels, bar: tuple = (255, 255, 255)) -> Pixels:
    """The photo in a phone's gallery: bars above and below, with icons and the time in them."""
    height, width = pixels.shape[:2]
    top = np.full((height // 8, width, 3), bar, np.uint8)
    bottom = np.full((height // 6, width, 3), bar, np.uint8)
    ink = tuple(255 - level for level in bar)
    cv2.putText(top, "09:41", (width // 20, height // 20), 0, width / 700, ink, 2)
    for at in range(1, 5):
        cv2.circle(bottom, (width * at // 5, height // 12), width // 40, ink, 3)
    return np.vstack([top, pixels, bottom])
