"""The message that asks for photos again: one for all views, and none that is not needed."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from participants.messaging import services as messages
from participants.messaging.models import RetakeSeen
from participants.people.models import Participant
from participants.visits.models import Visit
from tests.participants.capture.factories import PhotoFactory
from tests.participants.messaging.reminded import (
    Fake,
    at,
    planned,
    siti_reminded,
    the,
    week_4,
    work_off,
)

pytestmark = pytest.mark.django_db

siti = siti_reminded


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
