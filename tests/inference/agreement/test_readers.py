"""Readers against each other, themselves, time and a network, on readings made to be known."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inference.agreement.chance_corrected import (
    CohenKappa,
    FleissKappa,
    GwetAC,
    KrippendorffAlpha,
    ShareAgreed,
)
from inference.agreement.icc import ICC
from inference.agreement.intervals import Draws, estimate
from inference.agreement.ratings import Floats, Ratings
from inference.agreement.readers import (
    confusion,
    consensus,
    drift,
    leave_one_out,
    pairs_of,
    repeatability,
)

KAPPA = CohenKappa.weighted("quadratic", 4)
FEW = Draws(resamples=300)


def readings(people: int, readers: int, noise: float, *, seed: int = 3, each: int = 1) -> Ratings:
    """Grades of 0 to 3: the truth of each case and a reader's own noise."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 4, people * each)
    said = np.rint(truth[:, None] + rng.normal(0, noise, (people * each, readers)))
    return Ratings.of(np.clip(said, 0, 3), people=list(np.repeat(range(people), each)), grades=4)


def test_all_alike_is_one_and_one_grade_only_is_not_defined() -> None:
    same = Ratings.of(np.tile(np.arange(4), (2, 5)).reshape(2, -1).T, grades=4)
    for coefficient in (KAPPA, FleissKappa(4), GwetAC(4), KrippendorffAlpha(4), ICC("2,1")):
        assert estimate(coefficient, same, draws=FEW).value == pytest.approx(1), coefficient
    once = Ratings.of(np.ones((20, 2)), grades=4)
    for coefficient in (KAPPA, FleissKappa(4), KrippendorffAlpha(4), ICC("2,1")):
        found = estimate(coefficient, once, draws=FEW)
        assert found.value is None, coefficient
        assert found.why
    assert estimate(GwetAC(4), once, draws=FEW).value == 1
    assert estimate(ShareAgreed(4), once, draws=FEW).value == 1


def test_one_reader_and_no_case_have_no_agreement() -> None:
    alone = Ratings.of([[1, np.nan], [np.nan, 2]], grades=4)
    found = estimate(KAPPA, alone)
    assert (found.value, found.cases) == (None, 0)
    two = Ratings.of([[1, 1], [2, 3]], grades=4)
    few = estimate(KAPPA, two)
    assert few.value is not None
    assert few.low is None
    assert "fewer than 5 people" in few.why


@pytest.mark.parametrize("wrong", [[[4, 1]], [[0.5, 1]], [[-1, 0]]])
def test_a_grade_that_the_scale_lacks_is_refused(wrong: list[list[float]]) -> None:
    with pytest.raises(ValueError, match="grades are 0 to 3"):
        Ratings.of(wrong, grades=4)


def test_intervals_hold_the_truth_about_as_often_as_they_say() -> None:
    """95 % of 150 studies of sixty people, less what their own number allows."""
    many = readings(20000, 2, 0.7, seed=1)
    truth = estimate(KAPPA, many, draws=Draws(resamples=1)).value
    assert truth is not None
    held = 0
    for seed in range(150):
        found = estimate(KAPPA, readings(60, 2, 0.7, seed=seed), draws=FEW)
        assert found.low is not None
        assert found.high is not None
        held += found.low <= truth <= found.high
    assert 0.89 <= held / 150 <= 0.99


def test_photos_of_one_person_count_as_that_person() -> None:
    """The same person five times over makes no interval narrower."""
    once = readings(40, 2, 0.8)
    often = Ratings.of(np.repeat(once.values, 5, 0), people=list(np.repeat(range(40), 5)), grades=4)
    first, second = (estimate(KAPPA, each) for each in (once, often))
    assert second.value == pytest.approx(first.value)
    assert (second.low, second.high) == pytest.approx((first.low, first.high), abs=1e-9)
    assert (second.cases, second.people) == (200, 40)


