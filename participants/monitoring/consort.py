"""The CONSORT diagram of a flow as SVG: side by side for a desk, stacked for a phone."""

from collections.abc import Callable

from participants.monitoring.drawing import Box, Cell, Row, arrow, stage, svg
from participants.monitoring.flow import Count, Flow, Group

# Key of a number and the arm, or none → where its people are listed; empty: nowhere.
Link = Callable[[str, str | None], str]

LEFT = 48  # px: beside the stages
GAP, STEP = 24, 26  # px: between groups, between boxes
LEAST, MOST = 236, 348  # px: the width of a group
CONTENT = 640
PHONE = 350


def no_links(_key: str, _arm: str | None) -> str:
    """For a file that is taken away."""
    return ""


class _Boxes:
    """The boxes of a flow, each of the width asked for."""

    def __init__(self, flow: Flow, link: Link) -> None:
        self.flow, self.link = flow, link

    def cell(self, count: Count, arm: str | None = None, *, head: bool = False) -> Cell:
        url = self.link(count.key, arm) if count.number else ""
        text = f"n = {count.number}" if head else str(count.number)
        return Cell(text, url, f"{count.label}: {count.number}")

    def row(self, count: Count, arm: str | None = None) -> Row:
        return Row(count.label, (self.cell(count, arm),))

    def screened(self, width: float) -> Box:
        count = self.flow.screened
        return Box(count.label, self.cell(count, head=True), width)

    def excluded(self, width: float) -> Box:
        """Those not enrolled; of the reasons only those that there are."""
        flow = self.flow
        rows = [self.row(count) for count in flow.excluded if count.number]
        if flow.in_screening.number or not rows:
            rows.append(self.row(flow.in_screening))
        return Box("Not enrolled", Cell(f"n = {flow.not_enrolled}"), width, rows, "side")

    def enrolled(self, width: float) -> Box:
        return Box("Enrolled", self.cell(self.flow.enrolled, head=True), width)

    def not_allocated(self, width: float) -> Box:
        count = self.flow.not_allocated
        return Box(count.label, self.cell(count, head=True), width, [], "side")

    def allocated(self, width: float) -> Box:
        count = self.flow.allocated
        return Box(count.label, self.cell(count, head=True), width)

    def group(self, group: Group, width: float) -> Box:
        number = self.cell(group.all, group.arm, head=True)
        return Box(group.name, number, width, [], "group")

    def followed(self, group: Group, width: float) -> Box:
        arm = group.arm if self.flow.by_arm else None
        rows = [self.row(count, arm) for count in group.followed]
        if group.visits:
            rows.append(Row("Visits", (Cell("made"), Cell("missed")), soft=True, rule=True))
        for line in group.visits:
            missed = line.counts[1]
            cells = tuple(
                Cell(
                    str(count.number),
                    self.link(count.key, arm) if count.number else "",
                    f"{line.name}, {count.label}: {count.number}",
                )
                for count in (line.made, missed)
            )
            rows.append(Row(line.name, cells))
        number = None if self.flow.by_arm else self.cell(group.all, arm, head=True)
        return Box("Follow-up", number, width, rows)

    def analysed(self, group: Group, width: float) -> Box:
        arm = group.arm if self.flow.by_arm else None
        return Box("Analysis", None, width, [self.row(c, arm) for c in group.analysed], "end")


def draw_flow(
    flow: Flow, *, title: str, link: Link = no_links, phone: bool = False, look: str = ""
) -> str:
    """The diagram as one SVG element; ``look`` is the class by which a page's sheet colours it."""
    boxes = _Boxes(flow, link)
    parts, width, height = _stacked(boxes) if phone else _beside(boxes)
    return svg(parts, width, height, title=title, look=look)


# --- For a desk --------------------------------------------------------------------------------


