"""The finished texture of a person: what is painted on the skin, as colour, relief and shine."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from inference.training.generator.bare import bare_skin
from inference.training.generator.chart import Canvas
from inference.training.generator.conditions import paint_conditions
from inference.training.generator.features import draw_features
from inference.training.generator.identity import Identity
from inference.training.generator.maps import Cover, SkinMaps
from inference.training.generator.noise import Field
from inference.training.generator.skin import skin_colour

SCALE = np.array([0.66, 0.64, 0.59], np.float32)  # dry scale: white, a little yellow


@dataclass(frozen=True)
class Texture:
    """What the light meets. All (H, W) or (H, W, 3) float32 over the chart."""

    canvas: Canvas
    albedo: Field  # linear RGB
    height: Field  # millimetres
    shine: Field  # factor on the mirror-like reflection
    bare: Field  # share of skin not covered by hair or eyes


@lru_cache(maxsize=2)
def _person(identity: Identity, scale: float) -> tuple[SkinMaps, Cover]:
    canvas = Canvas(scale)
    return bare_skin(identity, canvas), draw_features(identity, canvas)


@lru_cache(maxsize=2)
def _finished(
    identity: Identity, severities: tuple[tuple[str, float], ...], scale: float
) -> Texture:
    bare, cover = _person(identity, scale)
    maps = bare.copy()
    paint_conditions(maps, identity, dict(severities))
    colour = skin_colour(maps.melanin, maps.blood)
    pale = np.clip(maps.pale, 0, 1)[..., None]
    # Scale lies in a thin layer the skin shows through, so it is greyer on dark skin.
    lightness = np.float32(min(1.0, (float(colour.mean()) / 0.35) ** 0.6))
    colour += pale * lightness * (SCALE - colour)
    colour *= np.clip(maps.shade, 0.05, 1.2)[..., None]
    share = cover.share[..., None]
    albedo = colour + share * (cover.colour - colour)
    open_skin = (1 - cover.share).astype(np.float32)
    shine = maps.shine * open_skin + cover.shine
    return Texture(
        bare.canvas,
        albedo.astype(np.float32),
        maps.height * open_skin,
        shine.astype(np.float32),
        open_skin,
    )


def texture_of(identity: Identity, severities: Mapping[str, float], scale: float) -> Texture:
    """Return the texture of a person with these severities at `scale` pixels per millimetre.

    The two people drawn last are kept, so several views of one visit cost little more than one.
    """
    return _finished(identity, tuple(sorted(severities.items())), scale)
