"""How a report's numbers and names are written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

NONE = "–"
MINUS = "−"


def percent(share: float | None, digits: int = 0) -> str:
    """0.8612 as 86%."""
    return NONE if share is None else f"{100 * share:.{digits}f}%"


def number(value: float | None, digits: int = 2) -> str:
    """A number with a true minus."""
    return NONE if value is None else f"{value:.{digits}f}".replace("-", MINUS)


def signed(value: float | None, digits: int = 1) -> str:
    """A difference with its sign."""
    if value is None:
        return NONE
    rounded = round(value, digits)
    return number(0, digits) if rounded == 0 else f"{rounded:+.{digits}f}".replace("-", MINUS)


def percent_range(figure: Mapping[str, Any]) -> str:
    """The interval of a share: 80 to 91%."""
    if figure["low"] is None:
        return ""
    return f"{100 * figure['low']:.0f} to {100 * figure['high']:.0f}%"


def number_range(figure: Mapping[str, Any], digits: int = 2) -> str:
    """The interval of a number: 0.76 to 0.87."""
    if figure["low"] is None:
        return ""
    return f"{number(figure['low'], digits)} to {number(figure['high'], digits)}"


def p_value(p: float | None) -> str:
    """A p, never as zero."""
    if p is None:
        return NONE
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def name(code: str) -> str:
    """A code as words: out_of_scope as Out of scope."""
    words = code.replace("_", " ").replace("-", " ").strip()
    return words[:1].upper() + words[1:]


def group(code: str) -> str:
    """A range of tones with its dash: I–II."""
    return code.replace("-", NONE)


def value_with_unit(value: float | None, unit: str) -> str:
    """An aim's value in its unit."""
    if value is None:
        return NONE
    match unit:
        case "share":
            return percent(value, 1)
        case "points":
            return f"{number(value, 1)} points"
        case "times":
            return f"{number(value, 1)} times"
        case "p":
            return f"p {p_value(value)}" if value < 0.001 else f"p = {p_value(value)}"
        case "ece":
            return number(value, 3)
        case _:
            return number(value, 2)


def listed(words: list[str]) -> str:
    """a, b and c."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
