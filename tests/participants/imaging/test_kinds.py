"""Kinds of JPEG, HEIC, AVIF and PNG: read where a library can, else refused for what they are."""

from __future__ import annotations

import runpy
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from participants.imaging.decode import DecodedPhoto, decode_photo
from participants.imaging.errors import PhotoUnreadable

from .files import BLUE, GREEN, RED, WHITE, corners, near, p3_as_srgb, p3_profile, quadrants, saved
from .test_costly_files import chunk, with_chunks

DATA = Path(__file__).with_name("data")
HEIC = (DATA / "quadrants.heic").read_bytes()
FOUR = [RED, GREEN, BLUE, WHITE]
with_property = runpy.run_path(str(DATA / "make_heic.py"))["with_property"]


@pytest.fixture
def decoded(tmp_path) -> Callable[[bytes], DecodedPhoto]:
    def decode(data: bytes) -> DecodedPhoto:
        path = tmp_path / "photo"
        path.write_bytes(data)
        return decode_photo(path, max_side=4096)

    return decode


@pytest.fixture
def code(decoded) -> Callable[[bytes], str]:
    def refuse(data: bytes) -> str:
        with pytest.raises(PhotoUnreadable) as caught:
            decoded(data)
        return caught.value.code

    return refuse


# --- JPEG ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "precision"),
    [(0xC1, 12), (0xC0, 12), (0xC2, 12), (0xC3, 8), (0xC3, 16), (0xC5, 8), (0xCB, 8), (0xF7, 8)],
)
def test_a_jpeg_of_a_kind_that_is_not_read_is_not_called_damaged(code, kind, precision):
    data = bytearray(saved(quadrants(), "JPEG"))
    frame = data.index(b"\xff\xc0")
    data[frame + 1], data[frame + 4] = kind, precision
    assert code(bytes(data)) == "kind_not_readable"


# --- HEIC: brands, coding, tails -----------------------------------------------------------------


def branded(major: bytes, *compatible: bytes) -> bytes:
    """The picture under other brands, as many as it had."""
    size = int.from_bytes(HEIC[:4], "big")
    brands = (b"".join(compatible) + b"miaf" * size)[: size - 16]
    return HEIC[:8] + major + HEIC[12:16] + brands + HEIC[size:]


@pytest.mark.parametrize(
    "brands",
    [
        (b"mif1", b"heix"), (b"mif1", b"mif1"), (b"mif2", b"heic"), (b"msf1", b"heic"),
        (b"heim", b"mif1"), (b"heis", b"mif1"), (b"hevc", b"heic"), (b"MiHE", b"mif1"),
        (b"miaf", b"MiHB"), (b"mif1", b"tmap"), (b"abcd", b"heic"), (b"mif1", b"heic", b"avif"),
    ],
)  # fmt: skip
def test_a_heic_is_known_by_any_of_its_brands(decoded, brands):
    photo = decoded(branded(*brands))
    assert photo.source_format == "HEIF"
    assert near(corners(photo.pixels), FOUR)


@pytest.mark.parametrize("coding", [b"avc1", b"jpeg", b"j2k1", b"vvc1", b"unci", b"evc1"])
def test_another_coding_in_a_heif_is_told_as_what_it_is(code, coding):
    assert code(HEIC.replace(b"hvc1", coding)) == "kind_not_readable"


AVIF = saved(quadrants(), "AVIF")


@pytest.mark.parametrize("major", [b"avif", b"avis", b"mif1", b"miaf"])
@pytest.mark.parametrize("others", [b"avifmif1miafMA1B", b"mif1miafmif1miaf", b"mif1miafMA1Aavio"])
def test_an_avif_is_known_by_its_coding_under_any_brand(decoded, major, others):
    photo = decoded(AVIF[:8] + major + AVIF[12:16] + others + AVIF[32:])
    assert photo.source_format == "AVIF"
    assert near(corners(photo.pixels), FOUR)


def test_a_heic_that_calls_itself_avif_is_read_as_what_it_is(decoded):
    assert decoded(branded(b"avif", b"avif", b"mif1")).source_format == "HEIF"


@pytest.mark.parametrize("coding", [b"j2k1", b"vvc1"])
def test_another_coding_in_an_avif_is_told_as_what_it_is(code, coding):
    assert code(AVIF.replace(b"av01", coding)) == "kind_not_readable"


@pytest.mark.parametrize(
    ("transfer", "told"), [(16, "hdr"), (18, "hdr"), (77, "colours_not_readable")]
)
def test_an_avifs_own_colours_are_believed(code, transfer, told):
    at = AVIF.index(b"nclx")
    numbers = struct.pack(">2H", 9, transfer)
    assert code(AVIF[: at + 4] + numbers + AVIF[at + 8 :]) == told


def test_an_avif_of_another_colour_space_is_brought_to_srgb(decoded):
    photo = decoded(saved(quadrants(), "AVIF", icc_profile=p3_profile()))
    assert near(corners(photo.pixels), [p3_as_srgb(colour) for colour in FOUR])


