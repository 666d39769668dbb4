"""Staff accounts: signing in, limits on trying, passwords, sessions, the second factor."""

import json
import re
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from io import StringIO

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    format_hotp_value,
    hotp_value,
)
from allauth.mfa.utils import decrypt
from django.core import mail
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks as Commit
from pytest_django.fixtures import Settings

from studies.actors import SYSTEM
from studies.errors import NotAllowed, ReasonMissing
from studies.models import AuditEvent, User
from studies.services.people import remove_second_factor
from tests.conftest import Team
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
LOGIN = "/accounts/login/"
NINE = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def fresh_limits() -> Iterator[None]:
    """Attempts of one test do not count in the next."""
    cache.clear()
    yield
    cache.clear()


def sign_in(client: Client, email: str = "dewi@example.org", password: str = PASSWORD) -> int:
    return client.post(LOGIN, {"login": email, "password": password}).status_code


def signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def test_staff_sign_in_with_their_address_in_any_spelling(team: Team, client: Client) -> None:
    assert sign_in(client, "Dewi@Example.org") == 302
    assert signed_in(client)


@pytest.mark.parametrize(
    ("email", "password"), [("dewi@example.org", "wrong"), ("nobody@example.org", PASSWORD)]
)
def test_a_wrong_password_and_an_unknown_address_look_the_same(
    team: Team, client: Client, email: str, password: str
) -> None:
    page = client.post(LOGIN, {"login": email, "password": password})
    assert page.status_code == 200
    assert "not correct" in page.content.decode()
    assert not signed_in(client)


def test_an_inactive_person_does_not_get_in(team: Team, client: Client) -> None:
    User.objects.filter(pk=team.dewi.pk).update(is_active=False)
    sign_in(client)
    assert not signed_in(client)


