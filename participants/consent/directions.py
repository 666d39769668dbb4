"""The order in which the parts of a line are drawn, where scripts run from right to left.

Levels come from the Unicode Bidirectional Algorithm (Unicode Standard Annex 9). fpdf2 2.8.9 asks
for them by itself in single lines only, and then keeps of each level whether it is odd, which puts
a number between two Arabic words on the wrong side. Here they are asked for a whole paragraph,
whatever is bold in it, and kept until its lines are drawn.
"""

import unicodedata
from collections.abc import Sequence
from typing import Any

from fpdf.bidi import BidiParagraph, auto_detect_base_direction
from fpdf.enums import TextDirection
from fpdf.line_break import Fragment, TextLine, TotalPagesSubstitutionFragment

_RIGHT_TO_LEFT = {"R", "AL", "AN", "RLE", "RLO", "RLI"}
_LEVEL = "level"  # beside fpdf2's own parameters of a part


class OrderedLine(TextLine):
    """A line whose parts are drawn in the order of their levels (annex 9, rule L2)."""

    def get_ordered_fragments(self) -> list[Fragment]:
        """The parts from left to right."""
        parts = list(self.fragments)
        levels = [_level(part) for part in parts]
        for level in range(max(levels, default=0), 0, -1):
            start = 0
            while start < len(parts):
                end = start
                while end < len(parts) and levels[end] >= level:
                    end += 1
                parts[start:end] = parts[start:end][::-1]
                levels[start:end] = levels[start:end][::-1]
                start = max(end, start + 1)
        return parts


def directed(parts: Sequence[Fragment]) -> list[Fragment]:
    """The parts of one paragraph, cut where the direction changes, each with its level."""
    text = "".join(part.string for part in parts)
    base = auto_detect_base_direction(text)
    levels = levels_of(text, base)
    fragments: list[Fragment] = []
    at = 0
    for part in parts:
        length = len(part.string)
        fragments += _cut(part, levels[at : at + length], base)
        at += length
    return fragments


def from_the_right(parts: Sequence[Fragment]) -> bool:
    """Whether a paragraph begins at its right edge."""
    text = "".join(part.string for part in parts)
    return auto_detect_base_direction(text) is TextDirection.RTL


def levels_of(text: str, base: TextDirection) -> list[int]:
    """The level of each character of ``text``: even runs to the right, odd to the left."""
    outer = 1 if base is TextDirection.RTL else 0
    if not outer and not any(unicodedata.bidirectional(c) in _RIGHT_TO_LEFT for c in text):
        return [0] * len(text)
    levels: list[int] = []
    for line in text.splitlines(keepends=True):
        try:
            resolved = BidiParagraph(line, base, preserve_bn_chars=True).get_characters()
            levels += [character.embedding_level for character in resolved]
        except RecursionError:  # fpdf2 walks a row of a thousand dots by calling itself
            levels += [_by_itself(character, outer) for character in line]
    return levels


def _by_itself(character: str, outer: int) -> int:
    kind = unicodedata.bidirectional(character)
    if kind in {"R", "AL"}:
        return 1
    return outer * 2 if kind in {"L", "EN", "AN"} else outer


def _level(part: Fragment) -> int:
    shaping = part.text_shaping_parameters or {}
    return int(shaping.get(_LEVEL, 0))


def _cut(part: Fragment, levels: Sequence[int], base: TextDirection) -> list[Fragment]:
    """``part`` in pieces of one level each."""
    if isinstance(part, TotalPagesSubstitutionFragment):
        _tell(part, min(levels), base)
        return [part]
    pieces: list[Fragment] = []
    start = 0
    for end in range(1, len(levels) + 1):
        if end == len(levels) or levels[end] != levels[start]:
            state = part.graphics_state.copy()
            piece = Fragment(part.string[start:end], state, part.k, part.link)
            _tell(piece, levels[start], base)
            pieces.append(piece)
            start = end
    return pieces


def _tell(part: Fragment, level: int, base: TextDirection) -> None:
    shaping: dict[str, Any] = part.graphics_state.text_shaping or {}
    direction = TextDirection.RTL if level % 2 else TextDirection.LTR
    shaping.update({_LEVEL: level, "fragment_direction": direction, "paragraph_direction": base})
