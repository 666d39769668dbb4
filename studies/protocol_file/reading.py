"""Reading YAML with its places: every mistake is reported with line, path and what is expected."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from studies.platform.text import tidy

_UNSEEN = re.compile(r"[\n\r\t]")  # the control characters that text may hold
MAX_BYTES = 1_000_000
MAX_DEPTH = 20
MAX_LINES = 20_000
MAX_VALUES = 10_000
MAX_TEXT = 200_000
LONGEST_NUMBER = 40  # characters of a number or date; longer ones are text
_TEXT = "tag:yaml.org,2002:str"


@dataclass(frozen=True)
class Place:
    """A value and where it stands: ``value`` is a scalar, or holds more places."""

    value: Any
    path: str
    line: int

    def shown(self) -> str:
        """What stands there, in words short enough for a message."""
        if isinstance(self.value, dict):
            return "a mapping"
        if isinstance(self.value, list):
            return "a list"
        if self.value is None:
            return "nothing"
        text = str(self.value).lower() if isinstance(self.value, bool) else str(self.value)
        return f"“{text if len(text) <= 40 else text[:39] + '…'}”"


@dataclass
class Mistakes:
    """All mistakes of a file, in the order of reading."""

    lines: list[str] = field(default_factory=list)

    def expected(self, place: Place, what: str) -> None:
        self.add(place, f"expected {what}, found {place.shown()}")

    def add(self, place: Place, problem: str) -> None:
        where = f"line {place.line}, {place.path}" if place.path else f"line {place.line}"
        self.lines.append(f"{where}: {problem}")


Reader = Callable[[Place, Mistakes], Any]


@dataclass(frozen=True)
class Field:
    """One key of a mapping: how its value is read, and what it is when left out."""

    read: Reader
    required: bool = True
    default: Callable[[], Any] = lambda: None


def optional(read: Reader, default: Callable[[], Any]) -> Field:
    """A key that may be left out."""
    return Field(read, required=False, default=default)


def read_source(path: Path) -> str:
    """The text of a protocol file; of one that is too large, enough for ``places_of`` to say so.

    Raises:
        OSError, UnicodeDecodeError: it cannot be read.
    """
    with path.open("rb") as file:
        begun = file.read(MAX_BYTES + 1)
    return begun.decode(errors="strict" if len(begun) <= MAX_BYTES else "replace")


def places_of(text: str, mistakes: Mistakes, name: str = "") -> Place | None:
    """The file as places; ``None`` when it is no YAML at all (the mistake says why).

    ``name`` is where paths begin, for a file that is a part of another.
    """
    if len(text.encode()) > MAX_BYTES:
        mistakes.add(Place(None, name, 1), "the file is larger than 1 MB, which no protocol is")
        return None
    if text.count("\n") > MAX_LINES:
        mistakes.add(Place(None, name, MAX_LINES + 1), f"the file has more than {MAX_LINES} lines")
        return None
    loader = None
    try:
        loader = _Loader(text)
        node = loader.get_single_node()
    except _TooMuch as error:
        mistakes.add(Place(None, name, _line(error, 1)), str(error.problem))
        return None
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        problem = getattr(error, "problem", None) or getattr(error, "reason", "") or "is no YAML"
        line = _line(error, loader.line + 1 if loader else 1)
        mistakes.add(Place(None, name, line), f"this is not valid YAML: {problem}")
        return None
    if node is None:
        mistakes.add(Place(None, name, 1), "the file is empty")
        return None
    return _place(node, name, mistakes)


def _line(error: Exception, otherwise: int) -> int:
    mark = getattr(error, "problem_mark", None)
    return mark.line + 1 if mark is not None else otherwise


class _TooMuch(yaml.MarkedYAMLError):
    """More than a protocol holds; ``problem`` says of what."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(problem=problem, problem_mark=mark)


class _Loader(yaml.SafeLoader):
    """Stops at the first value that is too deep or too long, one too many, or no plain value.

    What follows is not even read: brackets by the hundred thousand cost as much as twenty.
    """

    depth = values = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        event = self.peek_event()  # type: ignore[no-untyped-call]
        mark = event.start_mark
        self.values += 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise _TooMuch("references (& and *) are not used in protocols", mark)
        if getattr(event, "tag", None) not in (None, "!"):
            raise _TooMuch("tags (!) are not used in protocols", mark)
        if self.depth > MAX_DEPTH:
            raise _TooMuch(f"the file is nested too deeply: at most {MAX_DEPTH} levels", mark)
        if self.values > MAX_VALUES:
            raise _TooMuch(f"the file holds more than {MAX_VALUES} values", mark)
        if isinstance(event, yaml.ScalarEvent) and len(event.value) > MAX_TEXT:
            raise _TooMuch(f"a text is longer than {MAX_TEXT} characters", mark)
        self.depth += 1
        try:
            return super().compose_node(parent, index)
        finally:
            self.depth -= 1