def test_a_deactivated_person_is_out_at_the_next_click(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    assert browser.get("/account/").status_code == 200
    User.objects.filter(pk=team.dewi.pk).update(is_active=False)
    assert browser.get("/account/").status_code == 302


def test_after_five_wrong_passwords_even_the_right_one_waits(team: Team, client: Client) -> None:
    for _ in range(5):
        sign_in(client, password="wrong")
    page = client.post(LOGIN, {"login": "dewi@example.org", "password": PASSWORD})
    assert not signed_in(client)
    assert "Too many" in page.content.decode()


def test_many_attempts_from_one_address_get_the_page_that_says_so(
    team: Team, client: Client
) -> None:
    codes = [sign_in(client, f"person{n}@example.org", "wrong") for n in range(31)]
    assert codes[-1] == 429
    page = client.post(LOGIN, {"login": "dewi@example.org", "password": PASSWORD})
    assert "Too many attempts" in page.content.decode()


def test_limits_are_per_person_behind_a_proxy_that_is_trusted(
    team: Team, client: Client, settings: Settings
) -> None:
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1
    for n in range(31):
        data = {"login": f"person{n}@example.org", "password": "wrong"}
        client.post(LOGIN, data, headers={"X-Forwarded-For": "198.51.100.7"})
    data = {"login": "dewi@example.org", "password": PASSWORD}
    client.post(LOGIN, data, headers={"X-Forwarded-For": "203.0.113.9"})
    assert signed_in(client)


def test_nobody_signs_up_by_themselves(client: Client) -> None:
    data = {"email": "new@example.org", "password1": PASSWORD, "password2": PASSWORD}
    page = client.post("/accounts/signup/", data)
    assert "No sign-up here" in page.content.decode()
    assert not User.objects.exists()


@pytest.mark.parametrize(
    "path", ["/accounts/email/", "/accounts/confirm-email/", "/accounts/confirm-email/x:y/"]
)
def test_nobody_changes_their_address_alone(team: Team, as_person: SignIn, path: str) -> None:
    assert as_person(team.dewi).get(path).status_code == 404


def test_a_forgotten_password_is_set_anew_by_mail(team: Team, client: Client) -> None:
    client.post("/accounts/password/reset/", {"email": "dewi@example.org"})
    link = re.search(r"http://testserver(\S+)", mail.outbox[0].body)
    assert link is not None
    form = client.get(link.group(1), follow=True)
    words = {"password1": "another long phrase", "password2": "another long phrase"}
    client.post(form.redirect_chain[-1][0], words)
    assert not signed_in(client)
    assert sign_in(client, password="another long phrase") == 302
    assert signed_in(client)
    assert len(mail.outbox) == 2  # the link, and the note that the password has changed


def test_an_unknown_address_gets_no_mail(client: Client) -> None:
    page = client.post("/accounts/password/reset/", {"email": "nobody@example.org"})
    assert page.status_code == 302
    assert mail.outbox == []


@pytest.mark.parametrize(
    "password", ["short", "password1234", "123456789012345", "dewi@example.org"]
)
def test_weak_passwords_are_refused(team: Team, as_person: SignIn, password: str) -> None:
    browser = as_person(team.dewi)
    data = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    assert browser.post("/accounts/password/change/", data).status_code == 200
    team.dewi.refresh_from_db()
    assert team.dewi.check_password(PASSWORD)


def test_signing_out_takes_a_press_of_the_button(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    browser.get("/accounts/logout/")
    assert signed_in(browser)
    browser.post("/accounts/logout/")
    assert not signed_in(browser)


# --- Sessions --------------------------------------------------------------------------------


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


# --- The second factor -----------------------------------------------------------------------


def code_now(secret: str) -> str:
    counter = int(time.time()) // 30
    return str(format_hotp_value(hotp_value(secret, counter)))


def set_up_app(browser: Client, password: str = PASSWORD) -> str:
    """Set up an authenticator app as a person does; return its secret."""
    asked = browser.get("/accounts/2fa/totp/activate/", follow=True)
    browser.post(asked.redirect_chain[-1][0], {"password": password})
    page = browser.get("/accounts/2fa/totp/activate/")
    secret = str(page.context["form"].secret)
    browser.post("/accounts/2fa/totp/activate/", {"code": code_now(secret)})
    return secret


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


def test_a_recovery_code_opens_once(team: Team, as_person: SignIn) -> None:
    set_up_app(as_person(team.dewi))
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    for opens in (True, False):
        browser = Client()
        sign_in(browser)
        browser.post("/accounts/2fa/authenticate/", {"code": code})
        assert signed_in(browser) is opens


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
    assert (event.reason, event.new) == ("Lost phone", {"checked_by": "Root"})
    with pytest.raises(CommandError, match="has no second factor"):
        call_command(*command)


def test_wrong_codes_are_limited_too(team: Team, as_person: SignIn, client: Client) -> None:
    set_up_app(as_person(team.dewi))
    sign_in(client)
    pages = [
        client.post("/accounts/2fa/authenticate/", {"code": "000000"}).content.decode()
        for _ in range(7)
    ]
    assert "Incorrect code" in pages[0]
    assert "Too many" in pages[-1]


def test_signing_in_and_out_and_failing_to_are_in_the_record(team: Team, client: Client) -> None:
    client.post(LOGIN, {"login": "nobody@example.org", "password": "secret-typed-here"})
    sign_in(client, password="wrong")
    sign_in(client)
    page = client.get("/account/").content.decode()
    client.post("/accounts/logout/")
    events = AuditEvent.objects.order_by("sequence")
    assert [(event.action, event.actor_kind) for event in events] == [
        ("account.wrong_password", "system"),
        ("account.sign_in", "staff"),
        ("account.sign_out", "staff"),
    ]
    assert {event.object_id for event in events} == {str(team.dewi.pk)}
    assert {event.address for event in events} == {"127.0.0.1"}
    assert "Account: wrong password" in page
    assert "nobody@example.org" not in str(list(events.values()))


def test_a_new_password_and_a_lost_factor_are_in_the_record(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    words = "another long phrase"
    data = {"oldpassword": PASSWORD, "password1": words, "password2": words}
    browser.post("/accounts/password/change/", data)
    set_up_app(browser, words)
    browser.post("/accounts/2fa/totp/deactivate/")
    actions = set(AuditEvent.objects.values_list("action", flat=True))
    assert {"account.change_password", "account.remove_second_factor"} <= actions
    assert words not in str(list(AuditEvent.objects.values()))


def test_nobody_sees_what_happened_to_anothers_account(
    team: Team, as_person: SignIn, client: Client
) -> None:
    sign_in(client, password="wrong")
    assert "wrong password" not in as_person(team.amina).get("/account/").content.decode()
