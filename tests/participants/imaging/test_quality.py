"""Size, place and pose come out as the right number and the right words; profiles hold together."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from skimage import data

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
from participants.imaging.quality import assess_quality, measure_photo

from .judging import assess, codes, good, noisy
from .people import astronaut, collins, on_canvas, portrait, turned

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
    assert len(report["measures"]) == 36
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
