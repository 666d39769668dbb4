"""Bland and Altman's figures against numbers worked out by hand, and their bootstrap."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference.agreement.changed import changed_grades
from inference.agreement.limits import bland_altman
from inference.cells.plots import HEIGHT, WIDTH, draw

GRADES = ["none", "mild", "moderate", "severe"]


def test_the_mean_difference_and_its_limits_are_those_of_the_formula() -> None:
    first = np.array([10.0, 20.0, 30.0, 40.0])
    found = bland_altman(first, first + np.array([1.0, 2.0, 3.0, 6.0]), [1, 2, 3, 4])
    assert found.mean.value == pytest.approx(3.0)
    assert found.sd == pytest.approx(np.std([1, 2, 3, 6], ddof=1))
    assert found.lower.value == pytest.approx(3.0 - 1.96 * found.sd)
    assert found.upper.value == pytest.approx(3.0 + 1.96 * found.sd)


def test_with_few_participants_there_is_no_interval_however_many_photos() -> None:
    values = np.arange(40.0)
    found = bland_altman(values, values + values % 3, [n % 4 for n in range(40)])
    assert (found.photos, found.people) == (40, 4)
    assert found.mean.low is None
    assert found.upper.high is None


def test_intervals_are_of_people_not_of_photos() -> None:
    """Twenty photos of each person say no more than one when they all differ alike."""
    rng = np.random.default_rng(1)
    shift = rng.normal(0, 5, 12)
    once = bland_altman(np.zeros(12), shift, list(range(12)))
    often = bland_altman(np.zeros(240), np.repeat(shift, 20), list(np.repeat(range(12), 20)))
    alone = bland_altman(np.zeros(240), np.repeat(shift, 20), list(range(240)))

    def width(found: object) -> float:
        mean = found.mean  # type: ignore[attr-defined]
        return float(mean.high - mean.low)

    assert width(often) == pytest.approx(width(once), rel=0.15)
    assert width(alone) < 0.4 * width(once)


def test_the_interval_of_the_mean_is_about_that_of_theory() -> None:
    rng = np.random.default_rng(2)
    differences = rng.normal(2, 4, 200)
    found = bland_altman(np.zeros(200), differences, list(range(200)))
    half = 1.96 * differences.std(ddof=1) / np.sqrt(200)
    assert found.mean.low == pytest.approx(differences.mean() - half, abs=0.12)
    assert found.mean.high == pytest.approx(differences.mean() + half, abs=0.12)


def test_the_same_data_give_the_same_figures() -> None:
    values = np.arange(30.0)
    people = list(range(30))
    assert bland_altman(values, values * 1.1, people) == bland_altman(values, values * 1.1, people)


@pytest.mark.parametrize("people", [[], [1]])
def test_pairs_that_are_none_are_refused(people: list[int]) -> None:
    with pytest.raises(ValueError, match="as many"):
        bland_altman(np.array([]), np.array([]), people)


@given(st.lists(st.tuples(st.sampled_from(GRADES), st.sampled_from(GRADES))))
def test_the_table_of_grades_counts_every_photo_once(pairs: list[tuple[str, str]]) -> None:
    found = changed_grades(pairs, GRADES, GRADES)
    assert found.photos == len(pairs)
    assert found.changed == sum(old != new for old, new in pairs) == found.up + found.down


def test_worse_and_better_are_told_by_place_when_the_scales_differ() -> None:
    found = changed_grades(
        [("severe", "present"), ("none", "present"), ("severe", "absent")],
        GRADES,
        ["absent", "present"],
    )
    assert (found.up, found.down) == (1, 1)
    assert found.counts[3] == [1, 1]


def test_the_plot_keeps_within_its_box_and_thins_what_is_too_many() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.uniform(0, 100, 4000), rng.uniform(0, 100, 4000)
    found = bland_altman(first, second, list(range(4000)))
    pairs = list(zip((first + second) / 2, second - first, strict=True))
    plot = draw([(float(a), float(b)) for a, b in pairs], found)
    assert len(plot.points) + plot.left_out == 4000
    assert len(plot.points) <= 1500
    assert all(0 <= x <= WIDTH and 0 <= y <= HEIGHT for x, y in plot.points)
    assert [line.kind for line in plot.lines] == ["zero", "limit", "mean", "limit"]
    assert plot.lines[0].y == HEIGHT / 2
