"""Bland-Altman plots, drawn as SVG by the page: points and lines in the units of a box."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from inference.agreement.limits import BlandAltman

WIDTH, HEIGHT = 640.0, 300.0
DRAWN = 1500  # more points would only hide each other


@dataclass(frozen=True)
class Line:
    """A level across the plot: where, and the value written beside it."""

    y: float
    value: float
    kind: str  # mean, limit or zero


@dataclass(frozen=True)
class Plot:
    """Points and lines in a box of ``WIDTH`` by ``HEIGHT``; ``top`` is the ordinate's end."""

    points: list[tuple[float, float]]
    lines: list[Line]
    bands: list[tuple[float, float]]  # the intervals of the three lines: y and height
    top: float
    left_out: int
    words: str

    @property
    def bottom(self) -> float:
        return -self.top


def draw(pairs: Sequence[tuple[float, float]], agreement: BlandAltman) -> Plot:
    """The plot of ``pairs`` (mean of the two, difference), with the lines of ``found``."""
    limits = [abs(agreement.lower.number), abs(agreement.upper.number)]
    ends = [abs(difference) for _, difference in pairs] + limits
    top = max(5.0, 5 * math.ceil(max(ends) / 5))
    step = -(-len(pairs) // DRAWN)
    drawn = pairs[::step]

    def down(value: float) -> float:
        return round(HEIGHT * (0.5 - value / (2 * top)), 1)

    figures = [agreement.upper, agreement.mean, agreement.lower]
    bands = [
        (down(figure.high), round(down(figure.low) - down(figure.high), 1))
        for figure in figures
        if figure.low is not None and figure.high is not None
    ]
    kinds = ["limit", "mean", "limit"]
    return Plot(
        points=[(round(mean * WIDTH / 100, 1), down(difference)) for mean, difference in drawn],
        lines=[
            Line(down(0.0), 0.0, "zero"),
            *(Line(down(f.number), f.number, k) for f, k in zip(figures, kinds, strict=True)),
        ],
        bands=bands,
        top=float(top),
        left_out=len(pairs) - len(drawn),
        words=(
            f"Bland-Altman plot of {agreement.photos} photos: "
            f"mean difference {agreement.mean.number:.1f}, limits of agreement "
            f"{agreement.lower.number:.1f} to {agreement.upper.number:.1f} points."
        ),
    )
