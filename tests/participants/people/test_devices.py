"""A phone goes on sending photos after its session: that, the day's views, and nothing else."""

import uuid
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from participants.people.models import Device
from participants.people.services import devices, invitations
from participants.privacy.services import withdrawal
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.people.factories import DeviceFactory
from tests.participants.phone import JPEG, Phone, make_phone

pytestmark = pytest.mark.usefixtures("on_the_day")

IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) Safari/604.1"
LATER = timedelta(hours=13)
FRONT = "/my/visits/week-0/front/"


@pytest.fixture
def opened(phone: Phone, team: Team) -> Phone:
    """A phone on which the link was opened at ``NOW`` and home was looked at."""
    issued = invitations.issue(participant=phone.participant, by=team.amina)
    browser = Client(headers={"user-agent": IPHONE})
    browser.post(f"/p/{issued.token}/")
    assert browser.get("/my/").status_code == 200
    return Phone(phone.participant, phone.visit, issued.invitation, browser)


@pytest.fixture
def after(opened: Phone):
    """Thirteen hours later: the session is over."""
    with time_machine.travel(NOW + LATER, tick=False):
        yield opened


def test_what_waits_is_sent_and_the_days_views_open(after: Phone) -> None:
    home = after.client.get("/my/")
    assert home.status_code == 200
    assert "Front" in home.content.decode()
    assert after.client.get(FRONT).status_code == 200
    assert after.client.get("/my/today.json").json()["csrf"]
    photo = after.upload(JPEG)
    assert after.client.get(f"/my/photos/{photo}/").json()["state"] == "received"


def test_nothing_else_opens(after: Phone) -> None:
    """Every other address of the participant's own, from the routes themselves."""
    for name, arguments in ELSEWHERE.items():
        address = reverse(f"my:{name}", kwargs=arguments)
        answers = {after.client.get(address).status_code, after.client.post(address).status_code}
        assert answers <= {403, 404, 405}, (name, answers)
        assert 403 in answers, (name, answers)
    refusal = after.client.get("/my/data/")
    assert "goes on sending your photos" in refusal.content.decode()
    assert refusal["Photos-Only"] == "yes", "the pages of the day stay on the phone"


ELSEWHERE = {
    "data": {}, "data_copy": {}, "data_ask": {"wish": "erase"}, "consent": {},
    "consent_review": {}, "consent_declined": {}, "consent_answer": {}, "consent_done": {},
    "consent_progress": {},
    "choices": {}, "reminders": {}, "reminders_test": {}, "later": {}, "push": {},
    "language": {}, "calendar": {}, "calendar_renew": {}, "elsewhere": {},
    "phone_end": {"pk": 1},
}  # fmt: skip
OF_THE_DAY = {
    "home", "capture", "photo", "uploads", "upload", "today", "offline", "questionnaire", "answers",
}  # fmt: skip
OTHERS = {  # open to all, or with a token of their own
    "link", "leave", "left", "engine", "form_engine", "words", "worker", "manifest", "receipt",
    "off", "calendar_feed", "data_take_back",
}  # fmt: skip


def test_every_address_of_the_participants_is_placed() -> None:
    from participants.urls import my

    assert {route.name for route in my} == set(ELSEWHERE) | OF_THE_DAY | OTHERS


def test_home_shows_neither_consent_nor_what_comes(after: Phone) -> None:
    page = after.client.get("/my/").content.decode()
    for address in ("/my/consent/", "/my/data/", "/my/reminders/", "/my/later/", "/my/language/"):
        assert f'href="{address}"' not in page
    assert "open your personal link again" in page


def test_it_lasts_as_long_as_the_visit_and_what_may_arrive_late(opened: Phone, settings) -> None:
    device = Device.objects.get()
    closes = opened.visit.closes_on
    assert device.expires_at.date() - closes <= timedelta(days=4)
    assert device.expires_at > NOW + timedelta(hours=settings.LATE_ARRIVAL_HOURS)
    with time_machine.travel(device.expires_at - timedelta(minutes=1), tick=False):
        assert opened.client.get("/my/today.json").status_code == 200
    with time_machine.travel(device.expires_at + timedelta(minutes=1), tick=False):
        assert opened.client.get("/my/today.json").status_code == 403


