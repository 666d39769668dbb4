"""Answers as a form sends them, and as the XML the engine restores.

A field is named by its path in the form (``/data/med[2]/name``), a repeat by its own
(``/data/med[2]``), so that one that was added and left empty is there.
"""

import re
import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime
from xml.etree.ElementTree import Element, SubElement, tostring

from studies.instruments.definition import Definition, Item

ROOT = "/data"
MOST_REPEATS = 100
_MINUTE = re.compile(r"\d\d:\d\d")
_DAY_AND_MINUTE = re.compile(rf"\d{{4}}-\d\d-\d\dT{_MINUTE.pattern}")
_PLACE = re.compile(r"\[(\d+)\]")


def instance_of(
    definition: Definition, values: Mapping[str, str], *, repeats: Iterable[str], at: datetime
) -> str:
    """The XML of a form with ``values`` (path → text) and ``repeats`` (paths) in it."""
    root = Element("data", {"id": definition.form_id, "version": definition.version})
    _Writer(values, frozenset(repeats), at).fill(root, definition.items, ROOT)
    meta = SubElement(root, "meta")
    SubElement(meta, "instanceID").text = f"uuid:{uuid.uuid4()}"
    if definition.instance_name:
        SubElement(meta, "instanceName")
    return tostring(root, encoding="unicode")


class _Writer:
    def __init__(self, values: Mapping[str, str], repeats: frozenset[str], at: datetime) -> None:
        self.values, self.repeats, self.at = values, repeats, at

    def fill(self, parent: Element, items: list[Item], path: str) -> None:
        for item in items:
            here = f"{path}/{item.name}"
            if item.kind == "repeat":
                for place in range(1, self.count(here) + 1):
                    self.fill(SubElement(parent, item.name), item.items, f"{here}[{place}]")
            elif item.kind == "group":
                self.fill(SubElement(parent, item.name), item.items, here)
            else:
                SubElement(parent, item.name).text = self.value(item, here)

    def count(self, path: str) -> int:
        """How many of a repeat there are; one to begin with, none once all were removed."""
        number = 0
        while f"{path}[{number + 1}]" in self.repeats and number < MOST_REPEATS:
            number += 1
        return number if number or path in self.repeats else 1

    def value(self, item: Item, path: str) -> str:
        if item.type == "today":
            return self.at.date().isoformat()
        if item.type in {"start", "end"}:
            return self.at.isoformat(timespec="milliseconds")
        return to_the_second(item.type, self.values.get(path, ""))


def to_the_second(kind: str, text: str) -> str:
    """A time or moment as the engine takes it: a browser's input leaves ``:00`` seconds out.

    The engine drops what has none, without a word.
    """
    short = {"time": _MINUTE, "datetime": _DAY_AND_MINUTE}.get(kind)
    return f"{text}:00.000" if short is not None and short.fullmatch(text) else text


def with_repeat(repeats: Iterable[str], path: str, count: int) -> set[str]:
    """The repeats with one more of ``path``, which has ``count`` now."""
    return {*repeats, path, *(f"{path}[{place}]" for place in range(1, count + 2))}


def without_repeat(
    values: Mapping[str, str], repeats: Iterable[str], removed: str
) -> tuple[dict[str, str], set[str]]:
    """Values and repeats without the one at ``removed``; those after it move up."""
    path, _, place = removed.rpartition("[")
    number = int(place.rstrip("]"))

    def moved(name: str) -> str | None:
        if not name.startswith(f"{path}["):
            return name
        match = _PLACE.match(name[len(path) :])
        if match is None or int(match[1]) < number:
            return name
        if int(match[1]) == number:
            return None
        return f"{path}[{int(match[1]) - 1}]{name[len(path) + match.end() :]}"

    kept = {new: value for old, value in values.items() if (new := moved(old)) is not None}
    left = {new for old in repeats if (new := moved(old)) is not None}
    return kept, left | {path}


def typed(definition: Definition, answers: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Values and repeats, as ``instance_of`` takes them, of kept ``answers`` (``judging.flatten``).

    Kept paths count every element (``/data[1]``-wise), those of a form only repeats.
    """
    counted = {item.name for item in definition.walk() if item.kind == "repeat"}
    values: dict[str, str] = {}
    repeats: set[str] = set()
    for path, text in answers.items():
        here = ROOT
        for segment in path.split("/")[2:]:
            name, _, place = segment.partition("[")
            here = f"{here}/{name}"
            if name in counted:
                repeats.add(here)
                here = f"{here}[{place}"
                repeats.add(here)
        values[here] = text
    return values, repeats
