"""Known faults put into a good photo come out as the right number and the right words."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import cache

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data
from skimage.measure import blur_effect

from participants.imaging import measures
from participants.imaging.face import Face
from participants.imaging.profiles import (
    NORMAL,
    OFF,
    PROFILES,
    SENTENCES,
    STRICT,
    VIEW_YAW,
    Gate,
)
from participants.imaging.quality import QualityReport, assess_quality, measure_photo

from .people import FINDER, astronaut, collins, on_canvas, portrait, turned


@cache
def good() -> np.ndarray:
    """A selfie-like photo: 1,400 px, the face two fifths of the frame's height."""
    return portrait(1400)


def assess(pixels, view="front", profile=NORMAL) -> QualityReport:
    return assess_quality(np.ascontiguousarray(pixels), view=view, profile=profile, finder=FINDER)


def codes(report: QualityReport, outcome: str | None = None) -> set[str]:
    return {reason.code for reason in report.reasons if outcome in (None, reason.outcome)}


def coded(light: np.ndarray) -> np.ndarray:
    """Linear light, 0 to 1, to 8-bit sRGB."""
    light = np.clip(light, 0, 1)
    srgb = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    return (srgb * 255).round().astype(np.uint8)


def relit(pixels: np.ndarray, gains) -> np.ndarray:
    """The same scene under more, less or coloured light."""
    return coded(measures.LINEAR[pixels] * gains)


def noisy(pixels: np.ndarray, sigma: float) -> np.ndarray:
    noise = np.random.default_rng(1).normal(0, sigma, pixels.shape)
    return np.clip(pixels + noise, 0, 255).round().astype(np.uint8)


# --- a good photo --------------------------------------------------------------------------------


def test_a_good_photo_is_accepted():
    report = assess(good())
    assert report.accepted
    assert not codes(report, "reject")
    assert report.face is not None


def test_the_report_is_plain_json():
    report = json.loads(json.dumps(assess(good()).as_dict(), allow_nan=False))
    assert report["accepted"] is True
    assert report["profile"] == "normal"
    assert len(report["measures"]) == 15
    blur = next(m for m in report["measures"] if m["code"] == "blur")
    assert blur["unit"] == "0 to 1"
    assert (blur["warn"], blur["reject"], blur["worse"]) == (0.60, 0.72, "above")


# --- size, number, place -------------------------------------------------------------------------


@pytest.mark.parametrize(("side", "outcome"), [(1000, "good"), (600, "warn"), (220, "reject")])
def test_a_far_face_is_told_to_come_closer(side, outcome):
    report = assess(on_canvas(portrait(1000), side, (0, 0), of=1000))
    height = report.value("face_height")
    assert height == pytest.approx(46.7 * side / 1000, rel=0.06)
    measure = next(m for m in report.measures if m.code == "face_height")
    assert measure.outcome == outcome


def test_the_sentence_for_a_far_face_says_what_to_do():
    report = assess(astronaut())
    assert report.value("inter_eye") == pytest.approx(43, abs=2)
    assert not report.accepted
    (reason,) = [reason for reason in report.reasons if reason.code == "too_far"]
    assert reason.message == SENTENCES["too_far"]
    assert "closer" in reason.message


def test_no_face_is_refused():
    report = assess(data.chelsea())
    assert (report.accepted, report.face) == (False, None)
    assert codes(report) == {"no_face"}
    assert report.value("faces") == 0


