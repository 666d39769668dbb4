"""Plots as SVG and tables: dots with intervals, reliability curves, confusion matrices.

Drawn by hand and not by matplotlib, whose SVG carries a style attribute on every path: the app's
content security policy would drop them, and they would not follow its light and dark themes. Places
along a strip are percentages, so a plot is as wide as its column and its text keeps its size.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inference.report.html import Safe, el, join

SIDE, LEFT, TOP, BARS = 240, 38, 10, 34  # of a reliability plot, in its own units


@dataclass(frozen=True)
class Axis:
    """From where to where a strip goes, its ticks, and the aim to be marked."""

    low: float
    high: float
    ticks: Sequence[tuple[float, str]]
    aim: float | None = None

    def at(self, value: float) -> float:
        """Percent of the strip's width; what lies beyond is put on the edge."""
        share = (value - self.low) / (self.high - self.low)
        return round(2 + 96 * min(max(share, 0.0), 1.0), 2)


@dataclass(frozen=True)
class Mark:
    """One dot with its interval; `kind` (0 to 2) tells series apart by shape and colour."""

    value: float | None
    low: float | None = None
    high: float | None = None
    kind: int = 0

    @classmethod
    def of(cls, figure: Mapping[str, Any], kind: int = 0) -> Mark:
        return cls(figure["value"], figure["low"], figure["high"], kind)


@dataclass(frozen=True)
class Row:
    """A line of a dot plot: its name, its marks, what is written beside."""

    name: str | Safe
    marks: Sequence[Mark]
    words: str | Safe
    small: Sequence[float] = ()  # single values, drawn as small dots
    missed: bool = False


def dot_plot(
    rows: Sequence[Row], axis: Axis, *, caption: str, first: str, last: str, aim: str = ""
) -> Safe:
    """Return a table of names, strips and words, with the axis below.

    `first` and `last` head the columns of names and words; `aim` says what the dashed line is.
    """
    body = [
        el(
            "tr",
            el("th", row.name, scope="row"),
            el("td", strip(row, axis), class_="dots__strip"),
            el("td", row.words, class_="dots__words"),
            class_="dots__row dots__row--missed" if row.missed else "dots__row",
        )
        for row in rows
    ]
    head = el(
        "tr",
        el("th", first, scope="col"),
        el("td", el("span", f"┆ {aim}", class_="dots__aim") if aim else None),
        el("th", last, scope="col"),
        class_="dots__head",
    )
    scale = el(
        "tr", el("td"), el("td", _ticks(axis), class_="dots__strip"), el("td"), class_="dots__axis"
    )
    return el(
        "table",
        el("caption", caption),
        el("thead", head),
        el("tbody", *body, scale),
        class_="dots",
    )


def strip(row: Row, axis: Axis) -> Safe:
    """Return one row's marks over the axis, as SVG that the words beside say again."""
    parts: list[Safe] = [
        _line(axis.at(value), axis.at(value), "0%", "100%", "plot-grid") for value, _ in axis.ticks
    ]
    if axis.aim is not None:
        at = axis.at(axis.aim)
        parts.append(_line(at, at, "0%", "100%", "plot-aim"))
    parts += [
        el("circle", cx=f"{axis.at(value)}%", cy="50%", r=3, class_="plot-seed")
        for value in row.small
    ]
    shown = [mark for mark in row.marks if mark.value is not None]
    for k, mark in enumerate(shown):
        level = f"{100 * (k + 1) / (len(shown) + 1):.0f}%"
        parts.append(_mark(mark, axis, level))
    return el("svg", *parts, class_="strip", aria_hidden="true", focusable="false")


def _mark(mark: Mark, axis: Axis, level: str) -> Safe:
    whisker = None
    if mark.low is not None and mark.high is not None:
        whisker = _line(
            axis.at(mark.low), axis.at(mark.high), level, level, f"plot-whisker plot-{mark.kind}"
        )
    at = f"{axis.at(mark.value or 0)}%"
    return join(whisker, el("circle", cx=at, cy=level, r=5, class_=f"plot-dot plot-{mark.kind}"))


def _line(x1: float, x2: float, y1: str, y2: str, kind: str) -> Safe:
    return el("line", x1=f"{x1}%", x2=f"{x2}%", y1=y1, y2=y2, class_=kind)


