"""One condition as the generator paints it, made believable on real skin: layers over the chart.

What the generator draws is drawn for its own skin and light. Laid on a photograph as it is, it
looks like paint: edges too sharp, colours too strong, relief too deep. So the
logarithm of the ratio of skin colours after and before is taken, its colour weakened against its
mean, its edges softened, red the most, since red light wanders furthest in skin (Jimenez et al.
2009), and relief kept at a third.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.chart import Canvas
from inference.training.generator.conditions import paint_conditions
from inference.training.generator.identity import sample_identity
from inference.training.generator.maps import SkinMaps
from inference.training.generator.noise import Field, octaves, smoothstep, stream, waves
from inference.training.generator.skin import skin_colour
from inference.training.generator.texture import SCALE
from inference.training.real_faces.light import BLOOD

# How much further than green red light wanders below the surface, and how much less blue.
SCATTER = (1.5, 1.0, 0.8)
DARK_CHROMA_LOST = 0.65
DIFFUSE_SHARE = 0.5  # of the faces with dermatitis: a diffuse flush instead of patches with scale


@dataclass(frozen=True)
class Look:
    """How one condition's layers are changed before they meet real skin; found by eye."""

    strength: float  # of the logarithm of the colour ratio
    chroma: float  # of the ratio's colour against its mean over red, green and blue
    soft_mm: float  # blur of the ratio: scattering below the surface, edges of marks
    relief: float  # of the height, a third about
    relief_mm: float  # blur of the height
    patchy: float  # how unevenly it lies over the face
    gleam: float = 1.0  # of the logarithm of the shine


LOOKS: Mapping[str, Look] = {
    "dryness": Look(0.80, 0.75, 0.26, 0.60, 0.12, 0.25),
    "texture": Look(0.60, 0.60, 0.40, 0.33, 0.22, 0.25, 0.25),
    "melasma": Look(0.85, 0.65, 1.10, 0.33, 0.00, 0.20),
    "lentigo": Look(0.70, 0.75, 0.45, 0.33, 0.00, 0.20),
    "ephelides": Look(0.85, 0.75, 0.28, 0.33, 0.00, 0.30),
    "dermatitis": Look(0.95, 0.75, 0.90, 0.33, 0.10, 0.25),
    "wrinkles": Look(0.70, 0.60, 0.40, 0.45, 0.30, 0.25),
    "pores": Look(0.68, 0.60, 0.20, 0.33, 0.08, 0.25),
}


@dataclass(frozen=True)
class Style:
    """What varies between painted photographs besides severity, so that no one look is learnt."""

    factors: Mapping[str, tuple[float, float, float]]  # of strength, softness, relief
    key: tuple[float, float] = (0.0, -0.35)  # light across the skin where the photo's is frontal


PLAIN = Style(dict.fromkeys(CONDITIONS, (1.0, 1.0, 1.0)))


def sample_style(rng: np.random.Generator) -> Style:
    """Return a style: strength within 10 %, softness and relief within a quarter."""
    factors = {}
    for condition in CONDITIONS:
        strength, softness, relief = (float(v) for v in np.exp(rng.normal(0, (0.1, 0.25, 0.25))))
        factors[condition] = (strength, softness, relief)
    return Style(factors, (float(rng.normal(0, 0.22)), float(-rng.uniform(0.15, 0.5))))


@dataclass(frozen=True)
class Layers:
    """What is laid on the chart, all (H, W) or (H, W, 3) float32."""

    ratio: Field  # (H, W, 3) natural logarithm of the ratio of colours
    height: Field  # millimetres
    gleam: Field  # natural logarithm of the factor on the gloss

    def __add__(self, other: Layers) -> Layers:
        return Layers(
            self.ratio + other.ratio, self.height + other.height, self.gleam + other.gleam
        )


def nothing(canvas: Canvas) -> Layers:
    """Return layers that change nothing."""
    flat = np.zeros(canvas.shape, np.float32)
    return Layers(np.zeros((*canvas.shape, 3), np.float32), flat, flat)


def plain_maps(canvas: Canvas, melanin: float) -> SkinMaps:
    """Return even skin of one tone, to be painted on."""

    def full(value: float) -> Field:
        return np.full(canvas.shape, value, np.float32)

    return SkinMaps(canvas, full(melanin), full(BLOOD), full(0.0), full(1.0), full(0.0), full(1.0))


