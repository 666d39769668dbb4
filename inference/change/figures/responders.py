"""How many changed by more than noise, with the interval of each share, and of a difference."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

Z = 1.959963984540054  # the 97.5 % point of the normal distribution
Verdict = Literal["improved", "within", "worsened"]
VERDICTS: dict[Verdict, str] = {
    "improved": "Lower by more than noise",
    "within": "Within noise",
    "worsened": "Higher by more than noise",
}


@dataclass(frozen=True)
class Share:
    """``count`` of ``of``, and the 95 % interval of the share; ``None`` of nothing."""

    count: int
    of: int
    low: float | None = None
    high: float | None = None

    @property
    def value(self) -> float | None:
        return self.count / self.of if self.of else None


def verdict(change: float, smallest: float) -> Verdict:
    """What a change is against the smallest change that is more than noise, in points.

    Severity falls where skin improves. A change of exactly ``smallest`` is within noise: of two
    photos of unchanged skin, 95 in 100 differ by no more.
    """
    if abs(change) <= smallest:
        return "within"
    return "improved" if change < 0 else "worsened"


def shares_of(verdicts: Iterable[Verdict]) -> dict[Verdict, Share]:
    """Each verdict's share among all of them."""
    told = list(verdicts)
    return {name: wilson(told.count(name), len(told)) for name in VERDICTS}


def wilson(count: int, of: int) -> Share:
    """The score interval: Wilson, JASA 22 (1927) 209-212; method 3 of Newcombe, Statistics in
    Medicine 17 (1998) 857-872.
    """
    if not of:
        return Share(0, 0)
    share = count / of
    middle = (2 * count + Z**2) / (2 * (of + Z**2))
    half = Z * math.sqrt(Z**2 + 4 * count * (1 - share)) / (2 * (of + Z**2))
    # Rounding must not leave the bounds of a share, nor miss its ends.
    low = 0.0 if count == 0 else max(middle - half, 0.0)
    high = 1.0 if count == of else min(middle + half, 1.0)
    return Share(count, of, low, high)


def difference(one: Share, other: Share) -> tuple[float, float, float] | None:
    """``one`` less ``other`` with its 95 % interval, from the two score intervals.

    Method 10 of Newcombe, Statistics in Medicine 17 (1998) 873-890. ``None`` where one is of
    nothing.
    """
    if not one.of or not other.of:
        return None
    p1, p2 = one.count / one.of, other.count / other.of
    assert one.low is not None and one.high is not None  # noqa: S101, PT018 - narrows the types
    assert other.low is not None and other.high is not None  # noqa: S101, PT018
    apart = p1 - p2
    low = apart - math.hypot(p1 - one.low, other.high - p2)
    high = apart + math.hypot(one.high - p1, p2 - other.low)
    return apart, low, high
