"""Mean, its 95 % interval, median and quartiles of changes at one visit."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

LEVEL = 0.95
FEW = 10  # below so many an interval leans on the shape of the distribution, and it is said


@dataclass(frozen=True)
class Mean:
    """Figures of one group at one visit, in points of severity.

    Attributes:
        n: Finite values; others do not count.
        value: ``None`` without a value; so are ``median`` and the quartiles.
        low: Of the 95 % interval by Student's t; ``None`` below two values.
        sd: With ``n - 1``; ``None`` below two values.
        why: What is missing, or what to beware of; empty where all is well.
    """

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None
    sd: float | None = None
    median: float | None = None
    quartiles: tuple[float, float] | None = None
    why: str = ""

    def as_dict(self) -> dict[str, float | None]:
        """The shape the filter ``points`` writes."""
        return {"value": self.value, "low": self.low, "high": self.high}


def finite(values: Iterable[float | None]) -> list[float]:
    """Those that are numbers: neither missing, nor NaN, nor endless."""
    return [float(value) for value in values if value is not None and math.isfinite(value)]


def mean_of(values: Iterable[float | None]) -> Mean:
    """The mean with its interval ``mean ± t(n - 1) · sd / √n``, and the median."""
    known = finite(values)
    n = len(known)
    if not n:
        return Mean(0, why="Nobody has a change here.")
    mean = math.fsum(known) / n
    middle, quartiles = quantile(known, 0.5), (quantile(known, 0.25), quantile(known, 0.75))
    if n == 1:
        why = "One person: there is no interval."
        return Mean(1, mean, median=middle, quartiles=quartiles, why=why)
    sd = math.sqrt(math.fsum((value - mean) ** 2 for value in known) / (n - 1))
    half = student(n - 1) * sd / math.sqrt(n)
    return Mean(n, mean, mean - half, mean + half, sd, middle, quartiles, _why(n, sd))


def _why(n: int, sd: float) -> str:
    if sd == 0:
        return "All changes are equal, so the interval has no width."
    if n < FEW:
        return f"Fewer than {FEW} people: the interval holds only if changes are about normal."
    return ""


def student(freedom: float) -> float:
    """The 97.5 % point of Student's t."""
    from scipy.stats import t

    return float(t.ppf((1 + LEVEL) / 2, freedom))


def quantile(values: Sequence[float], share: float) -> float:
    """By linear interpolation between the ordered values (type 7 of Hyndman and Fan, 1996)."""
    ordered = sorted(values)
    place = share * (len(ordered) - 1)
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (place - below) * (ordered[above] - ordered[below])
