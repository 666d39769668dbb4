"""The participant's own pages of reminders, the calendar, and the staff's log."""

import json
import logging
from datetime import time, timedelta

import icalendar
import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.logging import ScrubTokens
from participants.messaging import services as messages
from participants.messaging.models import Message, PushSubscription, ReminderChoice, RetakeSeen
from participants.messaging.services.calendar import calendar_of
from participants.messaging.services.composing import off_address
from participants.messaging.services.feeds import feed_token
from participants.people.models import Invitation, Participant
from participants.people.services import invitations
from participants.people.views.my import KEY
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.protocol.models import ReminderSettings
from studies.protocol.services.reminders import settings_of
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.messaging.reminded import (
    EMAIL,
    PHONE,
    SUBSCRIPTION,
    participant_of,
    planned,
    the,
    week_4,
)
from tests.participants.staff import Sign

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    today = visits.today(team.study)
    siti = participant_of(team.sg01, team.amina, enrolled_on=today - timedelta(days=28))
    week_4(
        siti,
        state="in_progress",
        opens_on=today - timedelta(days=1),
        scheduled_on=today,
        closes_on=today + timedelta(days=2),
    )
    return siti


@pytest.fixture
def phone(siti: Participant, client: Client) -> Client:
    issued = invitations.issue_for_message(participant=siti, target="/my/")
    session = client.session
    session[KEY] = issued.invitation.pk
    session.save()
    return client


def form(**values: object) -> dict[str, object]:
    usual = {"on": ["email", "push"], "quiet_from": "21:00", "quiet_until": "08:00"}
    return {**usual, "first": "email", "time_zone": "Asia/Singapore", **values}


# --- Choices -------------------------------------------------------------------------------------


def test_addresses_are_shown_masked(phone: Client) -> None:
    page = phone.get("/my/reminders/").content.decode()
    assert "s•••@example.org" in page
    assert "+65 •••• 4567" in page
    assert EMAIL not in page
    assert PHONE not in page


def test_what_is_chosen_is_kept_recorded_and_planned(phone: Client, siti: Participant) -> None:
    answer = phone.post("/my/reminders/", form(quiet_from="22:30", time_zone="Asia/Jakarta"))
    assert answer.status_code == 302
    choice = ReminderChoice.objects.get(participant=siti)
    assert (choice.email, choice.push, choice.sms, choice.first) == (True, True, False, "email")
    assert (choice.quiet_from, choice.quiet_until) == (time(22, 30), time(8, 0))
    siti.refresh_from_db()
    assert siti.time_zone == "Asia/Jakarta"
    assert planned(siti)


def test_the_studys_hours_are_followed_until_one_chooses_others(
    phone: Client, siti: Participant
) -> None:
    phone.post("/my/reminders/", form())
    assert ReminderChoice.objects.get(participant=siti).quiet_from is None
    siti.refresh_from_db()
    assert siti.time_zone == ""


def test_a_place_that_is_none_is_refused_in_words(phone: Client, siti: Participant) -> None:
    answer = phone.post("/my/reminders/", form(time_zone="Atlantis/Harbour"))
    assert answer.status_code == 422
    assert "Please choose a time zone" in answer.content.decode()
    siti.refresh_from_db()
    assert siti.time_zone == ""


def test_a_test_goes_out_at_once_and_five_are_enough_for_a_day(
    phone: Client, siti: Participant
) -> None:
    for _turn in range(5):
        assert phone.post("/my/reminders/test/", {"channel": "email"}).status_code == 302
    assert the(siti, "test").wished == "email"
    assert phone.post("/my/reminders/test/", {"channel": "email"}).status_code == 409
    assert siti.messages.filter(kind="test").count() == 5


def test_a_test_by_a_way_one_has_not_is_refused(phone: Client) -> None:
    assert phone.post("/my/reminders/test/", {"channel": "push"}).status_code == 422
    assert phone.post("/my/reminders/test/", {"channel": "pigeon"}).status_code == 422