def test_pairs_and_their_table() -> None:
    ratings = readings(50, 3, 0.6)
    pairs = pairs_of(KAPPA, ratings, draws=FEW)
    assert [(pair.first, pair.second) for pair in pairs] == [(0, 1), (0, 2), (1, 2)]
    table = confusion(ratings.of_readers(0, 2))
    assert sum(map(sum, table)) == 50
    assert table[1][2] == int(np.sum((ratings.values[:, 0] == 1) & (ratings.values[:, 2] == 2)))


def test_the_consensus_is_a_grade_of_the_scale() -> None:
    values = np.array([[0, 1, 3], [1, 2, np.nan], [np.nan, np.nan, 2], [np.nan] * 3])
    assert consensus(values)[:3].tolist() == [1, 1, 2]
    assert np.isnan(consensus(values)[3])
    assert np.isnan(consensus(values, at_least=2)[2:]).all()


@pytest.mark.parametrize(("noise", "within"), [(0.5, True), (2.0, False)])
def test_a_network_is_within_the_readers_spread_or_not(noise: float, within: bool) -> None:
    ratings = readings(200, 4, 0.5)
    rng = np.random.default_rng(9)
    network = np.clip(np.rint(ratings.values.mean(1) + rng.normal(0, noise, 200)), 0, 3)
    found = leave_one_out(KAPPA, ratings, network, draws=FEW)
    assert found.within is within
    assert [one.reader for one in found.each] == [0, 1, 2, 3]
    mean = np.mean([one.difference.number for one in found.each])
    assert found.mean_difference.value == pytest.approx(mean)
    first = found.each[0]
    expected = first.network_agrees.number - first.reader_agrees.number
    assert first.difference.value == pytest.approx(expected)


def test_without_readers_enough_nobody_is_left_out() -> None:
    with pytest.raises(ValueError, match="asks 3 readers"):
        leave_one_out(KAPPA, readings(10, 2, 0.5), np.zeros(10))


def test_a_readers_own_repeatability() -> None:
    rng = np.random.default_rng(4)
    first = rng.normal(50, 15, 3000)
    twice = Ratings.of(first[:, None] + rng.normal(0, 4, (3000, 2)))
    found = repeatability(ICC("2,1"), twice, draws=FEW)
    assert found.sd.value == pytest.approx(4, rel=0.05)
    assert found.smallest_change == pytest.approx(1.96 * 2**0.5 * found.sd.number)
    assert found.agreement.value == pytest.approx(15**2 / (15**2 + 4**2), abs=0.01)


@pytest.mark.parametrize("per_hundred", [0.0, 0.5])
def test_drift_is_found_where_it_is(per_hundred: float) -> None:
    rng = np.random.default_rng(5)
    places = np.arange(400.0)
    others = rng.uniform(0, 3, 400)
    values = others + per_hundred * places / 100 + rng.normal(0, 0.3, 400)
    found = drift(places, values, others, range(400))
    assert found.value == pytest.approx(per_hundred, abs=0.05)
    assert found.low is not None
    assert found.high is not None
    assert (found.low <= 0 <= found.high) is (per_hundred == 0)


def _shuffled(ratings: Ratings, seed: int) -> Ratings:
    rng = np.random.default_rng(seed)
    cases, columns = rng.permutation(len(ratings.values)), rng.permutation(ratings.readers)
    return Ratings(ratings.values[cases][:, columns], ratings.people[cases], ratings.grades)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 5))
def test_neither_the_order_of_cases_nor_of_readers_matters(seed: int, readers: int) -> None:
    ratings = readings(15, readers, 1.0, seed=seed)
    values: Floats = ratings.values.copy()
    values[np.random.default_rng(seed).random(values.shape) < 0.2] = np.nan
    gapped = Ratings(values, ratings.people, 4)
    for coefficient in (FleissKappa(4, "linear"), GwetAC(4, "ordinal"), KrippendorffAlpha(4)):
        one, other = (
            coefficient.value(coefficient.sums(each).sum(axis=0))
            for each in (gapped, _shuffled(gapped, seed))
        )
        np.testing.assert_allclose(one, other, atol=1e-12)
