from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS, READINGS
from inference.pipeline.outlines import face_scale
from inference.pipeline.recipe import RECIPES
from inference.pipeline.regions import find_regions
from inference.pipeline.score import clean_crops, measure_context
from inference.training.augment import augment
from inference.training.crops import CLOSE_UP, REGION_CODES, prepared
from inference.training.dataset import Settings, crops_of, folder_of, read_shards, write_shard
from inference.training.examples import draw_example, jittered, train_severities
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
    assert split_of(draw_example("train", 5)[0].identity.seed) == "train"


def test_what_the_network_learns_from_is_what_scoring_gives_it():
    settings = Settings(size=32, landmarks="true", difficulty="poor")
    crops = crops_of("validation", range(1), settings)
    photo, _ = draw_example("validation", 0, "poor")
    found = find_regions(photo.pixels, photo.landmarks, photo.view, size=32)
    context = measure_context(photo.pixels, photo.landmarks, found.crops)
    for recipe in RECIPES.values():
        scored = clean_crops(found.crops, recipe, context, 32)
        assert np.array_equal(prepared(crops, recipe), scored)


def test_what_is_not_known_has_no_grade(drawn):
    severity = drawn.severity.copy()
    severity[0] = np.nan
    told = replace(drawn, severity=severity)
    assert (told.grade[told.photo == 0] == -1).all()
    assert (told.grade[told.photo == 1] >= 0).any()


def test_a_close_up_is_labelled_for_everything(drawn):
    close = replace(drawn, region=np.full_like(drawn.region, CLOSE_UP))
    assert (close.grade >= 0).all()


def test_shards_give_back_what_was_written(drawn, tmp_path):
    write_shard(tmp_path / "a.npz", drawn)
    write_shard(tmp_path / "b.npz", drawn)
    both = read_shards([tmp_path / "a.npz", tmp_path / "b.npz"])
    half = len(drawn.pixels)
    for name in ("pixels", "skin", "noise", "region", "area"):
        assert np.array_equal(getattr(both, name)[half:], getattr(drawn, name))
    assert np.array_equal(both.photo[half:], drawn.photo + 2)
    assert np.array_equal(both.severity[2:], drawn.severity)
    assert both.generators == drawn.generators


def test_other_settings_have_another_folder(tmp_path):
    assert folder_of(SMALL, tmp_path) != folder_of(Settings(size=48), tmp_path)
    assert folder_of(SMALL, tmp_path) != folder_of(Settings(size=32, landmarks="found"), tmp_path)


def test_all_grades_come_often_enough_in_training():
    rng = np.random.default_rng(1)
    drawn = [grade_of(s) for _ in range(500) for s in train_severities(rng).values()]
    share = np.bincount(drawn, minlength=4) / len(drawn)
    assert share == pytest.approx([0.4, 0.2, 0.2, 0.2], abs=0.03)


def test_jitter_moves_landmarks_by_millimetres():
    photo, _ = draw_example("train", 3)
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