# --- Later ---------------------------------------------------------------------------------------


def test_later_is_one_reminder_however_often_one_asks(phone: Client, siti: Participant) -> None:
    phone.post("/my/later/", {"choice": "hour"})
    phone.post("/my/later/", {"choice": "tomorrow"})
    message = siti.messages.get(kind="later")
    assert message.due_at > timezone.now() + timedelta(hours=1)
    assert "We will remind you" in phone.get("/my/later/").content.decode()
    phone.post("/my/later/", {"choice": "never"})
    assert planned(siti).get("later") is None


def test_later_is_not_offered_when_there_is_nothing_to_do(phone: Client, siti: Participant) -> None:
    Visit.objects.update(state="complete")
    for view in ("front", "left", "right"):
        PhotoFactory(visit=siti.visits.get(), view=view)
    assert phone.post("/my/later/", {"choice": "hour"}).status_code == 409
    assert not siti.messages.exists()


# --- Off -----------------------------------------------------------------------------------------


def test_one_click_stops_one_way_without_a_session(siti: Participant) -> None:
    path = off_address(siti, "email").removeprefix("http://127.0.0.1:8000")
    stranger = Client(enforce_csrf_checks=True)
    assert stranger.get(path).status_code == 200
    assert not ReminderChoice.objects.exists()
    answer = stranger.post(path, {"List-Unsubscribe": "One-Click"})
    assert answer.status_code == 200
    choice = ReminderChoice.objects.get(participant=siti)
    assert (choice.email, choice.push, choice.sms) == (False, True, True)


def test_an_address_that_was_changed_stops_nothing(siti: Participant, client: Client) -> None:
    path = off_address(siti, "email").removeprefix("http://127.0.0.1:8000")
    assert client.post(path[:-3] + "x/").status_code == 404
    assert client.post(reverse("my:off", args=[feed_token(siti)])).status_code == 404


def test_signed_addresses_never_reach_a_log(siti: Participant) -> None:
    for path in (off_address(siti, "email"), f"/my/feed/{feed_token(siti)}.ics"):
        record = logging.LogRecord("x", 20, "", 1, "GET %s", (path,), None)
        ScrubTokens().filter(record)
        token = path.rstrip("/").split("/")[-1]
        assert all(part not in record.getMessage() for part in token.split(":") if len(part) > 4)


# --- Notifications -------------------------------------------------------------------------------


def send(phone: Client, method: str, body: object) -> int:
    call = phone.post if method == "POST" else phone.delete
    answer = call("/my/push/", json.dumps(body), content_type="application/json")
    return int(answer.status_code)


def test_a_phone_is_kept_sealed_once_and_forgotten_on_request(
    phone: Client, siti: Participant
) -> None:
    assert send(phone, "POST", SUBSCRIPTION) == 201
    assert send(phone, "POST", SUBSCRIPTION) == 201
    row = PushSubscription.objects.get(participant=siti)
    assert b"googleapis" not in bytes(row.sealed)
    assert send(phone, "DELETE", {"endpoint": SUBSCRIPTION["endpoint"]}) == 204
    assert not PushSubscription.objects.exists()


@pytest.mark.parametrize(
    "body",
    [
        {**SUBSCRIPTION, "endpoint": "https://169.254.169.254/latest"},
        {**SUBSCRIPTION, "endpoint": 7},
        {**SUBSCRIPTION, "keys": {"p256dh": "short", "auth": "x"}},
        {**SUBSCRIPTION, "keys": None},
        [],
        {**SUBSCRIPTION, "endpoint": "https://fcm.googleapis.com/" + "x" * 2000},
    ],
)
def test_what_is_no_browsers_subscription_is_refused(phone: Client, body: object) -> None:
    assert send(phone, "POST", body) == 422
    assert not PushSubscription.objects.exists()


