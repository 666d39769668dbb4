"""The schedule as a drawing: days from left to right, a bar for each window, a dot for each day."""

from collections.abc import Sequence
from dataclasses import dataclass

from studies.protocol.models import VisitDefinition

WIDTH, MARGIN = 1000, 60
AXIS, BAR = 92, 26
LONGEST = 14  # letters of a name; the template cuts it there
LETTER, GAP, ROW = 8.2, 14, 20


@dataclass(frozen=True)
class Mark:
    """One visit, in the drawing's units."""

    visit: VisitDefinition
    x: float
    bar_x: float
    bar_width: float
    label_y: float
    opens: int
    closes: int


@dataclass(frozen=True)
class Timeline:
    """All visits, and the size of the drawing."""

    marks: list[Mark]
    width: int = WIDTH
    height: int = AXIS + 52
    axis: int = AXIS
    left: int = MARGIN
    right: int = WIDTH - MARGIN
    bar_y: int = AXIS - BAR // 2
    bar_height: int = BAR
    day_y: int = AXIS + 38


def timeline(visits: Sequence[VisitDefinition]) -> Timeline:
    """Place ``visits`` (by day); labels that would touch are put on another line."""
    if not visits:
        return Timeline([])
    first = min(visit.day_offset - visit.window_before for visit in visits)
    last = max(visit.day_offset + visit.window_after for visit in visits)
    scale = (WIDTH - 2 * MARGIN) / max(1, last - first)

    def at(day: float) -> float:
        return round(MARGIN + (day - first) * scale, 1)

    marks: list[Mark] = []
    ends = [float("-inf")] * 4
    for visit in visits:
        x = at(visit.day_offset)
        opens, closes = (
            visit.day_offset - visit.window_before,
            visit.day_offset + visit.window_after,
        )
        half = (min(len(visit.name), LONGEST) * LETTER + GAP) / 2
        row = next((row for row, end in enumerate(ends) if x - half >= end), 0)
        ends[row] = x + half
        bar_x = at(opens) - 5
        marks.append(
            Mark(
                visit,
                x,
                bar_x,
                round(at(closes) + 5 - bar_x, 1),
                AXIS - 24 - ROW * row,
                opens,
                closes,
            )
        )
    return Timeline(marks)
