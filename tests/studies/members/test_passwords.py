"""Staff passwords and addresses: set anew by mail, never weak, never taken by oneself."""

import re

import pytest
from django.core import mail
from django.test import Client

from studies.access.models import User
from tests.conftest import Team
from tests.studies.access.factories import PASSWORD
from tests.studies.members.accounts import sign_in, signed_in
from tests.studies.staff import SignIn

pytestmark = pytest.mark.django_db


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
