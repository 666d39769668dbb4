"""The figures as SVG: mean change with intervals, and everybody's trajectory with the noise."""

from collections.abc import Sequence
from dataclasses import dataclass

from inference.change.figures.means import Mean
from inference.change.frame import (
    DESK,
    LEFT,
    RIGHT,
    SHAPES,
    SMALL,
    STYLE,
    TEXT,
    TOP,
    Frame,
    mark,
    svg,
    text,
)  # fmt: skip
from inference.change.services.over_time import OverTime, verdict_of
from inference.change.services.reading import Series
from inference.change.services.subjects import Column
from participants.monitoring.drawing import width_of

DRAWN = 300  # more lines would only hide each other
SIGHT = 5  # people whose interval decides on the scale; of fewer it may be cut


@dataclass(frozen=True)
class Picture:
    """One SVG element, what it shows in words, and what of it was left out of the picture."""

    svg: str
    words: str
    left_out: int = 0


# --- Mean change -------------------------------------------------------------------------------


def draw_means(found: OverTime, *, title: str, phone: bool = False) -> Picture:
    """Each group's mean change with its interval at each visit, and the numbers under it."""
    series, lines = found.series, found.shown
    ends = [end for line in lines for _visit, mean in line.means for end in _ends(mean)]
    frame = Frame(series.columns, ends, phone=phone, top=TOP + _legend_height(found, phone))
    parts = [*_legend(found, frame), *frame.drawn()]
    apart = 9.0 if not phone else 6.0
    for place, line in enumerate(lines):
        shift = (place - (len(lines) - 1) / 2) * apart
        parts += _mean_line(frame, line.means, place, shift, series.columns[0].code)
    y = frame.under + 10
    parts.append(text("change__soft", 0, y, "n"))
    for place, line in enumerate(lines):
        numbers = [(series.columns[0], line.baseline), *line.means]
        look = f"change__soft change__n{place % 6}" if len(lines) > 1 else "change__soft"
        for visit, mean in numbers:
            parts.append(text(look, frame.places[visit.code], y, str(mean.n), "middle"))
        if len(lines) > 1:
            parts.append(
                mark(SHAPES[place % 6], f"change__mark change__g{place % 6}", 22, y - 4, 4)
            )
        y += 17
    return Picture(svg(parts, frame.width, y, title), _words_of_means(found))


def _ends(mean: Mean) -> list[float]:
    """What has to be in sight: the mean, and its interval unless so few make it endlessly wide."""
    shown = (mean.value, mean.low, mean.high) if mean.n >= SIGHT else (mean.value,)
    return [end for end in shown if end is not None]


def _legend_height(found: OverTime, phone: bool) -> float:
    many = len(found.shown) if len(found.shown) > 1 else 0
    return (22.0 * many if phone else 24.0 * bool(many)) + 18


def _legend(found: OverTime, frame: Frame) -> list[str]:
    """The groups by their marks, and what goes up."""
    parts, x, y = [], LEFT, 16.0
    if len(found.shown) > 1:
        for place, line in enumerate(found.shown):
            look = f"change__mark change__g{place % 6}"
            parts.append(mark(SHAPES[place % 6], look, x + 6, y - 4))
            parts.append(text("change__text", x + 18, y, line.name))
            if frame.phone:
                y += 22
            else:
                x += 42 + width_of(line.name, TEXT)
    parts.append(text("change__soft", LEFT, frame.top - 8, "Change in points; lower is better"))
    return parts


def _mean_line(
    frame: Frame, means: Sequence[tuple[Column, Mean]], place: int, shift: float, first: str
) -> list[str]:
    look = f"change__g{place % 6}"
    points, bars = [(frame.places[first] + shift, frame.y(0.0))], []
    for visit, mean in means:
        value, low, high = mean.value, mean.low, mean.high
        if value is None:
            continue
        x = frame.places[visit.code] + shift
        points.append((x, frame.y(value)))
        if low is not None and high is not None:
            bars.append(f'<path class="change__bar {look}" d="{_bar(frame, x, low, high)}"/>')
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in points)
    shape = SHAPES[place % 6]
    marks = [mark(shape, f"change__mark {look}", x, y) for x, y in points]
    return [f'<path class="change__mean {look}" d="{path}"/>', *bars, *marks]


def _bar(frame: Frame, x: float, low: float, high: float) -> str:
    """An interval with a stroke at either end; cut, and open there, where it leaves the frame."""
    top, bottom = frame.y(min(high, frame.high)), frame.y(max(low, frame.low))
    path = f"M{x:g} {top:g}V{bottom:g}"
    for y, inside in ((top, high <= frame.high), (bottom, low >= frame.low)):
        path += f"M{x - 4:g} {y:g}h8" if inside else ""
    return path


