"""Channels that send to nobody, and a clock to plan by."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine

from participants.messaging.services import choices, sending
from tests.participants.messaging.reminded import Fake, at


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
