"""Photos of one visit show the same skin through other cameras; visits show it changing."""

import numpy as np
import pytest

from inference.training.generator.splits import CAMERAS, camera_seed, split_of
from inference.training.repeats import FIRST, later_visits, visit_photos

SMALL = {"width": 360, "height": 480}


def cheek(photo) -> np.ndarray:
    """A square of the right cheek, 24 pixels across, sRGB as float."""
    x, y = photo.landmarks[50, :2].astype(int)
    return photo.pixels[y - 12 : y + 12, x - 12 : x + 12].astype(float)


def test_photos_of_a_visit_share_person_and_severities_and_nothing_else():
    photos = visit_photos("test", 4, 3, **SMALL)
    assert len({photo.identity for photo in photos}) == 1
    assert split_of(photos[0].identity.seed) == "test"
    assert photos[0].severities == photos[1].severities == photos[2].severities
    assert len({photo.camera for photo in photos}) == 3
    assert len({photo.yaw for photo in photos}) == 3


def test_a_visit_is_drawn_the_same_again():
    first, again = (visit_photos("test", 5, 2, visit=1, **SMALL)[1] for _ in range(2))
    assert (first.pixels == again.pixels).all()


def test_two_visits_have_no_camera_in_common_and_the_same_severities_unless_told():
    early, late = (visit_photos("validation", 2, 2, visit=visit, **SMALL) for visit in (0, 1))
    assert not {photo.camera for photo in early} & {photo.camera for photo in late}
    assert early[0].severities == late[0].severities


def test_cameras_of_repeats_are_the_splits_own_and_not_those_of_its_photos(monkeypatch):
    used = []
    draw = "inference.training.repeats.draw_photo"
    monkeypatch.setattr(draw, lambda *_, **given: used.append(given["seed"]))
    for index, visit in ((0, 0), (0, 9), (1999, 9)):
        visit_photos("test", index, 20, visit=visit)
    assert len(set(used)) == 60
    assert all(seed in CAMERAS["test"] for seed in used)
    assert min(used) >= camera_seed("test", FIRST)


def test_a_condition_runs_its_course_over_the_visits():
    photos = later_visits("test", 1, {"melasma": (0.2, 0.6, 1.0)}, difficulty="good", **SMALL)
    assert [photo.severities["melasma"] for photo in photos] == [0.2, 0.6, 1.0]
    assert len({photo.identity for photo in photos}) == 1
    darker = [float(np.std(cheek(photo).mean(axis=2)) / cheek(photo).mean()) for photo in photos]
    assert darker[0] < max(darker[1:])


@pytest.mark.parametrize(
    "asked", [{"count": 21}, {"index": 2000}, {"visit": 10}, {"index": -1}], ids=str
)
def test_what_no_camera_is_left_for_is_refused(asked):
    with pytest.raises(IndexError, match="runs from 0"):
        visit_photos("test", **{"index": 0, "count": 1, **asked})


def test_courses_of_unequal_length_are_refused():
    with pytest.raises(ValueError, match="one severity a visit"):
        later_visits("test", 0, {"melasma": (0.1,), "pores": (0.1, 0.2)})
