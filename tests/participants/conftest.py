"""A participant's phone, and the clock that stands on the day of their visit."""

from collections.abc import Iterator

import pytest
import time_machine

from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import Phone, make_phone


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The clock stands at ``NOW``."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone(team: Team) -> Phone:
    """The phone of one who consented and whose visit is open."""
    return make_phone(team.sg01)
