"""The consent text in force, and a clock after it."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine

from studies.consent_texts.models import ConsentDocument
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.consent.consenting import first_text


@pytest.fixture
def an_hour_later() -> Iterator[None]:
    """The clock stands an hour after ``NOW``: what is put in force now is newer."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def document(team: Team) -> ConsentDocument:
    """The consent text in force, with a question and two choices."""
    return first_text(team)
