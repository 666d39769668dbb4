import cv2
import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.generator.anatomy import READ_IN, regions_mask
from inference.training.generator.skin import ita_degrees, srgb_to_linear
from inference.training.real_faces.layers import PLAIN, layers_of, sample_style
from inference.training.real_faces.paint import paint
from tests.inference.training.real_faces.drawn import drawn_face


def changed(face, pixels):
    return np.abs(pixels.astype(int) - face.pixels.astype(int)).max(axis=2)


def on_photo(face, mask):
    whole = np.zeros(face.pixels.shape[:2], np.float32)
    whole[face.surface.box] = face.surface.to_photo(mask.astype(np.float32)) * face.surface.skin
    return whole


@pytest.mark.parametrize("condition", CONDITIONS)
def test_what_is_painted_lies_in_the_conditions_regions_and_grows_with_severity(condition):
    face = drawn_face()
    mild, severe = (paint(face, {condition: s}, seed=5) for s in (0.3, 1.0))
    inside = on_photo(face, regions_mask(face.surface.canvas, READ_IN[condition], 0.0)) > 0.9
    far = on_photo(face, regions_mask(face.surface.canvas, READ_IN[condition], 12.0)) < 0.01
    assert changed(face, severe.pixels)[inside].mean() > 1.3 * changed(face, mild.pixels)[
        inside].mean() > 0.1  # fmt: skip
    if condition != "wrinkles":  # crow's feet reach beyond their region's outline
        assert changed(face, severe.pixels)[far].mean() < 0.02 * changed(face, severe.pixels)[
            inside].mean() + 0.05  # fmt: skip
    assert severe.amount[condition][inside].mean() == pytest.approx(1.0, abs=0.45)


@pytest.mark.parametrize("condition", CONDITIONS)
def test_nothing_is_painted_where_there_is_no_open_skin(condition):
    face = drawn_face()
    pixels = paint(face, {condition: 1.0}, seed=5).pixels
    none = np.ones(pixels.shape[:2], np.bool_)
    none[face.surface.box] = face.surface.skin == 0
    assert none.mean() > 0.3
    assert (pixels[none] == face.pixels[none]).all()


def test_severity_none_leaves_the_photograph_as_it_is_to_the_bit():
    face = drawn_face()
    painted = paint(face, dict.fromkeys(CONDITIONS, 0.0), seed=5)
    assert (painted.pixels == face.pixels).all()
    assert painted.pixels is not face.pixels
    assert painted.amount == {}


@pytest.mark.parametrize("fitzpatrick", [1, 6])
def test_relief_and_spots_keep_the_tone_of_the_skin(fitzpatrick):
    """The typology angle of the cheeks' middle value moves by less than one group's width."""
    face = drawn_face(8 + fitzpatrick, fitzpatrick)
    cheeks = on_photo(face, regions_mask(face.surface.canvas, ("cheek",), 0.0)) > 0.9

    def ita(pixels):
        return ita_degrees(np.median(srgb_to_linear(pixels[cheeks]), axis=0))

    for condition in ("texture", "pores", "wrinkles", "lentigo", "ephelides"):
        pixels = paint(face, {condition: 0.7}, seed=2).pixels
        assert ita(pixels) == pytest.approx(ita(face.pixels), abs=6), condition


def test_the_tone_found_is_the_one_that_was_drawn():
    light, dark = drawn_face(9, 1), drawn_face(14, 6)
    assert light.ita > 35 > -10 > dark.ita
    assert light.light.melanin < 0.1 < dark.light.melanin


def test_red_is_blurred_more_than_blue():
    """Across the edge of a spot red changes over a longer way: its gradient is lower."""
    canvas = drawn_face().surface.canvas
    ratio = layers_of(canvas, 0.03, "lentigo", 0.8, 3, PLAIN).ratio
    sharpness = [
        np.abs(cv2.Sobel(ratio[..., k], cv2.CV_32F, 1, 0)).max() / np.abs(ratio[..., k]).max()
        for k in range(3)
    ]
    assert sharpness[0] < 0.85 * sharpness[2]


def test_the_same_seed_has_the_same_marks_and_another_others():
    face = drawn_face()
    one, again, other = (paint(face, {"lentigo": 0.8}, seed=s).pixels for s in (3, 3, 4))
    assert (one == again).all()
    assert (one != other).any()


def test_styles_differ_but_keep_the_strength_near_the_severity():
    styles = [sample_style(np.random.default_rng(k)) for k in range(40)]
    strengths = [style.factors["melasma"][0] for style in styles]
    assert len(set(strengths)) == 40
    assert 0.75 < min(strengths) < 1 < max(strengths) < 1.35


def test_the_light_is_found_where_it_comes_from():
    """A face lit anew from the left is brighter there, and the fit says so (x to the right)."""
    from dataclasses import replace

    from inference.training.real_faces.light import lit

    face = drawn_face()
    slope = (1 - 0.5 * face.surface.normal[..., :1]).astype(np.float32)
    there = lit(replace(face.surface, linear=face.surface.linear * slope))
    assert there.towards[0] < face.light.towards[0] - 0.2
