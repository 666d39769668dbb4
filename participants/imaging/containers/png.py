"""PNG: the chunks of the picture itself, and what little is kept of the others."""

from __future__ import annotations

import struct
import zlib
from typing import Final

from participants.imaging.colours import looks_like_profile
from participants.imaging.containers.described import (
    TRUNCATED,
    UNREADABLE_KIND,
    Colours,
    Described,
    Refused,
)

SIGNATURE: Final = b"\x89PNG\r\n\x1a\n"
# What makes the picture. Texts, animation and everything unknown are left where they are: a chunk
# of some kilobytes may grow to gigabytes, and none of it is a pixel.
KEPT: Final = frozenset({b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"})
COLOURS: Final = frozenset({b"iCCP", b"sRGB", b"gAMA", b"cHRM", b"cICP"})
GREY, RGB = 0, 2  # colour types
MAX_EXIF: Final = 2**20
MAX_PROFILE: Final = 4 * 2**20


def describe(data: bytes) -> Described:
    """Walk the chunks to the last one and put those of the picture together. Raises Refused."""
    parts: list[bytes] = [SIGNATURE]
    said: dict[bytes, bytes] = {}
    at = len(SIGNATURE)
    while True:
        if at + 12 > len(data):
            raise Refused(TRUNCATED, "PNG ends early")
        size, kind = struct.unpack_from(">I4s", data, at)
        body_at, at = at + 8, at + 12 + size
        if at > len(data):
            raise Refused(TRUNCATED, "PNG ends early")
        if kind == b"CgBI":
            raise Refused(UNREADABLE_KIND, "PNG packed for an app on an iPhone")
        if kind in COLOURS and size <= MAX_PROFILE:
            said.setdefault(kind, data[body_at : body_at + size])
        elif kind == b"eXIf" and size <= MAX_EXIF:
            parts.insert(2, data[body_at - 8 : at])  # before the pixels: read before they are
        elif kind in KEPT:
            parts.append(data[body_at - 8 : at])
        if kind == b"IEND":
            break
    head = parts[1] if len(parts) > 1 else b""
    if head[4:8] != b"IHDR" or len(head) != 25:
        raise Refused(TRUNCATED, "PNG without a header")
    width, height, depth, colour = struct.unpack_from(">IIBB", head, 8)
    icc, colours = _colours(said)
    # What may be see-through is laid on white, and grey of 16 bits narrowed, in another copy.
    copied = colour not in (GREY, RGB) or depth == 1 or any(part[4:8] == b"tRNS" for part in parts)
    beside = 6 if depth == 16 else 5 if copied else 0
    held = beside * width * height
    return Described(b"".join(parts), (width, height), held, icc=icc, colours=colours)


def _colours(said: dict[bytes, bytes]) -> tuple[bytes | None, Colours]:
    """Return profile or named colours, by the standard's order: cICP, iCCP, sRGB, then gAMA."""
    cicp = said.get(b"cICP", b"")
    if len(cicp) == 4:
        # The standard allows no matrix; of a narrow range no camera and no app writes a PNG.
        return None, Colours(cicp[0], cicp[1], readable=cicp[2] == 0 and cicp[3] == 1)
    if b"iCCP" in said and (icc := _profile(said[b"iCCP"])):
        return icc, Colours()
    if b"sRGB" in said:
        return None, Colours(primaries=1, transfer=13)
    stored = int.from_bytes(said.get(b"gAMA", b""), "big")
    chrm = said.get(b"cHRM", b"")
    points = struct.unpack(">8I", chrm) if len(chrm) == 32 else ()
    return None, Colours(
        gamma=100_000 / stored if 10_000 <= stored <= 500_000 else None,
        chromaticities=tuple(value / 100_000 for value in points) or None,
    )


def _profile(chunk: bytes) -> bytes | None:
    """Unpack a profile, no further than is read; what is none, or broken, says nothing."""
    name, _, packed = chunk.partition(b"\0")
    if len(name) > 79 or packed[:1] != b"\0":
        return None
    unpacker = zlib.decompressobj()
    try:
        icc = unpacker.decompress(packed[1:], MAX_PROFILE + 1)
    except zlib.error:
        return None
    return icc if len(icc) <= MAX_PROFILE or looks_like_profile(icc) else None
