"""YAML read as a card needs it: every value's line is known, and nothing is guessed.

Keys are text, so `1:` and `no:` are the labels they look like; only true, false, whole numbers,
decimals and null are more than text; a key given twice is an error.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

from inference.training.importers.errors import CardInvalid
from participants.imaging.strict_json import UNKEPT

Place = tuple[str | int, ...]
MAX_NODES = 50_000  # an alias within an alias grows without end
LONGEST_NUMBER = 300  # characters; what is longer is text
WHOLE, DECIMAL = re.compile(r"[-+]?(0|[1-9][0-9]*)"), re.compile(r"[-+]?[0-9]+\.[0-9]+")


def load_yaml(path: Path) -> tuple[Any, dict[Place, int]]:
    """Return what a YAML file holds, and the line (from 1) of every place in it.

    Raises CardInvalid.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise CardInvalid(path, 1, f"cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise CardInvalid(path, 1, "is not UTF-8 text") from None
    try:
        node = yaml.compose(text, yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise CardInvalid(path, line, f"is not valid YAML: {error.problem}") from None
    except (yaml.YAMLError, ValueError, OverflowError):  # a character YAML does not allow
        raise CardInvalid(path, 1, "is not valid YAML") from None
    except RecursionError:
        raise CardInvalid(path, 1, "is nested or repeated too deep") from None
    if node is None:
        raise CardInvalid(path, 1, "is empty")
    reader = _Reader(path)
    value = reader.plain(node, ())
    return value, reader.lines


class _Reader:
    def __init__(self, path: Path) -> None:
        self._path = path
        self._nodes = 0
        self.lines: dict[Place, int] = {}

    def plain(self, node: yaml.Node, place: Place) -> Any:
        line = node.start_mark.line + 1
        self.lines.setdefault(place, line)
        self._nodes += 1
        if self._nodes > MAX_NODES or len(place) > 20:
            raise CardInvalid(self._path, line, "is nested or repeated too deep")
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, place)
        if isinstance(node, yaml.SequenceNode):
            return [self.plain(item, (*place, k)) for k, item in enumerate(node.value)]
        if isinstance(node, yaml.ScalarNode):
            return _scalar(self._kept(node))
        raise CardInvalid(self._path, line, "holds something that is neither text nor a list")

    def _mapping(self, node: yaml.MappingNode, place: Place) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for key, value in node.value:
            line = key.start_mark.line + 1
            if not isinstance(key, yaml.ScalarNode):
                raise CardInvalid(self._path, line, "a key must be plain text")
            if self._kept(key).value in out:
                raise CardInvalid(self._path, line, f"{key.value!r} is given twice")
            self.lines[(*place, key.value)] = line
            out[key.value] = self.plain(value, (*place, key.value))
        return out

    def _kept(self, node: yaml.ScalarNode) -> yaml.ScalarNode:
        if UNKEPT.search(node.value):
            line = node.start_mark.line + 1
            raise CardInvalid(self._path, line, "holds a character that cannot be kept")
        return node


def _scalar(node: yaml.ScalarNode) -> Any:
    text: str = node.value
    if node.style is not None:  # quoted, or a block of text
        return text
    if text in {"", "~", "null"}:
        return None
    if text in {"true", "false"}:
        return text == "true"
    if len(text) > LONGEST_NUMBER:
        return text
    if WHOLE.fullmatch(text):
        return int(text)
    return float(text) if DECIMAL.fullmatch(text) else text
