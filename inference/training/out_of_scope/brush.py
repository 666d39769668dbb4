"""What pictures out of scope are drawn with: smooth noise, strokes, a tilt, a phone's camera."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.training.generator.camera import Difficulty, expose, sample_camera
from inference.training.generator.face import GeneratedPhoto, draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.generator.noise import Field, octaves
from inference.training.generator.room import draw_room
from inference.training.generator.skin import linear_to_srgb, srgb_to_linear

Pixels = NDArray[np.uint8]
Draw = Callable[[np.random.Generator, int, int], Pixels]  # random numbers, width, height
Colour = Sequence[float] | NDArray[np.floating] | NDArray[np.integer]
LINEAR = srgb_to_linear(np.arange(256)).astype(np.float32)
# Beyond every range of `generator.splits`, so no person or camera here is one of a split's.
FIRST_IDENTITY, FIRST_CAMERA = 8_000_000, 80_000_000


def photographed(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Return sRGB pixels (H, W, 3) as a phone's camera, good or typical, would give them."""
    difficulty: Difficulty = "good" if rng.random() < 0.5 else "typical"
    camera = sample_camera(FIRST_CAMERA + int(rng.integers(1_000_000)), difficulty=difficulty)
    return expose(LINEAR[pixels], camera, rng)


def room(rng: np.random.Generator, width: int, height: int) -> Pixels:
    """Return an out-of-focus room: sRGB (H, W, 3)."""
    return linear_to_srgb(draw_room(rng, height, width))


def face_photo(rng: np.random.Generator, width: int, height: int) -> GeneratedPhoto:
    """Return a good photo of a person's face, skin clear, from the front."""
    seed = int(rng.integers(1_000_000))
    return draw_photo(
        sample_identity(FIRST_IDENTITY + seed, fitzpatrick=int(rng.integers(1, 7))),
        {},
        view="front",
        seed=FIRST_CAMERA + seed,
        width=width,
        height=height,
    )


def clouds(rng: np.random.Generator, width: int, height: int, length: float, count: int) -> Field:
    """Return smooth noise (H, W), mean 0, deviation near 1, its longest waves `length` pixels."""
    return octaves(rng, (height, width), 1.0, length, count, fall=0.6)


def tinted(values: Field, dark: Colour, light: Colour) -> Pixels:
    """Return sRGB (H, W, 3) between two colours (0 to 255) by values (H, W) from 0 to 1."""
    low, high = np.asarray(dark, np.float32), np.asarray(light, np.float32)
    share = np.clip(values, 0, 1)[..., None].astype(np.float32)
    return np.asarray(np.clip(low + share * (high - low), 0, 255), np.uint8)


def strokes(
    image: Pixels,
    starts: NDArray[np.floating],
    angles: NDArray[np.floating],
    lengths: NDArray[np.floating],
    colours: NDArray[np.floating],
    width: int = 1,
) -> None:
    """Draw straight strokes in place: starts (n, 2) pixels, angles in radians, colours (n, 3)."""
    way = np.stack([np.cos(angles), np.sin(angles)], axis=1) * lengths[:, None]
    ends = np.round((starts + way) * 16).astype(np.int32)
    begins = np.round(starts * 16).astype(np.int32)
    shades = np.clip(colours, 0, 255).astype(int).tolist()
    for begin, end, shade in zip(begins.tolist(), ends.tolist(), shades, strict=True):
        cv2.line(image, begin, end, shade, width, cv2.LINE_AA, 4)


def laid(
    below: Pixels,
    above: Pixels,
    rng: np.random.Generator,
    *,
    share: float = 0.9,
    tilt: float = 0.05,
) -> Pixels:
    """Return `above`, a flat thing, seen slightly from the side in front of `below`.

    It fills about `share` of the picture; `tilt` is how far its corners wander, share of a side.
    """
    height, width = below.shape[:2]
    tall, wide = above.shape[:2]
    grow = share * min(width / wide, height / tall)
    box = np.array([[0, 0], [wide, 0], [wide, tall], [0, tall]], np.float32)
    placed = (box - box.mean(axis=0)) * grow + [width / 2, height / 2]
    placed += rng.normal(0, tilt * grow * min(wide, tall) / 2, (4, 2))
    turn = cv2.getPerspectiveTransform(box, placed.astype(np.float32))
    size = (width, height)
    flat = cv2.warpPerspective(above, turn, size, flags=cv2.INTER_LINEAR)
    mask = cv2.warpPerspective(np.full((tall, wide), 255, np.uint8), turn, size)
    cover = mask[..., None].astype(np.float32) / 255
    return np.asarray(below * (1 - cover) + flat * cover, np.uint8)


def ellipse(
    image: Pixels,
    centre: tuple[float, float],
    axes: tuple[float, float],
    colour: Colour,
    *,
    thickness: int = -1,
    turn: float = 0.0,
    arc: tuple[float, float] = (0.0, 360.0),
) -> None:
    """Draw an ellipse, or an arc of one (degrees), in place; all lengths in pixels."""
    cv2.ellipse(
        image,
        (round(centre[0]), round(centre[1])),
        (max(1, round(axes[0])), max(1, round(axes[1]))),
        turn,
        arc[0],
        arc[1],
        [int(value) for value in colour],
        thickness,
        cv2.LINE_AA,
    )


def polygon(image: Pixels, corners: NDArray[np.floating], colour: Colour) -> None:
    """Fill a polygon (n, 2) in pixels, in place."""
    fixed = np.round(corners * 16).astype(np.int32)
    cv2.fillPoly(image, [fixed], [int(value) for value in colour], cv2.LINE_AA, 4)
