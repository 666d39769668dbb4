"""Staff sessions end by themselves, and every kind of page says so in its way."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django.fixtures import Settings

from studies.access.models import Membership
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.members.accounts import LOGIN, signed_in
from tests.studies.staff import SignIn
from tests.typed import typed, words

pytestmark = pytest.mark.django_db
KEPT = "What you typed is kept"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def test_half_an_hour_away_ends_the_session(team: Team, as_person: SignIn) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(minutes=29, seconds=59))
        assert browser.get("/account/").status_code == 200
        clock.shift(timedelta(minutes=30))
        response = browser.get("/account/?x=1")
        assert response["Location"] == "/accounts/login/?next=/account/%3Fx%3D1"
        assert not signed_in(browser)
        assert "signed out" in browser.get(LOGIN).content.decode()
    left = AuditEvent.objects.get(action="account.sign_out")
    assert (left.source, left.address) == ("web", "127.0.0.1"), "the record says from where"


def test_a_session_ends_after_eight_hours_however_busy(team: Team, as_person: SignIn) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        for _ in range(23):
            clock.shift(timedelta(minutes=20))
            assert browser.get("/account/").status_code == 200
        clock.shift(timedelta(minutes=20))
        assert browser.get("/account/").status_code == 302
        assert not signed_in(browser)


@pytest.mark.parametrize("header", [{"X-Background": "1"}, {"Sec-Fetch-Dest": "image"}])
def test_what_a_page_asks_for_by_itself_keeps_nobody_signed_in(
    team: Team, as_person: SignIn, header: dict[str, str]
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        for _ in range(2):
            clock.shift(timedelta(minutes=14))
            assert browser.get("/account/", headers=header).status_code == 200
        clock.shift(timedelta(minutes=3))
        assert browser.get("/account/", headers=header).status_code == 302


def test_a_form_sent_after_the_session_ended_is_kept_and_sent_after_signing_in(
    team: Team, as_person: SignIn
) -> None:
    path = "/studies/MEL-8/people/add/"
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        sent = {"email": "x@example.org", "name": "<X>\n", "role": ["monitor"]}
        response = browser.post(path, sent)
        assert response.status_code == 401
        kept = typed(response, path)
        assert {**sent, "role": "monitor"}.items() <= kept.items()
        assert "signed out" in words(response)
        assert not Membership.objects.filter(user__email="x@example.org").exists()
        again = as_person(team.dewi)
        assert again.post(path, {**kept, "name": "X"}).status_code == 302
    assert Membership.objects.filter(user__email="x@example.org").exists()


def test_a_file_is_asked_for_again_beside_what_was_typed(team: Team, as_person: SignIn) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        sent = {"report": SimpleUploadedFile("skin.json", b"{}"), "note": "Kept"}
        response = browser.post("/models/7/report/", sent)
    assert response.status_code == 401
    assert typed(response, "/models/7/report/")["note"] == "Kept"
    page = response.content.decode()
    assert "Choose skin.json again" in words(response)
    assert 'type="file" id="file-1" name="report" required' in page
    assert 'enctype="multipart/form-data"' in page


def test_a_form_that_lost_its_token_to_another_window_is_kept(
    team: Team, as_person: SignIn
) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = as_person(team.dewi).cookies
    path, sent = "/studies/MEL-8/people/add/", {"email": "x@example.org"}
    kept = browser.post(path, sent, headers={"Origin": "http://testserver"})
    assert kept.status_code == 403
    assert typed(kept, path)["email"] == "x@example.org"
    assert KEPT not in words(browser.post(path, sent)), "nobody says it came from here"
    other = browser.post(path, sent, headers={"Origin": "https://elsewhere.example"})
    assert KEPT not in words(other)
    login = browser.post(LOGIN, {"password": "secret"}, headers={"Origin": "http://testserver"})
    assert "secret" not in login.content.decode()


def test_a_page_asks_who_is_signed_in_and_that_keeps_nobody_signed_in(
    team: Team, as_person: SignIn
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        background = {"X-Background": "1"}
        clock.shift(timedelta(minutes=20))
        asked = browser.get("/account/session/", headers=background)
        assert asked.json() == {"person": str(team.dewi.pk)}
        clock.shift(timedelta(minutes=11))
        assert browser.get("/account/session/", headers=background).json() == {"person": ""}
        assert browser.get("/account/session/").json() == {"person": ""}


def test_typing_keeps_a_session(team: Team, as_person: SignIn) -> None:
    """What ``static/js/session.js`` asks while somebody types is the person's own."""
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        for _ in range(4):
            clock.shift(timedelta(minutes=20))
            assert browser.get("/account/session/").json() == {"person": str(team.dewi.pk)}


def test_a_fragment_asked_for_after_the_session_ended_leaves_the_page_as_it_is(
    team: Team, as_person: SignIn
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        response = browser.get("/account/", headers={"HX-Request": "true"})
    assert (response.status_code, response.content) == (401, b"")
    assert "HX-Redirect" not in response


def test_the_api_says_it_in_its_own_words(team: Team, as_person: SignIn) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        response = browser.get("/api/v1/studies/")
    assert response.status_code == 401
    assert json.loads(response.content)["type"] == "urn:gsh:problem:session_over"


def test_a_participants_pages_have_no_such_limits(
    team: Team, as_person: SignIn, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/my/")
        clock.shift(timedelta(hours=9))
        response = browser.get("/my/")
        assert "/accounts/" not in response.get("Location", "")
        assert signed_in(browser)
