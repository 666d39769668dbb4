"""Messages not sent, or sent later: nobody wants them any more, or the hour is wrong."""

from typing import Any

import pytest
from django.utils import timezone

from participants.messaging import services as messages
from participants.messaging.models import Message, ReminderChoice
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.protocol.models import ReminderSettings
from tests.participants.messaging.reminded import (
    OPENING,
    Fake,
    at,
    siti_reminded,
    the,
    week_4,
    work_off,
)

pytestmark = pytest.mark.django_db

siti = siti_reminded


# --- No longer wanted --------------------------------------------------------------------------


def test_who_switched_every_way_off_is_left_in_peace(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    ReminderChoice.objects.create(participant=siti, email=False, sms=False)
    now.move_to(at(OPENING))
    work_off(siti)
    assert (the(siti, "visit_opens").outcome, the(siti, "visit_opens").why) == (
        "cancelled", "channel_off",
    )  # fmt: skip


def test_what_happened_between_the_plan_and_the_sending_counts(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    visit = week_4(siti)
    messages.plan(siti)
    Visit.objects.filter(pk=visit.pk).update(state="complete")
    now.move_to(at(OPENING))
    work_off(siti)
    assert (the(siti, "visit_opens").outcome, the(siti, "visit_opens").why) == (
        "cancelled", "complete",
    )  # fmt: skip
    assert ways["email"].given == []


@pytest.mark.parametrize("state", ["withdrawn", "erased", "completed"])
def test_nobody_who_ended_is_told_anything(
    siti: Participant, ways: dict[str, Fake], now: Any, state: str
) -> None:
    week_4(siti)
    messages.plan(siti)
    Participant.objects.filter(pk=siti.pk).update(state=state)
    now.move_to(at(OPENING))
    work_off(siti)
    assert the(siti, "visit_opens").why == "ended"
    assert ways["email"].given == []


def test_without_consent_nobody_is_asked_for_photos(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    siti.consents.update(state="withdrawn")
    now.move_to(at(OPENING))
    work_off(siti)
    assert the(siti, "visit_opens").why == "no_consent"


# --- Later -------------------------------------------------------------------------------------


def test_late_workers_keep_the_quiet_hours(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at("2026-03-28 14:00"))  # 22:00 in Singapore: the worker slept all day
    work_off(siti)
    message = the(siti, "visit_opens")
    assert (message.state, message.due_at) == ("queued", at("2026-03-29 00:00"))
    assert ways["email"].given == []


def test_messages_keep_hours_between_them(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    Message.objects.create(
        participant=siti, kind="consent_renew", about="consent:0", planned_for=timezone.now(),
        state="done", outcome="sent", sent_at=at("2026-03-28 00:30"),
    )  # fmt: skip
    now.move_to(at(OPENING))
    work_off(siti)
    assert the(siti, "visit_opens").due_at == at("2026-03-28 04:30")


def test_a_week_holds_only_so_many(siti: Participant, ways: dict[str, Fake], now: Any) -> None:
    ReminderSettings.objects.update(max_per_week=2)
    week_4(siti)
    messages.plan(siti)
    for day in (22, 25):
        Message.objects.create(
            participant=siti, kind="consent_renew", about=f"consent:{day}",
            sent_at=at(f"2026-03-{day} 02:00"),
            planned_for=timezone.now(), state="done", outcome="sent",
        )  # fmt: skip
    now.move_to(at(OPENING))
    work_off(siti)
    assert the(siti, "visit_opens").due_at == at("2026-03-29 02:00")
