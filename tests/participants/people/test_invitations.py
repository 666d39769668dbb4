"""Personal links: random, shown once, never kept, expiring and revocable."""

import base64
import hashlib
import logging
from datetime import timedelta

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.utils import timezone

from participants.people.errors import LinkExpired, LinkRevoked, LinkUnknown
from participants.people.models import Invitation, Participant
from participants.people.services import invitations
from studies.platform.errors import NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import enrol, screen

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    return enrol(team.sg01, team.amina)


def test_a_link_has_256_random_bits_and_opens_its_participant(
    team: Team, siti: Participant
) -> None:
    issued = invitations.issue(participant=siti, by=team.amina)

    assert len(base64.urlsafe_b64decode(issued.token + "=")) == 32
    assert invitations.redeem(token=issued.token).participant == siti
    other = invitations.issue(participant=enrol(team.sg01, team.amina), by=team.amina)
    assert other.token != issued.token


def test_the_token_is_nowhere_in_the_database_only_its_hash(team: Team, siti: Participant) -> None:
    issued = invitations.issue(participant=siti, by=team.amina)
    invitations.redeem(token=issued.token)

    for model in apps.get_models():
        for row in model._default_manager.all():
            assert issued.token not in str(row.__dict__), model
    assert issued.invitation.token_sha256 == hashlib.sha256(issued.token.encode()).hexdigest()


def test_a_link_does_not_show_its_token_in_logs(
    team: Team, siti: Participant, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("DEBUG"):
        issued = invitations.issue(participant=siti, by=team.amina)
        logging.getLogger("test").info("issued %s %r", issued, issued)
        invitations.redeem(token=issued.token)
    assert "issued" in caplog.text
    assert issued.token not in caplog.text


def test_a_link_opens_again_and_again_and_each_use_is_recorded(
    team: Team, siti: Participant
) -> None:
    token = invitations.issue(participant=siti, by=team.amina).token
    first = invitations.redeem(token=token)
    with time_machine.travel(timezone.now() + timedelta(days=30)):
        again = invitations.redeem(token=token)
    assert again.first_used_at == first.first_used_at
    assert again.last_used_at - first.last_used_at > timedelta(days=29)
    uses = AuditEvent.objects.filter(action="invitation.use")
    assert [use.actor_kind for use in uses] == ["participant", "participant"]


def test_looking_whether_a_link_is_usable_changes_nothing(team: Team, siti: Participant) -> None:
    invitation = invitations.issue(participant=siti, by=team.amina).invitation
    before = AuditEvent.objects.count()
    for _ in range(5):
        invitations.require_usable(invitation)
    invitation.refresh_from_db()
    assert invitation.first_used_at is None
    assert AuditEvent.objects.count() == before


def test_opening_the_address_five_times_does_not_use_the_link(
    team: Team, siti: Participant, client
) -> None:
    issued = invitations.issue(participant=siti, by=team.amina)
    for _ in range(5):
        assert client.get(f"/p/{issued.token}/").status_code == 200
    issued.invitation.refresh_from_db()
    assert issued.invitation.first_used_at is None
    assert invitations.redeem(token=issued.token) == issued.invitation


def test_a_mistyped_link_is_unknown(team: Team, siti: Participant) -> None:
    token = invitations.issue(participant=siti, by=team.amina).token
    for wrong in (token[:-1], token + "A", token.swapcase(), "", hashlib.sha256().hexdigest()):
        with pytest.raises(LinkUnknown) as refused:
            invitations.redeem(token=wrong)
        assert refused.value.status == 404


def test_a_link_expires(team: Team, siti: Participant) -> None:
    issued = invitations.issue(participant=siti, by=team.amina)
    with time_machine.travel(issued.invitation.expires_at - timedelta(seconds=1), tick=False):
        invitations.redeem(token=issued.token)
    with time_machine.travel(issued.invitation.expires_at, tick=False):
        with pytest.raises(LinkExpired) as refused:
            invitations.redeem(token=issued.token)
        with pytest.raises(LinkExpired):
            invitations.require_usable(issued.invitation)
    assert refused.value.status == 410
    lifetime = issued.invitation.expires_at - issued.invitation.created_at
    assert lifetime == settings.INVITATION_LIFETIME


def test_a_revoked_link_stops_at_once(team: Team, siti: Participant) -> None:
    issued = invitations.issue(participant=siti, by=team.amina)
    invitations.revoke(invitation=issued.invitation, by=team.amina, reason="Phone lost")
    with pytest.raises(LinkRevoked):
        invitations.redeem(token=issued.token)
    assert AuditEvent.objects.get(action="invitation.revoke").contents.reason == "Phone lost"


def test_revoking_twice_is_one_act(team: Team, siti: Participant) -> None:
    invitation = invitations.issue(participant=siti, by=team.amina).invitation
    invitations.revoke(invitation=invitation, by=team.amina)
    when = Invitation.objects.get().revoked_at
    invitations.revoke(invitation=invitation, by=team.amina)
    assert Invitation.objects.get().revoked_at == when
    assert AuditEvent.objects.filter(action="invitation.revoke").count() == 1


def test_a_new_link_stops_the_earlier_one(team: Team, siti: Participant) -> None:
    first = invitations.issue(participant=siti, by=team.amina)
    second = invitations.issue(participant=siti, by=team.amina)
    with pytest.raises(LinkRevoked):
        invitations.redeem(token=first.token)
    assert invitations.redeem(token=second.token) == second.invitation


@pytest.mark.parametrize("who", ["budi", "chandra", "dewi", "ewa", "farid"])
def test_only_the_coordinator_of_the_site_makes_and_stops_links(
    team: Team, siti: Participant, who: str
) -> None:
    person = getattr(team, who)
    with pytest.raises(NotAllowed):
        invitations.issue(participant=siti, by=person)
    invitation = invitations.issue(participant=siti, by=team.amina).invitation
    with pytest.raises(NotAllowed):
        invitations.revoke(invitation=invitation, by=person)
    assert Invitation.objects.get().revoked_at is None
    assert not Invitation.objects.visible_to(person).exists()


def test_links_are_for_the_enrolled_and_for_the_eligible_who_read_the_consent_at_home(
    team: Team,
) -> None:
    eligible = screen(team.sg01, team.amina)
    invitations.issue(participant=eligible, by=team.amina)
    Participant.objects.update(state=Participant.State.SCREEN_FAILURE)
    with pytest.raises(StateRefused):
        invitations.issue(participant=eligible, by=team.amina)
    Participant.objects.update(state=Participant.State.COMPLETED)
    with pytest.raises(StateRefused):
        invitations.issue(participant=eligible, by=team.amina)
    assert Invitation.objects.count() == 1
