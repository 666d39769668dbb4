"""JSON from outside, read so that nothing is guessed and all of it can be kept in a database."""

from __future__ import annotations

import json
import math
import re
from collections import Counter
from typing import Any, NoReturn

LONGEST_NUMBER = 400  # characters; the largest float has 309
UNKEPT = re.compile("[\0\ud800-\udfff]")


def read_json(text: str | bytes) -> Any:
    """Return what a JSON text says.

    Raises ValueError, in words: it is no JSON, gives a name twice, holds a number JSON does not
    know or a character no database keeps (NUL, half a surrogate pair), or is nested too deep.
    """
    try:
        document = json.loads(
            text,
            object_pairs_hook=_once,
            parse_constant=_no_number,
            parse_float=_finite,
            parse_int=_whole,
        )
        _check_texts(document)
    except RecursionError:
        raise ValueError("it is nested too deep") from None
    return document


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) < len(pairs):
        ((name, _times),) = Counter(name for name, _ in pairs).most_common(1)
        raise ValueError(f"{name[:80]!r} is given twice")
    return members


def _no_number(text: str) -> NoReturn:
    raise ValueError(f"{text[:80]} is not a number JSON knows")


def _finite(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def _whole(text: str) -> int:
    return int(text) if len(text) <= LONGEST_NUMBER else _no_number(text)


def _check_texts(value: Any) -> None:
    if isinstance(value, str):
        if UNKEPT.search(value):
            raise ValueError("a text holds a character that cannot be kept")
    elif isinstance(value, dict):
        for name, item in value.items():
            _check_texts(name)
            _check_texts(item)
    elif isinstance(value, list):
        for item in value:
            _check_texts(item)
