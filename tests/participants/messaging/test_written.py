"""What sending a message writes down: the act, and nothing that anybody could read."""

import logging
import re
import smtplib
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.forms.models import model_to_dict

from participants.messaging import services as messages
from participants.messaging.models import Message, MessageAttempt
from participants.people.models import Invitation, Participant
from studies.protocol.models import ReminderSettings
from studies.record.models import AuditEvent
from tests.participants.messaging.reminded import (
    EMAIL,
    NAME,
    OPENING,
    PHONE,
    Fake,
    at,
    siti_reminded,
    the,
    week_4,
    work_off,
)
from tests.studies.record.told import told_by_the_record

pytestmark = pytest.mark.django_db

siti = siti_reminded


def _everything_kept(participant: Participant) -> str:
    rows: list[Any] = [
        *Message.objects.all(),
        *MessageAttempt.objects.all(),
        *Invitation.objects.all(),
    ]
    kept = "\n".join(str(model_to_dict(row)) + repr(row.__dict__) for row in rows)
    return f"{kept}\n{told_by_the_record()}"


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
    assert event.contents.new == {"kind": "visit_opens", "channel": "email"}
