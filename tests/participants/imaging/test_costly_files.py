"""What asks for more work than a photo is refused from its header, and what costs nothing is read.

Every file is made here; the limits are the product's own, which the kernel holds the decoder to.
"""

from __future__ import annotations

import io
import struct
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from participants.imaging.decode import DecodeLimits, decode_photo
from participants.imaging.errors import PhotoUnreadable

from .files import BLUE, GREEN, RED, WHITE, corners, near, png, quadrants, saved

LONGEST = 4096
FOUR = [RED, GREEN, BLUE, WHITE]


@pytest.fixture
def refused(tmp_path) -> Callable[[bytes], PhotoUnreadable]:
    def refuse(data: bytes) -> PhotoUnreadable:
        path = tmp_path / "photo"
        path.write_bytes(data)
        with pytest.raises(PhotoUnreadable) as caught:
            decode_photo(path, max_side=LONGEST)
        return caught.value

    return refuse


def read(folder: Path, data: bytes, side: int = LONGEST) -> np.ndarray:
    path = folder / "photo"
    path.write_bytes(data)
    return decode_photo(path, max_side=side).pixels


def test_one_photo_may_cost_half_a_gigabyte_and_five_seconds():
    limits = DecodeLimits()
    assert (limits.memory_bytes, limits.cpu_seconds) == (512 * 2**20, 5)


# --- scans of a JPEG -----------------------------------------------------------------------------


def with_scans(jpeg: bytes, times: int) -> bytes:
    """Repeat the last scan of a progressive JPEG."""
    last = jpeg.rindex(b"\xff\xda")
    return jpeg[:last] + jpeg[last:-2] * times + b"\xff\xd9"


def test_a_jpeg_of_thousands_of_scans_is_refused_before_it_is_decoded(refused):
    progressive = saved(quadrants(400, 300), "JPEG", progressive=True)
    error = refused(with_scans(progressive, 2000))
    assert (error.code, "scans" in error.detail) == ("too_costly", True)


def test_fewer_scans_of_a_larger_picture_are_too_many_too(refused):
    progressive = saved(quadrants(6000, 6000), "JPEG", progressive=True, quality=20)
    error = refused(with_scans(progressive, 60))
    assert (error.code, "scans of 6000" in error.detail) == ("too_costly", True)


def test_a_progressive_jpeg_as_cameras_write_it_is_read(tmp_path):
    data = saved(quadrants(4000, 3000), "JPEG", progressive=True)
    assert 5 < data.count(b"\xff\xda") < 20
    assert near(corners(read(tmp_path, data)), FOUR)


# --- pixels, by format ---------------------------------------------------------------------------


def test_108_megapixels_of_a_phone_are_read(tmp_path):
    grey = Image.new("L", (9000, 12_000), 90)
    pixels = read(tmp_path, saved(grey, "JPEG", quality=60))
    assert pixels.shape == (4096, 3072, 3)
    assert np.abs(pixels.astype(int) - 90).max() <= 2


HUGE = {
    "WebP": lambda: saved(Image.new("L", (16_383, 3960), 9), "WEBP", lossless=False, method=0),
    "lossless WebP": lambda: saved(Image.new("L", (16_383, 3960), 9), "WEBP", method=0),
    "WebP with a canvas": lambda: saved(
        Image.new("RGBA", (7000, 4000), (9, 9, 9, 8)), "WEBP", method=0
    ),
    "PNG of grey and alpha": lambda: png(7000, 7000, bytes(14_001) * 7000, colour=4),
    "PNG of a palette": lambda: saved(Image.new("P", (7000, 7000)), "PNG"),
    "PNG of one bit": lambda: saved(Image.new("1", (7000, 7000)), "PNG"),
    "PNG of 16 bits": lambda: png(7000, 7000, bytes(14_001) * 7000, depth=16, colour=0),
    "PNG of colour": lambda: png(8000, 7000, bytes(24_001) * 7000),
    "AVIF": lambda: saved(Image.new("L", (7000, 4000), 9), "AVIF", subsampling="4:0:0"),
    "progressive JPEG": lambda: saved(
        Image.new("RGB", (9000, 9000)), "JPEG", quality=20, progressive=True
    ),
}


