"""Pictures to refuse: seeded, of the size asked for, and of nobody in a split."""

import numpy as np
import pytest

from inference.training.generator.splits import CAMERAS, IDENTITIES
from inference.training.out_of_scope import KINDS, draw_out_of_scope
from inference.training.out_of_scope.brush import FIRST_CAMERA, FIRST_IDENTITY
from participants.imaging.face import FaceFinder

SMALL = (270, 360)
LIKE_A_FACE = ("sketch", "cartoon", "screen", "print", "statue")
FACELESS = ("room", "sky", "text", "noise", "wood", "food", "fabric", "skin", "back_of_head", "fur")


@pytest.mark.parametrize("kind", KINDS)
def test_a_picture_has_the_size_asked_for_and_depends_on_its_seed_alone(kind):
    picture = draw_out_of_scope(kind, 3, SMALL)
    draw_out_of_scope(kind, 4, SMALL)
    assert picture.shape == (360, 270, 3)
    assert picture.dtype == np.uint8
    assert (picture == draw_out_of_scope(kind, 3, SMALL)).all()
    assert (picture != draw_out_of_scope(kind, 5, SMALL)).mean() > 0.02


def test_an_unknown_kind_is_refused():
    with pytest.raises(ValueError, match="out of scope is one of room"):
        draw_out_of_scope("selfie", 1)


def test_nobody_in_these_pictures_belongs_to_a_split():
    assert all(seeds.end <= FIRST_IDENTITY for seeds in IDENTITIES.values())
    assert all(seeds.end <= FIRST_CAMERA for seeds in CAMERAS.values())


@pytest.mark.parametrize("kind", FACELESS)
def test_the_face_networks_find_no_face_where_none_is_drawn(kind):
    assert not FaceFinder().find_faces(draw_out_of_scope(kind, 1, (540, 720)))


@pytest.mark.parametrize("kind", LIKE_A_FACE)
def test_a_likeness_is_near_enough_to_pass_for_a_face_at_first(kind):
    pictures = (draw_out_of_scope(kind, seed, (540, 720)) for seed in (1, 2))
    assert any(FaceFinder().find_faces(picture) for picture in pictures)


def test_a_statue_has_no_colour_of_skin():
    statue = draw_out_of_scope("statue", 2, SMALL).astype(float)
    middle = statue[120:240, 90:180].reshape(-1, 3).mean(axis=0)
    assert np.ptp(middle / middle.mean()) < 0.5
