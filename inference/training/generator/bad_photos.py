"""Photos that must be refused, for tests and the demo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.training.generator.camera import Camera, expose, sample_camera
from inference.training.generator.face import Framing, draw_framed
from inference.training.generator.identity import Identity
from inference.training.generator.noise import stream
from inference.training.generator.room import draw_room

BadKind = Literal["dark", "blurred", "far", "turned", "no_face", "bright", "side_lit"]
BAD_KINDS: tuple[BadKind, ...] = (
    "dark", "blurred", "far", "turned", "no_face", "bright", "side_lit",
)  # fmt: skip


def draw_bad_photo(
    kind: BadKind,
    identity: Identity,
    *,
    seed: int,
    severities: Mapping[str, float] | None = None,
    width: int = 1080,
    height: int = 1440,
) -> NDArray[np.uint8]:
    """Return a photo meant to be of the front with one fault: sRGB uint8 (height, width, 3).

    Raises ValueError for an unknown kind.
    """
    if kind not in BAD_KINDS:
        raise ValueError(f"a bad photo is one of {', '.join(BAD_KINDS)}, not {kind!r}")
    camera = sample_camera(seed, difficulty="good")
    framing = Framing(0.0, 0.0, 0.0)
    if kind == "no_face":
        rng = stream(seed, "no face")
        return expose(draw_room(rng, height, width), camera, rng)
    if kind == "far":
        framing = replace(framing, share=0.11)
    if kind == "turned":
        framing = replace(framing, yaw=52.0)
    photo = draw_framed(
        identity,
        severities or {},
        view="front",
        seed=seed,
        camera=_spoilt(kind, camera),
        framing=framing,
        width=width,
        height=height,
    )
    return photo.pixels


def _spoilt(kind: BadKind, camera: Camera) -> Camera:
    match kind:
        case "dark":
            return replace(camera, exposure=-5.0, shot_noise=0.002)
        case "bright":
            return replace(camera, exposure=3.6)
        case "blurred":
            return replace(camera, lens_blur=11.0, motion=26.0, sharpening=0.0)
        case "side_lit":
            return replace(camera, uneven=1.0, falloff=0.9, falloff_degrees=0.0)
        case _:
            return camera
