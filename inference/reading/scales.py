"""The kinds of scale a reader grades by, what they take, and the scores made of it. Plain numbers.

The words of published photo guides are not shipped: scales here are formulas, or neutral ones in
the manager's own words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

LONGEST_LINE: Final = 100.0
MOST_COUNTED: Final = 999
MOST_GRADES: Final = 10


class Kind(StrEnum):
    """What a scale is."""

    GRADES = "grades"
    LINE = "line"
    COUNT = "count"
    MASI = "masi"
    MMASI = "mmasi"
    EASI = "easi"

    @property
    def label(self) -> str:
        """As a manager reads it."""
        return _LABELS[self]


_LABELS: Final = {
    Kind.GRADES: "grades with a description each",
    Kind.LINE: "a line from 0 to 100",
    Kind.COUNT: "counted lesions",
    Kind.MASI: "MASI, melasma by four areas",
    Kind.MMASI: "mMASI, melasma by four areas without homogeneity",
    Kind.EASI: "EASI of head and neck",
}


@dataclass(frozen=True)
class Part:
    """One number of a score: whole, from 0 to ``most``."""

    code: str
    title: str
    most: int


@dataclass(frozen=True)
class Area:
    """A part of the face with its share in the score."""

    code: str
    title: str
    weight: float


MASI_AREAS: Final = (
    Area("forehead", "Forehead", 0.3),
    Area("right_malar", "Right cheek", 0.3),
    Area("left_malar", "Left cheek", 0.3),
    Area("chin", "Chin", 0.1),
)
MASI_PARTS: Final = (
    Part("area", "Area, 0 to 6", 6),
    Part("darkness", "Darkness, 0 to 4", 4),
    Part("homogeneity", "Homogeneity, 0 to 4", 4),
)
EASI_AREAS: Final = (Area("head_neck", "Head and neck", 0.1),)
EASI_PARTS: Final = (
    Part("area", "Area, 0 to 6", 6),
    Part("erythema", "Redness, 0 to 3", 3),
    Part("oedema", "Swelling and papules, 0 to 3", 3),
    Part("excoriation", "Scratch marks, 0 to 3", 3),
    Part("lichenification", "Thickened skin, 0 to 3", 3),
)


def areas_of(kind: Kind) -> tuple[Area, ...]:
    """The areas a score is made of; empty where one number is given at once."""
    if kind in {Kind.MASI, Kind.MMASI}:
        return MASI_AREAS
    return EASI_AREAS if kind is Kind.EASI else ()


def parts_of(kind: Kind) -> tuple[Part, ...]:
    """What is given of each area."""
    if kind is Kind.MASI:
        return MASI_PARTS
    if kind is Kind.MMASI:
        return MASI_PARTS[:2]
    return EASI_PARTS if kind is Kind.EASI else ()


def most_of(kind: Kind, grades: int = 0) -> float:
    """The upper end of the scale."""
    if kind is Kind.GRADES:
        return float(grades - 1)
    ends = {Kind.LINE: LONGEST_LINE, Kind.COUNT: float(MOST_COUNTED), Kind.MASI: 48.0}
    return (ends | {Kind.MMASI: 24.0, Kind.EASI: 7.2})[kind]


def within_step(kind: Kind, given: float, expected: float) -> bool:
    """Whether ``given`` lies within one step of what was expected.

    A step is a grade, a tenth of a line or of a score's range, and of a count a lesion or a tenth.
    """
    if kind is Kind.GRADES:
        step = 1.0
    elif kind is Kind.COUNT:
        step = max(1.0, expected / 10)
    else:
        step = most_of(kind) / 10
    return abs(given - expected) <= step + 1e-9


def coefficients_of(kind: Kind) -> tuple[str, ...]:
    """The coefficients that may be primary, the usual one first."""
    if kind is Kind.GRADES:
        return ("kappa_quadratic", "kappa_linear", "ac2_quadratic", "alpha_ordinal", "icc_2_1")
    return ("icc_2_1", "icc_3_1", "icc_1_1", "alpha_interval")


Parts = Mapping[str, Mapping[str, object]]


def score_of(kind: Kind, parts: Parts) -> float:
    """The score of what was given of each area.

    MASI is the sum over areas of ``weight * area * (darkness + homogeneity)``, 0 to 48 (Kimbrough-
    Green et al., Arch Dermatol 130 (1994) 727-733); mMASI is that without homogeneity, 0 to 24
    (Pandya et al., J Am Acad Dermatol 64 (2011) 78-83). EASI of head and neck is ``0.1 * area *
    (sum of four signs)``, 0 to 7.2, for people of eight years or more (Hanifin et al., Exp
    Dermatol 10 (2001) 11-18).

    Raises:
        ValueError: an area or part is missing, unknown or outside its range; signs are given
            where the area is 0, or no sign where it is not.
    """
    areas, wanted = areas_of(kind), parts_of(kind)
    if not areas:
        raise ValueError("this scale is one number")
    if set(parts) != {area.code for area in areas}:
        raise ValueError("every area has to be graded")
    return round(sum(area.weight * _of_area(area, wanted, parts[area.code]) for area in areas), 4)


def _of_area(area: Area, wanted: tuple[Part, ...], given: Mapping[str, object]) -> int:
    if set(given) != {part.code for part in wanted}:
        raise ValueError(f"{area.title}: every part has to be given")
    affected, *signs = (_part(area, part, given[part.code]) for part in wanted)
    if (affected == 0) != (sum(signs) == 0):
        raise ValueError(f"{area.title}: where nothing is affected nothing is graded, and else all")
    return affected * sum(signs)


def _part(area: Area, part: Part, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= part.most:
        raise ValueError(f"{area.title}: {part.title}")
    return value


def checked(kind: Kind, value: object, *, grades: int = 0) -> float:
    """One number as the scale takes it.

    Raises:
        ValueError: not a number, not whole where it has to be, or beyond the scale.
    """
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("a number is needed")  # noqa: TRY004 - said to whoever entered it
    if kind is not Kind.LINE and value != int(value):
        raise ValueError("a whole number is needed")
    if not 0 <= value <= most_of(kind, grades):
        raise ValueError(f"0 to {most_of(kind, grades):g} is possible")
    return float(value)
