"""What the hash of an event covers: a fixed list of fields for each format, never "every column".

A later migration may add columns; an event is proved by the list of the format it was written in.
A format is never changed: a new one is added, with its own list.

* Format 1: SHA-256 over everything in plain.
* Format 2: HMAC-SHA-256 (RFC 2104) under the chain's own key, so that whoever can write to the
  database and knows none of ``IDENTITY_KEYS`` cannot make a row that passes. What an event about a
  participant tells of them is in ``sealed``, and the hash covers the ciphertext.
"""

import hashlib
import hmac
import json
from binascii import b2a_base64
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from json.encoder import encode_basestring
from typing import Any, NamedTuple

PLAIN, SEALED = 1, 2
CURRENT = SEALED

_FIRST = (
    "action",
    "actor_id",
    "actor_kind",
    "actor_label",
    "address",
    "at",
    "chain",
    "new",
    "object_id",
    "object_type",
    "old",
    "participant_code",
    "previous_hash",
    "reason",
    "sequence",
    "site_code",
    "source",
    "study_code",
)
FIELDS: dict[int, tuple[str, ...]] = {
    PLAIN: _FIRST,
    SEALED: (*_FIRST, "format", "sealed"),
}


_CANONICAL = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def _time(at: Any) -> str:
    if not isinstance(at, datetime):
        return _CANONICAL.encode(at)
    return f'"{(at if at.tzinfo is UTC else at.astimezone(UTC)).isoformat()}"'


def _bytes(sealed: Any) -> str:
    if not isinstance(sealed, bytes | memoryview):
        return _CANONICAL.encode(sealed)  # only who changed the database puts it there
    return f'"{b2a_base64(sealed, newline=False).decode()}"'


_WRITERS: dict[str, Callable[[Any], str]] = {"at": _time, "sealed": _bytes}


class _Lines(NamedTuple):
    """How a format's fields stand in its canonical JSON, sorted by name."""

    names: tuple[str, ...]
    begins: tuple[str, ...]  # what stands before each value
    writers: tuple[Callable[[Any], str] | None, ...]


def _lines(fields: tuple[str, ...]) -> _Lines:
    names = tuple(sorted(fields))
    begins = tuple(f'{"," if place else "{"}"{name}":' for place, name in enumerate(names))
    return _Lines(names, begins, tuple(_WRITERS.get(name) for name in names))


_LINES = {written_in: _lines(fields) for written_in, fields in FIELDS.items()}


def canonical(values: Mapping[str, Any], *, written_in: int) -> bytes:
    """The JSON that an event's hash is made over: keys sorted, no spaces, UTF-8.

    Field by field, since a proof does this a million times: most values are short texts, and a
    whole encoder for each row took half of its time. Times are ISO 8601 in UTC, bytes base64.

    Raises:
        KeyError: there is no such format, or a field of it is missing.
    """
    parts = []
    for name, begin, writer in zip(*_LINES[written_in], strict=True):
        value = values[name]
        parts.append(begin)
        if type(value) is str and writer is None:
            parts.append(encode_basestring(value))
        elif value is None:
            parts.append("null")
        elif type(value) is int:
            parts.append(str(value))
        else:
            parts.append((writer or _CANONICAL.encode)(value))
    return f"{''.join(parts)}}}".encode()


def digest(values: Mapping[str, Any], *, written_in: int, key: bytes) -> str:
    """The hash (hex) of an event with these ``values``; ``key`` counts from format 2 on.

    Raises:
        KeyError: there is no such format, or a field of it is missing.
    """
    content = canonical(values, written_in=written_in)
    if written_in == PLAIN:
        return hashlib.sha256(content).hexdigest()
    return hmac.digest(key, content, "sha256").hex()


def head_mac(*, chain: str, sequence: int, newest: str, key: bytes) -> str:
    """What shows that a head was written by the product: a shortened chain has an older one."""
    return hmac.digest(key, f"head:{chain}:{sequence}:{newest}".encode(), "sha256").hex()
