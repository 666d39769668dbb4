"""Siti, of whom a visit is planned each week, and who agreed where a test asks for it."""

import pytest

from participants.people.models import Participant
from tests.conftest import Team
from tests.participants.staff import consent, enrol, plan_week_visits, publish


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


@pytest.fixture
def agreed(team: Team, siti: Participant) -> Participant:
    consent(siti, publish(team.study), team.amina)
    return siti
