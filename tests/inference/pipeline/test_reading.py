"""A stored photo decoded no finer than the regions need, and the scores it gives."""

import cv2
import numpy as np
import pytest
from django.conf import settings

from inference.pipeline.assessed import CONDITIONS
from inference.pipeline.card import CardInput
from inference.pipeline.network import Network
from inference.pipeline.outlines import face_scale
from inference.pipeline.reading import FINER, read_jpeg, shrink_for
from inference.pipeline.recipe import get_recipe
from inference.pipeline.score import score_face
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import draw_photo
from inference.training.generator.identity import sample_identity
from participants.imaging.canonical import canonical_face
from participants.imaging.decode import encode_clean


def needs(size=128, window_mm=40.0):
    return CardInput(
        name="crops",
        size=size,
        window_mm=window_mm,
        layout="NCHW",
        colour_order="RGB",
        mean=(0.5, 0.5, 0.5),
        std=(0.5, 0.5, 0.5),
    )


def face(px_per_mm):
    points = canonical_face().copy()
    return (points * np.float32(px_per_mm / face_scale(points))).astype(np.float32)


@pytest.fixture(scope="module")
def drawn():
    """A generated face of 7 megapixels, about 11 pixels a millimetre, and its JPEG."""
    photo = draw_photo(
        sample_identity(3, fitzpatrick=4),
        dict.fromkeys(CONDITIONS, 0.5),
        view="front",
        seed=3,
        camera=sample_camera(3, difficulty="typical"),
        width=2268,
        height=3024,
    )
    return encode_clean(photo.pixels), photo.landmarks


@pytest.mark.parametrize(
    ("px_per_mm", "factor"), [(2.0, 1), (9.5, 1), (9.7, 2), (19.0, 2), (19.4, 4), (39.0, 8)]
)
def test_what_is_decoded_keeps_half_as_many_pixels_again_as_the_crops(px_per_mm, factor):
    assert pytest.approx(4.8) == FINER * 128 / 40
    assert shrink_for(face(px_per_mm), needs()) == factor
    assert shrink_for(face(px_per_mm), needs(size=512)) <= factor


def test_a_shrunk_photo_shows_the_same_things_at_the_same_points():
    """A white dot stays under its landmark, to a quarter of a pixel."""
    whole = np.full((1200, 1001, 3), 40, np.uint8)
    points = face(20.0)
    points[:, :2] += (500.0, 600.0)
    points[0, :2] = 400.0, 702.0
    cv2.circle(whole, (400, 702), 12, (250, 250, 250), -1)
    read = read_jpeg(encode_clean(whole), points, needs())
    assert read.shrunk == 4
    assert read.pixels.shape == (300, 251, 3)
    weight = read.pixels[..., 0].astype(float) - 40
    rows, columns = np.mgrid[:300, :251]
    found = (columns * weight).sum() / weight.sum(), (rows * weight).sum() / weight.sum()
    assert found == pytest.approx(read.landmarks[0, :2], abs=0.25)
    assert face_scale(read.landmarks) == pytest.approx(5.0, abs=0.01)


def test_the_whole_photo_is_given_to_who_names_no_network(drawn):
    jpeg, landmarks = drawn
    read = read_jpeg(jpeg, landmarks)
    assert read.shrunk == 1
    assert read.pixels.shape == (3024, 2268, 3)
    assert np.array_equal(read.landmarks, landmarks)


@pytest.mark.parametrize("body", [b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff\xe0cut"])
def test_other_bytes_are_refused(body):
    with pytest.raises(ValueError, match="no JPEG"):
        read_jpeg(body, face(10.0))


def test_scores_of_the_shrunk_photo_are_those_of_the_whole_one(drawn):
    """Face scores within 2 points of severity, all within 1.5 on average.

    As much as moving the face points by half a photo pixel (0.05 mm) does: the crops' pixels are
    laid a fraction of a pixel elsewhere.
    """
    jpeg, landmarks = drawn
    network = Network(settings.SHIPPED_MODEL_PACKAGE, expected_sha256=None, precision="float32")
    recipe = get_recipe(network.card.recipe)
    results = []
    for wanted in (None, network.card.input):
        read = read_jpeg(jpeg, landmarks, wanted)
        results.append(
            score_face(
                read.pixels,
                read.landmarks,
                view="front",
                network=network,
                recipe=recipe,
                shrunk=read.shrunk,
            )
        )
    whole, shrunk = results
    assert read.shrunk == 2
    assert shrunk.measured["px_per_mm"] == pytest.approx(whole.measured["px_per_mm"], abs=0.01)
    assert shrunk.measured["noise_sigma"] == pytest.approx(whole.measured["noise_sigma"], abs=0.15)
    assert [(s.condition, s.region) for s in shrunk.scores] == [
        (s.condition, s.region) for s in whole.scores
    ]
    gaps = [
        (abs(a.severity - b.severity), a.region)
        for a, b in zip(whole.scores, shrunk.scores, strict=True)
    ]
    assert np.mean([gap for gap, _ in gaps]) < 1.5
    assert max(gap for gap, region in gaps if region == "face") < 2
