"""Each reader's own order of cases, repeats at a distance. Plain Python over a seeded generator."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from random import Random

APART = 5  # cases between two of one person, where there are enough others
TRIES = 40


@dataclass(frozen=True)
class Place:
    """A case, by its place in the list that was given, and whether it comes a second time."""

    case: int
    is_repeat: bool = False


def ordered(
    people: Sequence[Hashable], *, repeats: int, distance: int, random: Random
) -> list[Place]:
    """A random order of the cases, of which ``repeats`` come again ``distance`` or more later.

    Args:
        people: Whose each case is. Cases of one person are kept ``APART`` where that can be.

    Raises:
        ValueError: there are too few cases for so many repeats at such a distance.
    """
    if repeats and repeats > len(people) - distance + 1:
        raise ValueError("too few cases for so many repeats at such a distance")
    order = _apart(people, random)
    again = sorted(random.sample(range(len(order) - distance + 1), repeats)) if repeats else []
    places = [Place(case) for case in order]
    # From the last to the first: what is put in later moves no repeat nearer to its first.
    for first in reversed(again):
        at = random.randint(first + distance, len(places))
        places.insert(at, Place(order[first], is_repeat=True))
    return places


def _apart(people: Sequence[Hashable], random: Random) -> list[int]:
    """The cases in random order; of ``TRIES``, the one with fewest of one person together."""
    best: list[int] = []
    fewest = len(people) + 1
    for _ in range(TRIES):
        order = random.sample(range(len(people)), len(people))
        near = _near(order, people)
        if near < fewest:
            best, fewest = order, near
        if not near:
            break
    return best


def _near(order: Sequence[int], people: Sequence[Hashable]) -> int:
    """How many cases come fewer than ``APART`` after another of the same person."""
    seen: dict[Hashable, int] = {}
    near = 0
    for at, case in enumerate(order):
        whose = people[case]
        near += at - seen.get(whose, -APART) < APART
        seen[whose] = at
    return near
