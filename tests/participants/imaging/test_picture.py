"""A photo is scaled down once for all measures, and the finest are taken on its own pixels."""

from __future__ import annotations

import numpy as np
import pytest

from participants.imaging import face as face_module
from participants.imaging import measures, picture, quality
from participants.imaging.face import FaceFinder
from participants.imaging.picture import Picture
from participants.imaging.profiles import NORMAL
from participants.imaging.quality import assess_quality

from .judging import good
from .people import FINDER


def large(times: int = 2) -> np.ndarray:
    """A drawn face as a phone's photo, that many times as large."""
    return np.repeat(np.repeat(good(), times, axis=0), times, axis=1)


@pytest.mark.parametrize(
    ("shape", "times"),
    [((1080, 1440), 1), ((4032, 3024), 3), ((3072, 4096), 4), ((2048, 2), 2), ((5, 3), 1)],
)
def test_it_is_scaled_by_a_whole_number_to_between_one_and_two_thousand_pixels(shape, times):
    pixels = np.random.default_rng(1).integers(0, 256, (*shape, 3), dtype=np.uint8)
    found = Picture(pixels)
    assert found.times == times
    height, width = shape[0] // times, shape[1] // times
    blocks = pixels[: height * times, : width * times].reshape(height, times, width, times, 3)
    assert np.abs(found.small - blocks.mean(axis=(1, 3))).max() <= 0.5
    assert found.small is found.small


@pytest.mark.parametrize("bad", [np.zeros((4, 4), np.uint8), np.zeros((4, 4, 3), np.float32)])
def test_other_arrays_are_refused(bad):
    with pytest.raises(ValueError, match="uint8"):
        Picture.of(bad)


def test_a_tile_is_the_photo_s_own_pixels_and_says_where():
    pixels = np.random.default_rng(1).integers(0, 256, (90, 120, 3), dtype=np.uint8)
    found = Picture(pixels)
    tile = found.tile(60.7, 40.2, 24)
    assert (tile.left, tile.top) == (48, 28)
    np.testing.assert_array_equal(tile.pixels, pixels[28:52, 48:72])
    luma = tile.pixels @ [0.299, 0.587, 0.114]
    assert np.abs(tile.luma - luma).max() <= 1
    assert tile.chroma.shape == (24, 24, 2)
    assert np.abs(tile.chroma[..., 0] - (128 + (tile.pixels[..., 0] - luma) * 0.713)).max() <= 1.5
    assert found.tile(60.2, 40.9, 24) is tile


def test_a_tile_at_an_edge_is_smaller_and_past_it_there_is_none():
    found = Picture(np.zeros((90, 120, 3), np.uint8))
    assert found.tile(2, 40, 32).pixels.shape == (32, 18, 3)
    assert found.tile(-8, 40, 32) is None
    assert found.tile(5000, 40, 32) is None
    points = np.array([[60, 40, 0]] * 467 + [[-99, -99, 0]], np.float32)
    assert len(found.skin_tiles(points, 24, places=(9, 467))) == 1


def test_a_photo_is_scaled_down_once_for_all(monkeypatch):
    done = []
    shrink = picture.shrink_by
    monkeypatch.setattr(picture, "shrink_by", lambda *given: done.append(1) or shrink(*given))
    monkeypatch.setattr(measures, "shrink_by", lambda cut, times: done.append(times) or cut)
    report = assess_quality(Picture(large()), view="front", profile=NORMAL, finder=FINDER)
    assert report.face is not None
    assert done == [1, 1]  # the whole once, the face not again


def test_a_picture_and_its_pixels_measure_the_same():
    of_pixels = assess_quality(good(), view="front", profile=NORMAL, finder=FINDER)
    of_picture = assess_quality(Picture(good()), view="front", profile=NORMAL, finder=FINDER)
    assert of_pixels.as_dict() == of_picture.as_dict()


def test_the_chip_of_the_scaled_picture_is_that_of_the_photo(monkeypatch):
    pixels = large()
    (face,) = FINDER.find_faces(pixels)
    scaled = measures.face_chip(pixels, face).pixels.astype(int)
    monkeypatch.setattr(Picture, "times", 1)
    own = measures.face_chip(pixels, face).pixels.astype(int)
    assert np.abs(scaled - own).mean() < 1


def test_noise_is_that_of_the_photo_s_own_pixels():
    """Scaled down by two, half of it would be left."""
    calm = large()
    noisy = calm + np.random.default_rng(2).normal(0, 10, calm.shape)
    pixels = np.clip(noisy, 0, 255).astype(np.uint8)
    report = assess_quality(pixels, view="front", profile=NORMAL, finder=FINDER)
    assert report.value("noise") == pytest.approx(10, abs=1.5)


def test_a_face_that_is_known_is_not_measured_again(monkeypatch):
    """An unsure detector looks from four sides, and finds the one face from several."""
    asked = []
    monkeypatch.setattr(face_module, "SURE_SCORE", 1.1)
    finder = FaceFinder()
    detector, mesh = finder._open()
    finder._networks = detector, lambda crop: asked.append(1) or mesh(crop)
    assert len(finder.find_faces(good())) == 1
    assert len(asked) == 2


def test_new_measures_can_be_added_where_the_picture_is():
    values = quality.measure_photo(Picture(good()), FINDER.find_faces(good()), "front")
    assert set(values) == set(quality.UNITS)
