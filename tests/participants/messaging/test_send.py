"""Sending a message: once, and by the next way when one fails."""

from datetime import timedelta
from typing import Any

import pytest

from participants.messaging import channels
from participants.messaging import services as messages
from participants.messaging.channels import Delivery, DeliveryFailed, DeliveryUnknown, Receipt
from participants.messaging.models import Message
from participants.messaging.services import sending
from participants.messaging.services.log import retry_message
from participants.people.models import Participant
from participants.privacy.services import withdrawal
from studies.platform.work import WorkState, claim, perform
from studies.protocol.models import ReminderSettings
from tests.conftest import Team
from tests.participants.messaging.reminded import (
    OPENING,
    Fake,
    at,
    participant_of,
    siti_reminded,
    the,
    week_4,
    work_off,
)

pytestmark = pytest.mark.django_db

siti = siti_reminded


# --- Once --------------------------------------------------------------------------------------


def test_a_message_is_sent_once_however_often_it_is_notified_of(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    message = the(siti, "visit_opens")
    for _notify in range(3):
        perform(Message, message.pk, sending.send_message)
    assert len(ways["email"].given) == 1
    message.refresh_from_db()
    assert (message.outcome, message.channel, message.provider_id) == ("sent", "email", "email-1")
    assert message.sent_at == at(OPENING)
    assert message.tries.get().state == "accepted"


def test_a_worker_that_dies_while_sending_leaves_it_unknown_and_nobody_is_told_twice(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    message = the(siti, "visit_opens")
    dying = claim(Message, message.pk)
    assert dying is not None
    step = sending._decide(dying)
    assert isinstance(step, sending.Go)
    ways["email"].send(step.delivery)  # and here the machine loses its power
    now.shift(timedelta(minutes=10))
    assert perform(Message, message.pk, sending.send_message)
    message.refresh_from_db()
    assert (message.state, message.outcome, message.why) == ("done", "unknown", "unanswered")
    assert len(ways["email"].given) == 1
    assert message.tries.get().state == "unknown"


def test_a_worker_that_dies_before_it_wrote_anything_is_made_up_for(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    message = the(siti, "visit_opens")
    assert claim(Message, message.pk) is not None
    now.shift(timedelta(minutes=10))
    assert perform(Message, message.pk, sending.send_message)
    assert len(ways["email"].given) == 1


def test_a_slow_worker_whose_lease_ran_out_writes_nothing(
    siti: Participant, ways: dict[str, Fake], now: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    message = the(siti, "visit_opens")

    def slowly(delivery: Delivery) -> Receipt:
        now.shift(timedelta(minutes=10))
        monkeypatch.undo()
        perform(Message, message.pk, sending.send_message)  # another worker takes the row
        return Receipt(provider_id="late")

    monkeypatch.setattr(ways["email"], "send", slowly)
    assert not perform(Message, message.pk, sending.send_message)
    message.refresh_from_db()
    assert (message.outcome, message.provider_id) == ("unknown", "")


def test_a_receipt_is_told_even_to_those_who_ended(
    siti: Participant, ways: dict[str, Fake], now: Any, team: Team
) -> None:
    withdrawal.withdraw(participant=siti, reason="No reason given", by=team.amina)
    siti.refresh_from_db()
    assert messages.tell(participant=siti, kind="later") is None
    told = messages.tell(participant=siti, kind="erasure_receipt", about="R-7K3M-9QXD")
    again = messages.tell(participant=siti, kind="erasure_receipt", about="R-7K3M-9QXD")
    assert told is not None
    assert told == again
    work_off(siti)
    (delivery,) = ways["email"].given
    assert "R-7K3M-9QXD" in delivery.words.short
    assert delivery.link == ""
    assert the(siti, "erasure_receipt").state == WorkState.DONE


# --- The ways ----------------------------------------------------------------------------------


def test_the_next_way_is_taken_when_one_refuses(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    ways["email"].answers = [DeliveryFailed("smtp_550", for_good=True)]
    work_off(siti)
    work_off(siti)
    message = the(siti, "visit_opens")
    assert (message.outcome, message.channel) == ("sent", "sms")
    assert ways["sms"].given[0].to == "+6581234567"


def test_a_line_that_is_down_is_tried_again_before_the_next_way(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    ways["email"].answers = [DeliveryFailed("no_connection")] * 3
    for _turn in range(4):
        work_off(siti)
        now.shift(timedelta(minutes=16))
    message = the(siti, "visit_opens")
    assert [one.channel for one in message.tries.all()] == ["email", "email", "email", "sms"]
    assert message.outcome == "sent"


def test_when_every_way_refuses_the_coordinator_sees_it_and_can_try_again(
    siti: Participant, ways: dict[str, Fake], now: Any, team: Team
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    for way in ways.values():
        way.answers = [DeliveryFailed("gone", for_good=True)]
    for _turn in range(3):
        work_off(siti)
    message = the(siti, "visit_opens")
    assert (message.state, message.outcome, message.why) == ("quarantined", "failed", "refused")
    retry_message(message=message, by=team.amina)
    work_off(siti)
    message.refresh_from_db()
    assert (message.outcome, message.channel) == ("sent", "email")


def test_an_answer_that_got_lost_is_said_to_be_unknown(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    ways["email"].answers = [DeliveryUnknown("connection_lost")]
    work_off(siti)
    message = the(siti, "visit_opens")
    assert (message.state, message.outcome) == ("done", "unknown")
    assert ways["sms"].given == []


def test_without_any_address_it_is_set_aside(team: Team, now: Any, ways: dict[str, Fake]) -> None:
    ReminderSettings.objects.create(study=team.study, channels=["email"])
    budi = participant_of(team.sg01, team.amina, email="")
    week_4(budi)
    messages.plan(budi)
    now.move_to(at(OPENING))
    work_off(budi)
    assert (the(budi, "visit_opens").state, the(budi, "visit_opens").why) == (
        "quarantined", "no_address",
    )  # fmt: skip


def test_the_channels_of_an_installation_are_those_its_settings_name(settings: Any) -> None:
    settings.SMS_URL, settings.VAPID_PRIVATE_KEY = "", ""
    assert set(channels.configured()) == {"email"}
    settings.SMS_URL = "console://"
    assert set(channels.configured()) == {"email", "sms"}
