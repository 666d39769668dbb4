"""People and splits: the same person from the same seed, and nobody in two splits."""

from itertools import combinations

import numpy as np
import pytest

from inference.pipeline.assessed import READINGS
from inference.training.generator.anatomy import READ_IN
from inference.training.generator.chart import chart_mm
from inference.training.generator.contact_sheet import grades_of
from inference.training.generator.identity import sample_identity
from inference.training.generator.mesh import smooth_face
from inference.training.generator.splits import (
    CAMERAS,
    IDENTITIES,
    camera_seed,
    identity_seed,
    split_identities,
    split_of,
)
from participants.imaging.canonical import canonical_face, face_triangles


def test_the_same_seed_is_the_same_person():
    assert sample_identity(5) == sample_identity(5)
    assert sample_identity(5) != sample_identity(6)


def test_a_fitzpatrick_type_can_be_asked_for_without_changing_the_face():
    light, dark = sample_identity(5, fitzpatrick=1), sample_identity(5, fitzpatrick=6)
    assert (light.fitzpatrick, dark.fitzpatrick) == (1, 6)
    assert light.ita_degrees > dark.ita_degrees + 60
    assert light.shape == dark.shape


def test_people_differ_by_millimetres_not_by_faces():
    rest = canonical_face()
    for seed in range(20):
        away = np.linalg.norm(sample_identity(seed).points() - rest, axis=1)
        assert 0.3 < away.mean() < 6
        assert away.max() < 16


@pytest.mark.parametrize("ranges", [IDENTITIES, CAMERAS])
def test_no_seed_belongs_to_two_splits(ranges):
    for one, other in combinations(ranges.values(), 2):
        assert one.end <= other.first or other.end <= one.first


def test_every_seed_given_out_belongs_to_its_split():
    for split in IDENTITIES:
        assert split_of(identity_seed(split, 0)) == split
        assert split_of(identity_seed(split, 999)) == split
        assert camera_seed(split, 7) in CAMERAS[split]
    assert split_of(3) is None
    with pytest.raises(IndexError):
        identity_seed("test", 1_000_000)


def test_a_split_gives_the_skin_types_in_turn():
    assert [one.fitzpatrick for one in split_identities("train", 7)] == [1, 2, 3, 4, 5, 6, 1]


def test_the_chart_keeps_sizes_and_does_not_fold():
    triangles, flat = face_triangles(), chart_mm().astype(np.float64)
    a, b, c = (flat[triangles[:, corner]] for corner in range(3))
    on_chart = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    solid = canonical_face()[triangles].astype(np.float64)
    area = np.linalg.norm(np.cross(solid[:, 1] - solid[:, 0], solid[:, 2] - solid[:, 0]), axis=1)
    ratio = -on_chart / area
    assert (ratio > 0).mean() > 0.995
    assert np.quantile(ratio, 0.05) > 0.5
    assert np.quantile(ratio, 0.95) < 1.3


def test_subdividing_keeps_the_landmarks_first_and_near_their_place():
    smooth = smooth_face(1)
    fine = smooth.weights @ canonical_face()
    assert len(smooth.triangles) == 4 * 898
    assert np.abs(fine[:468] - canonical_face()).max() < 2
    assert smooth.weights.sum(axis=1) == pytest.approx(1, abs=1e-4)


def test_every_condition_is_painted_wherever_the_pipeline_reads_it():
    for condition, reading in READINGS.items():
        read = {code.removesuffix("_left").removesuffix("_right") for code in reading.regions}
        assert read <= set(READ_IN[condition]), condition


def test_the_contact_sheet_shows_four_grades_that_differ():
    crops = grades_of(sample_identity(3, fitzpatrick=2), "lentigo")
    assert [crop.shape for crop in crops] == [(112, 112, 3)] * 4
    darkness = [255 - float(crop[:100, :100].mean()) for crop in crops]
    assert darkness == sorted(darkness)
