from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.real_faces.blemishes import BLEMISHES
from inference.training.real_faces.lending import (
    LENT_SCALE,
    NUISANCES,
    Canvas,
    lend,
    lender,
    place_mask,
)
from inference.training.real_faces.scenes import DRAWN_OVER, Sitter, add_nuisance
from tests.inference.training.real_faces.drawn import drawn_face

EVERY = [*NUISANCES, *DRAWN_OVER, *BLEMISHES]


def sitter():
    face = drawn_face()
    return Sitter(face, lender(face), frozenset())


def somebody(rng, gender):
    return lender(drawn_face(21, 4))


def difference(one, other):
    return np.abs(one.astype(int) - other.astype(int)).max(axis=2)


@pytest.mark.parametrize("name", EVERY)
def test_each_nuisance_changes_the_picture_and_says_what_it_must_not_change(name):
    me = sitter()
    rng = np.random.default_rng(3)
    out, held, masked = add_nuisance(me, me.face.pixels, name, rng, somebody)
    assert (difference(out, me.face.pixels) > 3).sum() > 20
    assert out.dtype == np.uint8
    assert held
    assert held <= set(CONDITIONS)
    assert not held & masked


@pytest.mark.parametrize("name", NUISANCES)
def test_what_is_lent_lies_in_its_place_alone(name):
    me = sitter()
    nuisance = NUISANCES[name]
    out = lend(me.face, me.face.pixels, nuisance, somebody(None, None), strength=1.0, own=me.own)
    surface = me.face.surface
    mask = place_mask(Canvas(LENT_SCALE), nuisance.place)
    times = np.float32(LENT_SCALE / surface.canvas.scale)
    moved = replace(surface, across=surface.across * times, down=surface.down * times)
    outside = moved.to_photo(mask) < 1e-3
    part = difference(out, me.face.pixels)[surface.box]
    assert part[outside].max() <= 2
    assert part.max() > 2


def test_detail_in_place_of_ones_own_needs_ones_own():
    me = sitter()
    with pytest.raises(ValueError, match="own detail"):
        lend(me.face, me.face.pixels, NUISANCES["fine texture"], me.own, strength=1.0)


def test_lending_ones_own_texture_to_oneself_changes_nothing():
    me = sitter()
    out = lend(me.face, me.face.pixels, NUISANCES["fine texture"], me.own, strength=1.0, own=me.own)
    assert difference(out, me.face.pixels).max() <= 1


def test_a_blemish_is_either_not_to_change_a_score_or_left_out_of_the_loss():
    for one in BLEMISHES.values():
        assert not one.held & one.masked
        assert one.held | one.masked == set(CONDITIONS)


def test_an_unrolled_face_laid_back_is_the_face():
    """To the chart and back: the skin's light comes back but for what is lost in resampling."""
    face = drawn_face()
    canvas = face.surface.canvas
    back = face.surface.to_photo(face.surface.to_chart(face.surface.linear, canvas))
    sure = face.surface.skin > 0.99
    assert np.abs(back - face.surface.linear)[sure].mean() < 0.02
