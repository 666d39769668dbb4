"""What people send instead of the photo asked for, from the file to the reason they are told."""

from __future__ import annotations

import io
import runpy
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging.decode import DecodedPhoto, decode_photo
from participants.imaging.errors import PhotoUnreadable
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import QualityReport, assess_quality

from . import spoilt
from .files import BLUE, GREEN, RED, WHITE, corners, near, p3_as_srgb, p3_profile, png, saved
from .judging import codes
from .people import FINDER, on_canvas, portrait

DATA = Path(__file__).with_name("data")
SIZE = (900, 1200)


@cache
def selfie() -> np.ndarray:
    identity = sample_identity(44, fitzpatrick=4)
    return draw_photo(identity, {}, view="front", seed=3, width=SIZE[0], height=SIZE[1]).pixels


@pytest.fixture
def send(tmp_path):
    """Send a file, as the phone would, and judge what arrives."""

    def sent(data: bytes | np.ndarray, name: str = "JPEG") -> tuple[DecodedPhoto, QualityReport]:
        path = tmp_path / "photo"
        path.write_bytes(data if isinstance(data, bytes) else saved(data, name, quality=92))
        photo = decode_photo(path, max_side=4096)
        report = assess_quality(photo.pixels, view="front", profile=NORMAL, finder=FINDER)
        return photo, report

    return sent


def told(report: QualityReport) -> set[str]:
    assert report.accepted != bool(codes(report, "reject"))
    return codes(report, "reject")


def test_the_good_photo_is_accepted(send):
    assert told(send(selfie())[1]) == set()