@pytest.mark.parametrize("make", HUGE.values(), ids=HUGE)
def test_too_many_pixels_for_the_format_are_said_to_be_so_before_decoding(refused, make):
    assert refused(make()).code == "too_many_pixels"


def of_a_palette(width: int, height: int) -> Image.Image:
    picture = Image.new("P", (width, height))
    picture.putpalette(WHITE)
    return picture


LARGE = {
    "WebP": lambda: saved(Image.new("RGB", (5000, 4000), WHITE), "WEBP", method=0),
    "WebP with alpha": lambda: saved(
        Image.new("RGBA", (5000, 4000), (*WHITE, 254)), "WEBP", method=0
    ),
    "AVIF": lambda: saved(Image.new("RGB", (5000, 4000), WHITE), "AVIF"),
    "AVIF with alpha": lambda: saved(Image.new("RGBA", (5000, 4000), (*WHITE, 254)), "AVIF"),
    "PNG of colour": lambda: saved(Image.new("RGB", (8000, 6000), WHITE), "PNG"),
    "PNG with alpha": lambda: saved(Image.new("RGBA", (6000, 5000), (*WHITE, 255)), "PNG"),
    "PNG of a palette": lambda: saved(of_a_palette(6000, 5000), "PNG"),
    "PNG of 16 bits": lambda: png(
        6000, 4000, (b"\0" + b"\xf0" * 12_000) * 4000, depth=16, colour=0
    ),
    "progressive JPEG": lambda: saved(
        Image.new("RGB", (8000, 6000), WHITE), "JPEG", quality=80, subsampling=2, progressive=True
    ),
}


@pytest.mark.parametrize("make", LARGE.values(), ids=LARGE)
def test_what_is_just_allowed_keeps_within_the_limits(tmp_path, make):
    assert read(tmp_path, make()).mean() > 235


# --- parts of a PNG that are no picture ----------------------------------------------------------


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def with_chunks(data: bytes, *chunks: bytes, at: int = 33) -> bytes:
    """Put chunks behind the header of a PNG (or elsewhere)."""
    return data[:at] + b"".join(chunks) + data[at:]


def packed(kind: bytes, bytes_long: int) -> bytes:
    return chunk(kind, b"name\0\0" + zlib.compress(bytes(bytes_long), 9))


EXTRAS = {
    "text of 60 MB": lambda: packed(b"zTXt", 60_000_000),
    "many texts": lambda: packed(b"zTXt", 900_000) * 100,
    "text in a language": lambda: chunk(
        b"iTXt", b"name\0\1\0en\0\0" + zlib.compress(bytes(60_000_000), 9)
    ),
    "a profile of 500 MB": lambda: packed(b"iCCP", 500_000_000),
    "a broken profile": lambda: chunk(b"iCCP", b"name\0\0" + b"not deflated"),
    "an animation": lambda: chunk(b"acTL", struct.pack(">II", 2**31 - 1, 0)),
    "unknown": lambda: chunk(b"quUx", bytes(5_000_000)),
    "a broken text": lambda: chunk(b"tEXt", b""),
}


@pytest.mark.parametrize("make", EXTRAS.values(), ids=EXTRAS)
def test_a_png_is_read_without_what_is_no_picture(tmp_path, make):
    plain, extra = saved(quadrants(), "PNG"), make()
    for data in (with_chunks(plain, extra), with_chunks(plain, extra, at=len(plain) - 12)):
        assert corners(read(tmp_path, data)) == FOUR


def test_a_profile_that_no_camera_has_is_not_applied_to_a_jpeg(tmp_path):
    out = io.BytesIO()
    Image.fromarray(quadrants()).save(out, "JPEG", quality=97, icc_profile=bytes(6_000_000))
    assert near(corners(read(tmp_path, out.getvalue())), FOUR)
