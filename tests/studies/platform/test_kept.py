"""What is dear is found out once for many; what is quick each time."""

import time

import pytest
from django.core.cache import cache

from studies.platform import kept as module
from studies.platform.kept import kept, place_of


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How often it was found out; a number each time."""
    monkeypatch.setattr(module, "QUICK", 0.0)
    monkeypatch.setattr(module, "TIMES", 1000)
    monkeypatch.setattr(module, "LONGEST", 1000.0)
    return []


def find(asked: list[int]) -> int:
    asked.append(len(asked))
    time.sleep(0.02)
    return asked[-1]


def test_what_is_quick_is_of_this_moment(asked: list[int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "QUICK", 1000.0)
    assert [kept("a", lambda: find(asked)) for _ in range(3)] == [0, 1, 2]


def test_what_is_dear_is_shared_by_those_who_may_ask_the_same(asked: list[int]) -> None:
    assert [kept("a", lambda: find(asked)) for _ in range(3)] == [0, 0, 0]
    assert kept("b", lambda: find(asked)) == 1


def test_one_finds_it_anew_and_the_others_see_the_old(
    asked: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TIMES", 1000)
    kept("a", lambda: find(asked))
    value, _until, at = cache.get(place_of("a"))
    cache.set(place_of("a"), (value, 0.0, at), timeout=100)  # too old

    def while_another_looks() -> int:
        assert kept("a", lambda: find(asked)) == 0
        return 7

    assert kept("a", while_another_looks) == 7
    assert kept("a", lambda: find(asked)) == 7


def test_nobody_is_shown_what_is_older_than_what_they_saw(asked: list[int]) -> None:
    kept("a", lambda: find(asked))
    assert kept("a", lambda: find(asked), since=time.time() + 1) == 1
    assert kept("a", lambda: find(asked)) == 1, "and the others see the newer one, too"
