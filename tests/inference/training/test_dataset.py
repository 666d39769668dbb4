import numpy as np
import pytest

from inference.pipeline.anatomy import CONDITIONS, READINGS
from inference.pipeline.regions import face_scale
from inference.training.augment import augment
from inference.training.dataset import (
    REGION_CODES,
    Settings,
    crops_of,
    draw_example,
    folder_of,
    jittered,
    train_severities,
)
from inference.training.generator.conditions import grade_of
from inference.training.generator.splits import split_of

pytestmark = pytest.mark.slow  # draws photos
SMALL = Settings(size=32)


@pytest.fixture(scope="module")
def drawn():
    return crops_of("validation", range(2), SMALL)


def test_the_same_photo_is_drawn_the_same_every_time(drawn):
    again = crops_of("validation", range(2), SMALL)
    assert np.array_equal(again.pixels, drawn.pixels)
    assert np.array_equal(again.severity, drawn.severity)


def test_a_crop_is_labelled_only_for_what_is_read_in_its_region(drawn):
    for row, region in enumerate(drawn.region):
        for column, condition in enumerate(CONDITIONS):
            grade = drawn.grade[row, column]
            if REGION_CODES[region] in READINGS[condition].regions:
                assert grade == grade_of(float(drawn.severity[drawn.photo[row], column]))
            else:
                assert grade == -1


def test_people_belong_to_the_split_asked_for(drawn):
    assert {split_of(int(seed)) for seed in drawn.identity} == {"validation"}
    assert split_of(draw_example("train", 5, SMALL).identity.seed) == "train"


def test_other_settings_have_another_folder(tmp_path):
    assert folder_of(SMALL, tmp_path) != folder_of(Settings(size=48), tmp_path)
    assert folder_of(SMALL, tmp_path) != folder_of(Settings(size=32, recipe="none@1"), tmp_path)


def test_all_grades_come_often_enough_in_training():
    rng = np.random.default_rng(1)
    drawn = [grade_of(s) for _ in range(500) for s in train_severities(rng).values()]
    share = np.bincount(drawn, minlength=4) / len(drawn)
    assert share == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.03)


def test_jitter_moves_landmarks_by_millimetres():
    photo = draw_example("train", 3, SMALL)
    moved = jittered(photo.landmarks, np.random.default_rng(2))
    shift = np.linalg.norm(moved - photo.landmarks[:, :2], axis=1) / face_scale(photo.landmarks)
    assert 0.3 < np.median(shift) < 8


def test_augmentation_keeps_shape_and_rough_colour():
    crop = np.full((32, 32, 3), (190, 150, 130), np.uint8)
    rng = np.random.default_rng(9)
    seen = np.stack([augment(crop, rng) for _ in range(40)])
    assert seen.shape == (40, 32, 32, 3)
    assert seen.dtype == np.uint8
    assert len(np.unique(seen.reshape(40, -1), axis=0)) > 20
    assert seen.mean(axis=(0, 1, 2)) == pytest.approx([190, 150, 130], abs=20)
