"""The photos: generated faces and one real one, good, spoilt a little, and spoilt a lot.

Each has a name, the view it is for, and the part it belongs to: margins are tuned on ``tune`` and
figures are given for ``report``. No person, and no level of a disturbance of the real face, is in
both. JPEGs, as a phone sends them.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Literal

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage import data

from inference.training.generator.camera import Camera, sample_camera
from inference.training.generator.conditions import sample_severities
from inference.training.generator.face import VIEW_YAW, Framing, View, draw_framed
from inference.training.generator.identity import sample_identity
from inference.training.generator.noise import stream

Pixels = NDArray[np.uint8]
Part = Literal["tune", "report"]
WIDTH, HEIGHT = 960, 1280
PEOPLE = 12
FIRST_SEED = 4100


@dataclass(frozen=True)
class Sample:
    """One photo to be drawn when it is asked for."""

    name: str
    view: View
    part: Part
    kind: str  # generated, real, or unseen: a fault that the phone does not look for
    draw: Callable[[], Pixels]

    def jpeg(self) -> bytes:
        """Draw it and write it as a phone's browser would: quality 94."""
        out = io.BytesIO()
        Image.fromarray(self.draw()).save(out, "JPEG", quality=94)
        return out.getvalue()


def samples() -> Iterator[Sample]:
    """All photos: twelve for each of twelve generated people, and the real face."""
    for number in range(PEOPLE):
        yield from _of_person(number, "tune" if number % 2 == 0 else "report")
    yield from _of_real_face()


# --- Generated people --------------------------------------------------------------------------


def _of_person(number: int, part: Part) -> Iterator[Sample]:
    """A person's three good views and nine faults, whose strength differs from person to person."""
    seed = FIRST_SEED + number
    identity = sample_identity(seed, fitzpatrick=1 + number % 6)
    rng = stream(seed, "severities")
    severities = sample_severities(rng)
    good = replace(sample_camera(seed, difficulty="good"), motion=0.0)
    usual = sample_camera(seed + 1, difficulty="typical")
    level = number / (PEOPLE - 1)  # 0 to 1: from a slight fault to a gross one

    def sample(name: str, view: View, camera: Camera, framing: Framing) -> Sample:
        def draw() -> Pixels:
            return draw_framed(
                identity,
                severities,
                view=view,
                seed=seed,
                camera=camera,
                framing=framing,
                width=WIDTH,
                height=HEIGHT,
            ).pixels

        return Sample(f"g{number:02}-{name}", view, part, "generated", draw)

    straight = Framing(0.0, 0.0, 0.0)
    for view in ("front", "left", "right"):
        yield sample(f"good-{view}", view, good, Framing(VIEW_YAW[view], 0.0, 0.0))
    yield sample("usual", "front", usual, straight)
    dark = replace(good, exposure=-1.5 - 3.5 * level, shot_noise=0.001)
    yield sample("dark", "front", dark, straight)
    yield sample("bright", "front", replace(good, exposure=1.0 + 2.6 * level), straight)
    blurred = replace(good, lens_blur=2.0 + 9.0 * level, sharpening=0.0)
    yield sample("blurred", "front", blurred, straight)
    moved = replace(good, motion=6.0 + 24.0 * level, sharpening=0.0)
    yield sample("moved", "front", moved, straight)
    lit = replace(good, uneven=0.2 + 0.8 * level, falloff=0.9 * level, falloff_degrees=0.0)
    yield sample("side-lit", "front", lit, straight)
    yield sample("far", "front", good, replace(straight, share=0.36 - 0.24 * level))
    yaw = 12.0 + 36.0 * level
    yield sample("turned", "front", good, Framing(yaw if number % 4 < 2 else -yaw, 0.0, 0.0))
    tilt, nod = 12.0 + 30.0 * level, 10.0 + 24.0 * level
    framing = Framing(0.0, 0.0, tilt) if number % 4 < 2 else Framing(0.0, nod, 0.0)
    yield sample("tilted", "front", good, framing)


# --- The real face -----------------------------------------------------------------------------


def _portrait() -> Pixels:
    """Return Eileen Collins, NASA (public domain), as a phone's portrait."""
    crop = Image.fromarray(data.astronaut()).crop((110, 0, 350, 320))
    return np.array(crop.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS), np.uint8)


