"""From colours named by number or gamma to an ICC profile, without any library.

Numbers are those of ISO/IEC 23091-2 (ITU-T H.273), as HEIC's `nclx`, PNG's `cICP` and the `cicp`
tag of ICC profiles write them.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Iterator, Sequence
from typing import Final

from participants.imaging.containers.described import Colours

# x, y of white, red, green, blue.
D65: Final = (0.3127, 0.3290)
LIGHT_C: Final = (0.310, 0.316)
PRIMARIES: Final[dict[int, tuple[float, ...]]] = {
    1: (
        *D65,
        0.640,
        0.330,
        0.300,
        0.600,
        0.150,
        0.060,
    ),  # sRGB, BT.709
    4: (*LIGHT_C, 0.670, 0.330, 0.210, 0.710, 0.140, 0.080),  # BT.470 System M
    5: (*D65, 0.640, 0.330, 0.290, 0.600, 0.150, 0.060),  # BT.601 of 625 lines
    6: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # BT.601 of 525 lines
    7: (*D65, 0.630, 0.340, 0.310, 0.595, 0.155, 0.070),  # SMPTE ST 240
    8: (*LIGHT_C, 0.681, 0.319, 0.243, 0.692, 0.145, 0.049),  # film
    9: (*D65, 0.708, 0.292, 0.170, 0.797, 0.131, 0.046),  # BT.2020
    10: (1 / 3, 1 / 3, 1.0, 0.0, 0.0, 1.0, 0.0, 0.0),  # CIE XYZ
    11: (0.314, 0.351, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # DCI-P3
    12: (*D65, 0.680, 0.320, 0.265, 0.690, 0.150, 0.060),  # Display-P3
    22: (*D65, 0.630, 0.340, 0.295, 0.605, 0.155, 0.077),  # EBU Tech 3213-E
}
GAMMAS: Final = {4: 2.2, 5: 2.8, 8: 1.0, 17: 2.6}
UNSAID: Final = frozenset({0, 2})
# What is neither here nor in GAMMAS or HDR is logarithmic (9, 10) or not given out yet.
LIKE_SRGB: Final = UNSAID | {1, 6, 7, 11, 12, 13, 14, 15}
# Adobe RGB (1998), which DCF's "option file" names in EXIF: its gamma is 2 and 51/256.
ADOBE: Final = Colours(
    gamma=563 / 256, chromaticities=(*D65, 0.640, 0.330, 0.210, 0.710, 0.150, 0.060)
)
HDR: Final = frozenset({16, 18})  # PQ and HLG: no display's light, but a scene's or a screen's
# As profiles without numbers call themselves: "Display P3 PQ", "Rec. ITU-R BT.2100 HLG".
HDR_NAME: Final = re.compile(r"(?:\b|2100)(?:PQ|HLG)\b|\b(?:Rec|BT)\.? ?2100\b|\bST ?2084\b")
BRADFORD: Final = ((0.8951, 0.2664, -0.1614), (-0.7502, 1.7135, 0.0367), (0.0389, -0.0685, 1.0296))
D50: Final = (0.9642, 1.0, 0.8249)
STEPS: Final = 1024
MOST_TEXT: Final = 4096  # bytes of a tag that are looked at
Matrix = tuple[tuple[float, ...], ...]


def is_hdr(colours: Colours, icc: bytes | None) -> bool:
    """Say whether the values are PQ or HLG, whose brightness depends on a screen not known here.

    A profile says so by number, or, where it has none, by its name.
    """
    if colours.transfer in HDR:
        return True
    tags = {kind: body for kind, body in _tags_of(icc or b"") if kind in (b"cicp", b"desc")}
    if len(numbers := tags.get(b"cicp", b"")) >= 12:
        return numbers[9] in HDR
    return HDR_NAME.search(_text_of(tags.get(b"desc", b""))) is not None


def is_known(colours: Colours) -> bool:
    """Say whether the numbers name colours that can be converted: no reserved or log ones."""
    primaries = colours.primaries in UNSAID or colours.primaries in PRIMARIES
    return primaries and colours.transfer in {*LIKE_SRGB, *GAMMAS, *HDR}


def looks_like_profile(icc: bytes) -> bool:
    """Say whether these bytes carry the signature of an ICC profile (ICC.1:2022, 7.2)."""
    return icc[36:40] == b"acsp"


def exif_colours(
    space: object, option: object, gamma: object, points: Sequence[object]
) -> Colours | None:
    """Return the colours that EXIF names, or None where it says sRGB or nothing of use.

    `space` is ColorSpace (1 sRGB, 2 Adobe RGB as cameras write it, 65535 "uncalibrated"), `option`
    the index of the interoperability IFD (R03 is DCF's Adobe RGB), `gamma` the tag Gamma, `points`
    x, y of WhitePoint and PrimaryChromaticities or nothing. Alone, "uncalibrated" tells nothing,
    and many phones write it of sRGB.
    """
    if space == 1:
        return None
    if space == 2 or (isinstance(option, str) and option.startswith("R03")):
        return ADOBE
    light = _within(gamma, 1.0, 5.0)
    said = tuple(value for point in points if (value := _within(point, 0.0, 1.0)) is not None)
    if space != 65535 or (light is None and len(said) != 8):
        return None
    return Colours(gamma=light, chromaticities=said if len(said) == 8 else None)


def _within(value: object, least: float, most: float) -> float | None:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, ZeroDivisionError):
        return None
    return number if least <= number <= most else None


def _tags_of(icc: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Give the signature and the bytes of a profile's tags (ICC.1:2022, 7.3), 100 at most."""
    if len(icc) < 132:
        return
    count = min(struct.unpack_from(">I", icc, 128)[0], 100, (len(icc) - 132) // 12)
    for place in range(132, 132 + 12 * count, 12):
        name: bytes
        at: int
        size: int
        name, at, size = struct.unpack_from(">4sII", icc, place)
        if at + size <= len(icc):
            yield name, icc[at : at + min(size, MOST_TEXT)]


def _text_of(tag: bytes) -> str:
    """Return a name, as version 2 (ASCII, counted) or version 4 (UTF-16, a table) writes it."""
    if tag[:4] == b"desc" and len(tag) > 12:
        return tag[12 : 12 + int.from_bytes(tag[8:12], "big")].partition(b"\0")[0].decode("latin-1")
    return tag[28:].decode("utf-16-be", errors="ignore") if tag[:4] == b"mluc" else ""


def profile_of(colours: Colours) -> bytes | None:
    """Return an ICC profile (version 2, matrix and curves), or None where they are sRGB's own.

    The curves of cameras' standards (BT.709, BT.601, BT.2020) are taken as sRGB's, as every viewer
    does. What is not said is taken as sRGB. Raises nothing: impossible corners are not said.
    """
    points = colours.chromaticities or PRIMARIES.get(colours.primaries, PRIMARIES[1])
    gamma = colours.gamma or GAMMAS.get(colours.transfer)
    usual = max(abs(a - b) for a, b in zip(points, PRIMARIES[1], strict=True)) < 0.002
    if usual and gamma is not None and 2.15 <= gamma <= 2.25 and colours.gamma:
        gamma = None  # PNG's 1/2.2 is how sRGB was written before it had a name
    if usual and gamma is None:
        return None
    try:
        columns = _to_d50(points)
    except ZeroDivisionError:
        return None
    if not all(-1.9 < value < 1.9 for column in columns for value in column):
        return None
    return _profile(columns, _srgb if gamma is None else lambda value: value**gamma)


def _srgb(value: float) -> float:
    return value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4


def _to_d50(points: tuple[float, ...]) -> Matrix:
    """Return X, Y, Z of red, green and blue, the white adapted to D50 (Bradford)."""
    (x, y), *pairs = zip(points[::2], points[1::2], strict=True)
    white = (x / y, 1.0, (1 - x - y) / y)
    corners = [(x, y, 1 - x - y) for x, y in pairs]
    rows = tuple(zip(*corners, strict=True))
    shares = _times(_inverse(rows), white)
    seen, wanted = _times(BRADFORD, white), _times(BRADFORD, D50)
    back = _inverse(BRADFORD)
    adapted = []
    for corner, share in zip(corners, shares, strict=True):
        cones = _times(BRADFORD, [value * share for value in corner])
        scaled = [cone * to / of for cone, to, of in zip(cones, wanted, seen, strict=True)]
        adapted.append(_times(back, scaled))
    return tuple(adapted)


def _times(matrix: Matrix, vector: Sequence[float]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)


def _inverse(m: Matrix) -> Matrix:
    def minor(row: int, column: int) -> float:
        a, b = ((row + by) % 3 for by in (1, 2))
        c, d = ((column + by) % 3 for by in (1, 2))
        return m[a][c] * m[b][d] - m[a][d] * m[b][c]

    whole = sum(m[0][column] * minor(0, column) for column in range(3))
    return tuple(tuple(minor(row, column) / whole for row in range(3)) for column in range(3))


def _profile(columns: Matrix, curve: Callable[[float], float]) -> bytes:
    def xyz(values: tuple[float, ...]) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))

    light = (round(curve(step / (STEPS - 1)) * 65535) for step in range(STEPS))
    bent = b"curv\0\0\0\0" + struct.pack(f">I{STEPS}H", STEPS, *light)
    tags = [
        (b"desc", b"desc\0\0\0\0" + struct.pack(">I", 2) + b"-\0" + bytes(79)),
        (b"wtpt", xyz(D50)),
        *zip((b"rXYZ", b"gXYZ", b"bXYZ"), map(xyz, columns), strict=True),
        *((name, bent) for name in (b"rTRC", b"gTRC", b"bTRC")),
    ]
    start = 128 + 4 + 12 * len(tags)
    table, body = struct.pack(">I", len(tags)), b""
    for name, content in tags:
        table += name + struct.pack(">II", start + len(body), len(content))
        body += content + bytes(-len(content) % 4)
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28) + xyz(D50)[8:]
    return head + bytes(48) + table + body
