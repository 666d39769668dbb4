"""A participant with something in every store, for requests about data."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache

from participants.people.models import Participant
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, fill


@pytest.fixture
def filled(team: Team) -> Filled:
    """Siti Rahman, with something in every store."""
    return fill(team)


@pytest.fixture
def siti(filled: Filled) -> Participant:
    return filled.participant


@pytest.fixture
def empty_cache() -> Iterator[None]:
    """What one test keeps in the cache no search of another finds."""
    cache.clear()
    yield
    cache.clear()
