"""What a stranger may send instead of a photo, and what it may cost."""

from __future__ import annotations

import io
import tempfile
import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from participants.imaging import decode_child
from participants.imaging.containers.described import Refused
from participants.imaging.decode import DecodeLimits, decode_photo, encode_clean
from participants.imaging.errors import MESSAGES, PhotoUnreadable

from .files import camera_exif, pixel_bomb, png, quadrants, saved

DATA = Path(__file__).with_name("data")
CLEAN = {name: saved(quadrants(), name) for name in ("JPEG", "PNG", "WEBP", "AVIF")} | {
    "HEIF": (DATA / "turned.heic").read_bytes()
}


def refusal(data: bytes, **options) -> str:
    """Write the bytes to a file, expect a refusal, and return its code."""
    with tempfile.NamedTemporaryFile(suffix=".jpg") as file:
        file.write(data)
        file.flush()
        with pytest.raises(PhotoUnreadable) as caught:
            decode_photo(Path(file.name), **options)
    return caught.value.code


def zipped() -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        # With a date of its own: tests are named by these bytes, in every worker alike.
        entry = zipfile.ZipInfo("run.html", date_time=(2026, 3, 2, 9, 0, 0))
        archive.writestr(entry, "<script>alert(1)</script>")
    return out.getvalue()


def test_an_empty_file():
    assert refusal(b"") == "empty"


@pytest.mark.parametrize(
    "data",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>",
        b"<!doctype html><title>photo</title>",
        zipped(),
        b"\x7fELF" + bytes(200),
        b"\0" * 4096,
        "una carta".encode("utf-16"),
    ],
)
def test_what_is_no_photo_is_called_so(data):
    assert refusal(data) == "not_a_photo"


@pytest.mark.parametrize("name", ["GIF", "TIFF", "BMP", "ICO", "PDF", "JPEG2000"])
def test_pictures_of_other_kinds_are_not_allowed(name):
    assert refusal(saved(quadrants(), name)) == "format_not_allowed"


def test_a_video_is_not_allowed_and_boxes_without_a_picture_are_cut():
    for brand in (b"isom", b"qt  ", b"mp42"):
        assert refusal(b"\0\0\0\x18ftyp" + brand + bytes(400)) == "format_not_allowed"
    for brands in (b"avif\0\0\0\0avifmif1miaf", b"mif1\0\0\0\0mif1avifmiaf"):
        assert refusal(b"\0\0\0\x1cftyp" + brands + bytes(400)) == "truncated"


@pytest.mark.parametrize(
    ("magic", "told"),
    [
        (b"II*\0", "TIFF or raw"),
        (b"MM\0*", "TIFF or raw"),
        (b"\xff\x0a", "JPEG XL"),
        (b"\0\0\0\x0cJXL \x0d\x0a\x87\x0a", "JPEG XL"),
    ],
)
def test_what_no_library_here_reads_is_named(magic, told):
    """DNG and other raw files begin as TIFF does: a phone's camera writes them when asked to."""
    with pytest.raises(Refused) as caught:
        decode_child.sniff(magic + bytes(400))
    assert (caught.value.code, str(caught.value)) == ("format_not_allowed", told)


@pytest.mark.parametrize("name", CLEAN)
def test_a_file_cut_at_any_byte_is_known_to_be_cut(name):
    data = CLEAN[name]
    assert decode_child.is_complete(data, name)
    assert not any(decode_child.is_complete(data[:end], name) for end in range(12, len(data)))


@pytest.mark.parametrize("name", CLEAN)
def test_a_cut_file_is_refused_as_truncated(name):
    data = CLEAN[name]
    for share in (0.0, 0.1, 0.4, 0.7, 0.9, 0.99):
        assert refusal(data[: max(16, int(len(data) * share))]) == "truncated"
    assert refusal(data[:-1]) == "truncated"


@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_damaged_bytes_give_a_photo_or_a_refusal_and_never_a_crash(data):
    name = data.draw(st.sampled_from(sorted(CLEAN)))
    damaged = bytearray(CLEAN[name])
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    with tempfile.NamedTemporaryFile() as file:
        file.write(damaged)
        file.flush()
        try:
            outcome = decode_photo(Path(file.name)).source_format
        except PhotoUnreadable as refused:
            outcome = refused.code
    assert outcome in {name, *MESSAGES}


@pytest.mark.parametrize(
    "trailer",
    [zipped(), b"<html><script>alert('canary')</script>", bytes(4000) + b"canary"],
)
def test_what_trails_a_photo_goes_no_further(tmp_path, trailer):
    path = tmp_path / "photo.jpg"
    path.write_bytes(CLEAN["JPEG"] + trailer)
    plain = tmp_path / "plain.jpg"
    plain.write_bytes(CLEAN["JPEG"])
    photo = decode_photo(path)
    np.testing.assert_array_equal(photo.pixels, decode_photo(plain).pixels)
    assert trailer not in encode_clean(photo.pixels)


