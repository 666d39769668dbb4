"""Regions of generated people: the same skin from near and far, and the right side by its name."""

from functools import cache

import numpy as np
import pytest

from inference.pipeline.network import Network
from inference.pipeline.outlines import face_scale
from inference.pipeline.recipe import get_recipe
from inference.pipeline.regions import find_regions
from inference.pipeline.score import score_face
from inference.training.generator import draw_photo, sample_camera, sample_identity
from participants.imaging.face import FaceFinder
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import assess_quality
from tests.inference.pipeline.test_shipped_package import PATH

FINDER = FaceFinder()
SEVERITIES = {"melasma": 0.7, "wrinkles": 0.6, "lentigo": 0.5, "dermatitis": 0.4}


@cache
def taken(height, view="front", seed=8):
    photo = draw_photo(
        sample_identity(seed, fitzpatrick=3),
        SEVERITIES,
        view=view,
        seed=seed,
        camera=sample_camera(seed, difficulty="good"),
        width=height * 3 // 4,
        height=height,
    )
    (face,) = FINDER.find_faces(photo.pixels)
    return photo, face


def test_a_near_and_a_far_photo_are_cut_at_one_scale():
    (near, close), (far, distant) = taken(1440), taken(960)
    assert face_scale(close.landmarks) == pytest.approx(
        1.5 * face_scale(distant.landmarks), rel=0.02
    )
    found = [
        find_regions(photo.pixels, face.landmarks, "front")
        for photo, face in ((near, close), (far, distant))
    ]
    a, b = ({(crop.region, crop.tile): crop for crop in one.crops} for one in found)
    assert a.keys() == b.keys()
    for key, crop in a.items():
        # One crop pixel is the same piece of face in both, to a fiftieth.
        sizes = [np.linalg.norm(c.to_photo[:, 0]) for c in (crop, b[key])]
        assert sizes[0] == pytest.approx(1.5 * sizes[1], rel=0.02), key
        assert crop.area_mm2 == pytest.approx(b[key].area_mm2, rel=0.15), key


def test_a_near_and_a_far_photo_score_alike():
    network = Network(PATH, expected_sha256=None, threads=2)
    scores = []
    for height in (1440, 960):
        photo, face = taken(height)
        scores.append(
            score_face(
                photo.pixels,
                face.landmarks,
                view="front",
                network=network,
                recipe=get_recipe("none@1"),
            )
        )
    apart = [
        abs(scores[0].score(condition).severity - scores[1].score(condition).severity)
        for condition in ("melasma", "lentigo", "ephelides", "dermatitis", "wrinkles")
    ]
    assert np.mean(apart) < 5
    assert max(apart) < 15


def side_of(face, crop):
    """The side of the participant's own face a crop shows, by the landmark at its middle."""
    middle = crop.to_photo @ [crop.skin.shape[1] / 2, crop.skin.shape[0] / 2, 1]
    nearest = np.linalg.norm(face.landmarks[:, :2] - middle, axis=1).argmin()
    eyes = {"right": 33, "left": 263}
    ways = {
        side: np.linalg.norm(face.landmarks[nearest] - face.landmarks[corner])
        for side, corner in eyes.items()
    }
    return min(ways, key=ways.__getitem__)


@pytest.mark.parametrize("view", ["front", "left", "right"])
def test_left_and_right_are_the_participants_own(view):
    photo, face = taken(960, view, 9)
    sided = [c for c in find_regions(photo.pixels, face.landmarks, view).crops if "_" in c.region]
    assert len(sided) >= 4
    for crop in sided:
        assert crop.region.endswith(side_of(face, crop)), crop.region


@pytest.mark.parametrize("view", ["left", "right"])
def test_a_mirrored_selfie_given_as_such_names_the_sides_as_they_are(view):
    photo, face = taken(960, view, 9)
    straight = {c.region for c in find_regions(photo.pixels, face.landmarks, view).crops}
    flipped = np.ascontiguousarray(photo.pixels[:, ::-1])
    (seen,) = FINDER.find_faces(flipped)
    told = find_regions(flipped, seen.landmarks, view, mirrored=True)
    assert {crop.region for crop in told.crops} == straight
    untold = find_regions(flipped, seen.landmarks, view)
    assert f"periorbital_{view}" in {entry.region for entry in untold.unreadable}


@pytest.mark.parametrize("view", ["left", "right"])
def test_a_mirrored_side_view_is_asked_for_again(view):
    photo, _ = taken(960, view, 9)
    flipped = np.ascontiguousarray(photo.pixels[:, ::-1])
    report = assess_quality(flipped, view=view, profile=PROFILES["normal"], finder=FINDER)
    assert f"show_{view}" in [reason.code for reason in report.reasons]
