"""How a photo was taken, as a phone claims it: checked, kept small, put into words."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings

from participants.capture.metadata import CaptureError, claimed_at, describe, read_capture
from tests.junk import VALUES, spoilt

TOLD = {
    "taken_at": "2026-03-02T17:00:00+08:00",
    "clock_offset_s": -61.27,
    "method": "image_capture",
    "facing": "user",
    "mirrored": False,
    "engine": "landmarks",
    "trigger": "auto",
    "width": 3024,
    "height": 4032,
    "alignment": 0.93456,
    "measures": {"yaw": 1.5, "face": True, "hint": "closer", "blur": None},
    "override": ["uneven_light"],
}


def test_what_is_understood_is_kept_and_put_into_one_form():
    kept = read_capture(json.dumps(TOLD))
    assert kept == {
        **TOLD,
        "taken_at": "2026-03-02T09:00:00+00:00",
        "clock_offset_s": -61.3,
        "alignment": 0.9346,
    }


def test_what_is_not_known_is_dropped():
    assert read_capture(json.dumps({"name": "Siti", "method": "file"})) == {"method": "file"}


def test_nothing_told_is_nothing_kept():
    assert read_capture("") == {}


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("taken_at", "2026-03-02T17:00:00"),  # in which zone?
        ("taken_at", "yesterday"),
        ("taken_at", 5),
        ("clock_offset_s", "60"),
        ("clock_offset_s", 1e12),
        ("method", "telepathy"),
        ("method", ["file"]),
        ("facing", "sideways"),
        ("mirrored", 1),
        ("engine", None),
        ("width", -1),
        ("width", True),
        ("height", 1e9),
        ("alignment", 1.5),
        ("alignment", "0.5"),
        ("measures", [1, 2]),
        ("measures", {"deep": {"er": 1}}),
        ("measures", {"long": "x" * 41}),
        ("measures", {f"m{n}": n for n in range(25)}),
        ("override", "uneven_light"),
        ("override", [1]),
        ("override", ["x"] * 25),
        ("override", None),
        ("taken_at", "0001-01-01T00:00:00+14:00"),  # before the first year, in UTC
        ("taken_at", None),
        ("width", 10**300),
        ("mirrored", None),
        ("measures", {"big": 10**300}),
        ("measures", {"": [None]}),
        ("measures", None),
    ],
)
def test_a_value_that_makes_no_sense_is_refused_by_its_name(key, value):
    with pytest.raises(CaptureError, match=key):
        read_capture(json.dumps({key: value}))


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "null",
        "{",
        '{"alignment": NaN}',
        "[" * 2000,
        json.dumps({"x": "y" * 2048}),
        '{"width": 1, "width": 2}',
        '{"alignment": 1e999}',
        '{"method": "\\u0000"}',
        '{"override": ["\\ud800"]}',
        '{"method": "\ud800"}',
    ],
)
def test_what_is_no_small_object_is_refused(text):
    with pytest.raises(CaptureError):
        read_capture(text)


def test_whole_numbers_stay_whole_and_pixels_are_cut_to_whole_ones():
    told = {"clock_offset_s": 60, "width": 3024.7, "alignment": 1, "measures": {"yaw": 2}}
    kept = read_capture(json.dumps(told))
    assert json.dumps({**kept, "width": 3024.7}) == json.dumps(told)
    assert kept["width"] == 3024


def test_no_front_or_rear_camera_and_no_alignment_may_be_said_outright():
    told = {"facing": None, "alignment": None}
    assert read_capture(json.dumps(told)) == told


@given(spoilt(TOLD) | VALUES)
@settings(max_examples=200, deadline=None)
def test_whatever_a_phone_says_is_kept_small_or_refused_by_its_name(told):
    try:
        kept = read_capture(json.dumps(told))
    except CaptureError as error:
        named = str(error)
    else:
        assert kept.keys() <= TOLD.keys()
        json.dumps(kept, allow_nan=False, ensure_ascii=False).encode()
        assert describe(kept) is not None
        claimed_at(kept)
        return
    assert named in {*TOLD, "capture"}


def test_the_phones_time_is_put_right_by_how_far_its_clock_was_off():
    told = {"taken_at": "2026-03-02T11:00:00+00:00", "clock_offset_s": -7200}
    assert claimed_at(told) == datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    assert claimed_at({"taken_at": "2026-03-02T09:00:00+00:00"}) == claimed_at(told)
    assert claimed_at({"clock_offset_s": 5}) is None


def test_a_time_at_the_end_of_all_calendars_is_none():
    assert (
        claimed_at({"taken_at": "9999-12-31T23:59:59+00:00", "clock_offset_s": 600_000_000}) is None
    )


def test_staff_read_it_in_words():
    words = describe(read_capture(json.dumps(TOLD)))
    assert words == [
        "still picture of the camera page",
        "front camera",
        "taken by itself",
        "guided by the face",
        "93 % aligned with the first visit",
        "kept in spite of uneven light",
    ]
    assert describe({"clock_offset_s": 7200}) == [
        "the phone's clock was 120 min off and was put right"
    ]
    assert describe({}) == []