SPOILS = {
    "eyes closed": (spoilt.with_closed_eyes, {"eyes_closed"}),
    "mask": (spoilt.masked, {"covered", "mouth_covered", "no_face"}),
    "sunglasses": (spoilt.in_dark_glasses, {"dark_glasses"}),
    "black and white": (lambda photo, _face: spoilt.grey(photo), {"monochrome"}),
    "cartoon": (lambda photo, _face: spoilt.drawn_as_cartoon(photo), {"drawing"}),
    "screenshot": (lambda photo, _face: spoilt.screenshot(photo), {"screenshot"}),
    "photo of a screen": (lambda photo, _face: spoilt.on_a_screen(photo), {"screen"}),
    "upside down": (lambda photo, _face: photo[::-1, ::-1], {"upside_down"}),
    "left half": (lambda photo, _face: photo[:, : photo.shape[1] // 2], {"cut_off", "no_face"}),
    "right half": (lambda photo, _face: photo[:, photo.shape[1] // 2 :], {"cut_off", "no_face"}),
    "lower half": (lambda photo, _face: photo[photo.shape[0] // 2 :], {"cut_off", "no_face"}),
    "two people": (lambda photo, _face: np.hstack([photo, portrait(1200)]), {"other_faces"}),
}


@pytest.mark.parametrize("kind", SPOILS)
def test_each_fault_is_told_as_what_it_is(send, kind):
    spoil, reasons = SPOILS[kind]
    [face] = FINDER.find_faces(selfie())
    _, report = send(np.ascontiguousarray(spoil(selfie(), face)))
    assert told(report) & reasons


def test_a_face_of_a_hundred_pixels_is_too_far(send):
    _, report = send(on_canvas(portrait(1000), 215, (300, 300), of=1000))
    assert report.face.box[3] == pytest.approx(100, rel=0.1)
    assert "too_far" in told(report)


def test_a_panorama_is_told_to_come_closer_and_not_that_there_is_no_face(send):
    wide = np.full((700, 5600, 3), 150, np.uint8)
    wide += np.random.default_rng(1).integers(0, 12, wide.shape).astype(np.uint8)
    wide[100:600, 2600:3100] = portrait(500)
    photo, report = send(wide)
    assert photo.pixels.shape == (512, 4096, 3)
    assert report.face is not None
    x, _, width, _ = report.face.box
    assert x + width / 2 == pytest.approx(2850 * 4096 / 5600, abs=40)
    assert "too_far" in told(report)


# --- files of another kind: the right pixels, and so the same verdict ----------------------------


def test_a_16_bit_png_is_judged_like_the_8_bit_one(send):
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in selfie().astype(int) * 257)
    photo, report = send(png(*SIZE, rows, depth=16, colour=2))
    assert np.abs(photo.pixels.astype(int) - selfie()).max() <= 1
    assert told(report) == set()


def test_inks_without_a_profile_are_no_colours_to_judge(send):
    data = saved(Image.fromarray(selfie()).convert("CMYK"), "JPEG", quality=95)
    with pytest.raises(PhotoUnreadable, match="CMYK without a profile"):
        send(data)


def test_a_display_p3_jpeg_has_its_colours_brought_to_srgb(send):
    photo, report = send(saved(selfie(), "JPEG", quality=95, icc_profile=p3_profile()))
    plain, _ = send(saved(selfie(), "JPEG", quality=95))
    y, x = 700, 450
    before = plain.pixels[y : y + 8, x : x + 8].reshape(-1, 3).mean(axis=0)
    after = photo.pixels[y : y + 8, x : x + 8].reshape(-1, 3).mean(axis=0)
    wanted = p3_as_srgb(tuple(round(float(level)) for level in before))
    assert np.abs(after - np.array(wanted)).max() < 2.5
    assert after[0] > before[0] + 2  # P3's red is redder
    assert told(report) == set()


def test_a_heic_that_names_display_p3_by_number_only_is_brought_to_srgb(tmp_path):
    named = runpy.run_path(str(DATA / "make_heic.py"))["with_named_colours"]
    heic = (DATA / "quadrants.heic").read_bytes()
    path = tmp_path / "p3.heic"
    path.write_bytes(named(heic, 12))
    wanted = [p3_as_srgb(colour) for colour in (RED, GREEN, BLUE, WHITE)]
    assert not near(wanted, [RED, GREEN, BLUE, WHITE], by=8)
    assert near(corners(decode_photo(path).pixels), wanted, by=6)
    path.write_bytes(named(heic, 1))
    assert near(corners(decode_photo(path).pixels), [RED, GREEN, BLUE, WHITE])


# --- cut files with a false end ------------------------------------------------------------------


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
@pytest.mark.parametrize("mode", ["RGB", "L"])
@pytest.mark.parametrize("side", [None, 300])
def test_a_jpeg_cut_and_closed_with_a_false_end_is_damaged(tmp_path, share, mode, side):
    whole = saved(Image.fromarray(selfie()).convert(mode), "JPEG", quality=90)
    path = tmp_path / "cut.jpg"
    path.write_bytes(whole[: int(len(whole) * share)] + b"\xff\xd9")
    with pytest.raises(PhotoUnreadable) as caught:
        decode_photo(path, max_side=side)
    assert caught.value.code == "truncated"


def test_a_photo_that_ends_in_another_grey_is_whole(tmp_path):
    pixels = selfie().copy()
    pixels[-200:] = 126
    path = tmp_path / "whole.jpg"
    path.write_bytes(saved(pixels, "JPEG"))
    assert decode_photo(path).pixels.shape == pixels.shape


def test_a_progressive_jpeg_cut_in_its_first_scan_is_damaged(tmp_path):
    out = io.BytesIO()
    Image.fromarray(selfie()).save(out, "JPEG", progressive=True)
    path = tmp_path / "cut.jpg"
    whole, scan = out.getvalue(), b"\xff\xda"
    first = whole.index(scan)
    middle = (first + whole.index(scan, first + 2)) // 2
    path.write_bytes(whole[:middle] + b"\xff\xd9")
    with pytest.raises(PhotoUnreadable) as caught:
        decode_photo(path)
    assert caught.value.code == "truncated"


def test_the_reasons_do_not_depend_on_how_the_file_was_packed(send):
    face = FINDER.find_faces(selfie())[0]
    photo = spoilt.in_dark_glasses(selfie(), face)
    small = cv2.resize(photo, (720, 960), interpolation=cv2.INTER_AREA)
    for name in ("JPEG", "PNG", "WEBP"):
        assert "dark_glasses" in told(send(saved(small, name))[1])
