"""What is assessed: the conditions, the regions, what each view shows, what is read where.

Names and numbers alone, so that pages and cards can name them without loading NumPy; the regions'
outlines over the mesh are in ``anatomy``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

CONDITIONS = (
    "dryness",
    "texture",
    "melasma",
    "lentigo",
    "ephelides",
    "dermatitis",
    "wrinkles",
    "pores",
)
VIEWS = ("front", "left", "right")
# From the brow down; their outlines are in ``anatomy``.
REGION_CODES = (
    "forehead",
    "glabella",
    "nose",
    "cheek_right",
    "cheek_left",
    "periorbital_right",
    "periorbital_left",
    "infraorbital_right",
    "infraorbital_left",
    "nasolabial_right",
    "nasolabial_left",
    "perioral",
    "chin",
)


@dataclass(frozen=True)
class Reading:
    """In which regions a condition is read, the least resolution for it, and who says so."""

    regions: tuple[str, ...]
    min_px_per_mm: float  # along the region's most foreshortened way
    source: str


_SIDE = (
    "forehead",
    "cheek_{0}",
    "periorbital_{0}",
    "infraorbital_{0}",
    "nasolabial_{0}",
    "chin",
)
_VISIBLE: Mapping[str, tuple[str, ...]] = {
    "front": REGION_CODES,
    "left": tuple(code.format("left") for code in _SIDE),
    "right": tuple(code.format("right") for code in _SIDE),
}

_CHEEKS = ("cheek_left", "cheek_right")
_FOLDS = ("nasolabial_left", "nasolabial_right")
_CROWS_FEET = ("periorbital_left", "periorbital_right")
_UNDER_EYES = ("infraorbital_left", "infraorbital_right")

# Two pixels across the smallest thing that has to be seen (Nyquist), as the region is seen, which
# turned away has fewer: an enlarged pore of 0.8 mm, flakes and relief of 1 mm, a line's shade of
# 1.5 mm. Pigment and redness are patches and dots of 2 mm and more, read from colour.
READINGS: Mapping[str, Reading] = {
    "dryness": Reading(
        (*_CHEEKS, "forehead", "perioral"),
        1.9,
        "Overall dry skin score read on cheeks and forehead (Serup 1995, EEMCO guidance)",
    ),
    "texture": Reading(
        (*_CHEEKS, "forehead", "perioral"),
        1.9,
        "Surface relief on cheeks, forehead and around the mouth (Flament 2020, selfie grading)",
    ),
    "melasma": Reading(
        ("forehead", *_CHEEKS, *_FOLDS, "perioral", "chin"),
        1.0,
        "MASI's areas, forehead, malar and chin, with the upper lip (Kimbrough-Green 1994); "
        "MASI-like, not MASI",
    ),
    "lentigo": Reading(
        (*_CHEEKS, "forehead", *_CROWS_FEET, *_UNDER_EYES),
        1.0,
        "Sun-exposed cheeks, temples and forehead (Bazin and Flament, Skin Aging Atlas)",
    ),
    "ephelides": Reading(
        ("nose", *_CHEEKS),
        1.0,
        "Nose and cheeks, where freckles gather (Bliss 1995; Bastiaens 2001)",
    ),
    "dermatitis": Reading(
        ("glabella", *_FOLDS, *_CHEEKS, "chin"),
        1.0,
        "Seborrhoeic areas, glabella and nasolabial folds, with cheeks and chin (Dessinioti 2013)",
    ),
    "wrinkles": Reading(
        ("forehead", "glabella", *_CROWS_FEET, *_UNDER_EYES, *_FOLDS),
        1.4,
        "Forehead, glabella, crow's feet, below the eye and nasolabial fold (Flament 2020)",
    ),
    "pores": Reading(
        ("nose", *_CHEEKS, "glabella"),
        2.5,
        "Nose, inner cheeks and glabella (Flament 2020: pores the hardest of the signs)",
    ),
}


def visible_regions(view: str) -> tuple[str, ...]:
    """Return the regions a view shows. Raises ValueError for a view that is not known."""
    if view not in _VISIBLE:
        raise ValueError(f"view must be one of {', '.join(VIEWS)}, not {view!r}")
    return _VISIBLE[view]


def mirrored_code(code: str) -> str:
    """Return the region's code with left and right exchanged."""
    stem, _, side = code.rpartition("_")
    return f"{stem}_{'right' if side == 'left' else 'left'}" if side in {"left", "right"} else code
