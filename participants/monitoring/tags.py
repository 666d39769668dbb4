"""Filters of the pages of monitoring."""

from collections.abc import Mapping

from django import template

register = template.Library()


@register.filter
def number_of(numbers: Mapping[str, int], key: str) -> int:
    """The number kept under ``key``, or nought."""
    return numbers.get(key, 0)
