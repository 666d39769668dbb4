"""Staff sign in and out, limits on trying, and what the record keeps of it."""

import pytest
from django.test import Client
from pytest_django.fixtures import Settings

from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.access.factories import PASSWORD, MembershipFactory
from tests.studies.members.accounts import LOGIN, set_up_app, sign_in, signed_in
from tests.studies.staff import SignIn

pytestmark = pytest.mark.django_db


def test_staff_sign_in_with_their_address_in_any_spelling(team: Team, client: Client) -> None:
    assert sign_in(client, "Dewi@Example.org") == 302
    assert signed_in(client)


def test_a_coordinator_arrives_at_what_is_to_be_done_today(team: Team, client: Client) -> None:
    def arrives(email: str, asked: str = "") -> str:
        data = {"login": email, "password": PASSWORD, **({"next": asked} if asked else {})}
        where: str = client.post(LOGIN, data)["Location"]
        client.logout()
        return where

    assert client.get("/")["Location"] == LOGIN, "the front door asks for no page"
    assert arrives("amina@example.org") == "/studies/MEL-8/today/"
    assert arrives("amina@example.org", "/studies/MEL-8/work/") == "/studies/MEL-8/work/"
    assert arrives("dewi@example.org") == "/", "a manager has no day of this kind"
    MembershipFactory(user=team.amina, study=team.other_study, role="coordinator")
    assert arrives("amina@example.org") == "/", "of two studies one chooses"


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


def test_signing_out_takes_a_press_of_the_button(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    browser.get("/accounts/logout/")
    assert signed_in(browser)
    browser.post("/accounts/logout/")
    assert not signed_in(browser)


# --- Limits on trying --------------------------------------------------------------------------


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


# --- The record --------------------------------------------------------------------------------


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
