"""Sending: once, at the right moment, by the next way when one fails, and with nothing written
down that anybody could read.
"""

import logging
import re
import smtplib
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
import time_machine
from django.core.mail import EmailMultiAlternatives
from django.forms.models import model_to_dict
from django.test import Client
from django.utils import timezone

from participants import channels
from participants.channels import Delivery, DeliveryFailed, DeliveryUnknown, Receipt
from participants.models import (
    Invitation,
    Message,
    MessageAttempt,
    Participant,
    ReminderChoice,
    RetakeSeen,
    Visit,
)
from participants.services import consents, messages
from participants.services.messages import choices, sending
from participants.services.messages.log import retry_message
from studies.models import AuditEvent, ReminderSettings
from studies.work import WorkState, claim, perform
from tests.conftest import Team
from tests.factories import PhotoFactory
from tests.participants.reminded import (
    EMAIL,
    NAME,
    PHONE,
    at,
    participant_of,
    planned,
    the,
    week_4,
    work_off,
)

pytestmark = pytest.mark.django_db
OPENING = "2026-03-28 01:00"


class Fake:
    """A channel that does what it is told, and remembers what it was given."""

    repeatable: ClassVar[bool] = False

    def __init__(self, name: str) -> None:
        self.name = name
        self.given: list[Delivery] = []
        self.answers: list[Exception] = []

    def send(self, delivery: Delivery) -> Receipt:
        self.given.append(delivery)
        if self.answers:
            raise self.answers.pop(0)
        return Receipt(provider_id=f"{self.name}-1")


@pytest.fixture
def ways(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fake]:
    fakes = {name: Fake(name) for name in ("email", "sms")}
    for module in (sending, choices):
        monkeypatch.setattr(module, "configured", lambda: fakes)
    return fakes


@pytest.fixture
def siti(team: Team) -> Participant:
    ReminderSettings.objects.create(study=team.study, channels=["email", "sms"])
    return participant_of(team.sg01, team.amina)


@pytest.fixture
def now() -> Iterator[Any]:
    """The clock: a day before the visit opens, then wherever a test moves it."""
    with time_machine.travel(at("2026-03-27 01:00"), tick=False) as traveller:
        yield traveller


