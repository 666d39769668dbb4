"""Figures as people write them, the same on pages, in drawings and in the methods paragraph."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

MINUS = "−"


def number_words(value: float, *, digits: int = 2, signed: bool = False) -> str:
    """``0.71``, ``12``, ``+0.03``; whole numbers without a fraction."""
    if isinstance(value, int):
        words, nothing = f"{abs(value):,}", value == 0
    else:
        words = f"{abs(value):.{digits}f}"
        nothing = float(words) == 0
    sign = "" if nothing else MINUS if value < 0 else "+" if signed else ""
    return f"{sign}{words}"


def digits_for(value: float) -> int:
    """Two decimals for what is like a coefficient, one from ten on."""
    return 2 if abs(value) < 10 else 1


def interval_words(one: Mapping[str, Any], *, signed: bool = False) -> str:
    """``0.64 to 0.79``; empty without an interval."""
    low, high = one.get("low"), one.get("high")
    if low is None or high is None:
        return ""
    digits = digits_for(max(abs(low), abs(high)))
    return (
        f"{number_words(low, digits=digits, signed=signed)} to "
        f"{number_words(high, digits=digits, signed=signed)}"
    )


def estimate_words(one: Mapping[str, Any], *, signed: bool = False) -> str:
    """``0.71 (0.64 to 0.79)``; “not defined” without a value."""
    value = one.get("value")
    if value is None:
        return "not defined"
    words = number_words(value, digits=digits_for(value), signed=signed)
    interval = interval_words(one, signed=signed)
    return f"{words} ({interval})" if interval else words
