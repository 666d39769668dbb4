"""Every allowed way to write a photo gives the same upright sRGB pixels."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from participants.imaging.decode import CameraTags, DecodedPhoto, decode_photo

from .files import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    camera_exif,
    corners,
    near,
    p3_as_srgb,
    p3_profile,
    quadrants,
    saved,
)

DATA = Path(__file__).with_name("data")


@pytest.fixture
def decode(tmp_path):
    def from_bytes(data: bytes, *, name: str = "photo.jpg", **options) -> DecodedPhoto:
        path = tmp_path / name
        path.write_bytes(data)
        return decode_photo(path, **options)

    return from_bytes


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_each_format_is_known_by_its_content_whatever_its_name(decode, name):
    photo = decode(saved(quadrants(), name), name="holiday.txt")
    assert photo.source_format == name
    assert photo.pixels.dtype == np.uint8
    assert photo.pixels.shape == (64, 96, 3)
    assert near(corners(photo.pixels), [RED, GREEN, BLUE, WHITE])


def test_heic_is_read():
    photo = decode_photo(DATA / "quadrants.heic")
    assert photo.source_format == "HEIF"
    assert near(corners(photo.pixels), [RED, GREEN, BLUE, WHITE])


def test_heic_with_rotation_box_and_exif_is_turned_once():
    photo = decode_photo(DATA / "turned.heic")
    assert photo.pixels.shape == (96, 64, 3)
    assert (photo.source_width, photo.source_height) == (64, 96)
    assert near(corners(photo.pixels), [BLUE, RED, WHITE, GREEN])
    assert photo.tags.model == "Phone 1"


UPRIGHT = {  # what each EXIF orientation makes of red, green over blue, white
    1: [RED, GREEN, BLUE, WHITE],
    2: [GREEN, RED, WHITE, BLUE],
    3: [WHITE, BLUE, GREEN, RED],
    4: [BLUE, WHITE, RED, GREEN],
    5: [RED, BLUE, GREEN, WHITE],
    6: [BLUE, RED, WHITE, GREEN],
    7: [WHITE, GREEN, BLUE, RED],
    8: [GREEN, WHITE, RED, BLUE],
}


@pytest.mark.parametrize("orientation", UPRIGHT)
def test_each_orientation_is_applied_once(decode, orientation):
    photo = decode(saved(quadrants(), "JPEG", exif=camera_exif(orientation)))
    turned = orientation >= 5
    assert photo.pixels.shape == ((96, 64, 3) if turned else (64, 96, 3))
    assert (photo.source_width, photo.source_height) == ((64, 96) if turned else (96, 64))
    assert near(corners(photo.pixels), UPRIGHT[orientation])


@pytest.mark.parametrize("name", ["PNG", "WEBP", "AVIF"])
def test_orientation_counts_in_the_other_formats_too(decode, name):
    photo = decode(saved(quadrants(), name, exif=camera_exif(6)))
    assert near(corners(photo.pixels), UPRIGHT[6])


def test_an_orientation_in_xmp_is_not_believed(decode):
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><d tiff:Orientation="6"/></x:xmpmeta>'
    photo = decode(saved(quadrants(), "JPEG", xmp=xmp))
    assert photo.pixels.shape == (64, 96, 3)


@pytest.mark.parametrize(
    "exif", [b"Exif\0\0rubbish", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"\xff" * 60]
)
def test_broken_exif_does_not_lose_the_photo(decode, exif):
    photo = decode(saved(quadrants(), "JPEG", exif=exif))
    assert near(corners(photo.pixels), UPRIGHT[1])
    assert photo.tags == CameraTags()


def test_the_short_list_of_tags_survives_and_nothing_else(decode):
    tags = decode(saved(quadrants(), "JPEG", exif=camera_exif(), comment=b"Siti Canary")).tags
    assert tags == CameraTags(
        make="Makers",
        model="Phone 1",
        exposure_s=0.01,
        f_number=1.8,
        iso=64,
        taken_at=datetime(2026, 3, 4, 5, 6, 7),  # noqa: DTZ001
        utc_offset="+08:00",
    )
    assert {field.name for field in fields(CameraTags)} == {
        *("make", "model", "exposure_s", "f_number", "iso", "taken_at", "utc_offset")
    }


def test_odd_tags_are_dropped_one_by_one(decode):
    exif = camera_exif()
    exif[0x010F] = "M" * 500
    exif.get_ifd(0x8769).update({0x9003: "yesterday", 0x9011: "<b>", 0x829A: 0.0})
    tags = decode(saved(quadrants(), "JPEG", exif=exif)).tags
    assert tags.make == "M" * 64
    assert (tags.taken_at, tags.utc_offset, tags.exposure_s) == (None, None, None)
    assert tags.f_number == 1.8


def test_display_p3_becomes_srgb(decode):
    colours = [(200, 120, 100), (120, 160, 110), (100, 110, 150), WHITE]
    pixels = quadrants()
    for before, after in zip((RED, GREEN, BLUE, WHITE), colours, strict=True):
        pixels[(pixels == before).all(axis=2)] = after
    photo = decode(saved(pixels, "PNG", icc_profile=p3_profile()))
    wanted = [p3_as_srgb(colour) for colour in colours]
    assert not near(wanted, colours, by=6)  # else the test would prove nothing
    assert near(corners(photo.pixels), wanted, by=1)


def test_a_broken_profile_does_not_lose_the_photo(decode):
    photo = decode(saved(quadrants(), "PNG", icc_profile=b"not a profile" * 20))
    assert corners(photo.pixels) == [RED, GREEN, BLUE, WHITE]


def test_a_profile_for_another_kind_of_colour_is_ignored(decode):
    grey = Image.fromarray(quadrants()[:, :, 0])
    photo = decode(saved(grey, "PNG", icc_profile=p3_profile()))
    assert near(corners(photo.pixels), [(c[0],) * 3 for c in (RED, GREEN, BLUE, WHITE)], by=1)


def test_16_bit_png_keeps_its_tones(decode):
    ramp = np.tile(np.linspace(0, 65535, 256).round().astype(np.uint16), (32, 1))
    grey = cv2.imencode(".png", ramp)[1].tobytes()
    colour = cv2.imencode(".png", np.dstack([ramp, ramp // 2, ramp // 4]))[1].tobytes()
    assert np.abs(decode(grey).pixels[0, :, 0].astype(int) - np.arange(256)).max() <= 1
    blue_green_red = decode(colour).pixels[0, 255]
    assert near([tuple(blue_green_red)], [(64, 128, 255)], by=1)


def test_grey_is_three_equal_channels(decode):
    photo = decode(saved(Image.fromarray(quadrants()).convert("L"), "JPEG"))
    assert photo.pixels.shape == (64, 96, 3)
    assert np.ptp(photo.pixels.astype(int), axis=2).max() == 0


@pytest.mark.parametrize("mode", ["RGBA", "LA", "P"])
def test_what_is_see_through_lies_on_white(decode, mode):
    picture = Image.fromarray(quadrants()).convert("RGBA")
    mask = np.full((64, 96), 255, np.uint8)
    mask[:, :48] = 0
    picture.putalpha(Image.fromarray(mask))
    photo = decode(saved(picture.convert(mode), "PNG"))
    left, right = photo.pixels[:, :44], photo.pixels[:, 52:]
    assert left.min() == 255
    assert right.min() < 200


def test_of_several_frames_the_first_is_taken(decode):
    first, second = Image.fromarray(quadrants()), Image.new("RGB", (96, 64), "black")
    for name in ("WEBP", "PNG", "MPO", "AVIF"):
        photo = decode(saved(first, name, save_all=True, append_images=[second]))
        assert near(corners(photo.pixels), [RED, GREEN, BLUE, WHITE]), name


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP", "AVIF"])
def test_max_side_scales_down_to_the_pixel_and_keeps_the_picture(decode, name):
    gradient = np.linspace(0, 255, 1600 * 1200).reshape(1200, 1600)
    pixels = np.dstack([gradient, gradient[::-1], gradient[:, ::-1]]).astype(np.uint8)
    photo = decode(saved(pixels, name, exif=camera_exif(6)), max_side=300)
    assert photo.pixels.shape == (300, 225, 3)
    assert (photo.source_width, photo.source_height) == (1200, 1600)
    wanted = np.array(Image.fromarray(pixels).rotate(-90, expand=True).resize((225, 300), 1))
    assert np.abs(photo.pixels.astype(int) - wanted).mean() < 2


def test_max_side_never_enlarges(decode):
    assert decode(saved(quadrants(), "JPEG"), max_side=5000).pixels.shape == (64, 96, 3)


def test_a_palette_with_a_hole_is_flattened_before_it_is_scaled(decode):
    rows, columns = np.indices((64, 96))
    checks = Image.fromarray(((rows + columns) % 2).astype(np.uint8), "P")
    checks.putpalette([0, 0, 0, 200, 0, 0])
    photo = decode(saved(checks, "PNG", transparency=0), max_side=48)
    assert photo.pixels.shape == (32, 48, 3)
    mean_of_white_and_red = [(255 + 200) // 2, 127, 127]
    assert np.abs(photo.pixels[8:-8, 8:-8].astype(int) - mean_of_white_and_red).max() <= 3