def _beside(boxes: _Boxes) -> tuple[list[str], float, float]:
    flow = boxes.flow
    number = max(len(flow.groups), 1)
    content = max(CONTENT, number * LEAST + (number - 1) * GAP)
    centre = LEFT + content / 2
    main = 268
    placed: list[Box] = []
    lines: list[str] = []

    def spine(box: Box, side: Box | None = None) -> Box:
        """Put ``box`` under the last one on the spine, with ``side`` between them."""
        last = placed[-1] if placed else None
        top = last.bottom + STEP if last else 0
        if side is not None and last is not None:
            side.at(centre + 36, last.bottom + STEP - 6)
            lines.append(
                arrow((centre, side.y + side.height / 2), (side.x, side.y + side.height / 2))
            )
            top = side.bottom + STEP - 6
        box.at(centre - box.width / 2, top)
        if last is not None:
            lines.append(arrow((centre, last.bottom), (centre, box.y)))
        if side is not None:
            placed.append(side)
        placed.append(box)
        return box

    beside = content / 2 - 36
    first = spine(boxes.screened(main))
    last = spine(boxes.enrolled(main), boxes.excluded(beside))
    stages = [("Enrolment", first.y, last.bottom)]
    if flow.allocating:
        waits = boxes.not_allocated(beside) if flow.not_allocated.number else None
        last = spine(boxes.allocated(main), waits)
        stages.append(("Allocation", last.y, last.bottom))
    top = last.bottom + STEP
    width = min((content - (number - 1) * GAP) / number, MOST)
    whole = number * width + (number - 1) * GAP
    lefts = [centre - whole / 2 + place * (width + GAP) for place in range(number)]
    above = [last] * number
    rows: list[tuple[str, Callable[[Group, float], Box]]] = [
        ("Follow-up", boxes.followed),
        ("Analysis", boxes.analysed),
    ]
    if flow.by_arm:
        rows.insert(0, ("Allocation", boxes.group))
    for name, make in rows:
        row = [
            make(group, width).at(left, top) for group, left in zip(flow.groups, lefts, strict=True)
        ]
        tallest = max(box.height for box in row)
        for box, over in zip(row, above, strict=True):
            box.stretched = tallest
            lines.append(_fall(over, box))
        placed += row
        if stages[-1][0] == name:
            stages[-1] = (name, stages[-1][1], top + tallest)
        else:
            stages.append((name, top, top + tallest))
        above, top = row, top + tallest + STEP
    drawn = [part for box in placed for part in box.drawn()]
    return [*_bars(stages), *lines, *drawn], LEFT + content, top - STEP


def _bars(stages: list[tuple[str, float, float]]) -> list[str]:
    """The names of the stages, each from its first box to shortly before the next stage."""
    ends = [top - 8 for _name, top, _bottom in stages[1:]] + [stages[-1][2]]
    return [stage(name, top, end) for (name, top, _own), end in zip(stages, ends, strict=True)]


def _fall(over: Box, under: Box) -> str:
    """The arrow from a box to the one below it, round a corner where it is not right below."""
    x0, y0, x1, y1 = over.middle, over.bottom, under.middle, under.y
    if abs(x0 - x1) < 0.5:
        return arrow((x0, y0), (x0, y1))
    turn = (y0 + y1) / 2 - 2
    return arrow((x0, y0), (x0, turn), (x1, turn), (x1, y1))


# --- For a phone -------------------------------------------------------------------------------


def _stacked(boxes: _Boxes) -> tuple[list[str], float, float]:
    flow, x = boxes.flow, 22.0
    placed = [boxes.screened(PHONE).at(0, 0)]
    lines: list[str] = []

    def under(box: Box, left: float, line: float, last: Box) -> Box:
        box.at(left, last.bottom + STEP - 4)
        lines.append(arrow((line, last.bottom), (line, box.y)))
        placed.append(box)
        return box

    def with_side(side: Box, box: Box, last: Box) -> Box:
        side.at(x + 26, last.bottom + STEP - 10)
        middle = side.y + side.height / 2
        lines.append(arrow((x, middle), (side.x, middle)))
        placed.append(side)
        box.at(0, side.bottom + STEP - 10)
        lines.append(arrow((x, last.bottom), (x, box.y)))
        placed.append(box)
        return box

    last = with_side(boxes.excluded(PHONE - x - 26), boxes.enrolled(PHONE), placed[0])
    if flow.allocating and flow.not_allocated.number:
        last = with_side(boxes.not_allocated(PHONE - x - 26), boxes.allocated(PHONE), last)
    elif flow.allocating:
        last = under(boxes.allocated(PHONE), 0, x, last)
    root = last
    for group in flow.groups:
        left, width = (34.0, PHONE - 34.0) if flow.by_arm else (0.0, float(PHONE))
        if flow.by_arm:
            head = boxes.group(group, width).at(left, last.bottom + STEP)
            middle = head.y + head.height / 2
            lines.append(arrow((12, root.bottom), (12, middle), (left, middle)))
            placed.append(head)
            last = head
        line = left + x
        last = under(boxes.followed(group, width), left, line, last)
        last = under(boxes.analysed(group, width), left, line, last)
    drawn = [part for box in placed for part in box.drawn()]
    return [*lines, *drawn], PHONE, last.bottom