def test_no_face_in_the_dark_says_so():
    assert codes(assess(data.chelsea() // 8)) == {"no_face", "too_dark"}


def test_a_second_person_as_large_is_refused():
    both = np.hstack([portrait(700), portrait(700)[:, ::-1]])
    report = assess(both)
    assert report.value("faces") == 2
    assert report.value("other_face") == pytest.approx(99, abs=4)
    assert "other_faces" in codes(report, "reject")


def test_a_small_face_behind_is_a_warning():
    picture = good().copy()
    picture[:520, :520] = portrait(520)
    report = assess(picture)
    assert "other_faces" in codes(report, "warn")
    assert report.value("other_face") == pytest.approx(37, abs=4)


@pytest.mark.parametrize(
    ("rows", "columns"),
    [
        (slice(None), slice(0, 860)),
        (slice(None), slice(530, None)),
        (slice(0, 960), slice(None)),
        (slice(560, None), slice(None)),
    ],
)
def test_a_face_cut_off_at_an_edge_is_refused(rows, columns):
    report = assess(good()[rows, columns])
    assert report.value("cut_off") > 5
    assert "cut_off" in codes(report, "reject")


def test_how_much_is_cut_off_is_counted():
    _, y, width, height = collins().box
    face = Face(
        box=(-0.1 * width, y, width, height),
        landmarks=collins().landmarks,
        presence=1,
        yaw=0,
        pitch=0,
        roll=0,
        inter_eye_px=43,
    )
    assert measures.cut_off((512, 512, 3), face) == pytest.approx(10, abs=0.1)
    assert measures.cut_off((int(y + height * 0.8), 512, 3), collins()) == pytest.approx(20, abs=1)


# --- pose ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("degrees", "outcome"), [(5, "good"), (20, "warn"), (-40, "reject")])
def test_a_tilted_photo_is_measured(degrees, outcome):
    report = assess(turned(good(), degrees)[0])
    upright = assess(good())
    expected = abs(upright.face.roll + degrees)
    assert report.value("roll_off") == pytest.approx(expected, abs=1.5)
    measure = next(m for m in report.measures if m.code == "roll_off")
    assert measure.outcome == outcome


def test_an_upside_down_photo_is_named_so():
    assert "upside_down" in codes(assess(good()[::-1, ::-1]), "reject")


def posed(yaw: float, pitch: float = 0.0) -> list[Face]:
    face = collins()
    return [
        Face(
            box=face.box,
            landmarks=face.landmarks,
            presence=1.0,
            yaw=yaw,
            pitch=pitch,
            roll=0.0,
            inter_eye_px=300.0,
        )
    ]


class Says:
    """A finder that has made up its mind."""

    def __init__(self, faces: list[Face]) -> None:
        self.faces = faces

    def find_faces(self, _pixels, *, max_faces=3):
        return self.faces[:max_faces]


@pytest.mark.parametrize(
    ("view", "yaw", "told"),
    [
        ("front", 0, None),
        ("front", 40, "turned_left"),
        ("front", -40, "turned_right"),
        ("left", -40, None),
        ("left", 0, "show_left"),
        ("left", 40, "show_left"),
        ("left", -80, "turned_too_far"),
        ("right", 40, None),
        ("right", 0, "show_right"),
        ("right", -40, "show_right"),
        ("right", 80, "turned_too_far"),
    ],
)
def test_each_view_asks_for_its_own_turn_of_the_head(view, yaw, told):
    report = assess_quality(astronaut(), view=view, profile=NORMAL, finder=Says(posed(yaw)))
    turns = codes(report, "reject") & {
        *("turned_left", "turned_right", "show_left", "show_right", "turned_too_far")
    }
    assert turns == ({told} if told else set())
    assert report.value("yaw_off") == pytest.approx(abs(yaw - VIEW_YAW[view]))


def test_two_measures_with_one_reason_give_it_once_and_the_worse_counts():
    (face,) = posed(0)
    far = replace(face, inter_eye_px=200.0, box=(200, 200, 50, 50))
    report = assess_quality(astronaut(), view="front", profile=NORMAL, finder=Says([far]))
    assert [reason.outcome for reason in report.reasons if reason.code == "too_far"] == ["reject"]


def test_the_left_view_shows_the_left_cheek():
    """Seen from the camera, a head turned to its own right shows more of its left side."""
    assert VIEW_YAW["left"] < 0 < VIEW_YAW["right"]


@pytest.mark.parametrize(("pitch", "told"), [(30, "looking_up"), (-30, "looking_down")])
def test_a_lifted_or_bowed_head_is_told_which(pitch, told):
    report = assess_quality(astronaut(), view="front", profile=NORMAL, finder=Says(posed(0, pitch)))
    assert told in codes(report, "reject")


def test_a_front_photo_will_not_do_as_a_side_view():
    report = assess(good(), view="left")
    assert "show_left" in codes(report, "reject")
    assert report.value("unevenness") is None


# --- sharpness and noise -------------------------------------------------------------------------


def test_the_blur_measure_agrees_with_the_reference():
    rng = np.random.default_rng(5)
    for sigma in (0.8, 1.5, 3, 6):
        texture = cv2.GaussianBlur(rng.integers(0, 255, (300, 300)).astype(np.uint8), (0, 0), sigma)
        reference = blur_effect(cv2.medianBlur(texture, 3))
        everywhere = np.ones(texture.shape, bool)
        assert measures.blur(texture, everywhere) == pytest.approx(reference, abs=0.01)


def test_more_blur_reads_as_more_blur_until_it_is_refused():
    values = [assess(good()).value("blur")]
    for sigma in (4, 8, 16):
        report = assess(cv2.GaussianBlur(good(), (0, 0), sigma))
        values.append(report.value("blur"))
    assert values == sorted(values)
    assert values[0] < 0.6 < 0.72 < values[2]
    assert "blurred" in codes(report, "reject")


@pytest.mark.parametrize("across", [True, False])
def test_motion_along_one_direction_counts_as_blur(across):
    streak = np.zeros((41, 41), np.float32)
    streak[(20, slice(None)) if across else (slice(None), 20)] = 1 / 41
    assert "blurred" in codes(assess(cv2.filter2D(good(), -1, streak)), "reject")


def test_blur_does_not_depend_on_exposure():
    plain, dim = assess(good()).value("blur"), assess(relit(good(), 0.3)).value("blur")
    assert dim == pytest.approx(plain, abs=0.02)


def test_noise_does_not_make_a_blurred_photo_pass():
    blurred = cv2.GaussianBlur(good(), (0, 0), 14)
    assert "blurred" in codes(assess(noisy(blurred, 8)), "reject")


@pytest.mark.parametrize("sigma", [3, 6, 12, 20])
def test_the_noise_put_in_is_the_noise_read(sigma):
    assert assess(noisy(good(), sigma)).value("noise") == pytest.approx(sigma, rel=0.12, abs=0.3)


def test_a_grainy_photo_is_refused():
    assert "grainy" in codes(assess(noisy(good(), 20)), "reject")
    assert "grainy" in codes(assess(noisy(good(), 11)), "warn")


# --- light and colour ----------------------------------------------------------------------------


def test_too_much_light_is_refused():
    report = assess(relit(good(), 3.0))
    assert report.value("overexposed") > 8
    assert "too_bright" in codes(report, "reject")


def test_the_share_that_is_burnt_out_is_counted():
    chip = measures.face_chip(good(), FINDER.find_faces(good())[0])
    rows = np.flatnonzero(chip.skin.any(axis=1))
    burnt = chip.pixels.copy()
    burnt[rows[0] : rows[len(rows) // 4]] = 255
    share = 100 * chip.skin[rows[0] : rows[len(rows) // 4]].sum() / chip.skin.sum()
    chip = measures.FaceChip(burnt, chip.points, chip.face, chip.skin)
    assert measures.overexposed(chip) == pytest.approx(share, abs=0.5)


def test_a_photo_in_the_dark_is_refused():
    report = assess(relit(good(), 0.03))
    assert report.value("brightest") < 60
    assert "too_dark" in codes(report, "reject")


def darker_skin(pixels: np.ndarray, factor: float) -> np.ndarray:
    """The same person with skin that reflects `factor` as much; eyes and teeth stay as they are."""
    (face,) = FINDER.find_faces(pixels)
    mask = np.zeros(pixels.shape[:2], np.float32)
    oval = face.landmarks[list(measures.FACE_OVAL), :2]
    cv2.fillPoly(mask, [np.round(oval).astype(np.int32)], (1.0,))
    for ring in (measures.NOT_SKIN[0], measures.NOT_SKIN[1], measures.NOT_SKIN[4]):
        cv2.fillPoly(mask, [np.round(face.landmarks[list(ring), :2]).astype(np.int32)], (0.0,))
    mask = cv2.GaussianBlur(mask, (0, 0), 3)[..., None]
    return relit(pixels, 1 + mask * (factor - 1))


@pytest.mark.parametrize("factor", [0.4, 0.15, 0.06])
def test_dark_skin_in_good_light_is_not_a_dark_photo(factor):
    report = assess(darker_skin(good(), factor))
    assert not codes(report) & {"too_dark", "shadows", "coloured_light"}
    assert report.accepted


def test_the_honest_luma_of_the_darkest_skin_does_not_count_as_lost():
    levels = np.random.default_rng(2).integers(16, 42, (100, 100, 1)).astype(np.uint8)
    whole = np.ones((100, 100), bool)
    skin = np.repeat(levels, 3, axis=2)
    points = np.zeros((468, 2), np.float32)
    assert measures.underexposed(measures.FaceChip(skin, points, whole, whole)) == 0
    skin[:30] = 1
    assert measures.underexposed(measures.FaceChip(skin, points, whole, whole)) == 30


def test_skin_lost_in_black_is_refused():
    shadow = np.ones(good().shape[1])
    shadow[: good().shape[1] // 2] = 0.002
    report = assess(relit(good(), shadow[None, :, None]))
    assert report.value("underexposed") > 25
    assert "shadows" in codes(report, "reject")


@pytest.mark.parametrize("ratio", [1.0, 1.3, 2.0])
def test_uneven_light_is_measured_as_the_ratio_it_is(ratio):
    (face,) = FINDER.find_faces(good())
    chip = measures.face_chip(good(), face)
    even = np.full_like(chip.pixels, 140)
    middle = int(chip.points[measures.NOSE_BRIDGE, 0])
    gains = np.ones((1, chip.pixels.shape[1], 1))
    gains[:, :middle] = 1 / ratio
    lit = measures.FaceChip(relit(even, gains), chip.points, chip.face, chip.skin)
    assert measures.unevenness(lit) == pytest.approx(ratio, rel=0.04)


def test_light_from_one_side_is_refused():
    gains = np.linspace(1.3, 0.2, good().shape[1])[None, :, None]  # her own left is darker
    assert "uneven_light" in codes(assess(relit(good(), gains)), "reject")


@pytest.mark.parametrize("gains", [(0.45, 1.0, 1.6), (0.5, 1.1, 0.6), (1.5, 0.45, 1.5)])
def test_coloured_light_is_refused(gains):
    assert "coloured_light" in codes(assess(relit(good(), np.array(gains))), "reject")


MONK = ["f6ede4", "f3e7db", "f7ead0", "eadaba", "d7bd96", "a07e56", "825c43", "604134", "3a312a"]
MONK += ["292420"]


@pytest.mark.parametrize("tone", MONK)
def test_no_tone_of_skin_is_taken_for_coloured_light(tone):
    """The ten swatches of the Monk scale (Monk 2019) are paler than skin, and pass all the same."""
    colour = np.array([[list(bytes.fromhex(tone))]], np.uint8)
    whole = np.ones((1, 1), bool)
    chip = measures.FaceChip(colour, np.zeros((468, 2), np.float32), whole, whole)
    cast = measures.colour_cast(measures.skin_lab(chip))
    assert cast < NORMAL.gates["colour_cast"].warn
    if MONK.index(tone) >= 5:
        assert cast < 0.5


# --- profiles ------------------------------------------------------------------------------------


def test_off_refuses_nothing_and_still_measures():
    report = assess(data.chelsea(), profile=OFF)
    assert (report.accepted, report.reasons) == (True, ())
    report = assess(noisy(astronaut(), 30), profile=OFF)
    assert report.accepted
    assert report.value("noise") > 20
    assert all(measure.reject is None for measure in report.measures)


def test_strict_refuses_whatever_normal_refuses():
    assert set(STRICT.gates) == set(NORMAL.gates)
    for code, gate in STRICT.gates.items():
        sign = 1 if gate.worse == "above" else -1
        assert gate.worse == NORMAL.gates[code].worse
        assert sign * gate.reject <= sign * NORMAL.gates[code].reject
        assert sign * gate.warn <= sign * NORMAL.gates[code].warn


@pytest.mark.parametrize("profile", PROFILES.values(), ids=PROFILES)
def test_every_gate_warns_before_it_refuses_and_is_measured(profile):
    values = measure_photo(astronaut(), [collins()], "front")
    for code, gate in profile.gates.items():
        assert code in values
        assert gate.outcome(gate.warn) == "good"
        assert gate.warn <= gate.reject if gate.worse == "above" else gate.warn >= gate.reject


@given(st.floats(-10, 10), st.floats(-10, 10), st.floats(0, 5), st.sampled_from(["above", "below"]))
def test_a_gate_never_judges_worse_values_better(value, warn, room, worse):
    sign = 1 if worse == "above" else -1
    gate = Gate(warn, warn + sign * room, worse)
    order = ["good", "warn", "reject"]
    assert order.index(gate.outcome(value)) <= order.index(gate.outcome(value + sign))


@pytest.mark.parametrize("code", SENTENCES)
def test_every_sentence_is_about_the_photo_and_says_what_to_do(code):
    assert SENTENCES[code].count(".") >= 2
    assert len(SENTENCES[code]) < 170


def test_refusals_come_before_warnings():
    report = assess(noisy(astronaut(), 10))
    outcomes = [reason.outcome for reason in report.reasons]
    assert outcomes == sorted(outcomes, key=["reject", "warn"].index)
    assert set(outcomes) == {"reject", "warn"}
