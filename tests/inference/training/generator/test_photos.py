"""Whole photos: the same every time, found by the face networks, true to their labels."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from inference.training.generator import (
    BAD_KINDS,
    Camera,
    draw_bad_photo,
    draw_photo,
    sample_camera,
    sample_identity,
)
from inference.training.generator.camera import expose, motion_kernel
from inference.training.generator.face import VIEW_YAW
from inference.training.generator.identity import Identity
from inference.training.generator.splits import camera_seed, split_identities
from participants.imaging.face import FaceFinder

SMALL = {"width": 360, "height": 480}
INTERPUPILLARY_MM = 63.4


@pytest.fixture(scope="module")
def finder() -> FaceFinder:
    return FaceFinder()


@pytest.fixture(scope="module")
def identity() -> Identity:
    return sample_identity(12, fitzpatrick=3)


def test_the_same_arguments_give_the_same_pixels(identity):
    severities = {"melasma": 0.4, "pores": 0.7, "wrinkles": 0.5}
    first = draw_photo(identity, severities, view="left", seed=5, **SMALL)
    draw_photo(sample_identity(99), {}, view="front", seed=1, **SMALL)
    again = draw_photo(sample_identity(12, fitzpatrick=3), severities, view="left", seed=5, **SMALL)
    assert (first.pixels == again.pixels).all()
    assert (first.landmarks == again.landmarks).all()


def test_another_seed_gives_another_photo_of_the_same_person(identity):
    first = draw_photo(identity, {}, view="front", seed=5, **SMALL)
    other = draw_photo(identity, {}, view="front", seed=6, **SMALL)
    assert first.identity == other.identity
    assert (first.pixels != other.pixels).mean() > 0.5


def test_a_photo_tells_all_eight_severities(identity):
    photo = draw_photo(identity, {"lentigo": 0.5}, view="front", seed=5, **SMALL)
    assert photo.pixels.shape == (480, 360, 3)
    assert photo.pixels.dtype == np.uint8
    assert photo.landmarks.shape == (468, 3)
    assert photo.severities["lentigo"] == 0.5
    assert sum(photo.severities.values()) == 0.5
    assert len(photo.severities) == 8


@pytest.mark.parametrize("severities", [{"acne": 0.5}, {"melasma": 1.2}, {"melasma": -0.1}])
def test_a_severity_that_makes_no_sense_is_refused(identity, severities):
    with pytest.raises(ValueError, match=r"unknown conditions|from 0 to 1"):
        draw_photo(identity, severities, view="front", seed=1, **SMALL)


def test_an_unknown_view_is_refused(identity):
    with pytest.raises(ValueError, match="front, left, right"):
        draw_photo(identity, {}, view="above", seed=1, **SMALL)


def test_the_face_networks_find_the_drawn_faces_where_they_are(finder):
    found, misses, errors = 0, [], []
    for index, person in enumerate(split_identities("test", 7)):
        for view, yaw in VIEW_YAW.items():
            seed = camera_seed("test", index)
            camera = sample_camera(seed, difficulty="typical")
            photo = draw_photo(person, {}, view=view, seed=seed, camera=camera, **SMALL)
            faces = finder.find_faces(photo.pixels)
            if len(faces) != 1:
                misses.append((index, view))
                continue
            found += 1
            away = np.linalg.norm(faces[0].landmarks[:, :2] - photo.landmarks[:, :2], axis=1)
            errors.append(np.median(away) / faces[0].inter_eye_px * INTERPUPILLARY_MM)
            assert faces[0].yaw == pytest.approx(yaw, abs=15)
            assert faces[0].yaw == pytest.approx(photo.yaw, abs=8)
    assert found >= 0.95 * 21, misses
    assert np.median(errors) < 4  # millimetres
    assert max(errors) < 8


def test_the_left_view_shows_the_left_cheek(identity):
    photo = draw_photo(identity, {}, view="left", seed=2, **SMALL)
    nose, right_cheek, left_cheek = (photo.landmarks[index, 0] for index in (1, 123, 352))
    assert left_cheek - nose > 2 * (nose - right_cheek)


def test_melasma_darkens_the_cheek_of_the_photo(identity):
    bare, marked = (
        draw_photo(identity, {"melasma": s}, view="front", seed=3, camera=Camera(), **SMALL)
        for s in (0.0, 1.0)
    )
    x, y = bare.landmarks[50, :2].astype(int)
    assert marked.pixels[y - 8 : y + 8, x - 8 : x + 8].mean() < (
        bare.pixels[y - 8 : y + 8, x - 8 : x + 8].mean() - 8
    )


@pytest.mark.parametrize("kind", BAD_KINDS)
def test_a_bad_photo_is_bad_in_its_own_way(finder, identity, kind):
    photo = draw_bad_photo(kind, identity, seed=4, width=540, height=720)
    luma = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY).astype(float)
    faces = finder.find_faces(photo)
    assert photo.shape == (720, 540, 3)
    if kind == "no_face":
        assert not faces
        return
    face = faces[0]
    left, top, width, height = (int(side) for side in face.box)
    inside = luma[max(0, top) : top + height, max(0, left) : left + width]
    match kind:
        case "dark":
            assert np.percentile(inside, 99) < 60
        case "bright":
            assert (inside > 247).mean() > 0.3
        case "blurred":
            assert cv2.Laplacian(cv2.blur(inside, (5, 5)), cv2.CV_64F).std() < 1
        case "far":
            assert height < 0.2 * 720
        case "turned":
            assert face.yaw > 40
        case "side_lit":
            assert inside[:, : width // 3].mean() > 1.5 * inside[:, -width // 3 :].mean()


def test_a_camera_changes_the_light_as_its_settings_say():
    light = np.full((120, 90, 3), 0.25, np.float32)
    plain = Camera(lens_blur=0, read_noise=0, shot_noise=0, sharpening=0, jpeg_quality=100)
    grey = expose(light, plain, np.random.default_rng(1)).astype(int)
    stop = expose(light, replace(plain, exposure=-1), np.random.default_rng(1)).astype(int)
    red = expose(light, replace(plain, red_gain=1.2), np.random.default_rng(1)).astype(int)
    noisy = expose(light, replace(plain, read_noise=0.02), np.random.default_rng(1))
    assert np.abs(grey - 137).max() <= 1  # 0.25 in sRGB
    assert np.abs(stop - 99).max() <= 1  # 0.125
    assert red[..., 0].mean() > grey[..., 0].mean() + 8
    assert np.abs(red[..., 1] - grey[..., 1]).max() <= 2
    assert noisy.std() > 3


def test_a_motion_kernel_has_its_length_and_keeps_the_light():
    kernel = motion_kernel(9.0, 0.0)
    assert kernel.sum() == pytest.approx(1)
    assert 8 <= (kernel.sum(axis=0) > 0.01).sum() <= 12
    assert (kernel.sum(axis=1) > 0.01).sum() <= 2


def test_cameras_of_the_same_seed_are_equal_and_get_worse_with_difficulty():
    assert sample_camera(3) == sample_camera(3)
    good = [sample_camera(seed, difficulty="good") for seed in range(40)]
    poor = [sample_camera(seed, difficulty="poor") for seed in range(40)]
    assert np.mean([c.lens_blur for c in good]) < np.mean([c.lens_blur for c in poor])
    assert np.std([c.red_gain for c in good]) < np.std([c.red_gain for c in poor])
    assert all(60 <= c.jpeg_quality <= 96 for c in good + poor)
