"""A participant's and a member of staff's session in one browser, beside each other."""

from datetime import timedelta

import pytest
import time_machine
from django.contrib.sessions.models import Session
from django.urls import reverse

from participants.people.services import invitations
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.people.factories import InvitationFactory, ParticipantFactory
from tests.participants.phone import Phone
from tests.studies.members.accounts import sign_in, signed_in

pytestmark = pytest.mark.usefixtures("on_the_day")
MINE = {"my_invitation", "my_until"}


@pytest.fixture(autouse=True)
def entered(phone: Phone) -> None:
    """The participant's twelve hours have begun."""
    session = phone.client.session
    session["my_until"] = NOW.timestamp() + 12 * 3600
    session.save()


def test_staff_come_and_go_and_the_participant_stays(team: Team, phone: Phone) -> None:
    browser = phone.client
    keys = [browser.session.session_key]
    assert sign_in(browser, "dewi@example.org") == 302
    keys.append(browser.session.session_key)
    assert browser.get("/my/").status_code == 200
    assert browser.get("/account/").status_code == 200
    assert sign_in(browser, "ewa@example.org") == 302
    browser.post("/accounts/logout/")
    keys.append(browser.session.session_key)
    assert not signed_in(browser)
    assert browser.get("/my/").status_code == 200
    assert browser.get("/account/").status_code == 302
    # Each change of who is there has a key of its own, and earlier ones open nothing.
    assert len(set(keys)) == len(keys)
    assert list(Session.objects.values_list("pk", flat=True)) == [keys[-1]]


def test_another_member_of_staff_begins_with_the_participants_part_alone(
    team: Team, phone: Phone
) -> None:
    browser = phone.client
    browser.force_login(team.dewi)
    session = browser.session
    session["of_dewi"] = "a secret"
    session.save()
    before = session.session_key
    browser.force_login(team.ewa)
    assert browser.session.session_key != before
    assert "of_dewi" not in browser.session
    assert set(browser.session.keys()) >= MINE
    browser.logout()
    assert browser.get("/my/").status_code == 403, "a browser without its cookie has nothing"


def test_a_staff_session_that_ends_by_itself_leaves_the_participants(
    team: Team, phone: Phone
) -> None:
    browser = phone.client
    sign_in(browser)
    browser.get("/account/")
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        assert browser.get("/account/").status_code == 302
        assert not signed_in(browser)
        assert set(browser.session.keys()) >= MINE
        assert browser.get("/my/").status_code == 200


def test_the_participants_twelve_hours_are_not_made_longer_by_staff(
    team: Team, phone: Phone
) -> None:
    browser = phone.client
    with time_machine.travel(NOW + timedelta(hours=11), tick=False):
        sign_in(browser)
        assert browser.get("/my/data/").status_code == 200
    with time_machine.travel(NOW + timedelta(hours=12), tick=False):
        assert browser.get("/my/data/").status_code == 403


def test_entering_by_a_link_begins_twelve_hours_and_ends_staffs_session(
    team: Team, phone: Phone
) -> None:
    browser = phone.client
    sign_in(browser)
    issued = invitations.issue(participant=phone.participant, by=team.amina)
    browser.post(f"/p/{issued.token}/")
    assert not signed_in(browser)
    assert browser.session["my_until"] == NOW.timestamp() + 12 * 3600


def test_leaving_ends_both(team: Team, phone: Phone) -> None:
    browser = phone.client
    sign_in(browser)
    browser.post("/my/leave/")
    assert not signed_in(browser)
    assert browser.get("/my/").status_code == 403


def test_neither_reads_what_the_other_is_told(team: Team, phone: Phone) -> None:
    browser = phone.client
    browser.force_login(team.amina)
    link = InvitationFactory(participant=ParticipantFactory(site=team.sg01, code="SG01-0077"))
    where = {"study": "MEL-8", "code": "SG01-0077"}
    gone = browser.post(reverse("participants:revoke_link", kwargs={**where, "pk": link.pk}))
    assert gone.status_code == 302
    page = browser.get("/my/").content.decode()
    for word in ("The link no longer works.", team.amina.email, team.amina.name):
        assert word not in page
    staff = browser.get(reverse("participants:detail", kwargs=where)).content.decode()
    assert "The link no longer works." in staff
