"""The second factor of staff: set up, asked for, sealed, lost."""

import re
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.utils import decrypt
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks as Commit
from pytest_django.fixtures import Settings

from studies.members.services.people import remove_second_factor
from studies.platform.actors import SYSTEM
from studies.platform.errors import NotAllowed, ReasonMissing
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.access.factories import PASSWORD
from tests.studies.members.accounts import code_now, set_up_app, sign_in, signed_in
from tests.studies.staff import SignIn

pytestmark = pytest.mark.django_db


def test_without_a_second_factor_staff_reach_nothing_but_its_set_up(
    team: Team, as_person: SignIn, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    browser = as_person(team.dewi)
    for path in ("/", "/account/", "/account/api-token/", "/studies/MEL-8/protocol/"):
        response = browser.get(path)
        assert (path, response.status_code, response["Location"]) == (path, 302, "/accounts/2fa/")
    for path in ("/accounts/password/change/", "/studies/MEL-8/people/add/"):
        assert browser.post(path, {})["Location"] == "/accounts/2fa/"
    assert browser.get("/api/v1/studies/").status_code == 403
    assert "Please set up a second factor" in browser.get("/accounts/2fa/").content.decode()
    assert browser.get("/accounts/logout/").status_code == 200


def test_with_it_everything_opens_and_signing_in_asks_for_it(
    team: Team, as_person: SignIn, settings: Settings, client: Client
) -> None:
    settings.MFA_REQUIRED = True
    browser = as_person(team.dewi)
    secret = set_up_app(browser)
    assert browser.get("/account/").status_code == 200
    sign_in(client)
    assert not signed_in(client)
    with time_machine.travel(datetime.now(UTC) + timedelta(minutes=2), tick=False):
        client.post("/accounts/2fa/authenticate/", {"code": code_now(secret)})
    assert signed_in(client)


def test_removing_it_is_told_by_mail_and_closes_the_door_again(
    team: Team, as_person: SignIn, settings: Settings
) -> None:
    settings.MFA_REQUIRED = True
    browser = as_person(team.dewi)
    set_up_app(browser)
    browser.post("/accounts/2fa/totp/deactivate/")
    assert [message.to for message in mail.outbox] == [["dewi@example.org"]]
    assert browser.get("/account/")["Location"] == "/accounts/2fa/"


def test_a_wrong_code_does_not_open(team: Team, as_person: SignIn, client: Client) -> None:
    set_up_app(as_person(team.dewi))
    sign_in(client)
    page = client.post("/accounts/2fa/authenticate/", {"code": "000000"})
    assert page.status_code == 200
    assert not signed_in(client)


def test_wrong_codes_are_limited_too(team: Team, as_person: SignIn, client: Client) -> None:
    set_up_app(as_person(team.dewi))
    sign_in(client)
    pages = [
        client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
        for _ in range(7)
    ]
    assert "Incorrect code" in pages[0]
    assert "Too many" in pages[-1]


def test_a_recovery_code_opens_once(team: Team, as_person: SignIn) -> None:
    set_up_app(as_person(team.dewi))
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for opens in (True, False):
        browser = Client()
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        assert signed_in(browser) is opens


def test_changing_the_second_factor_asks_for_the_password_again(
    team: Team, as_person: SignIn
) -> None:
    response = as_person(team.dewi).get("/accounts/2fa/totp/activate/")
    assert response["Location"].startswith("/accounts/reauthenticate/")


def test_a_passkey_can_be_added(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    asked = browser.get("/accounts/2fa/webauthn/add/", follow=True)
    browser.post(asked.redirect_chain[-1][0], {"password": PASSWORD})
    page = browser.get("/accounts/2fa/webauthn/add/").content.decode()
    assert "publicKey" in page
    assert not re.search(r"<script(?![^>]*(src=|application/json))", page)


def test_a_lost_second_factor_is_removed_on_the_server_for_a_reason(
    team: Team, as_person: SignIn, django_capture_on_commit_callbacks: Commit
) -> None:
    set_up_app(as_person(team.dewi))
    asked = {"person": team.dewi, "checked_by": "Root", "reason": "Lost phone"}
    with pytest.raises(NotAllowed):
        remove_second_factor(by=team.dewi, **asked)
    with pytest.raises(ReasonMissing):
        remove_second_factor(by=SYSTEM, **{**asked, "reason": " "})
    command = ["remove_second_factor", "dewi@example.org", "--by", "Root", "--reason", "Lost phone"]
    with django_capture_on_commit_callbacks(execute=True):
        call_command(*command, stdout=StringIO())
    assert not Authenticator.objects.exists()
    assert mail.outbox[-1].subject == "Your second factor was removed"
    event = AuditEvent.objects.get(action="person.remove_second_factor")
    assert (event.contents.reason, event.contents.new) == ("Lost phone", {"checked_by": "Root"})
    with pytest.raises(CommandError, match="has no second factor"):
        call_command(*command)


# --- Its secret --------------------------------------------------------------------------------


def test_the_secret_is_sealed_in_the_database(team: Team, as_person: SignIn) -> None:
    secret = set_up_app(as_person(team.dewi))
    stored = Authenticator.objects.get(type="totp").data["secret"]
    assert secret not in stored
    assert stored.startswith("gAAAA")


def test_the_secret_outlives_a_change_of_the_key(
    team: Team, as_person: SignIn, settings: Settings
) -> None:
    settings.IDENTITY_KEYS = ["forty-two cats walk over one long wall at noon"]
    secret = set_up_app(as_person(team.dewi))
    settings.IDENTITY_KEYS = [
        "another forty-two cats walk back at midnight",
        *settings.IDENTITY_KEYS,
    ]
    call_command("rotate_identity_keys")
    settings.IDENTITY_KEYS = settings.IDENTITY_KEYS[:1]
    factors = Authenticator.objects.filter(user=team.dewi)
    assert decrypt(factors.get(type="totp").data["secret"]) == secret
    assert decrypt(factors.get(type="recovery_codes").data["seed"])
    rotated = AuditEvent.objects.get(action="account.rotate_keys")
    assert rotated.new == {"second_factors": 2}
