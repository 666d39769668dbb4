"""What one real face lends another: a nuisance that must not change a score.

The generator's own stubble teaches nothing (the network has learnt to overlook it); a man's real
fine shade laid on another face does. So each nuisance here is a band of detail of one photograph's
logarithm of light, taken from a place on the chart and laid on the same place of another face as a
ratio. Lent only between people of one part of the split.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.anatomy import fixed, regions_mask
from inference.training.generator.chart import LEFT_EYE, LIPS_OUTER, OVAL, RIGHT_EYE, Canvas
from inference.training.generator.noise import Field
from inference.training.real_faces.layers import Layers
from inference.training.real_faces.paint import Canvased, Pixels, lay

# All that is lent lies on one canvas, whatever the size of the two faces.
LENT_SCALE = 3.6
LEAST_LIGHT = 0.004
ALL = frozenset(CONDITIONS)
SURFACE = frozenset({"texture", "pores", "dryness"})
JAW = (172, 136, 150, 149, 176, 148, 152, 377, 400, 378, 379, 365, 397, 287, 164, 57)
NOSTRILS = (98, 97, 2, 326, 327, 294, 278, 48, 64)


@dataclass(frozen=True)
class Nuisance:
    """One thing a face may lend: where, in which band of detail, and what it must not change."""

    place: str  # of `place_mask`
    fine_mm: float  # detail finer than this is left out, 0 none
    coarse_mm: float  # and coarser than this
    held: frozenset[str]  # conditions whose scores must not change
    colour: bool = False  # colour as well as light
    instead: bool = False  # in place of the face's own detail, not on top of it
    strength: tuple[float, float] = (0.7, 1.3)
    gender: str | None = None  # whose it is
    darker: float = 1.2  # most of the logarithm, downwards
    lighter: float = 0.6  # and upwards


NUISANCES: Mapping[str, Nuisance] = {
    "beard": Nuisance("beard", 0.0, 2.0, ALL, strength=(0.6, 1.6), gender="male"),
    "beard shade": Nuisance(
        "beard", 0.0, 12.0, ALL, colour=True, gender="male", darker=0.9, lighter=0.06
    ),
    "fine texture": Nuisance("skin", 0.0, 1.2, ALL - SURFACE, instead=True),
    "tear troughs": Nuisance("below the eyes", 1.5, 9.0, ALL, colour=True, instead=True),
    "lip shadow": Nuisance("mouth", 0.4, 5.0, ALL, darker=0.8),
    "nostril shadow": Nuisance("nostrils", 0.4, 6.0, ALL, darker=0.8),
    "make-up": Nuisance("about the eyes", 0.0, 12.0, ALL, colour=True, gender="female", darker=0.8),
    "hair edge": Nuisance("hairline", 0.0, 12.0, ALL, colour=True, darker=1.6, lighter=0.2),
}


@lru_cache(maxsize=16)
def place_mask(canvas: Canvas, place: str) -> Field:
    """Return where on the chart a nuisance lies: (H, W), 0 to 1, soft at its edge."""
    eyes = np.maximum(*(canvas.filled(canvas.landmarks(*eye)) for eye in (RIGHT_EYE, LEFT_EYE)))
    lips = canvas.filled(canvas.landmarks(*LIPS_OUTER))
    if place == "beard":
        area = regions_mask(canvas, ("chin", "perioral", "nasolabial", "upper_lip"), 3.0)
        return fixed(np.maximum(area, canvas.filled(canvas.landmarks(*JAW), 5.0)))
    if place == "skin":
        return fixed(canvas.filled(canvas.landmarks(*OVAL), 5.0))
    if place == "below the eyes":
        return fixed(regions_mask(canvas, ("infraorbital",), 3.0).copy())
    if place == "mouth":
        return fixed(np.clip(canvas.blurred(lips, 6.0) * 3.0, 0, 1))
    if place == "nostrils":
        return fixed(np.clip(canvas.filled(canvas.landmarks(*NOSTRILS), 5.0) * 1.5, 0, 1))
    if place == "about the eyes":
        return fixed(np.clip(canvas.blurred(eyes, 6.0) * 2.5, 0, 1))
    if place == "hairline":
        inner = canvas.blurred(canvas.filled(canvas.landmarks(*OVAL)), 10.0)
        rows = np.linspace(1.6, -0.6, canvas.shape[0], dtype=np.float32)[:, None]
        return fixed(np.clip(2.2 * (1 - inner), 0, 1) * np.clip(rows, 0, 1))
    raise KeyError(place)


@dataclass(frozen=True)
class Lender:
    """One photograph unrolled on the lending canvas: logarithm of linear light (H, W, 3)."""

    log: NDArray[np.floating]  # half precision
    seen: NDArray[np.bool_]  # (H, W), where the photograph shows it


def lender(face: Canvased) -> Lender:
    """Unroll a photograph."""
    canvas = Canvas(LENT_SCALE)
    light = np.log(np.clip(face.surface.linear, LEAST_LIGHT, 1.0))
    filled = np.dstack([light, np.ones(light.shape[:2], np.float32)])
    chart = face.surface.to_chart(filled, canvas)
    seen = chart[..., 3]
    middle = (chart[..., :3] * seen[..., None]).sum(axis=(0, 1)) / max(float(seen.sum()), 1.0)
    log = np.where(seen[..., None] > 0.5, chart[..., :3], middle)
    return Lender(log.astype(np.float16), seen > 0.5)


def detail(log: NDArray[np.floating], nuisance: Nuisance) -> Field:
    """Return the band of a logarithm of light (H, W, 3) that a nuisance is made of."""
    canvas = Canvas(LENT_SCALE)
    log = log.astype(np.float32)
    kept = log if nuisance.colour else log.mean(axis=2, keepdims=True)
    planes = [np.ascontiguousarray(kept[..., k]) for k in range(kept.shape[2])]
    bands = [
        canvas.blurred(plane, nuisance.fine_mm) - canvas.blurred(plane, nuisance.coarse_mm)
        for plane in planes
    ]
    return np.asarray(np.dstack(bands * (3 // len(bands))), np.float32)


def lend(
    face: Canvased,
    pixels: Pixels,
    nuisance: Nuisance,
    source: Lender,
    *,
    strength: float,
    own: Lender | None = None,
) -> Pixels:
    """Lay what another face lends on pixels (H, W, 3) of this face, `strength` times.

    `own` is this face unrolled, which a nuisance that comes instead of its own detail needs. Raises
    ValueError where that is missing.
    """
    ratio, seen = detail(source.log, nuisance), source.seen.astype(np.float32)
    if nuisance.instead:
        if own is None:
            raise ValueError("this nuisance replaces the face's own detail, which was not given")
        ratio, seen = ratio - detail(own.log, nuisance), seen * own.seen
    canvas = Canvas(LENT_SCALE)
    area = place_mask(canvas, nuisance.place) * canvas.blurred(seen, 1.0) * seen
    ratio = (
        np.clip(ratio, -nuisance.darker, nuisance.lighter)
        * (area * np.float32(strength))[..., None]
    )
    return lay(face, pixels, onto(face, ratio))


def onto(face: Canvased, ratio: Field) -> Layers:
    """Return a ratio on the lending canvas as layers on the face's own."""

    height, width = face.surface.canvas.shape
    own = np.asarray(cv2.resize(ratio, (width, height), interpolation=cv2.INTER_AREA), np.float32)
    flat = np.zeros((height, width), np.float32)
    return Layers(own, flat, flat)
