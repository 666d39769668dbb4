"""Numbers in sentences: a measured value beside the limits it was held against."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, Literal

MOST_DIGITS: Final = 12


def with_enough_digits(
    value: float, limits: Sequence[float], *, digits: int, form: Literal["f", "g"] = "f"
) -> str:
    """``value`` with ``digits`` digits, or as many more as keep it on its side of each limit.

    2.46 beside a limit of 2.5 is 2.46, not 2.5, which would say that the limit was met. ``form``
    counts the digits as format strings do: ``f`` after the point, ``g`` significant ones.
    """
    for more in range(digits, MOST_DIGITS):
        text = f"{value:.{more}{form}}"
        if all(_order(float(text), limit) == _order(value, limit) for limit in limits):
            return text
    return repr(float(value))


def _order(value: float, limit: float) -> int:
    return (value > limit) - (value < limit)
