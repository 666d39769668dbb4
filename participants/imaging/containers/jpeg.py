"""JPEG (ITU-T T.81): the markers, from the first to the end of the picture."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from participants.imaging.containers.described import (
    TOO_COSTLY,
    TRUNCATED,
    UNREADABLE_KIND,
    Described,
    Refused,
)

# Cameras write one scan, or about ten when the picture is progressive; each goes over every pixel.
MAX_SCANS: Final = 100
MAX_SCANNED: Final = 2_000_000_000  # scans × pixels
PROGRESSIVE: Final = frozenset({0xC2, 0xCA})
ARITHMETIC: Final = frozenset({0xC9, 0xCA})
# Lossless, hierarchical and JPEG-LS frames: no reader here has them.
UNREAD: Final = frozenset({0xC3, 0xC5, 0xC6, 0xC7, 0xCB, 0xCD, 0xCE, 0xCF, 0xF7})
FRAMES: Final = frozenset({0xC0, 0xC1}) | PROGRESSIVE | ARITHMETIC | UNREAD
APP2: Final = 0xE2
START_OF_SCAN, END = 0xDA, 0xD9
# In entropy-coded data 0xFF is followed by 0 or by a restart marker; anything else is a marker, the
# last 0xFF of several its begin. (`\xff+` would be the same and twenty times as slow: no literal.)
_MARKER: Final = re.compile(rb"\xff([^\x00\xff\xd0-\xd7])")


def describe(data: bytes) -> Described:
    """Read the frame and count the scans. Raises Refused."""
    frame: tuple[int, bytes] | None = None
    scans, parts, end, profile = 0, 0, 0, False
    for kind, body, after in _markers(data):
        if kind == END:
            end = after
            break
        profile = profile or (kind == APP2 and body.startswith(b"ICC_PROFILE\0"))
        if kind in FRAMES and frame is None:
            frame = kind, body
        elif kind == START_OF_SCAN:
            scans += 1
            parts = parts or (body[0] if body else 0)
            if scans > MAX_SCANS:
                raise Refused(TOO_COSTLY, f"more than {MAX_SCANS} scans")
    if not end or frame is None or len(frame[1]) < 6:
        raise Refused(TRUNCATED, "JPEG ends early, or has no frame")
    description = _described(data[:end], *frame, scans=scans, parts=parts)
    return replace(description, says_profile=profile)


def _described(data: bytes, kind: int, frame: bytes, *, scans: int, parts: int) -> Described:
    precision, components = frame[0], frame[5]
    height, width = int.from_bytes(frame[1:3], "big"), int.from_bytes(frame[3:5], "big")
    if kind in UNREAD or precision != 8:
        raise Refused(UNREADABLE_KIND, f"JPEG frame {kind:#x} of {precision} bits")
    if scans > 1 and scans * width * height > MAX_SCANNED:
        raise Refused(TOO_COSTLY, f"{scans} scans of {width} x {height}")
    whole = kind in PROGRESSIVE or parts < components
    held = _coefficients(width, height, frame[6:]) if whole else 0
    return Described(data, (width, height), held, rare=kind in ARITHMETIC)


def _coefficients(width: int, height: int, components: bytes) -> int:
    """Return the bytes of all coefficients, which a JPEG of several scans keeps until its end."""
    sampling = [(max(1, at >> 4), max(1, at & 15)) for at in components[1::3]]
    across, down = (max((s[side] for s in sampling), default=1) for side in (0, 1))
    share = sum(x * y for x, y in sampling) / (across * down)
    padded = (width + 8 * across) * (height + 8 * down)
    return int(2 * padded * share)


def _markers(data: bytes) -> Iterator[tuple[int, bytes, int]]:
    """Yield (kind, body, where it ends) of each marker; stops without END where data is missing."""
    at = 2
    while marker := _MARKER.search(data, at):
        kind = marker[1][0]
        at = marker.end()
        if kind == END:
            yield kind, b"", at
            return
        if kind in (0x01, 0xD8):
            continue
        size = int.from_bytes(data[at : at + 2], "big")
        if at + 2 > len(data) or at + size > len(data):
            return
        yield kind, data[at + 2 : at + size], at + size
        at += size