def test_a_message_is_sent_once_however_often_its_bell_rings(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    message = the(siti, "visit_opens")
    for _ring in range(3):
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


# --- Retakes -------------------------------------------------------------------------------------


def _turned_down(visit: Visit, view: str = "front") -> Any:
    reason = {"code": "too_dark", "message": "The photo is too dark. Face a window or a lamp."}
    return PhotoFactory(visit=visit, view=view, state="retake_wanted", retake_reasons=[reason])


def test_two_views_are_asked_for_in_one_message_that_leads_to_the_first(
    siti: Participant, ways: dict[str, Fake], now: Any, client: Client
) -> None:
    visit = week_4(siti, state="in_progress")
    now.move_to(at("2026-03-29 03:00"))
    _turned_down(visit, "left")
    _turned_down(visit, "right")
    messages.plan(siti)
    now.shift(timedelta(minutes=4))
    work_off(siti)
    (delivery,) = ways["email"].given
    assert delivery.words.title == "2 photos to take again"
    assert [heading for heading, _reasons in delivery.words.points] == ["Left cheek", "Right cheek"]
    assert delivery.words.points[0][1] == ("The photo is too dark. Face a window or a lamp.",)
    path = delivery.link.removeprefix("http://127.0.0.1:8000")
    assert client.get(path).status_code == 200
    answer = client.post(path)
    assert answer["Location"] == "/my/visits/week-4/left/"


def test_who_has_seen_it_on_the_page_gets_no_message(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    visit = week_4(siti, state="in_progress")
    now.move_to(at("2026-03-29 03:00"))
    photo = _turned_down(visit)
    messages.plan(siti)
    messages.note_seen([photo])
    assert RetakeSeen.objects.filter(photo=photo).exists()
    now.shift(timedelta(minutes=4))
    work_off(siti)
    assert (the(siti, "retake").outcome, the(siti, "retake").why) == ("cancelled", "seen")
    assert ways["email"].given == []


def test_a_photo_sent_again_meanwhile_needs_no_message(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    visit = week_4(siti, state="in_progress")
    now.move_to(at("2026-03-29 03:00"))
    _turned_down(visit)
    messages.plan(siti)
    PhotoFactory(visit=visit, state="received")
    now.shift(timedelta(minutes=4))
    work_off(siti)
    assert the(siti, "retake").why == "replaced"


def test_a_retake_says_what_the_reminder_of_the_same_visit_would_have_said(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    visit = week_4(siti, state="in_progress")
    messages.plan(siti)
    now.move_to(at("2026-03-30 00:58"))
    _turned_down(visit)
    messages.plan(siti)
    now.move_to(at("2026-03-30 01:00"))
    work_off(siti)  # the reminder of the due day waits for the weightier one
    now.move_to(at("2026-03-30 01:01"))
    work_off(siti)
    assert [d.words.title for d in ways["email"].given] == ["One photo to take again"]
    assert (the(siti, "visit_due").outcome, the(siti, "visit_due").why) == ("combined", "said")
    assert "visit_closing" in planned(siti)


# --- What is written down ------------------------------------------------------------------------


def _everything_kept(participant: Participant) -> str:
    rows: list[Any] = [
        *Message.objects.all(),
        *MessageAttempt.objects.all(),
        *Invitation.objects.all(),
        *AuditEvent.objects.all(),
    ]
    return "\n".join(str(model_to_dict(row)) + repr(row.__dict__) for row in rows)


@pytest.mark.parametrize("fails", [False, True])
def test_neither_text_nor_address_nor_link_is_written_anywhere(
    siti: Participant, now: Any, caplog: pytest.LogCaptureFixture, fails: bool, monkeypatch: Any,
    mailoutbox: list[EmailMultiAlternatives],
) -> None:  # fmt: skip
    refusal = smtplib.SMTPRecipientsRefused({EMAIL: (550, f"no such user {EMAIL}".encode())})

    def refuse(*_args: Any, **_kwargs: Any) -> int:
        raise refusal

    if fails:
        ReminderSettings.objects.update(channels=["email"])
        monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    caplog.set_level(logging.DEBUG)
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    work_off(siti)
    work_off(siti)
    message = the(siti, "visit_opens")
    assert message.outcome == ("failed" if fails else "sent")
    kept = _everything_kept(siti) + caplog.text + message.last_error
    for secret in (EMAIL, PHONE, "81234567", NAME, "can be taken from today"):
        assert secret not in kept
    if not fails:
        (mail,) = mailoutbox
        token = re.search(r"/p/([\w-]{40,})/", str(mail.body))
        assert token is not None
        assert token[1] not in kept


def test_a_delivery_shows_nothing_of_itself(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    work_off(siti)
    shown = repr(ways["email"].given[0]) + repr(ways["email"].given[0].words)
    assert EMAIL not in shown
    assert "photos" not in shown


def test_sending_is_an_act_in_the_record(
    siti: Participant, ways: dict[str, Fake], now: Any
) -> None:
    week_4(siti)
    messages.plan(siti)
    now.move_to(at(OPENING))
    work_off(siti)
    event = AuditEvent.objects.get(action="message.send")
    assert event.new == {"kind": "visit_opens", "channel": "email"}


def test_a_receipt_is_told_even_to_those_who_ended(
    siti: Participant, ways: dict[str, Fake], now: Any, team: Team
) -> None:
    consents.withdraw(participant=siti, reason="No reason given", by=team.amina)
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


def test_the_channels_of_an_installation_are_those_its_settings_name(settings: Any) -> None:
    settings.SMS_URL, settings.VAPID_PRIVATE_KEY = "", ""
    assert set(channels.configured()) == {"email"}
    settings.SMS_URL = "console://"
    assert set(channels.configured()) == {"email", "sms"}
