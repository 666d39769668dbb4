"""Figures and drawings as the results page writes them."""

from collections.abc import Mapping
from typing import Any

from django import template
from django.utils.safestring import SafeString, mark_safe

from inference.results.drawing.figures import Figure
from inference.results.words import estimate_words, number_words

register = template.Library()


@register.filter
def estimate(one: Mapping[str, Any] | None) -> str:
    """``0.71 (0.64 to 0.79)``."""
    return estimate_words(one) if one else "–"


@register.filter
def signed_estimate(one: Mapping[str, Any] | None) -> str:
    """``+0.03 (−0.01 to +0.07)``."""
    return estimate_words(one, signed=True) if one else "–"


@register.filter
def percent(one: Mapping[str, Any]) -> str:
    """A share in per cent, with its interval."""
    if one.get("value") is None:
        return "not defined"
    words = f"{100 * one['value']:.0f} %"
    if one["low"] is None:
        return words
    return f"{words} ({100 * one['low']:.0f} to {100 * one['high']:.0f})"


@register.filter
def cell(value: Any) -> str:
    """A cell of a figure's table: at most three decimals, nothing for ``None``."""
    if value is None:
        return ""
    if isinstance(value, float):
        return number_words(value, digits=3)
    return str(value)


@register.filter
def duration(seconds: float) -> str:
    """``4.2 s``, ``1 min 12 s``."""
    if seconds < 59.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    return f"{whole // 60} min {whole % 60} s"


@register.filter
def drawn(figure: Figure) -> SafeString:
    """The figure's SVG, to stand in a page."""
    return mark_safe(figure.draw())  # noqa: S308 - built of escaped parts only
