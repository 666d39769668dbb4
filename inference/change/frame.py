"""The box of a figure as SVG: the visits along, points of change up; texts and marks.

Everything has a class and no colour: a page gives it the colours of its theme by its own sheet,
and a file that is taken away has ``STYLE`` within.
"""

import math
from collections.abc import Iterable, Sequence
from html import escape
from itertools import pairwise
from typing import Final

from inference.change.services.subjects import Column
from participants.monitoring.drawing import wrapped

DESK, PHONE = 900.0, 358.0  # px
PLOT = 300.0  # px: the height of the box
LEFT, RIGHT, TOP = 46.0, 14.0, 12.0
TEXT, SMALL = 13.0, 12.0
LEAST = {False: 64.0, True: 40.0}  # px between visits, on a desk and on a phone
SHAPES: Final = ("circle", "square", "triangle", "diamond", "cross", "ring")

STYLE: Final = """
svg{font-family:Inter,system-ui,-apple-system,"Segoe UI",sans-serif;font-size:13px;
font-variant-numeric:tabular-nums;background:#fff}
.change__frame{fill:none;stroke:#e4e1de}.change__grid{stroke:#e4e1de}
.change__zero{stroke:#8b8682;stroke-width:1.4}.change__text{fill:#211f1e}
.change__soft{fill:#5c5754;font-size:12px}.change__title{fill:#211f1e;font-size:15px;
font-weight:650}.change__warn{fill:#774404;font-weight:600}
.change__bar,.change__mean{fill:none;stroke-width:1.8}.change__mark{stroke-width:1.8}
.change__band{fill:#5c5754;fill-opacity:.1}.change__edge{stroke:#8b8682;stroke-dasharray:5 4}
.change__line{fill:none;stroke-width:1.2}
.change__line--within{stroke:#8b8682;stroke-opacity:.55}
.change__line--improved{stroke:#2f6f3e;stroke-opacity:.8}
.change__line--worsened{stroke:#b3312a;stroke-opacity:.8}
.change__end--within{fill:#8b8682}.change__end--improved{fill:#2f6f3e}
.change__end--worsened{fill:#b3312a}
.change__g0{stroke:#6a2c5b;fill:#6a2c5b}.change__g1{stroke:#2f5d86;fill:#2f5d86}
.change__g2{stroke:#a8650c;fill:#a8650c}.change__g3{stroke:#2f6f3e;fill:#2f6f3e}
.change__g4{stroke:#b3312a;fill:#b3312a}.change__g5{stroke:#5c5754;fill:#5c5754}
"""


class Frame:
    """The box of a plot: days along, points of change up."""

    def __init__(
        self, visits: Sequence[Column], values: Iterable[float], *, phone: bool, top: float = TOP
    ) -> None:
        self.visits = list(visits)
        self.phone, self.top = phone, top
        least = LEAST[phone] * max(len(visits) - 1, 1)
        self.width = max(PHONE if phone else DESK, LEFT + RIGHT + least + 40)
        self.low, self.high, self.step = _scale([*values, 0.0])
        self.places = self._places()

    @property
    def bottom(self) -> float:
        return self.top + PLOT

    def _places(self) -> dict[str, float]:
        """Where each visit stands: by its day, or side by side where days lie too close."""
        days = [visit.day for visit in self.visits]
        inner = self.width - LEFT - RIGHT - 40
        span = (days[-1] - days[0]) or 1
        by_day = [inner * (day - days[0]) / span for day in days]
        gaps = [b - a for a, b in pairwise(by_day)]
        self.even = bool(gaps) and min(gaps) < LEAST[self.phone]
        if self.even:
            by_day = [inner * k / (len(days) - 1) for k in range(len(days))]
        return {v.code: LEFT + 20 + x for v, x in zip(self.visits, by_day, strict=True)}

    def y(self, value: float) -> float:
        return round(self.top + PLOT * (self.high - value) / (self.high - self.low), 1)

    def drawn(self) -> list[str]:
        """Frame, grid, scale and the names of the visits."""
        right = self.width - RIGHT
        box = f'x="{LEFT:g}" y="{self.top:g}" width="{right - LEFT:g}" height="{PLOT:g}"'
        parts = [f'<rect class="change__frame" {box}/>']
        for k in range(round((self.high - self.low) / self.step) + 1):
            value = self.low + k * self.step
            y, look = self.y(value), "change__zero" if abs(value) < 1e-9 else "change__grid"
            parts.append(
                f'<line class="{look}" x1="{LEFT:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}"/>'
            )
            parts.append(text("change__soft", LEFT - 6, y + 4, signed(value), "end"))
        for visit in self.visits:
            for k, line in enumerate(self._name(visit)):
                y = self.bottom + 18 + 14 * k
                parts.append(text("change__text", self.places[visit.code], y, line, "middle"))
        return parts

    def _name(self, visit: Column) -> list[str]:
        return wrapped(visit.name, max(LEAST[self.phone] - 2, 38), SMALL)

    @property
    def under(self) -> float:
        """The line below the names of the visits."""
        return self.bottom + 18 + 14 * max(len(self._name(visit)) for visit in self.visits)


def signed(value: float) -> str:
    """Without decimals where there are none: ``+10``, ``−2.5``, ``0``."""
    words = f"{abs(value):g}"
    return words if value == 0 or words == "0" else f"{'+' if value > 0 else '−'}{words}"


def text(look: str, x: float, y: float, words: str, anchor: str = "start") -> str:
    """A line of text."""
    end = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return f'<text class="{look}" x="{x:g}" y="{y:g}"{end}>{escape(words)}</text>'


def _scale(values: Sequence[float]) -> tuple[float, float, float]:
    """The ends of the scale and its step: round numbers, four to eight steps."""
    low, high = min(values), max(values)
    span = max(high - low, 4.0)
    step = next(s for s in (1, 2, 5, 10, 20, 25, 50) if span / s <= 8)
    low, high = step * math.floor(low / step), step * math.ceil(high / step)
    if high == low:
        low, high = low - step, high + step
    return float(low), float(high), float(step)


def mark(shape: str, look: str, x: float, y: float, size: float = 5.0) -> str:
    """A marker of one of ``SHAPES``."""
    if shape in {"circle", "ring"}:
        hollow = ' fill="none"' if shape == "ring" else ""
        return f'<circle class="{look}" cx="{x:g}" cy="{y:g}" r="{size - 0.5:g}"{hollow}/>'
    s = size
    points = {
        "square": [(-s, -s), (s, -s), (s, s), (-s, s)],
        "triangle": [(0, -s - 1), (s + 1, s), (-s - 1, s)],
        "down": [(0, s + 1), (s + 1, -s), (-s - 1, -s)],
        "diamond": [(0, -s - 1), (s + 1, 0), (0, s + 1), (-s - 1, 0)],
        "cross": [(-s, -1.5), (s, -1.5), (s, 1.5), (-s, 1.5)],
    }[shape]
    told = " ".join(f"{x + dx:g},{y + dy:g}" for dx, dy in points)
    return f'<polygon class="{look}" points="{told}"/>'


def svg(parts: Iterable[str], width: float, height: float, title: str) -> str:
    """One SVG element with a title for who does not see it."""
    return (
        f'<svg class="change__svg" xmlns="http://www.w3.org/2000/svg" width="{width:g}" '
        f'height="{height:g}" viewBox="0 0 {width:g} {height:g}" role="img" '
        f'aria-label="{escape(title)}">{"".join(parts)}</svg>'
    )
