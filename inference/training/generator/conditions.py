"""The eight conditions: their codes, the written rule from severity to grade, and their painting.

Severity runs from 0 (not there) to 1 (as bad as it gets). The grade is the nearest of four evenly
spaced points, so that 100 times the severity and the score of DESIGN (0, 33, 67, 100 for the four
grades) lie on one scale:

    none   below 1/6
    mild   1/6 to below 1/2
    moderate  1/2 to below 5/6
    severe  5/6 and above

The grade none so takes in a trace too slight to call. Of people without a condition, half are drawn
with none of it and half with a trace (`sample_severities`).

A face's severity is painted with equal strength in every region where the condition is read
(`anatomy.READ_IN`), so it is also the severity of each such region.

What each severity looks like is written beside its painter: `pigment` (melasma, lentigo, ephelides,
dermatitis), `relief` (dryness, texture, pores) and `lines` (wrinkles).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from inference.training.generator.identity import Identity
from inference.training.generator.lines import paint_wrinkles
from inference.training.generator.maps import SkinMaps
from inference.training.generator.pigment import (
    paint_dermatitis,
    paint_ephelides,
    paint_lentigo,
    paint_melasma,
)
from inference.training.generator.relief import paint_dryness, paint_pores, paint_texture

CONDITIONS = (
    "dryness", "texture", "melasma", "lentigo", "ephelides", "dermatitis", "wrinkles", "pores",
)  # fmt: skip
GRADES = ("none", "mild", "moderate", "severe")

_PAINTERS: dict[str, Callable[[SkinMaps, int, float], None]] = {
    "melasma": paint_melasma,
    "ephelides": paint_ephelides,
    "lentigo": paint_lentigo,
    "dermatitis": paint_dermatitis,
    "pores": paint_pores,
    "texture": paint_texture,
    "wrinkles": paint_wrinkles,
    "dryness": paint_dryness,
}


def grade_of(severity: float) -> int:
    """Return the grade, 0 none to 3 severe, of a severity from 0 to 1.

    Raises ValueError outside that range.
    """
    if not 0 <= severity <= 1:
        raise ValueError(f"a severity runs from 0 to 1, not {severity}")
    return int(np.floor(3 * severity + 0.5))


def sample_severities(rng: np.random.Generator, *, present: float = 0.5) -> dict[str, float]:
    """Return severities of all eight conditions, each independent of the others.

    A condition is there (severity even from 1/6 to 1) with probability `present`. Of the others
    half have none of it at all (severity 0) and half a trace (even from 0 to 1/6).
    """
    drawn = {}
    for condition in CONDITIONS:
        there, some = rng.random(2)
        if there < present:
            drawn[condition] = float(rng.uniform(1 / 6, 1))
        else:
            drawn[condition] = float(rng.uniform(0, 1 / 6)) if some < 0.5 else 0.0
    return drawn


def paint_conditions(maps: SkinMaps, identity: Identity, severities: Mapping[str, float]) -> None:
    """Paint conditions on a person's bare skin, in place.

    Where they lie depends on the person alone; severity makes the same marks more, larger and
    stronger, as between visits.
    """
    for condition, paint in _PAINTERS.items():
        severity = severities.get(condition, 0.0)
        if severity > 0:
            paint(maps, identity.seed, severity)
