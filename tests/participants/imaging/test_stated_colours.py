"""Every way a still says its colours: brought to sRGB, or refused for what it is."""

from __future__ import annotations

import io
import struct
from typing import Any

import numpy as np
import pytest
from PIL import Image

from participants.imaging.colours import ADOBE, PRIMARIES, exif_colours, is_known, profile_of
from participants.imaging.containers.described import Colours
from participants.imaging.opencv import cv2

from .files import BLUE, GREEN, RED, WHITE, corners, near, p3_as_srgb, p3_profile, quadrants, saved
from .test_costly_files import chunk, with_chunks
from .test_kinds import HEIC, code, decoded, with_property

__all__ = ["code", "decoded"]  # fixtures

FOUR = [RED, GREEN, BLUE, WHITE]
REFUSED = "colours_not_readable"
ADOBE_TO_SRGB = np.array(  # Adobe RGB (1998), 4.3.5.3, times the inverse of IEC 61966-2-1
    [[1.39836, -0.39836, 0.0], [0.0, 1.0, 0.0], [0.0, -0.04293, 1.04293]]
)


def adobe_as_srgb(colour: tuple[int, ...]) -> tuple[int, ...]:
    light = np.clip(ADOBE_TO_SRGB @ ((np.array(colour) / 255) ** (563 / 256)), 0, 1)
    coded = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return tuple(int(level) for level in np.round(coded * 255))


def exif(space: int | None, option: str = "", **more: Any) -> Image.Exif:
    made = Image.Exif()
    inner = made.get_ifd(0x8769)
    if space is not None:
        inner[0xA001] = space
    if option:
        made.get_ifd(0x8769)[0xA005] = {1: option}
    if "gamma" in more:
        inner[0xA500] = more["gamma"]
    if "points" in more:
        made[0x013E], made[0x013F] = more["points"][:2], more["points"][2:]
    return made


MUTED = [(150, 110, 95), (90, 130, 80), (95, 100, 150), WHITE]


def muted() -> Any:
    pixels = quadrants()
    for before, after in zip(FOUR, MUTED, strict=True):
        pixels[(pixels == before).all(axis=2)] = after
    return pixels


# --- EXIF: Adobe RGB ---


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "PNG"])
def test_adobe_rgb_said_by_exif_is_brought_to_srgb(decoded, name):
    wanted = [adobe_as_srgb(colour) for colour in MUTED]
    assert not near(wanted, MUTED, by=6)  # else the test would prove nothing
    photo = decoded(saved(muted(), name, exif=exif(2).tobytes()))
    assert near(corners(photo.pixels), wanted, by=3)


def test_what_exif_may_say_of_colours():
    corners_of = PRIMARIES[12]
    assert exif_colours(2, None, None, ()) == ADOBE
    assert exif_colours(65535, "R03", None, ()) == ADOBE
    assert exif_colours(None, "R03\0", None, ()) == ADOBE
    assert exif_colours(65535, None, 1.8, ()) == Colours(gamma=1.8)
    assert exif_colours(65535, "", "x", corners_of) == Colours(chromaticities=corners_of)
    for space, option in [(1, "R98"), (1, "R03"), (65535, "R98"), (65535, None), (None, None)]:
        assert exif_colours(space, option, None, ()) is None


@pytest.mark.parametrize("said", [exif(1), exif(65535), exif(None)])
def test_srgb_or_nothing_said_by_exif_leaves_the_pixels(decoded, said):
    assert corners(decoded(saved(muted(), "PNG", exif=said.tobytes())).pixels) == MUTED


def test_a_profile_and_a_chunk_stand_before_exif(decoded):
    wanted = [p3_as_srgb(colour) for colour in MUTED]
    both = saved(muted(), "PNG", exif=exif(2).tobytes(), icc_profile=p3_profile())
    assert near(corners(decoded(both).pixels), wanted, by=1)
    named = with_chunks(saved(muted(), "PNG", exif=exif(2).tobytes()), chunk(b"sRGB", b"\0"))
    assert corners(decoded(named).pixels) == MUTED


# --- PNG ---


def test_exif_behind_the_pixels_is_read_too(decoded):
    plain = saved(muted(), "PNG")
    tags = exif(2)
    tags[0x0112] = 3
    photo = decoded(with_chunks(plain, chunk(b"eXIf", tags.tobytes()[6:]), at=len(plain) - 12))
    assert near(corners(photo.pixels), [adobe_as_srgb(colour) for colour in MUTED[::-1]], by=1)


def test_corners_without_a_gamma_are_believed(decoded):
    white = PRIMARIES[12]
    body = struct.pack(">8I", *(round(value * 100_000) for value in white))
    photo = decoded(with_chunks(saved(muted(), "PNG"), chunk(b"cHRM", body)))
    assert near(corners(photo.pixels), [p3_as_srgb(colour) for colour in MUTED], by=1)


