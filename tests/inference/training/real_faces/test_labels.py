from dataclasses import replace

import numpy as np
import pytest

from inference.pipeline.assessed import CONDITIONS
from inference.training.crops import ONE_GRADE
from inference.training.real_faces.baselines import MEASURES, measured
from inference.training.real_faces.labels import ABSENT, MORE, SLACK, Limits, as_arrays, intervals
from inference.training.real_faces.lending import LENT_SCALE, lender
from inference.training.real_faces.paint import canvased, paint
from inference.training.real_faces.photographs import LocatedFace
from tests.inference.training.real_faces.drawn import drawn_face


def test_a_bare_face_is_not_none_but_where_a_measure_finds_nothing():
    found = intervals({}, frozenset({"melasma"}))
    assert found == {"melasma": ABSENT}


def test_what_is_painted_is_at_least_that_severe_and_just_that_where_nothing_was():
    found = intervals({"melasma": 0.5, "pores": 0.5}, frozenset({"melasma"}))
    assert found["melasma"] == pytest.approx((0.5 - SLACK, 0.5 + SLACK))
    assert found["pores"] == pytest.approx((0.5 - SLACK, min(0.5 + SLACK + MORE, 1.0)))


def test_what_lies_beside_a_distractor_has_no_label_painted_or_not():
    found = intervals({"melasma": 0.5}, frozenset({"pores"}), frozenset({"melasma", "pores"}))
    assert found == {}


def test_intervals_as_arrays_have_no_number_where_nothing_is_known():
    middle, half = as_arrays({"dryness": (0.2, 0.8)})
    assert (middle[0], half[0]) == pytest.approx((0.5, 0.3))
    assert np.isnan(middle[1:]).all()
    assert np.isnan(half[1:]).all()


def test_none_is_one_grade_and_paint_allows_more_than_one():
    _, half = as_arrays(intervals({"pores": 0.5}, frozenset({"melasma"})))
    at = CONDITIONS.index
    assert half[at("melasma")] <= ONE_GRADE + 1e-4 < half[at("pores")]


def test_limits_leave_nearly_all_mild_faces_above_them(tmp_path):
    limits = Limits.of({"pores": [float(k) for k in range(100)] + [float("nan")]})
    assert limits.below["pores"] == pytest.approx(4.95)
    assert limits.absent({"pores": 4.0}) == {"pores"}
    assert limits.absent({"pores": 6.0}) == frozenset()
    assert limits.absent({"pores": float("nan")}) == frozenset()
    limits.write(tmp_path / "limits.json")
    assert Limits.read(tmp_path / "limits.json") == limits


@pytest.mark.parametrize("condition", CONDITIONS)
def test_each_measure_is_higher_the_more_is_painted(condition):
    face = drawn_face()
    values = [MEASURES[condition](lender(face))]
    for severity in (0.5, 1.0):
        pixels = paint(face, {condition: severity}, seed=5).pixels
        again = canvased(LocatedFace(face.located.photograph, pixels, face.located.landmarks))
        values.append(MEASURES[condition](lender(again)))
    assert values[0] < values[1] < values[2]


def striped(share):
    """Even skin with brown stripes that cover a share of it, 6 mm apart."""
    own = lender(drawn_face())
    columns = np.arange(own.log.shape[1]) / LENT_SCALE % 6.0 < 6.0 * share
    brown = np.array([-0.15, -0.21, -0.30], np.float32)  # as more melanin does
    log = np.where(columns[None, :, None], brown, 0.0) - 1.0
    return replace(own, log=np.broadcast_to(log, own.log.shape).astype(np.float16))


def test_melasma_over_most_of_the_skin_stands_out_as_well_as_over_a_part_of_it():
    measure = MEASURES["melasma"]
    assert measure(striped(0.0)) == pytest.approx(0, abs=1e-3)
    little, most = measure(striped(0.25)), measure(striped(0.75))
    assert min(little, most) > 0.02
    assert most == pytest.approx(little, rel=0.3)


def test_exposure_is_no_brown_and_no_edge():
    face = drawn_face()
    dark = (face.surface.linear * np.float32(0.6)).astype(np.float32)
    bare = measured(lender(face))
    darker = measured(lender(replace(face, surface=replace(face.surface, linear=dark))))
    for condition in CONDITIONS:
        if condition != "dermatitis":  # a* itself grows with light
            assert darker[condition] == pytest.approx(bare[condition], rel=0.05), condition
