"""Pooling against what is worked out by hand, and a focal disease against the faces about it."""

import numpy as np
import pytest

from inference.pipeline.card import Focal, Pooling, Reach, Sharpening
from inference.pipeline.pooling import (
    Seen,
    intervals,
    of_faces,
    of_regions,
    pool,
    severities,
    sharpened,
)

CLEAR = [0.97, 0.02, 0.009, 0.001]
SEVERE = [0.001, 0.009, 0.02, 0.97]


def pooling(**changes):
    plain = Sharpening(temperature=1.0, shift=(0, 0, 0, 0))
    given = {
        "method": "log",
        "floor": 0.001,
        "people": 100,
        "face": {"melasma": plain},
        "region": {"melasma": plain},
        "focal": {},
    }
    return Pooling(**{**given, **changes})


def face_of(*regions, area=None):
    """A face whose regions say so, one crop each."""
    count = len(regions)
    seen = Seen(
        np.ones(count) if area is None else np.array(area, float),
        np.arange(count),
        np.zeros(count, np.int64),
        1,
    )
    return np.array(regions), seen


def test_without_an_entry_on_the_card_the_mean_is_the_arithmetic_one_as_ever():
    each, seen = face_of(CLEAR, SEVERE, area=[3, 1])
    wanted = (3 * np.array(CLEAR) + np.array(SEVERE)) / 4
    assert of_faces(each, seen, None, "melasma")[0] == pytest.approx(wanted)


def test_a_logarithmic_pool_is_the_geometric_mean_weighted_by_area():
    each, seen = face_of([0.8, 0.1, 0.05, 0.05], [0.4, 0.3, 0.2, 0.1], area=[3, 1])
    wanted = each[0] ** 0.75 * each[1] ** 0.25
    got = of_faces(each, seen, pooling(), "melasma")[0]
    assert got == pytest.approx(wanted / wanted.sum())


def test_crops_that_agree_are_not_made_less_sure():
    each, seen = face_of(CLEAR, CLEAR, CLEAR)
    assert of_faces(each, seen, pooling(), "melasma")[0] == pytest.approx(CLEAR)


def test_no_crop_vetoes_a_grade_by_calling_it_impossible():
    certain = [1.0, 0.0, 0.0, 0.0]
    each, seen = face_of(certain, SEVERE, SEVERE, SEVERE)
    p = of_faces(each, seen, pooling(), "melasma")[0]
    assert p[3] > 0.85
    assert pool(each, seen.area, seen.face, 1, 1e-9)[0, 3] < p[3]


def test_a_focal_disease_counts_by_its_share_of_the_face():
    """One region severe and seven clear: an eighth of the face, not nothing."""
    each, seen = face_of(SEVERE, *[CLEAR] * 7)
    limits = {"melasma": Focal(low=0.05, high=0.2)}
    alone = of_regions(each, seen, pooling(focal=limits), "melasma")[0]
    face = of_faces(each, seen, pooling(focal=limits), "melasma")
    share = severities(alone).mean()
    assert severities(face)[0] == pytest.approx(share)
    assert 12 < share < 15
    # What the limits are for: the pool alone all but drops it.
    assert severities(of_faces(each, seen, pooling(), "melasma"))[0] < share / 2


def test_regions_that_agree_stay_pooled_within_the_limits():
    each, seen = face_of([0.7, 0.2, 0.06, 0.04], [0.6, 0.3, 0.06, 0.04])
    limits = {"melasma": Focal(low=0.05, high=0.2)}
    assert of_faces(each, seen, pooling(focal=limits), "melasma") == pytest.approx(
        of_faces(each, seen, pooling(), "melasma")
    )


def test_between_the_limits_a_face_passes_from_the_pool_to_the_mean_without_a_jump():
    limits = pooling(focal={"melasma": Focal(low=0.05, high=0.2)})
    rows = []
    for share in np.linspace(0, 1, 41):
        mixed = (1 - share) * np.array(CLEAR) + share * np.array(SEVERE)
        each, seen = face_of(mixed, *[CLEAR] * 7)
        rows.append(severities(of_faces(each, seen, limits, "melasma"))[0])
    steps = np.diff(rows)
    assert np.abs(steps).max() < 2.5
    assert rows[-1] - rows[0] > 10


def test_temperature_and_shift_come_after_the_pool_and_by_their_own_scope():
    each, seen = face_of([0.6, 0.2, 0.1, 0.1])
    hot = pooling(face={"melasma": Sharpening(temperature=2.0, shift=(0, 1, 0, -1))})
    wanted = np.array([0.36, 0.04 * np.e, 0.01, 0.01 / np.e])
    assert of_faces(each, seen, hot, "melasma")[0] == pytest.approx(wanted / wanted.sum())
    assert of_regions(each, seen, hot, "melasma")[0][0] == pytest.approx(each[0])


def test_a_face_without_skin_of_the_condition_is_not_a_number():
    each = np.array([CLEAR])
    seen = Seen(np.ones(1), np.zeros(1, np.int64), np.ones(1, np.int64), 2)
    limits = pooling(focal={"melasma": Focal(low=0.05, high=0.2)})
    for one in (None, pooling(), limits):
        p = of_faces(each, seen, one, "melasma")
        assert np.isnan(p[0]).all()
        assert p[1].sum() == pytest.approx(1)


def test_an_interval_holds_the_severity_and_keeps_to_the_scale():
    p = np.array([CLEAR, [0.1, 0.4, 0.4, 0.1], SEVERE])
    low, high = intervals(p, Reach(below=1.5, above=2, margin=3))
    assert (low <= severities(p)).all()
    assert (high >= severities(p)).all()
    assert low[0] == 0
    assert high[2] == 100
    widths = high - low
    assert widths[1] > 2 * widths[0]  # what is unsure has the wider one
    assert sharpened(p, None) == pytest.approx(p)