def _words_of_means(found: OverTime) -> str:
    told = []
    for line in found.shown:
        numbers = [
            f"{visit.name} {mean.value:+.1f} ({mean.n})"
            for visit, mean in line.means
            if mean.value is not None
        ]
        if numbers:
            told.append(f"{line.name}: {', '.join(numbers)}")
    return "Mean change from the first visit in points, with the number: " + "; ".join(told)


# --- Trajectories ------------------------------------------------------------------------------


def draw_people(found: OverTime, group: str, *, title: str, phone: bool = False) -> Picture:
    """Everybody's change from the first visit as a line, over the band of noise about nought.

    All groups are drawn on one scale, so that they can be held side by side.
    """
    series, band = found.series, found.band
    lines = _lines(series, group)
    ends = [change for visit in series.later for change in series.changes(visit.code)]
    frame = Frame(series.columns, [*ends, band or 0.0, -(band or 0.0)], phone=phone, top=TOP + 18)
    parts = [text("change__soft", LEFT, frame.top - 8, "Change in points; lower is better")]
    right = frame.width - RIGHT
    if band is not None:
        high, low = frame.y(band), frame.y(-band)
        parts.append(
            f'<rect class="change__band" x="{LEFT:g}" y="{high:g}" width="{right - LEFT:g}" '
            f'height="{low - high:g}"/>'
        )
        parts += [
            f'<line class="change__edge" x1="{LEFT:g}" x2="{right:g}" y1="{y:g}" y2="{y:g}"/>'
            for y in (high, low)
        ]
    parts += frame.drawn()
    step = -(-len(lines) // DRAWN) if lines else 1
    drawn = lines[::step]
    for verdict, points in drawn:
        parts += _trajectory(frame, verdict, points)
    words = f"Changes of {len(lines)} people from the first visit, each a line"
    return Picture(svg(parts, frame.width, frame.under, title), words, len(lines) - len(drawn))


def _lines(series: Series, group: str) -> list[tuple[str, list[tuple[str, float]]]]:
    """Each person's last verdict and their changes by visit; those beyond noise drawn last."""
    lines = []
    first = series.columns[0].code
    for subject in series.of(group):
        points = [(first, 0.0)]
        verdict = "within"
        for visit in series.later:
            change = subject.change(visit.code, first)
            if change is not None:
                points.append((visit.code, change))
                verdict = verdict_of(series, subject, visit.code) or "within"
        if len(points) > 1:
            lines.append((verdict, points))
    return sorted(lines, key=lambda line: line[0] != "within")


def _trajectory(frame: Frame, verdict: str, points: Sequence[tuple[str, float]]) -> list[str]:
    placed = [(frame.places[visit], frame.y(value)) for visit, value in points]
    path = "M" + "L".join(f"{x:g} {y:g}" for x, y in placed)
    x, y = placed[-1]
    shape = {"improved": "down", "worsened": "triangle"}.get(verdict, "circle")
    size = 3.5 if shape != "circle" else 2.5
    return [
        f'<path class="change__line change__line--{verdict}" d="{path}"/>',
        mark(shape, f"change__end--{verdict}", x, y, size),
    ]


# --- Taken away --------------------------------------------------------------------------------


def as_file(pictures: Sequence[tuple[str, Picture]], head: Sequence[str], warning: str = "") -> str:
    """One SVG with what it is of at its top, and each picture below its name."""
    parts = [f"<style>{STYLE}</style>", text("change__title", 0, 18, head[0])]
    y = 40.0
    for line in head[1:]:
        parts.append(text("change__soft", 0, y, line))
        y += 17
    if warning:
        parts.append(text("change__warn", 0, y + 2, warning))
        y += 22
    width = max(DESK, *(width_of(line, SMALL) for line in head), width_of(warning, TEXT, bold=True))
    for name, picture in pictures:
        if name:
            y += 22
            parts.append(text("change__title", 0, y, name))
        y += 12
        inner = picture.svg.replace("<svg ", f'<svg y="{y:g}" ', 1)
        parts.append(inner)
        size = picture.svg.split('viewBox="0 0 ', 1)[1].split('"', 1)[0].split()
        width, y = max(width, float(size[0])), y + float(size[1])
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width + 32:g}" height="{y + 28:g}" '
        f'viewBox="-16 -8 {width + 32:g} {y + 28:g}">{"".join(parts)}</svg>'
    )