def _place(node: yaml.Node, path: str, mistakes: Mistakes) -> Place:
    line = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        return Place(_mapping(node, path, mistakes), path, line)
    if isinstance(node, yaml.SequenceNode):
        items = [
            _place(item, f"{path}[{index}]", mistakes) for index, item in enumerate(node.value)
        ]
        return Place(items, path, line)
    return Place(_scalar(node, path, mistakes), path, line)


def _mapping(node: yaml.MappingNode, path: str, mistakes: Mistakes) -> dict[str, Place]:
    places: dict[str, Place] = {}
    for key_node, value_node in node.value:
        key = str(key_node.value)
        inner = f"{path}.{key}" if path else key
        if key in places:
            mistakes.add(Place(key, inner, key_node.start_mark.line + 1), "stands here twice")
        places[key] = _place(value_node, inner, mistakes)
    return places


def _scalar(node: yaml.Node, path: str, mistakes: Mistakes) -> Any:
    try:
        if len(node.value) > LONGEST_NUMBER and node.tag != _TEXT:
            return Written(node.value)  # computing it could take minutes
        value = yaml.SafeLoader("").construct_object(node, deep=True)
    except (yaml.YAMLError, ValueError, OverflowError):
        mistakes.add(Place(None, path, node.start_mark.line + 1), "cannot be read")
        return None
    if isinstance(value, bool) and node.value.lower() not in {"true", "false"}:
        return Written(node.value)  # NO is a country and off a profile, not a yes or no
    return value if isinstance(value, str | int | bool | None) else Written(node.value)


class Written(str):
    """What YAML takes for a date, a decimal number or a yes: kept as it was written."""

    __slots__ = ()


def record(fields: Mapping[str, Field]) -> Reader:
    """A mapping with exactly these keys."""

    def read(place: Place, mistakes: Mistakes) -> dict[str, Any]:
        if not isinstance(place.value, dict):
            mistakes.expected(place, f"a mapping with {', '.join(fields)}")
            return {}
        for key, inner in place.value.items():
            if key not in fields:
                mistakes.add(inner, f"is not a key here; possible are {', '.join(fields)}")
        result = {}
        for key, spec in fields.items():
            if key in place.value:
                result[key] = spec.read(place.value[key], mistakes)
            elif spec.required:
                mistakes.add(place, f"the key “{key}” is missing")
            else:
                result[key] = spec.default()
        return result

    return read


def list_of(read_item: Reader, *, minimum: int = 0, what: str) -> Reader:
    """A list of at least ``minimum`` items."""

    def read(place: Place, mistakes: Mistakes) -> list[Any]:
        if not isinstance(place.value, list) or len(place.value) < minimum:
            least = f" of at least {minimum}" if minimum else ""
            mistakes.expected(place, f"a list{least} of {what}")
            return []
        return [read_item(item, mistakes) for item in place.value]

    return read


def text(maximum: int | None = None, *, empty: bool = False) -> Reader:
    """Words; surrounding white space does not count."""
    limit = f" of at most {maximum} characters" if maximum else ""

    def read(place: Place, mistakes: Mistakes) -> str:
        value = place.value
        if value is None and empty:
            return ""
        if not isinstance(value, str) or not (value.strip() or empty):
            mistakes.expected(place, f"text{limit} (in quotes where it looks like a number)")
            return ""
        if any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in _UNSEEN.sub("", value)):
            mistakes.add(place, "expected text, found control characters in it")
            return ""
        words = str(tidy(value))
        if maximum and len(words) > maximum:
            mistakes.add(place, f"expected text{limit}, found {len(words)} characters")
        return words

    return read


def matching(pattern: str, what: str) -> Reader:
    """Text of a given form."""

    def read(place: Place, mistakes: Mistakes) -> str:
        value = place.value
        if not isinstance(value, str) or not re.fullmatch(pattern, value):
            mistakes.expected(place, what)
            return ""
        return str(value)

    return read


def whole_number(minimum: int, maximum: int, *, nothing: bool = False) -> Reader:
    """A whole number within limits; with ``nothing``, it may be left empty."""

    def read(place: Place, mistakes: Mistakes) -> int | None:
        value = place.value
        if value is None and nothing:
            return None
        good = isinstance(value, int) and not isinstance(value, bool)
        if not good or not minimum <= value <= maximum:
            mistakes.expected(place, f"a whole number from {minimum} to {maximum}")
            return minimum
        return int(value)

    return read


def yes_or_no(place: Place, mistakes: Mistakes) -> bool:
    """``true`` or ``false``."""
    if not isinstance(place.value, bool):
        mistakes.expected(place, "true or false")
        return False
    return place.value


def one_of(*values: str) -> Reader:
    """One of a few words."""

    def read(place: Place, mistakes: Mistakes) -> str:
        if not isinstance(place.value, str) or place.value not in values:
            mistakes.expected(place, f"one of {', '.join(values)}")
            return values[0]
        return str(place.value)

    return read
