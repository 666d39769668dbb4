"""Correcting a contact: two tabs, and what becomes of the links the former one had."""

from collections.abc import Callable

import pytest
from django.test import Client

from participants.messaging.models import PushSubscription, ReminderChoice
from participants.people.errors import LinkRevoked
from participants.people.models import Invitation, Participant
from participants.people.services import invitations
from participants.people.services.identity import (
    STOP,
    IdentityData,
    keep_identity,
    open_identity,
)
from studies.access.models import User
from studies.platform.errors import Invalid
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import SITI, enrol
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
PATH = "/studies/MEL-8/participants/SG01-0001/contact/"


@pytest.fixture
def siti(team: Team) -> Participant:
    return enrol(team.sg01, team.amina)


def test_two_tabs_do_not_overwrite_each_others_contact(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    browser = as_person(team.amina)
    mine = {**opened(browser, PATH), "name": "Siti A. Rahman", "reason": "Spelling"}
    new = IdentityData("Siti Rahman", "siti@new.example.org", "+65 6999 9999")
    keep_identity(participant=siti, identity=new, by=team.amina, reason="New phone")
    answer = browser.post(PATH, mine)
    assert answer.status_code == 409
    told = words(answer)
    assert f"Nothing was saved: {team.amina.name} changed this on" in told
    assert "Phone is “+65 6999 9999” now. It is taken into the form." in told
    again = typed(answer)
    assert (again["name"], again["phone"]) == ("Siti A. Rahman", "+65 6999 9999")
    assert open_identity(participant=siti, by=team.amina) == new
    assert browser.post(PATH, again).status_code == 302
    kept = open_identity(participant=siti, by=team.amina)
    assert kept == IdentityData("Siti A. Rahman", "siti@new.example.org", "+65 6999 9999")


def test_links_of_the_former_contact_are_asked_about_and_stopped(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    own = invitations.issue(participant=siti, by=team.amina)
    sent = invitations.issue_for_message(participant=siti, target="/my/reminders/")
    PushSubscription.objects.create(
        participant=siti, endpoint_sha256="a" * 64, sealed=b"x", created_at=siti.screened_at
    )
    browser = as_person(team.amina)
    mine = {**opened(browser, PATH), "email": "other@example.org", "reason": "It was a neighbour's"}
    refused = browser.post(PATH, mine)
    assert refused.status_code == 422
    assert "another person may have received them" in words(refused)
    answer = browser.post(PATH, {**typed(refused), "links": "stop"}, follow=True)
    assert "The links so far no longer work. Make a new one." in words(answer)
    for link in (own, sent):
        with pytest.raises(LinkRevoked):
            invitations.redeem(token=link.token)
    assert not PushSubscription.objects.exists()
    assert ReminderChoice.objects.get().feed_round == 2
    assert AuditEvent.objects.get(action="identity.correct").contents.new == {"links": "stopped"}


def test_links_are_left_where_the_participant_has_had_them(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    invitations.issue(participant=siti, by=team.amina)
    browser = as_person(team.amina)
    mine = {**opened(browser, PATH), "email": "new@example.org", "reason": "New address"}
    assert browser.post(PATH, {**mine, "links": "keep"}).status_code == 302
    assert Invitation.objects.get().revoked_at is None


def test_a_name_is_corrected_without_a_word_on_links(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    invitations.issue(participant=siti, by=team.amina)
    browser = as_person(team.amina)
    mine = {**opened(browser, PATH), "name": "Siti B. Rahman", "reason": "Spelling"}
    assert browser.post(PATH, mine).status_code == 302
    assert Invitation.objects.get().revoked_at is None


def test_the_service_asks_by_itself(team: Team, siti: Participant) -> None:
    invitations.issue(participant=siti, by=team.amina)
    moved = IdentityData(SITI.name, "new@example.org", SITI.phone)
    with pytest.raises(Invalid) as refused:
        keep_identity(participant=siti, identity=moved, by=team.amina, reason="New")
    assert "links" in refused.value.detail["fields"]  # type: ignore[operator]
    keep_identity(participant=siti, identity=moved, by=team.amina, reason="New", links=STOP)
    assert Invitation.objects.get().revoked_at is not None
