"""Boxes and arrows as SVG: text that is wrapped by estimate, lines with numbers, arrows.

Everything has a class and no colour: a page gives it the colours of its theme by its own sheet,
and a file that is taken away has ``STYLE`` within.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from html import escape
from typing import Final

SIZE, TITLE, SMALL = 14.0, 15.0, 12.5  # px
LINE, PAD, HEAD = 25, 14, 27  # px: a line, within a box, its title
CELL = 58  # px: a column of numbers

STYLE: Final = """
svg{font-family:Inter,system-ui,-apple-system,"Segoe UI",sans-serif;font-size:14px;
font-variant-numeric:tabular-nums;background:#fff}
.flow__box{fill:#fff;stroke:#8b8682}.flow__box--side{fill:#f3f1ef;stroke:#e4e1de}
.flow__box--end{fill:#f6eef4;stroke:#6a2c5b}.flow__box--group{stroke:#6a2c5b;stroke-width:1.5}
.flow__stage{fill:#f6eef4}.flow__stage-text{fill:#6a2c5b;font-size:12.5px;font-weight:600;
letter-spacing:.03em}
.flow__text{fill:#211f1e}.flow__title{fill:#211f1e;font-size:15px;font-weight:650}
.flow__number{fill:#211f1e;font-weight:600}.flow__soft{fill:#5c5754;font-size:12.5px}
.flow__rule{stroke:#e4e1de}.flow__line{fill:none;stroke:#8b8682;stroke-width:1.5}
.flow__head{fill:#8b8682}a{text-decoration:none}
@media (prefers-color-scheme:dark){svg{background:#1e1d1c}.flow__box{fill:#1e1d1c;stroke:#85807c}
.flow__box--side{fill:#282625;stroke:#353230}.flow__box--end{fill:#33222f;stroke:#d9a3ca}
.flow__box--group{stroke:#d9a3ca}.flow__stage{fill:#33222f}.flow__stage-text{fill:#e2b3d5}
.flow__text,.flow__title,.flow__number{fill:#f1efed}.flow__soft{fill:#b3aeaa}
.flow__rule{stroke:#353230}.flow__line{stroke:#85807c}.flow__head{fill:#85807c}}
"""

_WIDE, _NARROW = set("MWmw@%"), set("iljtfrI.,:;'!| ()")


def width_of(text: str, size: float = SIZE, *, bold: bool = False) -> float:
    """About how many pixels ``text`` is wide in the pages' font; rather more than less."""
    ems = sum(
        0.9 if c in _WIDE else 0.33 if c in _NARROW else 0.68 if c.isupper() else 0.57 for c in text
    )
    return ems * size * (1.06 if bold else 1.0)


def wrapped(text: str, width: float, size: float = SIZE, *, bold: bool = False) -> list[str]:
    """``text`` in lines of at most ``width`` pixels, broken at spaces; a long word is cut."""
    lines = [""]
    for word in text.split():
        joined = f"{lines[-1]} {word}".strip()
        if width_of(joined, size, bold=bold) <= width or not lines[-1]:
            lines[-1] = joined
        else:
            lines.append(word)
    return [_cut(line, width, size) for line in lines]


def _cut(line: str, width: float, size: float) -> str:
    while width_of(line, size) > width and len(line) > 2:
        line = f"{line[:-2]}…"
    return line


@dataclass(frozen=True)
class Cell:
    """A number at the right of a line, and where it leads."""

    text: str
    url: str = ""
    words: str = ""  # what a reader of the screen is told: the label with the number


@dataclass(frozen=True)
class Row:
    """One line of a box: words, then cells in columns from the right."""

    label: str
    cells: tuple[Cell, ...] = ()
    soft: bool = False
    rule: bool = False  # a line above it


@dataclass
class Box:
    """A box ``width`` wide, with its corner at ``x``, ``y`` once it is placed."""

    title: str
    number: Cell | None
    width: float
    rows: list[Row] = field(default_factory=list)
    kind: str = "main"
    x: float = 0
    y: float = 0
    stretched: float = 0  # the height it is given beside taller ones

    @property
    def height(self) -> float:
        return max(self._own_height, self.stretched)

    @property
    def _own_height(self) -> float:
        title = len(self._title_lines) * HEAD
        return 2 * PAD - 4 + title + sum(len(self._lines(row)) * LINE for row in self.rows)

    @property
    def _title_lines(self) -> list[str]:
        taken = width_of(self.number.text, TITLE, bold=True) + 12 if self.number else 0
        return wrapped(self.title, self.width - 2 * PAD - taken, TITLE, bold=True)

    def _lines(self, row: Row) -> list[str]:
        taken = CELL * len(row.cells) if len(row.cells) > 1 else 44 if row.cells else 0
        return wrapped(row.label, self.width - 2 * PAD - taken)

    @property
    def bottom(self) -> float:
        return self.y + self.height

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    def at(self, x: float, y: float) -> "Box":
        """The box, placed."""
        self.x, self.y = x, y
        return self

    def drawn(self) -> Iterator[str]:
        """The parts of the box as SVG."""
        kinds = "flow__box" + ("" if self.kind == "main" else f" flow__box--{self.kind}")
        yield (
            f'<rect class="{kinds}" x="{self.x:g}" y="{self.y:g}" width="{self.width:g}" '
            f'height="{self.height:g}" rx="8"/>'
        )
        left, right = self.x + PAD, self.x + self.width - PAD
        y = self.y + PAD + 16
        for place, line in enumerate(self._title_lines):
            yield _text("flow__title", left, y, line)
            if place == 0 and self.number is not None:
                yield _linked(self.number, "flow__title", right, y)
            y += HEAD
        for row in self.rows:
            if row.rule:
                yield (
                    f'<line class="flow__rule" x1="{left:g}" x2="{right:g}" '
                    f'y1="{y - 17:g}" y2="{y - 17:g}"/>'
                )
            lines = self._lines(row)
            for place, line in enumerate(lines):
                yield _text("flow__soft" if row.soft else "flow__text", left, y, line)
                if place == 0:
                    for column, cell in enumerate(reversed(row.cells)):
                        look = "flow__soft" if row.soft or cell.text == "0" else "flow__number"
                        yield _linked(cell, look, right - column * CELL, y)
                y += LINE


def _text(look: str, x: float, y: float, words: str, *, end: bool = False) -> str:
    anchor = ' text-anchor="end"' if end else ""
    return f'<text class="{look}" x="{x:g}" y="{y:g}"{anchor}>{escape(words)}</text>'


def _linked(cell: Cell, look: str, x: float, y: float) -> str:
    text = _text(look, x, y, cell.text, end=True)
    if not cell.url:
        return text
    # As large as a finger, though the number is small.
    width = max(width_of(cell.text, TITLE) + 12, 30)
    area = (
        f'<rect class="flow__touch" x="{x - width + 6:g}" y="{y - 18:g}" '
        f'width="{width:g}" height="24" rx="4"/>'
    )
    label = f' aria-label="{escape(cell.words)}"' if cell.words else ""
    return f'<a class="flow__link" href="{escape(cell.url)}"{label}>{area}{text}</a>'


def arrow(*points: tuple[float, float]) -> str:
    """A line through ``points`` with a head at its end."""
    (x0, _), (x1, y1) = points[-2], points[-1]
    path = "M" + " L".join(f"{x:g} {y:g}" for x, y in points)
    if x1 == x0:
        head = f"{x1 - 4.5:g},{y1 - 8:g} {x1 + 4.5:g},{y1 - 8:g} {x1:g},{y1:g}"
    else:
        head = f"{x1 - 8:g},{y1 - 4.5:g} {x1 - 8:g},{y1 + 4.5:g} {x1:g},{y1:g}"
    return f'<path class="flow__line" d="{path}"/><polygon class="flow__head" points="{head}"/>'


def stage(words: str, top: float, bottom: float) -> str:
    """The name of a stage, upright in a bar at the left."""
    middle = (top + bottom) / 2
    return (
        f'<rect class="flow__stage" x="0" y="{top:g}" width="30" height="{bottom - top:g}" rx="8"/>'
        f'<text class="flow__stage-text" text-anchor="middle" '
        f'transform="translate(19.5 {middle:g}) rotate(-90)">{escape(words)}</text>'
    )


def svg(parts: list[str], width: float, height: float, *, title: str, look: str) -> str:
    """The drawing; with ``look`` as its class, or its own style where it is empty."""
    style = "" if look else f"<style>{STYLE}</style>"
    kind = f' class="{look}"' if look else ""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg"{kind} viewBox="-1 -1 {width + 2:g} '
        f'{height + 2:g}" width="{width + 2:g}" height="{height + 2:g}" role="group" '
        f'aria-label="{escape(title)}"><title>{escape(title)}</title>{style}{"".join(parts)}</svg>'
    )
