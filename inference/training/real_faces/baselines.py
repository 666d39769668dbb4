"""Two-line measures of what is there, independent of any network: redness, brown, edge energy.

They say which bare faces show none of a condition (`labels.py`) and stand beside every figure of
the network: one that does not beat them says so. All are taken on the chart, of the logarithm of
linear light, so that brightness and exposure drop out, and are larger the more there is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.chart import Canvas
from inference.training.generator.noise import Field
from inference.training.generator.skin import linear_to_lab
from inference.training.real_faces.lending import LENT_SCALE, Lender
from inference.training.real_faces.surface import LUMA

Bools = NDArray[np.bool_]
KINDS: Mapping[str, str] = {
    "dryness": "bright edge energy, 0.3 to 1.2 mm",
    "texture": "edge energy, 0.6 to 2.5 mm",
    "melasma": "brown, between patches and skin beside them, 1.5 to 8 mm",
    "lentigo": "brown, darkest spots of 1.2 to 5 mm",
    "ephelides": "brown, spots of 0.4 to 1.5 mm",
    "dermatitis": "redness, nose and cheeks over forehead",
    "wrinkles": "dark edge energy, 0.4 to 1.6 mm",
    "pores": "dark dots, 0.25 to 0.9 mm",
}
# Melanin alone, of log red, green and blue (`generator.skin`): at right angles to what more blood
# does, and nearly so to more light.
MELANIN = np.array([-0.05, 0.57, -0.82], np.float32)
# Where melasma is read and no beard grows.
BARE_OF_BEARD = ("forehead", "cheek", "nasolabial")


def _place(regions: tuple[str, ...], source: Lender) -> Bools:
    canvas = Canvas(LENT_SCALE)
    return np.asarray((regions_mask(canvas, regions, 0.0) > 0.5) & source.seen, np.bool_)


def _band(values: Field, fine_mm: float, coarse_mm: float) -> Field:
    canvas = Canvas(LENT_SCALE)
    return canvas.blurred(values, fine_mm) - canvas.blurred(values, coarse_mm)


def _light(source: Lender) -> Field:
    return np.log(np.exp(source.log.astype(np.float32)) @ LUMA).astype(np.float32)


def _brown(source: Lender) -> Field:
    """Return how brown, a logarithm: melanin darkens all channels."""
    return np.asarray(
        -(source.log.astype(np.float32) @ np.array([0.3, 0.4, 0.3], np.float32)), np.float32
    )


def _redness(source: Lender) -> float:
    """Nose-and-cheek a* minus forehead a* (CIELAB)."""
    lab = linear_to_lab(np.exp(source.log[::3, ::3].astype(np.float32)))
    middle, forehead = (
        _place(regions, source)[::3, ::3] for regions in (("nose", "cheek"), ("forehead",))
    )
    if not middle.any() or not forehead.any():
        return float("nan")
    return float(np.median(lab[middle][:, 1]) - np.median(lab[forehead][:, 1]))


def _spread(values: Field, place: Bools, share: float, over: float = 0.5) -> float:
    """Return a high quantile above another, the median: what stands out of the rest."""
    inside = values[place]
    if inside.size < 50:
        return float("nan")
    return float(np.quantile(inside, share) - np.quantile(inside, over))


def _patches(source: Lender) -> float:
    """Return how far patches and the skin between them are apart.

    Severe melasma covers more than half of the skin, so the median lies in a patch and nothing
    stands out of it: both ends count. Patches' edges are in this band, light across a face is not.
    """
    melanin = np.asarray(source.log.astype(np.float32) @ MELANIN, np.float32)
    band = _band(melanin, 1.5, 8.0)
    return _spread(band, _place(BARE_OF_BEARD, source), 0.9, 0.1)


def _energy(condition: str, fine: float, coarse: float, side: int) -> Callable[[Lender], float]:
    """Return a measure of detail in a band; `side` -1 counts dark detail, 1 bright, 0 both."""

    def measure(source: Lender) -> float:
        band = _band(_light(source), fine, coarse)[_place(READ_IN[condition], source)]
        if band.size < 50:
            return float("nan")
        kept = np.abs(band) if side == 0 else np.clip(side * band, 0, None)
        return float(np.sqrt(np.mean(np.clip(kept, 0, 0.5) ** 2)))

    return measure


def _spots(condition: str, fine: float, coarse: float, share: float) -> Callable[[Lender], float]:
    def measure(source: Lender) -> float:
        return _spread(
            _band(_brown(source), fine, coarse), _place(READ_IN[condition], source), share
        )

    return measure


MEASURES: Mapping[str, Callable[[Lender], float]] = {
    "dryness": _energy("dryness", 0.3, 1.2, 1),
    "texture": _energy("texture", 0.6, 2.5, 0),
    "melasma": _patches,
    "lentigo": _spots("lentigo", 1.2, 5.0, 0.99),
    "ephelides": _spots("ephelides", 0.4, 1.5, 0.95),
    "dermatitis": _redness,
    "wrinkles": _energy("wrinkles", 0.4, 1.6, -1),
    "pores": _energy("pores", 0.25, 0.9, -1),
}


def measured(source: Lender) -> dict[str, float]:
    """Return the measure of each condition for an unrolled photograph, NaN where it is not seen."""
    return {condition: MEASURES[condition](source) for condition in CONDITIONS}
