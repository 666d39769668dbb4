"""Attempts at signing in, counted anew for each test."""

from collections.abc import Iterator

import pytest
from django.core.cache import cache


@pytest.fixture
def fresh_limits() -> Iterator[None]:
    """Attempts of one test do not count in the next."""
    cache.clear()
    yield
    cache.clear()
