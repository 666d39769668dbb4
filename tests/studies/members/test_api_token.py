"""A person's key to the API: shown once, kept as a hash, replaced, revoked."""

import hashlib
import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import Settings
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request
from rest_framework.test import APIRequestFactory

from studies.access.models import User
from studies.members.models import ApiToken
from studies.members.services.tokens import issue_token, revoke_token
from studies.members.token_auth import BearerAuthentication
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.access.factories import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PAGE = "/account/api-token/"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def whose(header: str) -> User | None:
    request = Request(APIRequestFactory().get("/", headers={"Authorization": header}))
    found = BearerAuthentication().authenticate(request)
    return found[0] if found else None


def test_a_key_acts_for_its_person_and_only_its_hash_is_kept(team: Team) -> None:
    key = issue_token(by=team.dewi).key
    assert whose(f"Bearer {key}") == team.dewi
    token = ApiToken.objects.get()
    assert token.sha256 == hashlib.sha256(key.encode()).hexdigest()
    kept = str(list(ApiToken.objects.values())) + str(list(AuditEvent.objects.values()))
    assert key not in kept
    assert len(key) >= 40


@pytest.mark.parametrize("header", ["Bearer gsh_wrong", "Bearer ", "bearer x y"])
def test_an_unknown_key_is_turned_away(team: Team, header: str) -> None:
    issue_token(by=team.dewi)
    with pytest.raises(AuthenticationFailed):
        whose(header)


@pytest.mark.parametrize("header", ["", "Basic ZGV3aTp4", "Token abc"])
def test_other_ways_to_sign_in_are_left_to_others(header: str) -> None:
    assert whose(header) is None


def test_a_new_key_replaces_the_old_one(team: Team) -> None:
    old, new = issue_token(by=team.dewi).key, issue_token(by=team.dewi).key
    assert whose(f"Bearer {new}") == team.dewi
    with pytest.raises(AuthenticationFailed):
        whose(f"Bearer {old}")
    actions = AuditEvent.objects.order_by("pk").values_list("action", flat=True)
    assert list(actions) == ["api_token.issue", "api_token.rotate"]


def test_a_revoked_key_stops_at_once(team: Team) -> None:
    key = issue_token(by=team.dewi).key
    revoke_token(by=team.dewi)
    with pytest.raises(AuthenticationFailed):
        whose(f"Bearer {key}")
    assert revoke_token(by=team.dewi) is None


def test_nobody_elses_key_is_touched(team: Team) -> None:
    key = issue_token(by=team.dewi).key
    issue_token(by=team.amina)
    revoke_token(by=team.amina)
    assert whose(f"Bearer {key}") == team.dewi


def test_the_key_of_an_inactive_person_is_turned_away(team: Team) -> None:
    key = issue_token(by=team.dewi).key
    User.objects.filter(pk=team.dewi.pk).update(is_active=False)
    with pytest.raises(AuthenticationFailed):
        whose(f"Bearer {key}")


def test_where_a_second_factor_is_required_a_key_without_one_is_turned_away(
    team: Team, settings: Settings
) -> None:
    key = issue_token(by=team.dewi).key
    settings.MFA_REQUIRED = True
    with pytest.raises(AuthenticationFailed):
        whose(f"Bearer {key}")


def test_its_use_is_noted_at_most_once_a_minute(team: Team) -> None:
    key = issue_token(by=team.dewi).key
    with time_machine.travel(NINE, tick=False) as clock:
        for seconds in (0, 30, 45):
            clock.shift(timedelta(seconds=seconds))
            whose(f"Bearer {key}")
    assert ApiToken.objects.get().last_used_at == NINE + timedelta(seconds=75)


def test_the_page_asks_for_the_password_then_shows_the_key_once(
    team: Team, as_person: SignIn
) -> None:
    browser = as_person(team.dewi)
    asked = browser.post(PAGE)
    assert asked["Location"].startswith("/accounts/reauthenticate/")
    assert not ApiToken.objects.exists()
    shown = browser.post(asked["Location"], {"password": PASSWORD}, follow=True)
    key = re.search(r"gsh_[\w-]{40,}", shown.content.decode())
    assert key is not None
    assert "no-store" in shown["Cache-Control"]
    assert whose(f"Bearer {key.group()}") == team.dewi
    assert key.group() not in browser.get(PAGE).content.decode()


def test_the_page_revokes(team: Team, as_person: SignIn) -> None:
    issue_token(by=team.dewi)
    browser = as_person(team.dewi)
    assert browser.get("/account/api-token/revoke/").status_code == 405
    assert browser.post("/account/api-token/revoke/").status_code == 302
    assert ApiToken.objects.filter(revoked_at=None).count() == 0


def test_signed_out_there_is_no_page(client: Client) -> None:
    for path in (PAGE, "/account/"):
        assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
