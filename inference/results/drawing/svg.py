"""Figures as SVG that stands by itself in a paper and follows the page's colours on a page.

Colours are attributes, which a page's sheet may override by class; there is no style in it. All
are ``WIDTH`` units wide, with letters of 13, so that they can be read on a phone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inference.report.html import Safe, el, join

WIDTH = 420
LEFT, RIGHT = 12.0, 408.0
INK, SOFT, LINE, MARK, OTHER, GROUND = (
    "#211f1e", "#5c5754", "#d9d5d1", "#6a2c5b", "#2f5d86", "#ffffff",
)  # fmt: skip
FONT = "Inter, Helvetica, Arial, sans-serif"
LONGEST = 46  # letters of a label


@dataclass(frozen=True)
class Dot:
    """A line of a dot plot: a value with its interval, and what is written beside it."""

    name: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    kind: int = 0


@dataclass(frozen=True)
class Axis:
    """From where to where, and the values that are marked."""

    low: float
    high: float
    ticks: Sequence[float]

    @classmethod
    def around(cls, values: Sequence[float], *, low: float, high: float) -> Axis:
        """``low`` to ``high``, or further where ``values`` go beyond, in about five steps."""
        low, high = min([low, *values]), max([high, *values])
        rough = (high - low) / 5 or 1.0
        power = 10 ** math.floor(math.log10(rough))
        step = next(power * n for n in (1, 2, 2.5, 5, 10) if power * n >= rough * 0.999)
        first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
        ticks = [round(n * step, 10) for n in range(first, last + 1)]
        return cls(ticks[0], ticks[-1], ticks)

    def at(self, value: float) -> float:
        """Where ``value`` lies between ``LEFT`` and ``RIGHT``."""
        share = (value - self.low) / ((self.high - self.low) or 1.0)
        return round(LEFT + 18 + (RIGHT - LEFT - 36) * min(max(share, 0.0), 1.0), 2)


def drawing(title: str, words: str, height: float, *parts: Safe | None) -> Safe:
    """One whole SVG, told by ``title`` and ``words`` to whoever cannot see it."""
    return el(
        "svg",
        el("title", title),
        el("desc", words),
        el("rect", width=WIDTH, height=height, fill=GROUND, class_="fig-ground"),
        *parts,
        xmlns="http://www.w3.org/2000/svg",
        viewBox=f"0 0 {WIDTH} {height:g}",
        role="img",
        class_="fig",
        font_family=FONT,
        font_size=13,
    )


def dots(rows: Sequence[Dot], axis: Axis, *, title: str, words: str, zero: bool = False) -> Safe:
    """A dot plot: name and number above, dot and interval below, for each row."""
    step, top = 42.0, 8.0
    height = top + step * len(rows) + 26
    parts: list[Safe | None] = [
        _vertical(axis.at(tick), top, height - 22, LINE, "fig-line") for tick in axis.ticks
    ]
    if zero and axis.low < 0 < axis.high:
        parts.append(_vertical(axis.at(0), top, height - 22, SOFT, "fig-zero"))
    for place, row in enumerate(rows):
        parts.append(_dot(row, axis, top + step * place))
    parts += [
        text(_number(tick), axis.at(tick), height - 6, anchor="middle", soft=True)
        for tick in axis.ticks
    ]
    return drawing(title, words, height, *parts)


def _dot(row: Dot, axis: Axis, top: float) -> Safe:
    colour = (MARK, OTHER)[row.kind]
    kind, y = f"fig-mark-{row.kind}", top + 30
    parts: list[Safe | None] = [
        text(_short(row.name), LEFT, top + 16),
        text(row.words, RIGHT, top + 16, anchor="end", soft=True),
    ]
    if row.low is not None and row.high is not None:
        parts.append(
            el("line", x1=axis.at(row.low), x2=axis.at(row.high), y1=y, y2=y, stroke=colour,
               stroke_width=2, class_=f"fig-whisker {kind}")
        )  # fmt: skip
    if row.value is not None:
        parts.append(
            el("circle", cx=axis.at(row.value), cy=y, r=5, fill=colour, stroke=GROUND,
               stroke_width=1.5, class_=f"fig-dot {kind}")
        )  # fmt: skip
    return join(*parts)


def scatter(
    points: Sequence[Sequence[float]],
    levels: Sequence[tuple[float, float | None, float | None]],
    ends: tuple[float, float],
    *,
    title: str,
    words: str,
    names: tuple[str, str],
) -> Safe:
    """Points over levels with their bands: a Bland-Altman plot, ``ends`` being the abscissa's."""
    height, top, bottom, left, right = 320.0, 26.0, 262.0, 44.0, 366.0
    reach = [abs(y) for _, y in points]
    reach += [abs(each) for level in levels for each in level if each is not None]
    most = _ceiling(max(reach, default=1.0))
    low, high = ends if ends[1] > ends[0] else (ends[0], ends[0] + 1)

    def across(value: float) -> float:
        return round(left + (right - left) * (value - low) / (high - low), 1)

    def down(value: float) -> float:
        return round((top + bottom) / 2 - value / most * (bottom - top) / 2, 1)

    parts: list[Safe | None] = [
        el("rect", x=left, y=top, width=right - left, height=bottom - top, fill="none",
           stroke=LINE, class_="fig-line")
    ]  # fmt: skip
    for _, under, over in levels:
        if under is not None and over is not None:
            parts.append(
                el("rect", x=left, y=down(over), width=right - left, fill=SOFT,
                   height=max(down(under) - down(over), 0.5), fill_opacity=0.12, class_="fig-band")
            )  # fmt: skip
    parts.append(_horizontal(down(0), left, right, LINE, "fig-line"))
    parts += [
        el("circle", cx=across(x), cy=down(y), r=2.6, fill=MARK, fill_opacity=0.5,
           class_="fig-point")
        for x, y in points
    ]  # fmt: skip
    for place, (value, _, _) in enumerate(levels):
        parts += [
            _horizontal(down(value), left, right, INK, "fig-level", dashed=place != 1),
            text(_signed(value), right + 4, down(value) + 4),
        ]
    parts += [
        text(_signed(most), left - 4, top + 10, anchor="end", soft=True),
        text("0", left - 4, down(0) + 4, anchor="end", soft=True),
        text(_signed(-most), left - 4, bottom, anchor="end", soft=True),
        text(_number(round(low, 1)), left, bottom + 18, soft=True),
        text(_number(round(high, 1)), right, bottom + 18, anchor="end", soft=True),
        text(_short(names[0]), (left + right) / 2, bottom + 36, anchor="middle", soft=True),
        text(_short(names[1]), LEFT, 16, soft=True),
    ]
    return drawing(title, words, height, *parts)


