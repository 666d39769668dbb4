"""The trial of ways to pool: focal faces put together as said, every arm measured."""

import numpy as np
import pytest

from inference.training import pooling_trial
from inference.training.calibrate import labelled
from inference.training.pooling_trial import focal_faces, run
from inference.training.recalibrate import Amounts
from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.inference.training.test_calibrate import crops_for as plain_crops
from tests.inference.training.test_evaluate import crops_for
from tests.inference.training.test_recalibrate import crops_again


def test_a_focal_face_has_one_region_of_somebody_severe_and_the_rest_of_somebody_with_none():
    severity = np.zeros((20, 8))
    severity[:10] = 1
    crops = plain_crops(20, severity)
    each = np.where(severity[crops.photo, :1] > 0, [[0, 0, 0, 1.0]], [[1.0, 0, 0, 0]])
    faces, share = focal_faces(labelled(crops, each, "pores"), np.random.default_rng(1))
    assert len(share) == faces.seen.faces == 4 * pooling_trial.FOCAL_FACES
    for face in range(0, faces.seen.faces, 7):
        mine = faces.seen.face == face
        ill = faces.each[mine][:, 3] == 1
        assert len(np.unique(faces.seen.region[mine])) == 4
        assert len(np.unique(faces.seen.region[mine][ill])) == 1
        areas = faces.seen.area[mine]
        assert share[face] == pytest.approx(areas[ill].sum() / areas.sum())


def test_every_arm_is_measured_on_the_same_people(tmp_path, monkeypatch):
    monkeypatch.setattr(
        pooling_trial, "crops_for", lambda split, config, photos, **how: crops_for(photos)
    )
    monkeypatch.setattr(
        pooling_trial,
        "repeated_crops",
        lambda split, people, repeats, settings, **how: crops_again(
            crops_for(people * repeats), repeats
        ),
    )
    found = run(write_tiny_package(tmp_path), Amounts(24, 60, 4, 3))
    assert len(found["arms"]) == 6
    for arm in found["arms"].values():
        assert {tone["photos"] for tone in arm["by_tone"]} == {20}
        assert arm["focal"]["faces"] > 0
        assert arm["focal"]["area_share"] == pytest.approx(
            found["arms"]["arithmetic mean (0.3.0)"]["focal"]["area_share"]
        )
    apart = found["mirror"]["rms_against_the_mirror_image"]
    assert apart["crop"] > apart["face"] > 0
    assert set(found["mirror"]["within_person_sd"]["with"]) == set(
        found["mirror"]["within_person_sd"]["without"]
    )