def test_it_is_given_once_for_a_visit_and_is_recorded(opened: Phone) -> None:
    opened.client.get("/my/")
    device = Device.objects.get()
    assert device.name == "iPhone"
    event = AuditEvent.objects.get(action="device.allow")
    assert event.participant_code == opened.participant.code
    cookie = opened.client.cookies["photos"]
    assert cookie["httponly"]
    assert cookie["samesite"] == "Lax"
    assert cookie.value not in str(vars(device)) + str(event.contents.new)


def test_no_visit_no_right(opened: Phone, team: Team) -> None:
    opened.visit.closes_on = NOW.date() - timedelta(days=2)
    opened.visit.save()
    Device.objects.all().delete()
    opened.client.get("/my/")
    assert not Device.objects.exists()


def test_signing_out_ends_it(opened: Phone) -> None:
    secret = opened.client.cookies["photos"].value
    opened.client.post("/my/leave/")
    opened.client.cookies["photos"] = secret
    assert opened.client.get("/my/").status_code == 403
    assert Device.objects.get().revoked_at == NOW


def test_signing_out_after_the_session_ends_it_too(after: Phone) -> None:
    secret = after.client.cookies["photos"].value
    after.client.post("/my/leave/")
    after.client.cookies["photos"] = secret
    assert after.client.get("/my/").status_code == 403


def test_another_persons_link_on_the_same_phone_ends_it(opened: Phone, team: Team) -> None:
    other = make_phone(team.sg01, code="SG01-0008")
    issued = invitations.issue(participant=other.participant, by=team.amina)
    opened.client.post(f"/p/{issued.token}/")
    opened.client.get("/my/")
    mine, theirs = Device.objects.order_by("pk")
    assert (mine.participant, mine.revoked_at) == (opened.participant, NOW)
    assert (theirs.participant, theirs.revoked_at) == (other.participant, None)


def test_staff_see_it_and_stop_it(after: Phone, team: Team) -> None:
    staff = Client()
    staff.force_login(team.amina)
    where = {"study": "MEL-8", "code": after.participant.code}
    assert "iPhone" in staff.get(reverse("participants:detail", kwargs=where)).content.decode()
    device = Device.objects.get()
    stop = reverse("participants:revoke_phone", kwargs={**where, "pk": device.pk})
    assert staff.post(stop).status_code == 302
    assert after.client.get("/my/").status_code == 403
    assert "iPhone" not in staff.get(reverse("participants:detail", kwargs=where)).content.decode()


def test_the_participant_sees_it_and_stops_it_and_nobody_elses(opened: Phone, team: Team) -> None:
    assert "iPhone" in opened.client.get("/my/data/").content.decode()
    other = DeviceFactory(participant=make_phone(team.sg01, code="SG01-0008").participant)
    assert opened.client.post(f"/my/phones/{other.pk}/end/").status_code == 404
    mine = opened.participant.devices.get()
    assert opened.client.post(f"/my/phones/{mine.pk}/end/").status_code == 302
    with time_machine.travel(NOW + LATER, tick=False):
        assert opened.client.get("/my/").status_code == 403


def test_a_stopped_link_and_a_withdrawal_end_it(after: Phone, team: Team) -> None:
    upload = {"photo": uuid.uuid4(), "content": JPEG}
    withdrawal.withdraw(
        participant=after.participant, reason="Moved away", by=after.participant, stop_links=False
    )
    assert after.client.get("/my/").status_code == 403
    assert after.client.get("/my/data/").status_code == 403
    assert after.create(**upload).status_code == 403


def test_a_new_link_ends_it(after: Phone, team: Team) -> None:
    invitations.issue(participant=after.participant, by=team.amina)
    assert after.client.get("/my/").status_code == 403


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (IPHONE, "iPhone"),
        ("Mozilla/5.0 (Linux; Android 14; Pixel 8) Chrome/126.0 Mobile Safari/537.36",
         "Android phone"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X200) Chrome/126.0 Safari/537.36", "Android tablet"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "Computer"),
    ],
)  # fmt: skip
def test_only_the_kind_of_phone_is_kept(agent: str, name: str) -> None:
    assert devices.kind_of(agent) == name
