"""A participant's phone, consent and reminders, and one with something in every store."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.cache import cache

from participants.messaging.services import choices, sending
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.consenting import first_text
from tests.participants.erasing import Filled, fill
from tests.participants.phone import Phone, make_phone
from tests.participants.reminded import Fake, at


@pytest.fixture
def on_the_day() -> Iterator[None]:
    """The clock stands at ``NOW``."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def phone(team: Team) -> Phone:
    """The phone of one who consented and whose visit is open."""
    return make_phone(team.sg01)


# --- Consent -----------------------------------------------------------------------------------


@pytest.fixture
def an_hour_later() -> Iterator[None]:
    """The clock stands an hour after ``NOW``: what is put in force now is newer."""
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def document(team: Team) -> ConsentDocument:
    """The consent text in force, with a question and two choices."""
    return first_text(team)


# --- Reminders ---------------------------------------------------------------------------------


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fake]:
    """The channels of the installation, which send to nobody."""
    fakes = {name: Fake(name) for name in ("email", "sms")}
    for module in (sending, choices):
        monkeypatch.setattr(module, "configured", lambda: fakes)
    return fakes


@pytest.fixture
def now() -> Iterator[Any]:
    """The clock: a day before the visit opens, then wherever a test moves it."""
    with time_machine.travel(at("2026-03-27 01:00"), tick=False) as traveller:
        yield traveller


# --- Requests about data -----------------------------------------------------------------------


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
