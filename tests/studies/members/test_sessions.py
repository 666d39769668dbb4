"""Staff sessions end by themselves, and every kind of page says so in its way."""

import json
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from pytest_django.fixtures import Settings

from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.members.accounts import LOGIN, signed_in
from tests.studies.staff import SignIn

pytestmark = pytest.mark.django_db
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


def test_a_form_sent_after_the_session_ended_says_that_nothing_was_saved(
    team: Team, as_person: SignIn
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        response = browser.post("/studies/MEL-8/people/add/", {"email": "x@example.org"})
    assert response["Location"] == LOGIN
    assert "was not saved" in browser.get(LOGIN).content.decode()


def test_a_fragment_asked_for_after_the_session_ended_moves_the_window(
    team: Team, as_person: SignIn
) -> None:
    with time_machine.travel(NINE, tick=False) as clock:
        browser = as_person(team.dewi)
        browser.get("/account/")
        clock.shift(timedelta(hours=1))
        response = browser.get("/account/", headers={"HX-Request": "true"})
    assert (response.status_code, response["HX-Redirect"]) == (204, LOGIN)


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