def test_a_shared_phone_belongs_to_whoever_asked_last(
    phone: Client, siti: Participant, team: Team
) -> None:
    send(phone, "POST", SUBSCRIPTION)
    budi = participant_of(team.kl01, team.budi)
    issued = invitations.issue_for_message(participant=budi, target="/my/")
    other = Client()
    session = other.session
    session[KEY] = issued.invitation.pk
    session.save()
    send(other, "POST", SUBSCRIPTION)
    assert PushSubscription.objects.get().participant == budi


# --- Links ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "target",
    [
        "https://evil.example/my/", "//evil.example/my/", "/my/../accounts/", "/studies/MEL-8/",
        "/my/leave/", "/my/uploads/", "/my/?next=//evil.example", "/my//evil", "", "/my/%2e%2e/",
        "/my/sw.js", "/my/calendar.ics", "\\\\evil",
    ],
)  # fmt: skip
def test_a_link_opens_pages_of_ones_own_and_nothing_else(siti: Participant, target: str) -> None:
    with pytest.raises(ValueError, match="own pages"):
        invitations.issue_for_message(participant=siti, target=target)


def test_a_target_changed_in_the_database_leads_home(siti: Participant, client: Client) -> None:
    issued = invitations.issue_for_message(participant=siti, target="/my/reminders/")
    Invitation.objects.update(target="https://evil.example/")
    assert client.post(f"/p/{issued.token}/")["Location"] == "/my/"


def test_links_of_messages_stop_with_the_others_and_are_not_listed(
    siti: Participant, team: Team, as_person: Sign, client: Client
) -> None:
    issued = invitations.issue_for_message(participant=siti, target="/my/reminders/")
    page = as_person(team.amina).get("/studies/MEL-8/participants/SG01-0001/").content.decode()
    assert "Stop this link" not in page
    invitations.revoke_all(participant=siti, by=team.amina, reason="Lost phone")
    assert client.post(f"/p/{issued.token}/").status_code == 410


def test_links_of_messages_are_forgotten_when_they_are_of_no_use(siti: Participant) -> None:
    old = invitations.issue_for_message(participant=siti, target="/my/").invitation
    long_ago = timezone.now() - timedelta(days=60)
    Invitation.objects.filter(pk=old.pk).update(expires_at=long_ago)
    invitations.issue_for_message(participant=siti, target="/my/")
    assert not Invitation.objects.filter(pk=old.pk).exists()


def test_home_and_the_photos_own_address_note_what_was_seen(
    phone: Client, siti: Participant
) -> None:
    photo = PhotoFactory(visit=siti.visits.get(), state="retake_wanted", retake_reasons=[])
    phone.get(f"/my/photos/{photo.pk}/")
    assert RetakeSeen.objects.filter(photo=photo).exists()
    other = PhotoFactory(visit=siti.visits.get(), view="left", state="retake_wanted")
    phone.get("/my/")
    assert RetakeSeen.objects.filter(photo=other).exists()


# --- Calendar ------------------------------------------------------------------------------------


def test_the_calendar_says_when_and_nothing_about_health(
    phone: Client, siti: Participant, team: Team
) -> None:
    answer = phone.get("/my/calendar.ics")
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    (event,) = icalendar.Calendar.from_ical(answer.content).walk("VEVENT")
    visit = siti.visits.get()
    assert str(event["SUMMARY"]) == "Photos for your study"
    assert str(event["UID"]).startswith(f"visit-{visit.pk}@")
    assert event.decoded("DTSTART").date() == visit.scheduled_on
    assert event.walk("VALARM")
    words = answer.content.decode().casefold()
    for word in ("melasma", "skin", "week 4", "singapore general"):
        assert word not in words.replace("asia/singapore", "")


