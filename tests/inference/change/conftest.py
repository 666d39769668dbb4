"""A study whose severities change."""

import pytest

from tests.conftest import Team
from tests.inference.change.changing import Changing, begun, filled


@pytest.fixture
def changing(team: Team) -> Changing:
    return begun(team)


@pytest.fixture
def trial(changing: Changing) -> Changing:
    return filled(changing)
