import pytest

from inference.training.importers.consensus import (
    Reading,
    agreement,
    consensus_of,
    first_readings,
    weighted_kappa,
)
from inference.training.importers.meanings import interval_of


@pytest.mark.parametrize(
    ("grades", "first", "last"),
    [([1, 1, 3], 1, 1), ([2, 0, 1], 1, 1), ([1, 2], 1, 2), ([0, 3], 0, 3), ([1, 1, 2, 3], 1, 2)],
)
def test_the_median_of_the_readers_or_all_between_two(grades, first, last):
    assert consensus_of(grades, at_least=2, ties="between") == interval_of(first, last)


def test_ties_to_the_worse_when_the_study_says_so():
    assert consensus_of([1, 2], at_least=2, ties="worse") == interval_of(2)


def test_too_few_readers_give_no_label():
    assert consensus_of([2], at_least=2, ties="between") is None
    assert consensus_of([], at_least=1, ties="between") is None


def test_kappa_agrees_with_a_table_worked_by_hand():
    """Grades 0 0 1 1 against 0 1 1 1: observed 1/4, by chance 1/2, so kappa is 1/2."""
    assert weighted_kappa([(0, 0), (0, 1), (1, 1), (1, 1)]) == pytest.approx(0.5)
    assert weighted_kappa([(k, k) for k in range(4)]) == 1.0
    assert weighted_kappa([(0, 3), (3, 0)]) == pytest.approx(-1.0)
    assert weighted_kappa([(1, 1), (1, 1)]) is None
    assert weighted_kappa([]) is None


def test_quadratic_weights_punish_far_grades_more():
    near = weighted_kappa([(0, 1), (1, 2), (2, 3), (3, 3), (0, 0)])
    far = weighted_kappa([(0, 3), (1, 2), (2, 2), (3, 3), (0, 0)])
    assert near is not None
    assert far is not None
    assert near > far


def test_a_second_reading_is_a_repeat_and_no_second_vote():
    early = Reading("a", "Ewa", "pores", 1, "2026-11-01")
    late = Reading("a", "Ewa", "pores", 3, "2026-11-09")
    assert first_readings([late, early]) == ([early], [late])


def test_agreement_is_told_per_condition_between_readers_and_within():
    grades = {"a": (0, 0), "b": (0, 1), "c": (1, 1), "d": (1, 1), "e": (0, 3)}
    readings = [
        Reading(photo, reader, "pores", grade)
        for photo, pair in grades.items()
        for reader, grade in zip(("Ewa", "Chandra"), pair, strict=True)
    ]
    repeats = [Reading("a", "Ewa", "pores", 0), Reading("c", "Ewa", "pores", 1)]
    told = agreement([*readings, Reading("a", "Ewa", "dryness", None)], repeats)
    assert set(told) == {"pores"}
    kappa = weighted_kappa(list(grades.values()))
    assert told["pores"] == {
        "readers": 2,
        "photos": 5,
        "between_readers": pytest.approx(kappa),
        "exact": pytest.approx(0.6),
        "two_grades_apart": 1,
        "within_reader": 1.0,
    }
