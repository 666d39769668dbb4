"""HEIF (ISO/IEC 23008-12): brands, the primary picture's coding, and where its bytes lie.

HEIC and AVIF are the same boxes about pictures of other codings, HEVC and AV1.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from typing import Final

from participants.imaging.containers.described import (
    TRUNCATED,
    UNREADABLE_KIND,
    Colours,
    Described,
    Refused,
)

# Brands under which phones and their sharing apps write still pictures. Which coding is inside is
# read from the file: a brand is only what its writer called it.
STILL: Final = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"}
    | {b"mif1", b"mif2", b"mif3", b"msf1", b"miaf", b"MiHE", b"MiHB", b"MiPr", b"tmap"}
    | {b"jpeg", b"jpgs", b"avci", b"avcs", b"vvic", b"vvis", b"evbi", b"evmi", b"j2ki", b"j2is"}
)
AVIF: Final = frozenset({b"avif", b"avis", b"avio", b"MA1A", b"MA1B"})
HEVC: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs"})
CODINGS: Final = {"HEIF": frozenset({b"hvc1", b"hev1"}), "AVIF": frozenset({b"av01"})}
KNOWN: Final = {"HEIF": b"heic", "AVIF": b"avif"}  # the brand each library asks for
DERIVED: Final = frozenset({b"grid", b"iden", b"iovl", b"tmap"})
# ISO/IEC 23091-2 matrices that libheif undoes: not constant-luminance, ICtCp and the like.
MATRICES: Final = frozenset({0, 1, 2, 4, 5, 6, 7, 8, 9})
MAX_BRANDS: Final = 64
MAX_FTYP: Final = 4096

Box = tuple[bytes, int, int]  # its kind, and where its body begins and ends


def kind_of(data: bytes) -> str | None:
    """Name an ISO media file that calls itself a still picture: HEIF or AVIF; None for another.

    By its coding, since a brand is only what its writer called it; by its brands where that is
    not found.
    """
    size = min(int.from_bytes(data[:4], "big"), 16 + 4 * MAX_BRANDS)
    brands = {data[8:12]} | {data[at : at + 4] for at in range(16, size, 4)}
    if not brands & (STILL | AVIF):
        return None
    try:
        meta, _ = _top(data)
        codings = _codings(data, _inside(data, meta))
    except (Refused, KeyError, IndexError, struct.error):
        codings = set()
    for kind, known in CODINGS.items():
        if codings & known:
            return kind
    return "AVIF" if brands & AVIF and not brands & HEVC else "HEIF"


def describe(data: bytes) -> Described:
    """Find the bytes of a HEIC picture; cut what trails them. Raises Refused."""
    return _describe(data, "HEIF")


def describe_avif(data: bytes) -> Described:
    """Find the bytes of an AVIF picture; cut what trails them. Raises Refused."""
    return _describe(data, "AVIF")


def _describe(data: bytes, kind: str) -> Described:
    try:
        meta, boxes = _top(data)
        inside = _inside(data, meta)
        codings = _codings(data, inside)
        needed = max(meta[1], _last_byte(data, *inside[b"iloc"]))
        colours = _colours(data, inside)
    except (KeyError, IndexError, struct.error) as error:
        raise Refused(TRUNCATED, f"{kind} boxes: {type(error).__name__}") from error
    if not codings or not codings <= CODINGS[kind]:
        raise Refused(UNREADABLE_KIND, f"{kind} coded as {sorted(codings)!r}"[:100])
    if needed > len(data):
        raise Refused(TRUNCATED, f"{kind} ends early")
    # Boxes that lie beyond the picture, and what is no box, are not the photo's.
    end = next((end for _, start, end in boxes if end >= needed and start <= needed), needed)
    # The libraries ask the brand before they look inside; this one was looked at.
    size = int.from_bytes(data[:4], "big")
    if 16 <= size <= MAX_FTYP:
        brand = KNOWN[kind]
        renamed = data[:8] + brand + data[12:16] + _named(brand, size - 16) + data[size:end]
        return Described(renamed, colours=colours)
    return Described(data[:end], colours=colours)


def _named(brand: bytes, length: int) -> bytes:
    """Return so many bytes of the brands that a library knows."""
    return ((b"mif1" + brand) * (length // 8 + 1))[:length]


def _inside(data: bytes, meta: tuple[int, int]) -> dict[bytes, tuple[int, int]]:
    """Return the places of the boxes in `meta` by their kinds."""
    return {kind: (start, end) for kind, start, end in _boxes(data, meta[0] + 4, meta[1])}


def _top(data: bytes) -> tuple[tuple[int, int], list[Box]]:
    """Return the place of the first `meta`, and the top boxes up to the first that does not fit."""
    boxes = list(_boxes(data, 0, len(data)))
    meta = next(((start, end) for kind, start, end in boxes if kind == b"meta"), None)
    if meta is None or boxes[0][0] != b"ftyp":
        raise Refused(TRUNCATED, "HEIF without its table of items")
    return meta, boxes


def _boxes(data: bytes, at: int, stop: int) -> Iterator[Box]:
    while at + 8 <= stop:
        size, kind = struct.unpack_from(">I4s", data, at)
        start = at + 8
        if size == 1 and at + 16 <= stop:
            size, start = int.from_bytes(data[at + 8 : at + 16], "big"), at + 16
        elif size == 0:
            size = stop - at
        if size < start - at or at + size > stop:
            return
        yield kind, start, at + size
        at += size


def _codings(data: bytes, inside: dict[bytes, tuple[int, int]]) -> set[bytes]:
    """Return the codings that make the primary picture, through grids and the like."""
    kinds = _item_kinds(data, *inside[b"iinf"])
    return {kinds[item] for item in _made_of(data, inside) if kinds[item] not in DERIVED}


def _made_of(data: bytes, inside: dict[bytes, tuple[int, int]]) -> list[int]:
    """Return the primary picture and what it is made of, from it downwards."""
    start, _ = inside[b"pitm"]
    kinds = _item_kinds(data, *inside[b"iinf"])
    inputs = _inputs(data, *inside[b"iref"]) if b"iref" in inside else {}
    parts: dict[int, None] = {}
    waiting = [_number(data, start + 4, 2 if data[start] == 0 else 4)]
    while waiting:
        item = waiting.pop(0)
        if item not in parts:
            parts[item] = None
            waiting += inputs.get(item, []) if kinds[item] in DERIVED else []
    return list(parts)


def _colours(data: bytes, inside: dict[bytes, tuple[int, int]]) -> Colours:
    """Return the numbers named by the picture or else by its parts: libheif asks the picture only.

    A part whose colours are said by a profile is not looked at: that is libheif's to tell.
    """
    if b"iprp" not in inside:
        return Colours()
    parts = {kind: (start, end) for kind, start, end in _boxes(data, *inside[b"iprp"])}
    if not {b"ipco", b"ipma"} <= set(parts):
        return Colours()
    boxes = list(_boxes(data, *parts[b"ipco"]))
    owned = _properties(data, *parts[b"ipma"])
    for item in _made_of(data, inside):
        for place in owned.get(item, []):
            if not 0 < place <= len(boxes):
                continue
            kind, start, end = boxes[place - 1]
            if kind == b"colr" and data[start : start + 4] == b"nclx" and end >= start + 10:
                primaries, transfer, matrix = struct.unpack_from(">3H", data, start + 4)
                return Colours(primaries, transfer, readable=matrix in MATRICES)
    return Colours()


def _properties(data: bytes, at: int, stop: int) -> dict[int, list[int]]:
    """Return the places in `ipco` of each item's properties, counted from 1 (`ipma`)."""
    wide_item, wide_place = (4 if data[at] else 2), (2 if data[at + 3] & 1 else 1)
    count = _number(data, at + 4, 4)
    at += 8
    places_of: dict[int, list[int]] = {}
    for _ in range(count):
        if at + wide_item + 1 > stop:
            break
        item, many = _number(data, at, wide_item), data[at + wide_item]
        at += wide_item + 1
        places = [_number(data, at + wide_place * number, wide_place) for number in range(many)]
        places_of[item] = [place & (0x7FFF if wide_place == 2 else 0x7F) for place in places]
        at += wide_place * many
    return places_of


