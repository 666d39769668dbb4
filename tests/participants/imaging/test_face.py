"""The face networks find a real face, any way up, near or far, and nothing where there is none."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from skimage import data

from participants.imaging import face_files
from participants.imaging.canonical import LEFT_EYE_OUTER, RIGHT_EYE_OUTER
from participants.imaging.face import FaceFinder, FaceModelsMissing
from participants.imaging.face_files import default_assets

from .people import FINDER, astronaut, collins, on_canvas, portrait, turned

NOSE, CHIN = 4, 152


def test_a_real_face_is_found_where_it_is():
    face = collins()
    assert face.presence > 0.99
    assert face.landmarks.shape == (468, 3)
    assert face.landmarks.dtype == np.float32
    x, y, width, height = face.box
    assert (x, y, width, height) == pytest.approx((178, 69, 94, 107), abs=4)
    assert face.inter_eye_px == pytest.approx(43, abs=2)
    assert face.mm_per_pixel == pytest.approx(63.4 / face.inter_eye_px, rel=0.06)
    # Read off the picture by eye: right pupil, left pupil, tip of the nose.
    assert face.landmarks[RIGHT_EYE_OUTER, :2] == pytest.approx((193, 100), abs=4)
    assert face.landmarks[LEFT_EYE_OUTER, :2] == pytest.approx((256, 103), abs=4)
    assert face.landmarks[NOSE, :2] == pytest.approx((224, 126), abs=5)


def test_she_looks_into_the_camera():
    face = collins()
    assert abs(face.yaw) < 5
    assert abs(face.pitch) < 12
    assert abs(face.roll) < 6


@pytest.mark.parametrize("degrees", [-150, -90, -45, -20, 20, 45, 60, 90, 120, 180])
def test_a_tilted_photo_gives_the_tilt_and_the_same_points(degrees):
    picture, matrix = turned(portrait(600), degrees)
    (upright,) = FINDER.find_faces(portrait(600))
    (face,) = FINDER.find_faces(picture)
    moved = (face.roll - upright.roll - degrees + 180) % 360 - 180
    assert moved == pytest.approx(0, abs=1.5)
    assert (face.yaw, face.pitch) == pytest.approx((upright.yaw, upright.pitch), abs=3)
    expected = upright.landmarks[:, :2] @ matrix[:, :2].T + matrix[:, 2]
    miss = np.linalg.norm(face.landmarks[:, :2] - expected, axis=1)
    assert miss.mean() < 0.009 * upright.box[3]


def test_a_mirrored_photo_mirrors_the_pose():
    (face,) = FINDER.find_faces(np.ascontiguousarray(portrait()[:, ::-1]))
    (plain,) = FINDER.find_faces(portrait())
    assert face.yaw == pytest.approx(-plain.yaw, abs=2)
    assert face.roll == pytest.approx(-plain.roll, abs=2)
    assert face.pitch == pytest.approx(plain.pitch, abs=3)


@pytest.mark.parametrize("size", [300, 1200, 3000])
def test_the_points_scale_with_the_photo(size):
    (face,) = FINDER.find_faces(portrait(size))
    (plain,) = FINDER.find_faces(portrait(900))
    assert face.inter_eye_px / size == pytest.approx(plain.inter_eye_px / 900, rel=0.02)
    miss = np.linalg.norm(face.landmarks / size - plain.landmarks / 900, axis=1)
    assert miss.mean() < 0.01


@pytest.mark.parametrize("side", [120, 200, 400])
def test_a_far_face_is_found_too(side):
    (face,) = FINDER.find_faces(on_canvas(portrait(), side, (550, 280)))
    x, y, width, height = face.box
    assert 550 < x < x + width < 550 + side
    assert 280 < y < y + height < 280 + side


def test_two_faces_are_two_the_larger_first():
    picture = on_canvas(portrait(), 600, (0, 0))
    picture[600:1000, 600:1000] = cv2.resize(portrait(), (400, 400))
    faces = FINDER.find_faces(picture)
    assert len(faces) == 2
    assert faces[0].inter_eye_px > faces[1].inter_eye_px
    assert len(FINDER.find_faces(picture, max_faces=1)) == 1


@pytest.mark.parametrize("name", ["chelsea", "coffee", "rocket", "brick", "grass", "gravel"])
def test_there_is_no_face_in_other_pictures(name):
    picture = getattr(data, name)()
    if picture.ndim == 2:
        picture = np.dstack([picture] * 3)
    assert FINDER.find_faces(picture) == []


def test_there_is_no_face_in_noise_or_plain_skin_colour():
    noise = np.random.default_rng(0).integers(0, 255, (480, 640, 3)).astype(np.uint8)
    assert FINDER.find_faces(noise) == []
    assert FINDER.find_faces(np.full((640, 480, 3), (205, 160, 140), np.uint8)) == []


def test_tiny_and_narrow_pictures_are_no_trouble():
    for shape in ((1, 1, 3), (3, 900, 3), (900, 2, 3)):
        assert FINDER.find_faces(np.zeros(shape, np.uint8)) == []


@pytest.mark.parametrize("pixels", [np.zeros((9, 9), np.uint8), np.zeros((9, 9, 3), np.float32)])
def test_only_colour_pixels_are_taken(pixels):
    with pytest.raises(ValueError, match="uint8"):
        FINDER.find_faces(pixels)


def test_threads_share_one_finder():
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: FINDER.find_faces(astronaut())[0].landmarks, range(12)))
    for landmarks in found:
        np.testing.assert_allclose(landmarks, collins().landmarks, atol=0.01)


def _find_into(answers):
    answers.put(len(FINDER.find_faces(astronaut())))


def test_a_finder_in_use_during_a_fork_works_in_the_child():
    collins()
    context = multiprocessing.get_context("fork")
    answers = context.Queue()
    worker = context.Process(target=_find_into, args=(answers,), daemon=True)
    with FINDER._lock:
        worker.start()
    assert answers.get(timeout=60) == 1
    worker.join()


# --- the networks' files -------------------------------------------------------------------------


def packed_copy(folder: Path, *, flip: int | None = None) -> Path:
    for name in (face_files.LOADER, face_files.PACKED):
        (folder / name).write_bytes((default_assets() / name).read_bytes())
    if flip is not None:
        data = bytearray((folder / face_files.PACKED).read_bytes())
        data[flip] ^= 1
        (folder / face_files.PACKED).write_bytes(data)
    return folder


def test_missing_networks_say_how_to_install_them(tmp_path):
    with pytest.raises(FaceModelsMissing, match="npm ci"):
        FaceFinder(tmp_path / "nowhere").find_faces(astronaut())


def test_a_changed_network_is_refused(tmp_path):
    assets = packed_copy(tmp_path, flip=3_000_000)
    with pytest.raises(FaceModelsMissing, match="not the one"):
        FaceFinder(assets).find_faces(astronaut())


@pytest.mark.parametrize("loader", ["", '"files": [{"filename": "other"}]', '"files": [}]'])
def test_an_unknown_loader_is_refused(tmp_path, loader):
    (packed_copy(tmp_path) / face_files.LOADER).write_text(loader)
    with pytest.raises(FaceModelsMissing, match="does not list"):
        FaceFinder(tmp_path).find_faces(astronaut())


def test_the_environment_can_name_another_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("GSH_FACE_ASSETS", str(packed_copy(tmp_path)))
    assert default_assets() == tmp_path
    assert len(FaceFinder().find_faces(astronaut())) == 1