def hidden_by(melanin: float) -> float:
    """Return how far melanin hides what is added to the skin: 0 up to type IV, 1 for type VI."""
    return float(smoothstep(np.array([melanin], np.float32), 0.10, 0.36)[0])


def layers_of(
    canvas: Canvas, melanin: float, condition: str, severity: float, seed: int, style: Style
) -> Layers:
    """Return one condition's layers at a severity from 0 to 1 on skin of this melanin.

    The seed decides where its marks lie, so a higher severity has the same marks, stronger.
    """
    if severity <= 0:
        return nothing(canvas)
    look, (strength, softness, relief) = LOOKS[condition], style.factors[condition]
    maps = plain_maps(canvas, melanin)
    before = skin_colour(maps.melanin[:1, :1], maps.blood[:1, :1])[0, 0]
    rng = stream(seed, f"patchy {condition}")
    if condition == "dermatitis" and rng.random() < DIFFUSE_SHARE:
        _flush(maps, seed, severity)
    else:
        paint_conditions(maps, sample_identity(seed, fitzpatrick=3), {condition: severity})
    ratio = np.log(np.clip(_colour(maps, before) / before, 0.03, 6.0))
    ratio += np.log(np.clip(maps.shade, 0.05, 1.2))[..., None]
    grey = ratio.mean(axis=2, keepdims=True)
    # On dark skin red falls faster than blue, and marks would turn blue: there they are dark.
    chroma = look.chroma * (1 - DARK_CHROMA_LOST * hidden_by(melanin))
    ratio = (grey + chroma * (ratio - grey)) * np.float32(look.strength * strength)
    for channel, wider in enumerate(SCATTER):
        ratio[..., channel] = canvas.blurred(ratio[..., channel], look.soft_mm * softness * wider)
    uneven = _uneven(canvas, rng, condition, look.patchy)
    height = canvas.blurred(maps.height, look.relief_mm) * np.float32(look.relief * relief)
    gleam = np.log(np.clip(maps.shine, 0.1, 3.0)) * np.float32(look.gleam)
    return Layers(
        np.asarray(ratio * uneven[..., None], np.float32), height * uneven, gleam * uneven
    )


def _colour(maps: SkinMaps, before: Field) -> Field:
    """Return the painted skin's colour, scale over it, as the generator finishes a texture."""
    colour = skin_colour(maps.melanin, maps.blood)
    if not maps.pale.any():
        return colour
    lightness = np.float32(min(1.0, (float(before.mean()) / 0.35) ** 0.6))
    pale = np.clip(maps.pale, 0, 1)[..., None]
    return np.asarray(colour + pale * lightness * (SCALE - colour), np.float32)


def _uneven(canvas: Canvas, rng: np.random.Generator, condition: str, patchy: float) -> Field:
    """Return how strongly the condition lies where, about 1 in the mean."""
    field = 1 + np.float32(patchy) * octaves(rng, canvas.shape, canvas.scale, 26, 2)
    field = np.clip(field, 0.15, 1.7)
    if condition == "pores":  # nose and inner cheeks bear them, the outer cheek hardly
        near = regions_mask(canvas, ("nose", "inner_cheek", "glabella"), 5.0)
        field = field * (0.25 + 0.75 * near)
    return np.asarray(field, np.float32)


def _flush(maps: SkinMaps, seed: int, severity: float) -> None:
    """Diffuse redness of the middle of the face with fine vessels, as in rosacea: no scale."""
    canvas, rng = maps.canvas, stream(seed, "flush")
    area = regions_mask(canvas, (*READ_IN["dermatitis"], "inner_cheek", "nose"), 7.0)
    field = 1 + 0.35 * octaves(rng, canvas.shape, canvas.scale, 22, 4, fall=0.7)
    ridge = np.abs(
        waves(rng, canvas.shape, canvas.scale, 3.2)
        + 0.5 * waves(rng, canvas.shape, canvas.scale, 1.6)
    )
    vessels = np.clip(1 - ridge / 0.10, 0, 1)
    vessels *= np.clip(octaves(rng, canvas.shape, canvas.scale, 12, 2), 0, 1)
    amount = np.clip(field, 0.1, 2) * area * np.float32(2.8 * severity**0.9)
    maps.blood *= 1 + amount + vessels * area * np.float32(2.0 * severity)
    # On dark skin redness is seen as a darker, violaceous shade, as the generator's patches are.
    dark = np.clip(amount / 2.8, 0, 1) * np.float32(0.42 * hidden_by(float(maps.melanin.max())))
    maps.shade *= 1 - dark
