"""A reader's order: every case once, repeats at a distance, people kept apart."""

from random import Random

import pytest

from inference.reading.services.ordering import APART, ordered


@pytest.mark.parametrize("seed", range(30))
def test_every_case_comes_once_and_repeats_far_behind_their_first(seed: int) -> None:
    places = ordered(list(range(60)), repeats=12, distance=20, random=Random(seed))
    first = {place.case: at for at, place in enumerate(places) if not place.is_repeat}
    again = {place.case: at for at, place in enumerate(places) if place.is_repeat}
    assert sorted(first) == list(range(60))
    assert len(again) == 12
    assert min(at - first[case] for case, at in again.items()) >= 20


def test_the_most_repeats_there_can_be() -> None:
    places = ordered(list(range(10)), repeats=6, distance=5, random=Random(1))
    assert len(places) == 16
    with pytest.raises(ValueError, match="too few cases"):
        ordered(list(range(10)), repeats=7, distance=5, random=Random(1))


def test_one_person_is_kept_apart_and_orders_differ() -> None:
    people = [n // 2 for n in range(80)]
    orders = [
        [place.case for place in ordered(people, repeats=0, distance=20, random=Random(seed))]
        for seed in range(5)
    ]
    assert len({tuple(order) for order in orders}) == 5

    def near(order: list[int]) -> int:
        return sum(
            people[a] == people[b] for at, a in enumerate(order) for b in order[at + 1 : at + APART]
        )

    chance = [near(Random(seed).sample(range(80), 80)) for seed in range(200)]
    assert max(near(order) for order in orders) < sum(chance) / len(chance)


def test_nobody_at_all() -> None:
    assert ordered([], repeats=0, distance=20, random=Random(1)) == []
