"""Where a severity stands among peers: people of the same age group and skin type."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from inference.change.figures.means import finite, quantile
from inference.change.figures.responders import wilson

LEAST = 30  # a cell with fewer tells nothing of where somebody stands
POINTS = (10, 25, 50, 75, 90)
Cell = tuple[str, str]  # age group, skin type
_FIRST, _LAST = 30, 70  # years; decades between


def age_group(age: int | None) -> str:
    """``18–29``, then decades, then ``70 and over``; ``under 18``; empty where age is not known."""
    if age is None or age < 0:
        return ""
    if age < 18:
        return "under 18"
    if age < _FIRST:
        return "18–29"
    if age >= _LAST:
        return f"{_LAST} and over"
    decade = age // 10 * 10
    return f"{decade}–{decade + 9}"


def skin_group(fitzpatrick: int | None) -> str:
    """Fitzpatrick types two by two; empty where the type is not known."""
    return {1: "I–II", 2: "I–II", 3: "III–IV", 4: "III–IV", 5: "V–VI", 6: "V–VI"}.get(
        fitzpatrick or 0, ""
    )


@dataclass(frozen=True)
class Standing:
    """The share of ``peers`` below a severity, in per cent, with its 95 % interval.

    The middle of equals: those with the same severity count half (the percentile rank). The
    interval is the score interval of a share, and says how sharply so many peers can tell.
    """

    percentile: float
    low: float
    high: float
    peers: int


def standing(value: float, peers: Iterable[float | None]) -> Standing | None:
    """Where ``value`` stands among ``peers``, who are others; ``None`` below ``LEAST`` of them."""
    known = finite(peers)
    if len(known) < LEAST:
        return None
    below = sum(peer < value for peer in known) + sum(peer == value for peer in known) / 2
    share = wilson(round(below), len(known))
    assert share.low is not None and share.high is not None  # noqa: S101, PT018 - of 30 at least
    return Standing(100 * below / len(known), 100 * share.low, 100 * share.high, len(known))


@dataclass(frozen=True)
class Line:
    """One cell: how many, and the percentiles at ``POINTS``; none below ``LEAST`` people."""

    age: str
    skin: str
    n: int
    points: list[float]


def table(values: Mapping[Cell, Iterable[float | None]]) -> list[Line]:
    """A line for each cell, by age and skin type; those whose age or skin is not known last."""
    lines = []
    for (age, skin), mine in sorted(values.items(), key=lambda item: _order(item[0])):
        known = finite(mine)
        points = [quantile(known, point / 100) for point in POINTS] if len(known) >= LEAST else []
        lines.append(Line(age, skin, len(known), points))
    return lines


def _order(cell: Cell) -> tuple[bool, str, str]:
    age, skin = cell
    return (not age or not skin, "" if age == "under 18" else age, skin)
