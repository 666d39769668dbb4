"""A participant with something in every store, for requests about data."""

import pytest

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