def _of_real_face() -> Iterator[Sample]:
    disturbances: dict[str, tuple[Callable[[float], Pixels], tuple[float, ...]]] = {
        "dark": (_dark, (0.6, 0.4, 0.25, 0.18, 0.12, 0.07)),
        "bright": (_bright, (1.2, 1.5, 1.9, 2.4, 3.0, 4.0)),
        "blurred": (_blurred, (1.0, 2.5, 4.0, 5.0, 6.5, 9.0)),
        "moved": (_moved, (4, 8, 12, 18, 26, 40)),
        "grainy": (_grainy, (4, 7, 10, 13, 18, 26)),
        "side-lit": (_side_lit, (0.1, 0.2, 0.3, 0.4, 0.5, 0.7)),
        "tilted": (_tilted, (10, 18, 24, 28, 33, 42)),
        "far": (_far, (0.9, 0.8, 0.7, 0.6, 0.5, 0.35)),
        "cut-off": (_cut_off, (0.1, 0.26, 0.3, 0.34, 0.38, 0.5)),
    }
    yield Sample("real-good", "front", "report", "real", _portrait)
    yield Sample("real-left", "left", "report", "real", _portrait)
    for name, spoil in UNSEEN.items():
        yield Sample(f"real-{name}", "front", "report", "unseen", spoil)
    for name, (disturb, levels) in disturbances.items():
        for at, level in enumerate(levels):
            part: Part = "tune" if at % 2 == 0 else "report"

            def draw(disturb: Callable[[float], Pixels] = disturb, level: float = level) -> Pixels:
                return disturb(level)

            yield Sample(f"real-{name}-{at}", "front", part, "real", draw)


def _smoothed() -> Pixels:
    """A beauty filter: skin smoothed, edges kept."""
    return np.asarray(cv2.bilateralFilter(_portrait(), 0, 40, 12), np.uint8)


def _grey() -> Pixels:
    grey = cv2.cvtColor(_portrait(), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB), np.uint8)


def _masked() -> Pixels:
    """A plain blue mask over mouth and nose."""
    pixels = _portrait()
    rng = stream(FIRST_SEED, "mask")
    cloth = np.array([96, 140, 190]) + rng.normal(0, 3, (220, 330, 3))
    pixels[500:720, 300:630] = np.clip(cloth, 0, 255)
    return pixels


# Faults that the server looks for and the phone does not.
UNSEEN: dict[str, Callable[[], Pixels]] = {
    "smoothed": _smoothed,
    "grey": _grey,
    "masked": _masked,
}


def _dark(gain: float) -> Pixels:
    return _exposed(gain)


def _bright(gain: float) -> Pixels:
    return _exposed(gain)


def _exposed(gain: float) -> Pixels:
    linear = (_portrait().astype(np.float32) / 255) ** 2.2 * gain
    return np.asarray(255 * np.clip(linear, 0, 1) ** (1 / 2.2), np.uint8)


def _blurred(deviation: float) -> Pixels:
    return np.asarray(cv2.GaussianBlur(_portrait(), (0, 0), deviation), np.uint8)


def _moved(length: float) -> Pixels:
    kernel = np.zeros((int(length), int(length)), np.float32)
    kernel[int(length) // 2] = 1 / int(length)
    return np.asarray(cv2.filter2D(_portrait(), -1, kernel), np.uint8)


def _grainy(deviation: float) -> Pixels:
    rng = stream(FIRST_SEED, "grain")
    noise = rng.normal(0, deviation, (HEIGHT, WIDTH, 3))
    return np.asarray(np.clip(_portrait() + noise, 0, 255), np.uint8)


def _side_lit(depth: float) -> Pixels:
    # Across the face, which spans 0.28 to 0.67 of the picture.
    ramp = np.clip((np.arange(WIDTH) / WIDTH - 0.28) / 0.39, 0, 1)[None, :, None]
    linear = (_portrait().astype(np.float32) / 255) ** 2.2 * (1 - depth * ramp)
    return np.asarray(255 * linear ** (1 / 2.2), np.uint8)


def _tilted(degrees: float) -> Pixels:
    matrix = cv2.getRotationMatrix2D((WIDTH / 2, HEIGHT * 0.4), -degrees, 1.0)
    turned = cv2.warpAffine(
        _portrait(), matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT, flags=cv2.INTER_CUBIC
    )
    return np.asarray(turned, np.uint8)


def _far(share: float) -> Pixels:
    """Smaller in a picture of the same size, on a wall of the portrait's own edge colour."""
    small = cv2.resize(_portrait(), None, fx=share, fy=share, interpolation=cv2.INTER_AREA)
    wall = np.empty((HEIGHT, WIDTH, 3), np.uint8)
    wall[:] = np.median(_portrait()[:, :8].reshape(-1, 3), axis=0)
    rng = stream(FIRST_SEED, "wall")
    wall = np.clip(wall + rng.normal(0, 1.5, wall.shape), 0, 255).astype(np.uint8)
    top, left = (HEIGHT - small.shape[0]) // 2, (WIDTH - small.shape[1]) // 2
    wall[top : top + small.shape[0], left : left + small.shape[1]] = small
    return wall


def _cut_off(shift: float) -> Pixels:
    """Moved to the left, out of the picture."""
    matrix = np.array([[1, 0, -shift * WIDTH], [0, 1, 0]], np.float32)
    moved = cv2.warpAffine(_portrait(), matrix, (WIDTH, HEIGHT), borderMode=cv2.BORDER_REFLECT)
    return np.asarray(moved, np.uint8)