def test_a_pixel_bomb_is_refused_before_it_is_decoded():
    bomb = pixel_bomb(13_000)
    assert len(bomb) < 32 * 1024
    # A tenth of what decoding it would need: the cap must come first.
    assert refusal(bomb, limits=DecodeLimits(memory_bytes=400 * 2**20)) == "too_many_pixels"


def test_a_jpeg_whose_header_claims_a_huge_picture_is_refused():
    data = bytearray(CLEAN["JPEG"])
    frame = data.index(b"\xff\xc0")
    data[frame + 5 : frame + 9] = b"\xff\xdc\xff\xdc"
    assert refusal(bytes(data)) == "too_many_pixels"


def test_a_photo_that_needs_too_much_memory_is_refused():
    wide = png(6000, 6000, bytes(6000 * 3 + 1) * 6000)
    assert refusal(wide, limits=DecodeLimits(memory_bytes=150 * 2**20)) == "too_many_pixels"


def test_a_file_of_too_many_bytes_is_refused():
    padded = CLEAN["JPEG"] + bytes(5000)
    assert refusal(padded, limits=DecodeLimits(max_bytes=4000)) == "too_costly"


# --- clean JPEGs ---------------------------------------------------------------------------------


def segments(jpeg: bytes) -> list[tuple[int, bytes]]:
    """The marker segments before the picture data."""
    at, found = 2, []
    while jpeg[at + 1] != 0xDA:
        size = int.from_bytes(jpeg[at + 2 : at + 4], "big")
        found.append((jpeg[at + 1], jpeg[at + 4 : at + 2 + size]))
        at += 2 + size
    return found


@pytest.mark.parametrize("options", [{}, {"quality": 80}, {"max_side": 48}])
def test_a_clean_jpeg_carries_nothing_but_the_picture(tmp_path, options):
    path = tmp_path / "photo.jpg"
    profile = b"canary" * 40
    path.write_bytes(
        saved(
            quadrants(),
            "JPEG",
            exif=camera_exif(),
            comment=b"canary",
            xmp=b"<canary/>",
            icc_profile=profile,
        )
    )
    jpeg = encode_clean(decode_photo(path).pixels, **options)
    kinds = {kind for kind, _ in segments(jpeg)}
    assert kinds <= {0xE0, 0xDB, 0xC0, 0xC4}  # JFIF, quantisation, frame, Huffman tables
    assert [body[:5] for kind, body in segments(jpeg) if kind == 0xE0] == [b"JFIF\0"]
    for trace in (b"canary", b"Exif", b"http://ns.adobe.com", b"ICC_PROFILE", b"Makers", b"Phone"):
        assert trace not in jpeg
    assert jpeg.endswith(b"\xff\xd9")
    assert max(Image.open(io.BytesIO(jpeg)).size) == options.get("max_side", 96)


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(1, 60))
def test_a_clean_jpeg_fits_the_size_asked_for(width, height, side):
    jpeg = encode_clean(np.full((height, width, 3), 90, np.uint8), max_side=side)
    with Image.open(io.BytesIO(jpeg)) as picture:
        assert max(picture.size) == min(side, max(width, height))
        assert np.abs(np.array(picture).astype(int) - 90).max() <= 2


@pytest.mark.parametrize("quality", [85, 92, 94, 100])
@pytest.mark.parametrize("size", [(480, 640), (1, 3000), (3000, 1), (900, 1200)])
def test_a_picture_that_hardly_packs_is_written_too(size, quality):
    noise = np.random.default_rng(1).integers(0, 256, (*size, 3), np.uint8)
    stripes = np.indices(size).sum(axis=0) % 2 * 255  # the most that a block can hold
    for pixels in (noise, np.dstack([stripes, 255 - stripes, stripes]).astype(np.uint8)):
        with Image.open(io.BytesIO(encode_clean(pixels, quality=quality))) as picture:
            picture.load()
            assert picture.size == size[::-1]


@pytest.mark.parametrize("shape", [(4, 4), (4, 4, 4)])
def test_only_colour_pixels_are_encoded(shape):
    with pytest.raises(ValueError, match="uint8"):
        encode_clean(np.zeros(shape, np.uint8))


# --- words ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", MESSAGES)
def test_every_refusal_says_what_happened_and_what_to_do(code):
    message = PhotoUnreadable(code).message
    assert "Please" in message
    assert message.count(".") >= 2