def test_an_entry_keeps_its_name_and_counts_its_changes(siti: Participant) -> None:
    def entry() -> icalendar.cal.Component:
        (event,) = icalendar.Calendar.from_ical(calendar_of(siti)).walk("VEVENT")
        return event

    before = entry()
    Visit.objects.update(state="complete")
    after = entry()
    assert before["UID"] == after["UID"]
    assert int(str(after["SEQUENCE"])) > int(str(before["SEQUENCE"]))
    assert not after.walk("VALARM")


def test_a_subscribed_calendar_needs_no_session_and_can_be_taken_back(
    phone: Client, siti: Participant
) -> None:
    with time_machine.travel(timezone.now(), tick=False):  # the token tells its second
        path = reverse("my:calendar_feed", args=[feed_token(siti)])
        assert path.removesuffix(".ics") in phone.get("/my/reminders/").content.decode()
    calendar = Client()
    assert calendar.get(path).status_code == 200
    phone.post("/my/calendar/renew/")
    assert calendar.get(path).status_code == 404
    fresh = reverse("my:calendar_feed", args=[feed_token(siti)])
    assert calendar.get(fresh).status_code == 200
    Participant.objects.update(state="withdrawn")
    assert calendar.get(fresh).status_code == 404


# --- Staff ---------------------------------------------------------------------------------------


def failed(siti: Participant) -> Message:
    return Message.objects.create(
        participant=siti, kind="visit_due", about="visit:1", planned_for=timezone.now(),
        state="quarantined", outcome="failed", why="refused", finished_at=timezone.now(),
    )  # fmt: skip


def test_the_log_shows_what_failed_first_and_tries_it_again(
    siti: Participant, team: Team, as_person: Sign
) -> None:
    message = failed(siti)
    amina = as_person(team.amina)
    page = amina.get("/studies/MEL-8/messages/").content.decode()
    assert "Every channel refused it" in page
    assert EMAIL not in page
    amina.post(f"/studies/MEL-8/messages/{message.pk}/retry/")
    message.refresh_from_db()
    assert (message.state, message.outcome) == ("queued", "planned")


def test_monitors_see_the_log_and_change_nothing_and_investigators_do_not_see_it(
    siti: Participant, team: Team, as_person: Sign
) -> None:
    message = failed(siti)
    ewa = as_person(team.ewa)
    assert ewa.get("/studies/MEL-8/messages/").status_code == 200
    assert ewa.post(f"/studies/MEL-8/messages/{message.pk}/retry/").status_code == 403
    assert as_person(team.chandra).get("/studies/MEL-8/messages/").status_code == 403
    other_site = as_person(team.budi).get("/studies/MEL-8/messages/").content.decode()
    assert "SG01-0001" not in other_site


def test_a_participants_page_shows_the_last_and_the_next(
    siti: Participant, team: Team, as_person: Sign
) -> None:
    failed(siti)
    messages.plan(siti)
    page = as_person(team.amina).get("/studies/MEL-8/participants/SG01-0001/").content.decode()
    assert "Visit is due" in page
    assert "Visit was missed" in page


def test_the_manager_sets_when_and_how_with_a_reason(
    siti: Participant, team: Team, as_person: Sign, settings: Settings
) -> None:
    del settings
    dewi = as_person(team.dewi)
    path = "/studies/MEL-8/protocol/reminders/"
    sent = {
        "kinds": ["visit_due", "retake"], "channels": ["email", "sms"], "first": "sms",
        "send_at": "18:00", "days_before_close": "2", "quiet_from": "22:00",
        "quiet_until": "07:00", "hours_between": "4", "max_per_week": "3", "sender_name": "",
    }  # fmt: skip
    assert dewi.post(path, sent).status_code == 422
    assert dewi.post(path, {**sent, "reason": "Participants asked for it"}).status_code == 302
    row = ReminderSettings.objects.get(study=team.study)
    assert (row.channels, row.send_at) == (["sms", "email"], time(18, 0))
    assert settings_of(team.study).kinds == ["visit_due", "retake"]
    assert "Participants are told when" in dewi.get("/studies/MEL-8/protocol/").content.decode()