def test_a_gamma_of_adobes_corners_is_no_srgb_curve(decoded):
    assert ADOBE.chromaticities is not None
    body = struct.pack(">8I", *(round(value * 100_000) for value in ADOBE.chromaticities))
    chunks = chunk(b"gAMA", struct.pack(">I", 45_471)), chunk(b"cHRM", body)
    photo = decoded(with_chunks(saved(muted(), "PNG"), *chunks))
    assert near(corners(photo.pixels), [adobe_as_srgb(colour) for colour in MUTED], by=1)


@pytest.mark.parametrize(
    "numbers",
    [(1, 9, 0, 1), (1, 19, 0, 1), (3, 13, 0, 1), (23, 13, 0, 1), (1, 13, 6, 1), (1, 13, 0, 0)],
    ids=["log", "reserved transfer", "reserved", "unknown", "a matrix", "narrow range"],
)
def test_numbers_that_cannot_be_converted_are_refused(code, numbers):
    assert code(with_chunks(saved(quadrants(), "PNG"), chunk(b"cICP", bytes(numbers)))) == REFUSED


@pytest.mark.parametrize("primaries", sorted(PRIMARIES))
def test_grey_stays_grey_under_every_set_of_corners(primaries):
    from PIL import ImageCms

    profile = profile_of(Colours(primaries, 13))
    if primaries == 1:
        assert profile is None
        return
    assert profile is not None
    grey = Image.new("RGB", (1, 1), (120, 120, 120))
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    srgb = ImageCms.createProfile("sRGB")
    found = ImageCms.profileToProfile(grey, source, srgb, renderingIntent=1)
    assert found is not None
    assert near([found.getpixel((0, 0))], [(120, 120, 120)], by=1)  # type: ignore[list-item]


# --- HEIC ---


def heic(primaries: int, transfer: int, matrix: int) -> bytes:
    numbers = struct.pack(">4s3HB", b"nclx", primaries, transfer, matrix, 0x80)
    return bytes(with_property(HEIC, struct.pack(">I4s", 19, b"colr") + numbers))


@pytest.mark.parametrize("numbers", [(9, 14, 10), (9, 14, 14), (1, 13, 11), (1, 10, 6)])
def test_a_heic_whose_numbers_are_not_undone_is_refused(code, numbers):
    assert code(heic(*numbers)) == REFUSED


def test_every_number_that_is_given_out_is_known_or_refused():
    assert [n for n in range(24) if not is_known(Colours(1, n))] == [3, 9, 10, *range(19, 24)]
    assert [n for n in range(24) if not is_known(Colours(n, 1))] == [3, *range(13, 22), 23]


# --- profiles ---


def test_a_profile_of_version_four_is_applied(decoded):
    curve = b"para\0\0\0\0\0\3\0\0" + struct.pack(
        ">5i", *(round(v * 65536) for v in (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045))
    )
    profile = bytearray(p3_profile())
    for name in (b"rTRC", b"gTRC", b"bTRC"):
        place = profile.index(name)
        profile[place + 4 : place + 12] = struct.pack(">II", len(profile), len(curve))
    profile += curve
    profile[:4], profile[8] = struct.pack(">I", len(profile)), 4
    photo = decoded(saved(muted(), "PNG", icc_profile=bytes(profile)))
    assert near(corners(photo.pixels), [p3_as_srgb(colour) for colour in MUTED], by=1)


@pytest.mark.parametrize("name", ["JPEG", "WEBP", "PNG"])
@pytest.mark.parametrize("space", [b"CMYK", b"Lab ", b"GRAY"])
def test_a_profile_that_cannot_be_of_these_pixels_is_refused(code, name, space):
    profile = p3_profile().replace(b"RGB XYZ ", space + b"XYZ ")
    assert code(saved(quadrants(), name, icc_profile=profile)) == REFUSED


def named(name: str, *, version: int) -> bytes:
    """The profile of Display-P3 under another name, as version 2 or version 4 writes names."""
    if version == 2:
        text = b"desc\0\0\0\0" + struct.pack(">I", len(name) + 1) + name.encode() + bytes(79)
    else:
        text = b"mluc\0\0\0\0" + struct.pack(">2I4s2I", 1, 12, b"enUS", 2 * len(name), 28)
        text += name.encode("utf-16-be")
    profile = bytearray(p3_profile())
    place = profile.index(b"desc", 128)
    profile[place + 4 : place + 12] = struct.pack(">II", len(profile), len(text))
    profile += text
    profile[:4], profile[8] = struct.pack(">I", len(profile)), version
    return bytes(profile)


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize(
    "name",
    ["Display P3 PQ", "Rec. ITU-R BT.2100 HLG", "Rec2100PQ", "Rec2020 Gamut with PQ Transfer"],
)
def test_a_profile_that_calls_itself_pq_or_hlg_is_refused_as_that(code, name, version):
    assert code(saved(quadrants(), "JPEG", icc_profile=named(name, version=version))) == "hdr"


