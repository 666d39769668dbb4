"""What hides, changes or fakes a face gets its own reason, and a good photo none of them."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging import measures, natural
from participants.imaging.face import Face
from participants.imaging.motion import motion
from participants.imaging.picture import Picture
from participants.imaging.profiles import NORMAL, STRICT
from participants.imaging.quality import assess_quality

from . import spoilt
from .judging import assess, codes, good, noisy
from .people import FINDER, turned

TONES = (1, 4, 6)
NEW = {
    *("moved", "filtered", "monochrome", "drawing", "screen", "screenshot", "eyes_closed"),
    *("dark_glasses", "covered", "mouth_covered", "no_face"),
}


@cache
def drawn(tone: int, view: str = "front") -> np.ndarray:
    identity = sample_identity(40 + tone, fitzpatrick=tone)
    severe = {"melasma": 0.9, "dermatitis": 0.6} if view == "front" else {}
    return draw_photo(identity, severe, view=view, seed=3, width=720, height=960).pixels


@cache
def found(tone: int) -> Face:
    return FINDER.find_faces(drawn(tone))[0]


@cache
def real() -> Face:
    return FINDER.find_faces(good())[0]


# --- none of it in good photos -------------------------------------------------------------------


@pytest.mark.parametrize("view", ["front", "left", "right"])
@pytest.mark.parametrize("tone", range(1, 7))
def test_a_good_photo_of_any_tone_and_view_is_none_of_these(tone, view):
    report = assess(drawn(tone, view), view=view)
    assert not codes(report, "reject") & NEW
    assert not codes(report) & NEW - {"filtered"}


def test_a_real_face_is_none_of_these():
    assert not codes(assess(good())) & NEW


def test_glasses_of_clear_glass_are_no_dark_glasses():
    face = real()
    rims = good().copy()
    for ring in (spoilt.RIGHT_EYE, spoilt.LEFT_EYE):
        x, y = spoilt.points(face, ring).mean(axis=0)
        spoilt.cv2.circle(rims, (int(x), int(y)), int(face.inter_eye_px * 0.36), (30, 30, 30), 8)
    assert not codes(assess(rims), "reject") & {"dark_glasses", "eyes_closed", "covered"}


# --- each fault on a real face and on drawn ones -------------------------------------------------

COVERS = {
    "mask": (spoilt.masked, {"covered", "mouth_covered", "no_face"}),
    "dark glasses": (spoilt.in_dark_glasses, {"dark_glasses"}),
    "hand": (spoilt.behind_a_hand, {"mouth_covered", "covered", "no_face"}),
}


@pytest.mark.parametrize("kind", COVERS)
@pytest.mark.parametrize("tone", [0, *TONES])
def test_what_covers_the_face_is_refused_as_that(tone, kind):
    spoil, told = COVERS[kind]
    pixels, face = (good(), real()) if tone == 0 else (drawn(tone), found(tone))
    report = assess(spoil(pixels, face))
    assert not report.accepted
    assert codes(report, "reject") & told


@pytest.mark.parametrize("tone", [0, 1, 4])
def test_hair_over_half_of_the_face_is_refused(tone):
    pixels, face = (good(), real()) if tone == 0 else (drawn(tone), found(tone))
    assert codes(assess(spoilt.half_behind(pixels, face)), "reject") & {"covered", "no_face"}


@pytest.mark.parametrize("tone", [0, *TONES])
def test_closed_eyes_measure_less_open(tone):
    pixels, face = (good(), real()) if tone == 0 else (drawn(tone), found(tone))
    shut = assess(spoilt.with_closed_eyes(pixels, face))
    assert shut.value("eye_opening") < 0.75 * assess(pixels).value("eye_opening")


@pytest.mark.parametrize("tone", [1, 4])
def test_closed_eyes_are_refused(tone):
    assert "eyes_closed" in codes(
        assess(spoilt.with_closed_eyes(drawn(tone), found(tone))), "reject"
    )


@pytest.mark.parametrize("paint", [spoilt.grey, spoilt.sepia])
@pytest.mark.parametrize("tone", [0, *TONES])
def test_a_photo_without_colours_is_refused_as_that(tone, paint):
    report = assess(paint(good() if tone == 0 else drawn(tone)))
    assert "monochrome" in codes(report, "reject")
    assert "coloured_light" not in codes(report)


@pytest.mark.parametrize("tone", [0, *TONES])
def test_a_drawing_is_refused(tone):
    report = assess(spoilt.drawn_as_cartoon(good() if tone == 0 else drawn(tone)))
    assert codes(report, "reject") & {"drawing", "no_face"}
    told = [reason.code for reason in report.reasons if reason.outcome == "reject"]
    if {"drawing", "filtered"} <= set(told):
        assert told.index("drawing") < told.index("filtered"), "what it is comes first"


def test_a_filter_leaves_little_texture_for_the_sharpness_of_the_eyes():
    plain = assess(drawn(4)).value("skin_texture")
    report = assess(spoilt.smoothed(drawn(4), found(4), rounds=3), profile=STRICT)
    assert report.value("skin_texture") < plain / 2
    assert "filtered" in codes(report, "reject")


def test_grain_over_a_filtered_photo_is_not_taken_for_skin():
    smooth = spoilt.smoothed(good(), real(), rounds=3)
    bare = assess(smooth).value("skin_texture")
    assert assess(noisy(smooth, 3)).value("skin_texture") == pytest.approx(bare, abs=1.5)


def test_a_lens_out_of_focus_is_no_filter():
    soft = spoilt.cv2.GaussianBlur(drawn(4), (0, 0), 3)
    assert "filtered" not in codes(assess(soft), "reject")


# --- screens -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tone", [0, *TONES])
def test_a_photo_of_a_screen_is_refused(tone):
    report = assess(spoilt.on_a_screen(good() if tone == 0 else drawn(tone)))
    assert "screen" in codes(report, "reject")


@given(st.floats(2.6, 5.0), st.floats(4, 41))
@settings(max_examples=10, deadline=None)
def test_the_grid_of_a_screen_shows_at_any_pitch_and_turn(pitch, degrees):
    pixels = spoilt.on_a_screen(drawn(4), pitch, degrees)
    assert natural.screen_pattern(Picture(pixels), found(4)) > NORMAL.gates["screen_pattern"].reject


@pytest.mark.parametrize("bar", [(255, 255, 255), (0, 0, 0)])
def test_a_screenshot_with_its_bars_is_refused(bar):
    report = assess(spoilt.screenshot(drawn(4), bar))
    height = 960 // 8 + 960 // 6
    assert report.value("bars") == pytest.approx(100 * height / (960 + height), abs=1)
    assert "screenshot" in codes(report, "reject")


def test_bars_at_the_sides_count_too():
    wide = np.full((600, 1000, 3), 0, np.uint8)
    wide[:, 250:750] = drawn(4)[:600, :500]
    assert natural.bars(wide) == pytest.approx(50, abs=1)


def test_a_plain_wall_is_no_bar():
    wall = spoilt.grainy(np.full((800, 600, 3), 200.0), 2)
    wall[500:, 100:500] = 60
    assert natural.bars(wall) == 0
    assert natural.bars(np.full((300, 300, 3), 255, np.uint8)) == 0


# --- motion --------------------------------------------------------------------------------------


@pytest.mark.parametrize("degrees", [0, 30, 60, 90, 120, 150])
def test_a_smear_is_found_with_its_length_and_direction(degrees):
    chip = measures.face_chip(drawn(4), found(4))
    length, found_degrees = motion(spoilt.moved(chip.luma, 12, degrees), chip.face)
    assert length == pytest.approx(12, rel=0.45)
    assert abs((found_degrees - degrees + 90) % 180 - 90) < 15


@given(st.floats(3, 12))
@settings(max_examples=8, deadline=None)
def test_a_lens_out_of_focus_is_not_motion(sigma):
    chip = measures.face_chip(drawn(4), found(4))
    soft = spoilt.cv2.GaussianBlur(chip.luma, (0, 0), sigma)
    assert motion(soft, chip.face)[0] < 8


def test_a_moved_photo_is_told_apart_from_a_blurred_one():
    face = real()
    length = 12 * face.inter_eye_px / measures.CHIP_INTER_EYE
    report = assess(spoilt.moved(good(), length, 0))
    assert "moved" in codes(report, "reject")
    assert "blurred" not in codes(report)
    still = assess(spoilt.cv2.GaussianBlur(good(), (0, 0), length / 2))
    assert "blurred" in codes(still, "reject")
    assert "moved" not in codes(still)


def test_the_direction_is_that_of_the_photo_however_the_head_leans():
    face = real()
    length = 14 * face.inter_eye_px / measures.CHIP_INTER_EYE
    leaning = spoilt.moved(turned(good(), 20)[0], length, 0)
    degrees = assess(leaning).value("motion_angle")
    assert abs((degrees + 90) % 180 - 90) < 15


def test_nothing_is_measured_of_a_face_that_lies_past_the_edge():
    far = Face((0, 0, 10, 10), real().landmarks + 5000, 1.0, 0, 0, 0, 200.0)

    class Says:
        def find_faces(self, _pixels, *, max_faces=3):
            return [far]

    report = assess_quality(drawn(4), view="front", profile=NORMAL, finder=Says())
    assert not report.accepted
