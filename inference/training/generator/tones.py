"""Skin tones: from Fitzpatrick type to typology angle, melanin and Monk tone.

The typology angle (ITA) is the scale everything hangs on, because it can be measured. Its bounds
for the six groups (very light to dark) are those of Chardon (1991) and Del Bino and Bernerd (Br. J.
Dermatol. 169 s3, 2013). Fitzpatrick types follow sun reaction, not colour; giving each type one ITA
band is a convention used for want of better. So is the mapping to the ten Monk tones (E. Monk and
Google, skintone.google, 2022): its swatches are colours on a screen, brighter than the skin's own
reflectance, so tones are given by bands of ITA that keep their order and spread them over all ten.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference.training.generator.skin import (
    MELANIN_RANGE,
    ita_degrees,
    skin_colour,
)

# Typology angle, degrees: highest and lowest drawn for each type.
FITZPATRICK_ITA: dict[int, tuple[float, float]] = {
    1: (59.0, 52.0),
    2: (52.0, 41.0),
    3: (41.0, 28.0),
    4: (28.0, 8.0),
    5: (8.0, -32.0),
    6: (-32.0, -73.0),
}
MONK_BOUNDS = (55.0, 48.0, 41.0, 28.0, 18.0, 6.0, -12.0, -32.0, -52.0)
BASE_BLOOD = (0.008, 0.014)


@dataclass(frozen=True)
class Tone:
    """A person's skin away from every spot and flush."""

    fitzpatrick: int  # 1 to 6
    monk: int  # 1 to 10
    ita_degrees: float
    melanin: float  # volume fraction of melanosomes
    blood: float  # volume fraction of blood


def melanin_for_ita(ita: float, blood: float) -> float:
    """Return the melanin fraction whose skin has this typology angle (degrees) at this much blood.

    Angles beyond the range of the model give the nearest end.
    """
    low, high = np.log(MELANIN_RANGE[0]), np.log(MELANIN_RANGE[1])
    for _ in range(30):
        middle = (low + high) / 2
        if _ita_of(float(np.exp(middle)), blood) > ita:
            low = middle
        else:
            high = middle
    return float(np.exp((low + high) / 2))


def _ita_of(melanin: float, blood: float) -> float:
    return ita_degrees(
        skin_colour(np.full((1, 1), melanin, np.float32), np.full((1, 1), blood, np.float32))
    )


def monk_of(ita: float) -> int:
    """Return the Monk tone, 1 to 10, of a typology angle in degrees, by `MONK_BOUNDS`."""
    return 1 + sum(ita < bound for bound in MONK_BOUNDS)


def sample_tone(rng: np.random.Generator, fitzpatrick: int) -> Tone:
    """Return a tone drawn evenly from the band of this Fitzpatrick type (1 to 6).

    Raises ValueError for any other type.
    """
    if fitzpatrick not in FITZPATRICK_ITA:
        raise ValueError(f"Fitzpatrick types run from 1 to 6, not {fitzpatrick}")
    high, low = FITZPATRICK_ITA[fitzpatrick]
    blood = float(rng.uniform(*BASE_BLOOD))
    melanin = melanin_for_ita(float(rng.uniform(low, high)), blood)
    ita = _ita_of(melanin, blood)
    return Tone(fitzpatrick, monk_of(ita), ita, melanin, blood)