@pytest.mark.parametrize("version", [2, 4])
@pytest.mark.parametrize("name", ["Display P3", "EPQ 2100i", "BT.709", "Philips HLGx"])
def test_a_profile_with_another_name_is_applied(decoded, name, version):
    photo = decoded(saved(muted(), "PNG", icc_profile=named(name, version=version)))
    assert near(corners(photo.pixels), [p3_as_srgb(colour) for colour in MUTED], by=1)


def test_a_profile_of_which_a_part_is_missing_is_refused(code):
    data = saved(quadrants(), "JPEG", icc_profile=p3_profile())
    place = data.index(b"ICC_PROFILE\0") + 12
    assert code(data[: place + 1] + b"\2" + data[place + 2 :]) == REFUSED


def ink_profile() -> bytes:
    """A profile of four inks (lut8, two points an ink): what is left of white light under them."""
    corners_of = np.indices((2, 2, 2, 2)).reshape(4, -1).T
    light = ((1 - corners_of[:, :3]) * (1 - corners_of[:, 3:])).astype(np.float32)
    lab = cv2.cvtColor(light[None], cv2.COLOR_RGB2LAB)[0]
    table = np.round(np.column_stack([lab[:, 0] * 2.55, lab[:, 1] + 128, lab[:, 2] + 128]))
    ramp = bytes(range(256))
    matrix = struct.pack(">9i", *(65536 * (k % 4 == 0) for k in range(9)))
    lut = b"mft1\0\0\0\0" + bytes([4, 3, 2, 0]) + matrix + ramp * 4
    lut += table.clip(0, 255).astype(np.uint8).tobytes() + ramp * 3
    white = b"XYZ \0\0\0\0" + struct.pack(">3i", 63190, 65536, 54061)
    start = 128 + 4 + 24
    table_of_tags = struct.pack(">I4sII", 2, b"A2B0", start, len(lut))
    table_of_tags += struct.pack(">4sII", b"wtpt", start + len(lut) + -len(lut) % 4, len(white))
    body = lut + bytes(-len(lut) % 4) + white
    head = struct.pack(">I4xI4s4s4s", start + len(body), 0x02200000, b"prtr", b"CMYK", b"Lab ")
    head += struct.pack(">6H", 2026, 1, 1, 0, 0, 0) + b"acsp" + bytes(28)
    head += struct.pack(">3i", 63190, 65536, 54061) + bytes(48)
    return head + table_of_tags + body


INKS = {(255, 0, 0, 0): (0, 255, 255), (0, 255, 255, 0): (255, 0, 0), (0, 0, 0, 0): (255,) * 3}


def ink(colour: tuple[int, ...]) -> Image.Image:
    return Image.new("CMYK", (64, 64), colour)


@pytest.mark.parametrize(("inks", "wanted"), INKS.items())
def test_inks_with_their_profile_become_srgb(decoded, inks, wanted):
    photo = decoded(saved(ink(inks), "JPEG", icc_profile=ink_profile()))
    assert near([tuple(photo.pixels[32, 32])], [wanted], by=60)  # cyan lies outside sRGB


def test_inks_written_as_ycck_become_the_same(decoded):
    """Adobe's transform 2: the inks' first three as luma and chroma."""
    as_ycc = Image.new("RGB", (64, 64), (0, 255, 255)).convert("YCbCr").getpixel((0, 0))
    stored = ink((*(255 - level for level in as_ycc), 0))  # type: ignore[union-attr]
    data = bytearray(saved(stored, "JPEG", icc_profile=ink_profile()))
    transform = data.index(b"Adobe") + 11
    data[transform] = 2
    photo = decoded(bytes(data))
    plain = decoded(saved(ink((0, 255, 255, 0)), "JPEG", icc_profile=ink_profile()))
    assert near([tuple(photo.pixels[32, 32])], [tuple(plain.pixels[32, 32])], by=4)


def test_inks_without_a_profile_are_refused(code):
    assert code(saved(Image.fromarray(quadrants()).convert("CMYK"), "JPEG")) == REFUSED


# --- gain maps ---


def with_xmp(base_is_hdr: str) -> bytes:
    text = f'<x hdrgm:Version="1.0" hdrgm:BaseRenditionIsHDR="{base_is_hdr}"/>'
    return saved(quadrants(), "JPEG", xmp=text.encode()) + saved(quadrants(), "JPEG")


def test_of_a_photo_with_a_gain_map_the_ordinary_picture_is_read(decoded, code):
    assert near(corners(decoded(with_xmp("False")).pixels), FOUR)
    assert code(with_xmp("True")) == "hdr"
