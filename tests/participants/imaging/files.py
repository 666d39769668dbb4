"""Files to decode: pictures with known pixels, written as a phone or a prankster might."""

from __future__ import annotations

import io
import struct
import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image

RED, GREEN, BLUE, WHITE = (200, 40, 40), (40, 180, 60), (50, 70, 200), (240, 240, 240)


def quadrants(width: int = 96, height: int = 64) -> NDArray[np.uint8]:
    """Red, green over blue, white: every turn and mirror of it is different."""
    pixels = np.zeros((height, width, 3), np.uint8)
    pixels[: height // 2, : width // 2] = RED
    pixels[: height // 2, width // 2 :] = GREEN
    pixels[height // 2 :, : width // 2] = BLUE
    pixels[height // 2 :, width // 2 :] = WHITE
    return pixels


def corners(pixels: NDArray[np.uint8]) -> list[tuple[int, ...]]:
    """The middle colour of each quarter: top left, top right, bottom left, bottom right."""
    height, width = pixels.shape[:2]
    spots = [(y * height // 4, x * width // 4) for y in (1, 3) for x in (1, 3)]
    return [tuple(int(level) for level in pixels[spot]) for spot in spots]


def near(found: list[tuple[int, ...]], wanted: list[tuple[int, ...]], by: int = 4) -> bool:
    return bool(np.abs(np.array(found, int) - np.array(wanted, int)).max() <= by)


def saved(picture: Image.Image | NDArray[Any], name: str, **options: Any) -> bytes:
    if not isinstance(picture, Image.Image):
        picture = Image.fromarray(picture)
    if name == "JPEG":
        options = {"quality": 97, "subsampling": 0} | options
    elif name == "WEBP":
        options = {"lossless": True} | options
    elif name == "AVIF":
        options = {"quality": 98, "subsampling": "4:4:4", "speed": 10} | options
    out = io.BytesIO()
    picture.save(out, name, **options)
    return out.getvalue()


def camera_exif(orientation: int = 1) -> Image.Exif:
    """A phone's tags, the place included."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0110], exif[0x0112] = "Makers\0", "Phone 1", orientation
    exif[0x013B] = "Siti Canary"
    exif.get_ifd(0x8769).update(
        {0x9003: "2026:03:04 05:06:07", 0x9011: "+08:00", 0x829A: 0.01, 0x829D: 1.8, 0x8827: 64}
    )
    exif.get_ifd(0x8825).update({1: "N", 2: (3.0, 8.0, 20.0), 3: "E", 4: (101.0, 41.0, 10.0)})
    return exif


def png(width: int, height: int, rows: bytes, *, depth: int = 8, colour: int = 2) -> bytes:
    """A PNG made by hand: `rows` are the filtered rows before compression."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return (
            struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
        )

    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    signature = b"\x89PNG\r\n\x1a\n"
    return (
        signature
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows, 9))
        + chunk(b"IEND", b"")
    )


def pixel_bomb(side: int) -> bytes:
    """Square, one bit a pixel: 13,000 a side is 169 megapixels in about 20 KiB."""
    return png(side, side, bytes((side + 7) // 8 + 1) * side, depth=1, colour=0)


P3_TO_XYZ = np.array(  # SMPTE EG 432-1 primaries, D65
    [
        [0.4865709, 0.2656677, 0.1982173],
        [0.2289746, 0.6917385, 0.0792869],
        [0.0000000, 0.0451134, 1.0439444],
    ]
)
SRGB_TO_XYZ = np.array(  # IEC 61966-2-1
    [
        [0.4123908, 0.3575843, 0.1804808],
        [0.2126390, 0.7151687, 0.0721923],
        [0.0193308, 0.1191948, 0.9505322],
    ]
)
D65_TO_D50 = np.array(  # Bradford
    [
        [1.0478112, 0.0228866, -0.0501270],
        [0.0295424, 0.9904844, -0.0170491],
        [-0.0092345, 0.0150436, 0.7521316],
    ]
)


def p3_profile() -> bytes:
    """A Display-P3 profile with the sRGB curve: ICC version 2, matrix and curves, made here."""
    colorants = D65_TO_D50 @ P3_TO_XYZ

    def fixed(value: float) -> bytes:
        return struct.pack(">i", round(value * 65536))

    def xyz(values: Any) -> bytes:
        return b"XYZ \0\0\0\0" + b"".join(fixed(float(value)) for value in values)

    levels = np.round(linear(np.linspace(0, 1, 1024)) * 65535).astype(">u2")
    curve = b"curv\0\0\0\0" + struct.pack(">I", len(levels)) + levels.tobytes()
    name = b"Made for tests\0"
    text = b"desc\0\0\0\0" + struct.pack(">I", len(name)) + name + bytes(4 + 4 + 2 + 1 + 67)
    tags = [
        (b"desc", text),
        (b"cprt", b"text\0\0\0\0None\0"),
        (b"wtpt", xyz((0.9642, 1.0, 0.8249))),
        (b"rXYZ", xyz(colorants[:, 0])),
        (b"gXYZ", xyz(colorants[:, 1])),
        (b"bXYZ", xyz(colorants[:, 2])),
        (b"rTRC", curve),
        (b"gTRC", curve),
        (b"bTRC", curve),
    ]
    table, body = struct.pack(">I", len(tags)), b""
    start = 128 + 4 + 12 * len(tags)
    for signature, content in tags:
        content += bytes(-len(content) % 4)
        table += signature + struct.pack(">II", start + len(body), len(content))
        body += content
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02200000, b"mntr", b"RGB ", b"XYZ ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += fixed(0.9642) + fixed(1.0) + fixed(0.8249) + bytes(48)
    return head + table + body


def linear(coded: NDArray[Any]) -> NDArray[np.float64]:
    """Undo the sRGB curve, 0 to 1."""
    return np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)


def p3_as_srgb(colour: tuple[int, int, int]) -> tuple[int, ...]:
    """What a Display-P3 colour is in sRGB, by the two matrices; valid inside sRGB's gamut."""
    light = np.linalg.inv(SRGB_TO_XYZ) @ P3_TO_XYZ @ linear(np.array(colour) / 255)
    light = np.clip(light, 0, 1)
    coded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return tuple(int(level) for level in np.round(coded * 255))
