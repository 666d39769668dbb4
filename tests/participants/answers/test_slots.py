"""Which forms somebody is asked: not those whose days were over when they were assigned."""

from datetime import date, timedelta
from typing import Any

import pytest

from participants.answers.services.slots import slots_of
from participants.people.models import Participant
from participants.visits import services as visits
from tests.participants.answers.filled import itch_asked
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db
DAILY: dict[str, Any] = {"timing": "days", "visits": [], "first_day": 0}


def closed(phone: Phone) -> date:
    """A visit whose window ended yesterday; returns that day."""
    day = visits.today(phone.participant) - timedelta(days=1)
    phone.visit.opens_on = phone.visit.scheduled_on = phone.visit.closes_on = day
    phone.visit.save()
    return day


def test_a_visit_that_had_closed_is_not_asked_of_a_participant(phone: Phone) -> None:
    closed(phone)
    itch_asked(phone.participant.study)
    assert slots_of(phone.participant) == []


def test_a_visit_that_closed_since_stays_unanswered(phone: Phone) -> None:
    asked = itch_asked(phone.participant.study)
    asked.assigned_at -= timedelta(days=2)
    asked.save()
    closed(phone)
    assert [slot.visit for slot in slots_of(phone.participant)] == [phone.visit]


def test_staff_enter_a_visit_late(phone: Phone) -> None:
    closed(phone)
    itch_asked(phone.participant.study, filled_by="staff")
    assert [slot.visit for slot in slots_of(phone.participant)] == [phone.visit]


def test_a_diary_begins_on_the_day_it_was_assigned(phone: Phone) -> None:
    today = visits.today(phone.participant)
    Participant.objects.update(enrolled_on=today - timedelta(days=5))
    phone.participant.refresh_from_db()
    itch_asked(phone.participant.study, **DAILY, open_days=1)
    days = [slot.day for slot in slots_of(phone.participant)]
    assert days == [today - timedelta(days=1), today], "yesterday's can be answered today"