def heat(
    table: Sequence[Sequence[int]],
    labels: Sequence[str],
    *,
    title: str,
    words: str,
    names: tuple[str, str],
) -> Safe:
    """A table of counts, shaded by the share of its row; rows and columns are ``labels``."""
    side = min(62.0, 290.0 / len(labels))
    left, top = 112.0, 48.0
    height = top + side * len(labels) + 30
    parts: list[Safe | None] = [text(f"{_short(names[1])} →", left, 16, soft=True)]
    parts.append(text(f"{_short(names[0])} ↓", LEFT, 36, soft=True))
    letters = max(3, int(side / 7.4))
    for row, (label, counts) in enumerate(zip(labels, table, strict=True)):
        y, of = top + side * row, sum(counts)
        parts.append(text(_short(label, 14), left - 6, y + side / 2 + 4, anchor="end"))
        parts.append(
            text(_short(label, letters), left + side * (row + 0.5), top - 6, anchor="middle")
        )
        for column, count in enumerate(counts):
            share = count / of if of else 0.0
            parts += [
                el("rect", x=left + side * column + 1, y=y + 1, width=side - 2, height=side - 2,
                   rx=3, fill=MARK, fill_opacity=round(0.04 + 0.46 * share, 3), class_="fig-cell"),
                text(str(count), left + side * (column + 0.5), y + side / 2 + 4, anchor="middle"),
            ]  # fmt: skip
    parts.append(text("darker: a larger share of the row", left, height - 10, soft=True))
    return drawing(title, words, height, *parts)


# --- Parts -------------------------------------------------------------------------------------


def text(words: str, x: float, y: float, *, anchor: str = "start", soft: bool = False) -> Safe:
    """Words at a place."""
    kind = "fig-soft" if soft else "fig-text"
    return el("text", words, x=x, y=y, text_anchor=anchor, fill=SOFT if soft else INK, class_=kind)


def _vertical(x: float, top: float, bottom: float, colour: str, kind: str) -> Safe:
    return el("line", x1=x, x2=x, y1=top, y2=bottom, stroke=colour, class_=kind)


def _horizontal(
    y: float, left: float, right: float, colour: str, kind: str, *, dashed: bool = False
) -> Safe:
    dashes = "6 4" if dashed else None
    return el(
        "line", x1=left, x2=right, y1=y, y2=y, stroke=colour, class_=kind, stroke_dasharray=dashes
    )


def _short(words: str, most: int = LONGEST) -> str:
    return words if len(words) <= most else f"{words[: most - 1].rstrip()}…"


def _ceiling(value: float) -> float:
    """The next round number."""
    power = 10 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return next(power * n for n in (1, 1.5, 2, 3, 4, 5, 6, 8, 10) if power * n >= value * 0.999)


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _signed(value: float) -> str:
    words = f"{abs(value):.3g}"
    return words if words == "0" else f"{'+' if value > 0 else '−'}{words}"
