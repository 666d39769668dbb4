import numpy as np
import pytest

from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from inference.training.importers.folder import SAME_LOOK
from inference.training.importers.listing import Item
from inference.training.importers.parts import PictureRule
from inference.training.importers.pictures import NotUsable, cut_pixels, look_of
from participants.imaging.face import FaceFinder
from tests.inference.training.importers.layouts import face, skin

FINDER = FaceFinder()


def cut(pixels, rule, view="auto"):
    item = Item("a.jpg", "t.csv:2", "person P1", {}, 0, 0, "train", view)
    return cut_pixels(pixels, item, rule, size=32, window_mm=40.0, finder=FINDER)


def refusal(pixels, rule):
    with pytest.raises(NotUsable) as refused:
        cut(pixels, rule)
    return refused.value.reason


@pytest.mark.parametrize(("view", "other"), [("left", "right"), ("right", "left")])
def test_a_turned_head_shows_the_cheek_its_view_is_named_for(view, other):
    camera = sample_camera(4, difficulty="good")
    photo = draw_photo(
        sample_identity(4, fitzpatrick=3),
        {},
        view=view,
        seed=4,
        camera=camera,
        width=360,
        height=480,
    )
    regions = {crop.region for crop in cut(photo.pixels, PictureRule(kind="face")).crops}
    assert f"cheek_{view}" in regions
    assert f"cheek_{other}" not in regions


def test_two_faces_are_nobody_s_label():
    both = np.concatenate([face(1).pixels, face(2).pixels], axis=1)
    assert refusal(both, PictureRule(kind="face")) == "several-faces"


def test_a_picture_without_a_face_is_left_out_or_taken_as_a_close_up():
    grey = np.full((200, 200, 3), 120, np.uint8)
    assert refusal(grey, PictureRule(kind="face")) == "no-face"
    (crop,) = cut(grey, PictureRule(kind="face", without_face="close_up")).crops
    assert crop.region == ""


def test_a_close_up_of_unknown_scale_is_its_middle_square():
    pixels = np.zeros((100, 160, 3), np.uint8)
    pixels[:, 30:130] = 200
    (crop,) = cut(pixels, PictureRule(kind="close_up")).crops
    assert (crop.pixels == 200).all()
    assert refusal(pixels[:20], PictureRule(kind="close_up")) == "too-small"


def test_a_close_up_of_known_width_has_the_window_of_a_crop():
    """160 pixels for 80 mm: a window of 40 mm is the middle 80 pixels."""
    pixels = np.zeros((100, 160, 3), np.uint8)
    pixels[10:90, 40:120] = 200
    (crop,) = cut(pixels, PictureRule(kind="close_up", width_mm=80.0)).crops
    assert (crop.pixels == 200).all()
    assert crop.to_photo @ [0, 0, 1] == pytest.approx([40.75, 10.75])
    assert refusal(pixels, PictureRule(kind="close_up", width_mm=60.0)) == "too-small"
    assert refusal(pixels, PictureRule(kind="close_up", width_mm=170.0)) == "too-small"


def test_a_picture_looks_like_its_copies_and_unlike_others():
    one = skin(1)
    copy = np.ascontiguousarray(one[::2, ::2])
    assert np.count_nonzero(look_of(one) != look_of(copy)) <= SAME_LOOK
    assert np.count_nonzero(look_of(face(1).pixels) != look_of(face(2).pixels)) > SAME_LOOK