def _item_kinds(data: bytes, start: int, end: int) -> dict[int, bytes]:
    first = start + 4 + (2 if data[start] == 0 else 4)
    kinds = {}
    for kind, at, _ in _boxes(data, first, end):
        if kind == b"infe" and data[at] >= 2:
            width = 2 if data[at] == 2 else 4
            kinds[_number(data, at + 4, width)] = data[at + 6 + width : at + 10 + width]
    return kinds


def _inputs(data: bytes, start: int, end: int) -> dict[int, list[int]]:
    """Return which items each derived picture is made of."""
    width = 2 if data[start] == 0 else 4
    made_of: dict[int, list[int]] = {}
    for kind, at, stop in _boxes(data, start + 4, end):
        if kind != b"dimg":
            continue
        count = _number(data, at + width, 2)
        first = at + width + 2
        count = min(count, (stop - first) // width)
        made_of[_number(data, at, width)] = [
            _number(data, first + width * place, width) for place in range(count)
        ]
    return made_of


def _last_byte(data: bytes, at: int, stop: int) -> int:
    """Return where the last of the items ends that lie in this file (`iloc`)."""
    version = data[at]
    offset_size, length_size = data[at + 4] >> 4, data[at + 4] & 15
    base_size = data[at + 5] >> 4
    index_size = data[at + 5] & 15 if version else 0
    wide = 4 if version == 2 else 2
    count = _number(data, at + 6, wide)
    at += 6 + wide
    last = 0
    for _ in range(count):
        at += wide
        method = _number(data, at, 2) & 15 if version else 0
        at += 2 if version else 0
        elsewhere = _number(data, at, 2)
        base = _number(data, at + 2, base_size)
        extents = _number(data, at + 2 + base_size, 2)
        at += 4 + base_size
        each = index_size + offset_size + length_size
        if not each or at + extents * each > stop:
            raise IndexError("iloc is longer than its box")
        for place in range(at, at + extents * each, each):
            offset = _number(data, place + index_size, offset_size)
            length = _number(data, place + index_size + offset_size, length_size)
            if method == 0 and not elsewhere:
                last = max(last, base + offset + length)
        at += extents * each
    return last


def _number(data: bytes, at: int, size: int) -> int:
    if at + size > len(data):
        raise IndexError("a number lies behind the end")
    return int.from_bytes(data[at : at + size], "big")
