import numpy as np
import pytest

from inference.pipeline.outlines import face_scale
from inference.training.generator import sample_identity
from inference.training.generator.camera import sample_camera
from inference.training.generator.face import Framing, draw_framed
from participants.imaging.canonical import canonical_face
from participants.imaging.pose import rotation_of
from participants.imaging.profiles import PROFILES
from participants.imaging.quality import assess_quality
from participants.imaging.scale import INTERPUPILLARY_MM, SOURCE, measure_scale
from tests.participants.imaging.people import FINDER, portrait


def seen(scale=3.6, yaw=0.0, pitch=0.0):
    points = scale * canonical_face() @ rotation_of(yaw, pitch, 0).T
    return points.astype(np.float32)


def test_the_canonical_faces_eyes_are_as_far_apart_as_people_have_them():
    face = canonical_face()
    right, left = face[[33, 133]].mean(axis=0), face[[263, 362]].mean(axis=0)
    assert np.linalg.norm(right - left) == pytest.approx(INTERPUPILLARY_MM, rel=0.01)


@pytest.mark.parametrize(("yaw", "pitch"), [(0, 0), (40, 0), (-40, 0), (0, 20), (0, -20)])
def test_neither_a_turn_nor_a_nod_changes_the_scale_of_the_canonical_face(yaw, pitch):
    scale = measure_scale(seen(yaw=yaw, pitch=pitch), yaw=yaw)
    assert scale.mm_per_pixel == pytest.approx(1 / 3.6, rel=0.015)
    assert scale.source == SOURCE


def test_an_open_mouth_does_not_change_the_scale():
    closed = seen(yaw=40)
    opened = closed.copy()
    jaw = canonical_face()[:, 1] > 45
    opened[jaw, 1] += 20 * 3.6
    assert measure_scale(opened, yaw=40) == measure_scale(closed, yaw=40)


def test_the_error_is_the_persons_own_and_grows_with_the_turn():
    errors = [measure_scale(seen(), yaw=yaw).error for yaw in (0, -20, 40)]
    assert errors[0] == pytest.approx(3.8 / 63.4)
    assert errors == sorted(errors)
    assert errors[2] == pytest.approx(0.125, abs=0.01)


def test_points_in_one_place_have_no_scale():
    with pytest.raises(ValueError, match="no size"):
        measure_scale(np.zeros((468, 3), np.float32), yaw=0)


def test_the_regions_are_cut_at_the_scale_that_is_kept():
    (face,) = FINDER.find_faces(portrait())
    assert face_scale(face.landmarks) == pytest.approx(1 / face.scale.mm_per_pixel)
    report = assess_quality(portrait(), view="front", profile=PROFILES["off"], finder=FINDER)
    kept = report.as_dict()["face"]["scale"]
    assert kept["mm_per_pixel"] == pytest.approx(face.mm_per_pixel, abs=1e-4)
    assert kept["error"] == pytest.approx(0.06, abs=0.005)
    assert kept["source"] == "inter-eye distance, Dodgson 2004"


def test_a_found_face_keeps_its_scale_within_the_error_when_it_turns():
    identity, scales = sample_identity(505, fitzpatrick=4), {}
    for yaw in (0, 35, -35):
        photo = draw_framed(
            identity,
            {},
            view="front",
            seed=5,
            camera=sample_camera(5, difficulty="good"),
            framing=Framing(yaw, 0, 0),
            width=540,
            height=720,
        )
        (face,) = FINDER.find_faces(photo.pixels)
        scales[yaw] = face.scale
    for yaw in (35, -35):
        assert scales[yaw].mm_per_pixel == pytest.approx(scales[0].mm_per_pixel, rel=2 * 0.125)