def _ticks(axis: Axis) -> Safe:
    texts = [
        el("text", label, x=f"{axis.at(value)}%", y="14", class_=_anchor(k, len(axis.ticks)))
        for k, (value, label) in enumerate(axis.ticks)
    ]
    return el("svg", *texts, class_="strip strip--axis", aria_hidden="true", focusable="false")


def _anchor(k: int, of: int) -> str:
    place = "start" if k == 0 else "end" if k == of - 1 else "middle"
    return f"plot-tick plot-tick--{place}"


def reliability(
    after: Sequence[Mapping[str, Any]], before: Sequence[Mapping[str, Any]] | None, *, title: str
) -> Safe:
    """Return a reliability plot: share that was right over confidence, and how many below.

    The diagonal is where probabilities mean what they say.
    """
    width, height = LEFT + SIDE + 20, TOP + SIDE + BARS + 44
    parts = [_frame(), _curve(before, "plot-before") if before else None]
    parts += [_curve(after, "plot-after"), _counts(after)]
    return el(
        "svg",
        el("title", title),
        *parts,
        viewBox=f"0 0 {width} {height}",
        class_="reliability",
        role="img",
    )


def _place(confidence: float, share: float) -> tuple[float, float]:
    return round(LEFT + SIDE * confidence, 2), round(TOP + SIDE * (1 - share), 2)


def _frame() -> Safe:
    base, parts = TOP + SIDE, []
    for tick in (0.0, 0.25, 0.5, 0.75, 1.0):
        (x, y), said = _place(tick, tick), f"{100 * tick:.0f}%"
        parts += [
            el("line", x1=LEFT, x2=LEFT + SIDE, y1=y, y2=y, class_="plot-grid"),
            el("line", x1=x, x2=x, y1=TOP, y2=base, class_="plot-grid"),
            el("text", said, x=LEFT - 5, y=y + 4, class_="plot-tick plot-tick--end"),
            el("text", said, x=x, y=base + BARS + 18, class_="plot-tick plot-tick--middle"),
        ]  # fmt: skip
    diagonal = el("line", x1=LEFT, y1=base, x2=LEFT + SIDE, y2=TOP, class_="plot-aim")
    name = el(
        "text", "probability given; below, how many photos", x=LEFT + SIDE / 2, y=base + BARS + 36,
        class_="plot-tick plot-tick--middle",
    )  # fmt: skip
    return join(*parts, diagonal, name)


def _curve(bins: Sequence[Mapping[str, Any]], kind: str) -> Safe:
    places = [_place(bar["confidence"], bar["right"]) for bar in bins]
    line = " ".join(f"{x:g},{y:g}" for x, y in places)
    dots = [el("circle", cx=x, cy=y, r=3.5, class_=f"plot-point {kind}") for x, y in places]
    return join(el("polyline", points=line, class_=f"plot-line {kind}"), *dots)


def _counts(bins: Sequence[Mapping[str, Any]]) -> Safe:
    """Small bars below: how many predictions are in each bin."""
    most = max((bar["count"] for bar in bins), default=1)
    step = SIDE / 15
    bars = [
        el(
            "rect",
            x=round(LEFT + bar["bin"] * step + 1, 2),
            y=TOP + SIDE + 4,
            width=round(step - 2, 2),
            height=round((BARS - 6) * bar["count"] / most, 2),
            class_="plot-count",
        )
        for bar in bins
    ]
    return join(*bars)


def confusion(table: Sequence[Sequence[int]], grades: Sequence[str], *, title: str) -> Safe:
    """Return a confusion matrix: true grade by row, given grade by column, shaded by row share."""
    head = el(
        "tr",
        el("td"),
        *(el("th", grade, scope="col") for grade in grades),
    )
    rows = []
    for grade, counts in zip(grades, table, strict=True):
        of = sum(counts)
        cells = [
            el(
                "td",
                str(count),
                class_=f"heat-{round(9 * count / of) if of else 0}",
                title=f"truly {grade}, given {given}: {count} of {of}",
            )
            for given, count in zip(grades, counts, strict=True)
        ]
        rows.append(el("tr", el("th", grade, scope="row"), *cells))
    return el(
        "table", el("caption", title), el("thead", head), el("tbody", *rows), class_="confusion"
    )
