"""What the factories of all rooms share; each room's lie beside its tests."""

import hashlib
from collections.abc import Iterator
from datetime import UTC, datetime

from factory.django import DjangoModelFactory

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


class Counting(DjangoModelFactory):
    """Counts from 101 in every test, whatever ran before: beyond what tests write by hand."""

    class Meta:
        abstract = True

    @classmethod
    def _setup_next_sequence(cls) -> int:
        return 101


def counting() -> Iterator[type[Counting]]:
    """Every factory that counts by itself."""
    waiting = Counting.__subclasses__()
    while waiting:
        found = waiting.pop()
        waiting += found.__subclasses__()
        yield found


def count_anew() -> None:
    """Let every factory count from its first number again."""
    for one in counting():
        one.reset_sequence(force=True)
