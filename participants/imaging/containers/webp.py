"""WebP (RFC 9649): the RIFF container's own length, and the size of the picture."""

from __future__ import annotations

from participants.imaging.containers.described import TRUNCATED, Described, Refused

FIRST = 12  # where the first chunk begins


def describe(data: bytes) -> Described:
    """Read the size and cut what trails the container. Raises Refused."""
    end = int.from_bytes(data[4:8], "little") + 8
    if end > len(data) or end < FIRST + 18:
        raise Refused(TRUNCATED, "WEBP ends early")
    return Described(data[:end], _size(data[FIRST : FIRST + 4], data[FIRST + 8 : FIRST + 18]))


def _size(kind: bytes, body: bytes) -> tuple[int, int]:
    if kind == b"VP8X":  # the canvas, in which every frame lies
        return 1 + int.from_bytes(body[4:7], "little"), 1 + int.from_bytes(body[7:10], "little")
    if kind == b"VP8L" and body[:1] == b"\x2f":
        bits = int.from_bytes(body[1:5], "little")
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if kind == b"VP8 " and body[3:6] == b"\x9d\x01\x2a":
        sides = (int.from_bytes(body[at : at + 2], "little") & 0x3FFF for at in (6, 8))
        width, height = sides
        return width, height
    raise Refused(TRUNCATED, "WEBP without a picture")
