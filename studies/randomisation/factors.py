"""What a study stratifies or balances by, and the strata that follow.

A factor has a name and levels. ``site``, ``sex`` and ``ethnicity`` have a level for each value;
``age``, ``fitzpatrick`` and ``monk_tone`` have ranges, such as ``18-39`` or ``I-III``.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise, product

SEXES = ("female", "male", "other", "undisclosed")
ETHNICITIES = (
    "chinese", "malay", "indian", "indonesian", "thai", "vietnamese", "filipino", "eurasian",
    "other", "undisclosed",
)  # fmt: skip
ROMAN = ("I", "II", "III", "IV", "V", "VI")
LABELS = {
    "site": "Site",
    "sex": "Sex",
    "ethnicity": "Ethnicity",
    "age": "Age in years",
    "fitzpatrick": "Fitzpatrick type",
    "monk_tone": "Monk skin tone",
}
RANGES = {"age": (0, 120), "fitzpatrick": (1, 6), "monk_tone": (1, 10)}
EVERYBODY = "all"
_RANGE = re.compile(r"^\s*([0-9]+|[IVXivx]+)\s*(?:[-–]\s*([0-9]+|[IVXivx]+)\s*)?$")


class NoLevel(ValueError):  # noqa: N818 - an answer, not a fault
    """A value lies in none of a factor's levels; the sentence says which."""


@dataclass(frozen=True)
class Factor:
    """A variable with its levels, as ``Scheme.factors`` keeps it."""

    name: str
    levels: tuple[str, ...]

    def as_dict(self) -> dict[str, object]:
        """JSON-ready."""
        return {"name": self.name, "levels": list(self.levels)}

    def level_of(self, value: object) -> str:
        """The level that ``value`` lies in.

        Raises:
            NoLevel: it is not known, or in none of them.
        """
        label = LABELS[self.name]
        if value is None or value == "":
            raise NoLevel(f"{label} is not known")
        if self.name not in RANGES:
            if str(value) in self.levels:
                return str(value)
            raise NoLevel(f"{label} “{value}” is in no stratum")
        number = int(str(value))
        for level in self.levels:
            low, high = bounds(self.name, level)
            if low <= number <= high:
                return level
        raise NoLevel(f"{label} {number} is in no stratum")


def factor_of(kept: Mapping[str, object]) -> Factor:
    """A factor as ``Scheme.factors`` keeps it."""
    levels = kept["levels"]
    assert isinstance(levels, list)  # noqa: S101 - narrows the type
    return Factor(str(kept["name"]), tuple(map(str, levels)))


def bounds(name: str, level: str) -> tuple[int, int]:
    """The lowest and the highest number of a level such as ``I-III``, ``18-39`` or ``5``.

    Raises:
        NoLevel: the text is no range of this factor.
    """
    found = _RANGE.match(level)
    if found is None:
        raise NoLevel(f"“{level}” is no range of {LABELS[name].lower()}")
    low = _number(found[1])
    high = _number(found[2]) if found[2] else low
    least, most = RANGES[name]
    if not least <= low <= high <= most:
        raise NoLevel(f"“{level}” is no range of {LABELS[name].lower()}")
    return low, high


def split(name: str, after: Sequence[int]) -> tuple[str, ...]:
    """The levels of a range factor that is cut after each of the numbers ``after``.

    Raises:
        NoLevel: a cut lies outside the factor's range, or they do not rise.
    """
    least, most = RANGES[name]
    if list(after) != sorted(set(after)) or any(not least <= cut < most for cut in after):
        raise NoLevel(f"{LABELS[name]} is cut after rising numbers from {least} to {most - 1}")
    edges = [least - 1, *after, most]
    return tuple(_range(name, low + 1, high) for low, high in pairwise(edges))


def stratum_of(factors: Sequence[Factor], values: Mapping[str, object]) -> str:
    """The key of the stratum that somebody with these values belongs to.

    Raises:
        NoLevel: a value is missing, or in no level.
    """
    return key({f.name: f.level_of(values.get(f.name)) for f in factors})


def key(levels: Mapping[str, str]) -> str:
    """``site=SG01;fitzpatrick=I-III``, in the order of the factors; all: without a factor."""
    return ";".join(f"{name}={level}" for name, level in levels.items()) or EVERYBODY


def all_strata(factors: Sequence[Factor]) -> list[str]:
    """The key of every combination of levels."""
    names = [factor.name for factor in factors]
    return [
        key(dict(zip(names, levels, strict=True)))
        for levels in product(*(factor.levels for factor in factors))
    ]


def in_words(stratum: str) -> str:
    """A stratum as people read it."""
    if stratum == EVERYBODY:
        return "Everybody"
    parts = (part.partition("=") for part in stratum.split(";"))
    return ", ".join(f"{LABELS.get(name, name)}: {level}" for name, _, level in parts)


def overlap(factor: Factor) -> bool:
    """Whether two levels of a range factor hold the same number."""
    if factor.name not in RANGES:
        return False
    spans = sorted(bounds(factor.name, level) for level in factor.levels)
    return any(first[1] >= second[0] for first, second in pairwise(spans))


def _number(text: str) -> int:
    if text.isdigit():
        return int(text)
    if text.upper() in ROMAN:
        return ROMAN.index(text.upper()) + 1
    raise NoLevel(f"“{text}” is no number")


def _range(name: str, low: int, high: int) -> str:
    ends = (ROMAN[low - 1], ROMAN[high - 1]) if name == "fitzpatrick" else (str(low), str(high))
    return ends[0] if low == high else "-".join(ends)