TAILS = {
    "text": b"shared with an app " * 40,
    "zeros": bytes(5000),
    "a few bytes": b"abc",
    "a box that claims more": struct.pack(">I4s", 10**9, b"mpvd") + b"video",
    "a box that is whole": struct.pack(">I4s", 4008, b"mpvd") + bytes(4000),
    "a photo": saved(quadrants(), "JPEG"),
    "itself": HEIC,
}


@pytest.mark.parametrize("tail", TAILS.values(), ids=TAILS)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "HEIF", "AVIF"])
def test_what_trails_a_photo_does_not_make_it_damaged(decoded, name, tail):
    whole = HEIC if name == "HEIF" else saved(quadrants(), name)
    assert near(corners(decoded(whole + tail).pixels), FOUR)


def test_a_cut_heic_with_a_tail_is_still_cut(code):
    assert code(HEIC[:-40]) == "truncated"
    assert code(HEIC[: HEIC.index(b"mdat") + 20]) == "truncated"


# --- colours -------------------------------------------------------------------------------------


def named(primaries: int, transfer: int) -> bytes:
    numbers = struct.pack(">4s3HB", b"nclx", primaries, transfer, 6, 0x80)
    return bytes(with_property(HEIC, struct.pack(">I4s", 19, b"colr") + numbers))


@pytest.mark.parametrize("transfer", [16, 18])
@pytest.mark.parametrize("primaries", [1, 9, 12])
def test_hdr_is_refused_for_what_it_is(code, primaries, transfer):
    assert code(named(primaries, transfer)) == "hdr"
    cicp = chunk(b"cICP", bytes([primaries, transfer, 0, 1]))
    assert code(with_chunks(saved(quadrants(), "PNG"), cicp)) == "hdr"


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "PNG"])
def test_hdr_named_by_a_profile_is_refused_too(code, name):
    profile = bytearray(p3_profile())
    place = profile.index(b"desc")
    start = len(profile)
    profile[place : place + 12] = struct.pack(">4sII", b"cicp", start, 12)
    profile += b"cicp\0\0\0\0" + bytes([9, 16, 0, 1])
    profile[:4] = struct.pack(">I", len(profile))
    assert code(saved(quadrants(), name, icc_profile=bytes(profile))) == "hdr"


@pytest.mark.parametrize("transfer", [1, 6, 13, 14, 15])
def test_other_transfers_are_read(decoded, transfer):
    assert near(corners(decoded(named(1, transfer)).pixels), FOUR)


def test_wide_colours_named_by_number_are_brought_to_srgb(decoded):
    wanted = [p3_as_srgb(colour) for colour in FOUR]
    plain = saved(quadrants(), "PNG")
    cicp = with_chunks(plain, chunk(b"cICP", bytes([12, 13, 0, 1])))
    assert near(corners(decoded(cicp).pixels), wanted, by=1)
    redder = corners(decoded(named(9, 14)).pixels)[0]
    assert redder[0] > p3_as_srgb(RED)[0]  # BT.2020's red lies beyond Display-P3's


def as_srgb(level: int, gamma: float) -> int:
    light = (level / 255) ** gamma
    curved = 12.92 * light if light <= 0.0031308 else 1.055 * light ** (1 / 2.4) - 0.055
    return round(curved * 255)


@pytest.mark.parametrize("gamma", [1.0, 1.8, 2.6])
def test_a_png_with_its_own_gamma_is_brought_to_srgb(decoded, gamma):
    data = with_chunks(
        saved(quadrants(), "PNG"), chunk(b"gAMA", struct.pack(">I", round(100_000 / gamma)))
    )
    wanted = [tuple(as_srgb(level, gamma) for level in colour) for colour in FOUR]
    assert near(corners(decoded(data).pixels), wanted, by=2)


GAMMA_OF_ONE = chunk(b"gAMA", struct.pack(">I", 100_000))


@pytest.mark.parametrize(
    "chunks",
    [
        (chunk(b"gAMA", struct.pack(">I", 45_455)),),
        (chunk(b"sRGB", b"\0"), GAMMA_OF_ONE),
        (chunk(b"cICP", bytes([1, 13, 0, 1])), GAMMA_OF_ONE),
        (chunk(b"gAMA", struct.pack(">I", 0)),),
        (chunk(b"gAMA", struct.pack(">I", 45_455)), chunk(b"cHRM", bytes(32))),
    ],
)
def test_what_stands_before_gamma_or_is_none_leaves_the_pixels(decoded, chunks):
    assert corners(decoded(with_chunks(saved(quadrants(), "PNG"), *chunks)).pixels) == FOUR


def test_a_png_packed_for_an_app_is_told_so(code):
    data = with_chunks(saved(quadrants(), "PNG"), chunk(b"CgBI", bytes(4)), at=8)
    assert code(data) == "kind_not_readable"


def test_grey_with_a_gamma_keeps_three_equal_channels(decoded):
    grey = saved(Image.fromarray(quadrants()[:, :, 0]), "PNG")
    pixels = decoded(with_chunks(grey, GAMMA_OF_ONE)).pixels
    assert np.ptp(pixels.astype(int), axis=2).max() <= 1
    assert abs(int(pixels[16, 24, 0]) - as_srgb(RED[0], 1.0)) <= 2
