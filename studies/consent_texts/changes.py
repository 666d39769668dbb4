"""What is different between two versions of a consent text, section by section, word by word."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from typing import Literal

from studies.consent_texts.markup import Block, Section, sections
from studies.consent_texts.models import ConsentDocument
from studies.words.breaks import words_of

# Below this likeness two paragraphs are shown one after the other, not word by word: a salad of
# crossed-out words is harder to read than both.
_ALIKE = 0.4
# A section with another heading is the same section when at least this much of it is the same.
_SAME_SECTION = 0.6

Mark = Literal["same", "added", "removed"]
Kind = Literal["added", "removed", "reworded"]
Part = Literal["title", "key_points", "section", "choice"]


@dataclass(frozen=True)
class Piece:
    """Some words: in both versions, only in the newer one, or only in the older one."""

    mark: Mark
    text: str


@dataclass(frozen=True)
class BlockChange:
    """A paragraph or an item of a list with its words marked."""

    kind: str
    pieces: tuple[Piece, ...]


@dataclass(frozen=True)
class SectionChange:
    """A part that is new, gone, or worded otherwise.

    ``title`` is the section's heading, empty for the other parts; ``number`` counts the sections
    of the newer text from 0.
    """

    part: Part
    kind: Kind
    title: str
    blocks: tuple[BlockChange, ...]
    number: int | None = None


@dataclass(frozen=True)
class Changes:
    """All that changed, and how many sections of the newer text did not."""

    sections: tuple[SectionChange, ...]
    unchanged: int

    def kind_of(self, number: int) -> Kind | None:
        """What became of section ``number`` of the newer text; nothing when it is the same."""
        return next((c.kind for c in self.sections if c.number == number), None)


def changes(before: ConsentDocument, after: ConsentDocument) -> Changes:
    """What ``after`` says otherwise than ``before``: key points, sections, points to agree to."""
    changed = []
    unchanged = 0
    for pair in _pairs(before, after):
        change = _compare(pair)
        if change is not None:
            changed.append(change)
        elif pair.part == "section":
            unchanged += 1
    return Changes(tuple(changed), unchanged)


@dataclass(frozen=True)
class _Pair:
    """A part as it was and as it is, where it was and is."""

    part: Part
    old: Section | None
    new: Section | None
    number: int | None = None


def _pairs(before: ConsentDocument, after: ConsentDocument) -> Iterable[_Pair]:
    yield _Pair("title", _listed([before.title], "p"), _listed([after.title], "p"))
    yield _Pair("key_points", _listed(before.key_points), _listed(after.key_points))
    yield from _paired(sections(before.body), sections(after.body))
    older, newer = (
        {choice["code"]: choice["text"] for choice in document.choices}
        for document in (before, after)
    )
    for code in [*newer, *(code for code in older if code not in newer)]:
        old, new = ([texts[code]] if code in texts else [] for texts in (older, newer))
        yield _Pair("choice", _listed(old), _listed(new))


def _listed(texts: Sequence[str], kind: str = "li") -> Section | None:
    blocks = tuple(Block(kind, text) for text in texts)
    return Section("", "", blocks) if blocks else None


def _paired(older: list[Section], newer: list[Section]) -> list[_Pair]:
    """Each section of the newer text with the older one it came from, and the older ones left."""
    by_title = {section.title: section for section in reversed(older)}
    origin: dict[int, Section] = {}
    for number, section in enumerate(newer):
        if section.title in by_title:
            origin[number] = by_title.pop(section.title)
    left = [section for section in older if section not in origin.values()]
    for number, section in enumerate(newer):
        if number in origin or not left:
            continue
        likest = max(left, key=lambda old: _likeness(old, section))
        if _likeness(likest, section) >= _SAME_SECTION:
            origin[number] = likest
            left.remove(likest)
    pairs = [_Pair("section", origin.get(n), section, n) for n, section in enumerate(newer)]
    return pairs + [_Pair("section", section, None) for section in left]


def _likeness(section: Section, other: Section) -> float:
    return SequenceMatcher(None, _all_words(section), _all_words(other), autojunk=False).ratio()


def _all_words(section: Section) -> list[str]:
    return [word for block in section.blocks for word in words_of(block.text)]


def _compare(pair: _Pair) -> SectionChange | None:
    old, new = pair.old, pair.new
    if old is not None and new is not None:
        if (old.title, old.blocks) == (new.title, new.blocks):
            return None
        blocks = _blocks(old.blocks, new.blocks)
        if old.title != new.title:
            blocks = [BlockChange("h", _words(old.title, new.title)), *blocks]
        title = new.title or old.title
        return SectionChange(pair.part, "reworded", title, tuple(blocks), pair.number)
    mark: Literal["added", "removed"] = "added" if old is None else "removed"
    whole = new if old is None else old
    if whole is None:
        return None
    blocks = [_whole(block, mark) for block in whole.blocks]
    return SectionChange(pair.part, mark, whole.title, tuple(blocks), pair.number)


def _whole(block: Block, mark: Mark) -> BlockChange:
    return BlockChange(block.kind, (Piece(mark, block.text),))


def _blocks(older: Sequence[Block], newer: Sequence[Block]) -> list[BlockChange]:
    block_changes: list[BlockChange] = []
    matcher = SequenceMatcher(None, list(older), list(newer), autojunk=False)
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            block_changes += [_whole(block, "same") for block in newer[c:d]]
            continue
        for old, new in zip_longest(older[a:b], newer[c:d]):
            if old is None or new is None:
                block_changes.append(
                    _whole(new, "added") if old is None else _whole(old, "removed")
                )
            else:
                block_changes.append(BlockChange(new.kind, _words(old.text, new.text)))
    return block_changes


def _words(old: str, new: str) -> tuple[Piece, ...]:
    before, after = words_of(old), words_of(new)
    matcher = SequenceMatcher(
        None, [word.strip() for word in before], [word.strip() for word in after], autojunk=False
    )
    if matcher.ratio() < _ALIKE:
        return (Piece("removed", old), Piece("added", new))
    marked: list[tuple[Mark, str]] = []
    for what, a, b, c, d in matcher.get_opcodes():
        if what == "equal":
            marked += [("same", word) for word in after[c:d]]
        else:
            marked += [("removed", word) for word in before[a:b]]
            marked += [("added", word) for word in after[c:d]]
    pieces: list[Piece] = []
    for mark, words in groupby(marked, key=lambda pair: pair[0]):
        text = "".join(word for _, word in words)
        pieces.append(Piece(mark, text.rstrip()))
        if text != text.rstrip():
            pieces.append(Piece("same", " "))  # the space after a mark is not marked
    return tuple(pieces)
