"""Roles: given by managers, with a mail; ended with a reason; never the last manager's."""

import re

import pytest
from django.core import mail
from django.test import Client
from pytest_django import DjangoCaptureOnCommitCallbacks

from studies.access.models import Membership, User
from studies.members.errors import LastManager
from studies.members.services.memberships import add_member, end_membership, send_welcome_again
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.access.factories import MembershipFactory, UserFactory

pytestmark = pytest.mark.django_db
Commit = DjangoCaptureOnCommitCallbacks


def membership(user: User) -> Membership:
    return Membership.objects.get(user=user)


def test_an_unknown_address_becomes_a_person_who_gets_a_mail(
    team: Team, django_capture_on_commit_callbacks: Commit, client: Client
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        held = add_member(
            study=team.study,
            email="Gita@Example.org",
            name="Gita",
            role="coordinator",
            site=team.sg01,
            by=team.dewi,
        )
    assert held.user.email == "gita@example.org"
    assert not held.user.has_usable_password()
    (sent,) = mail.outbox
    assert sent.to == ["gita@example.org"]
    assert "Dewi" in sent.body
    link = re.search(r"http://\S+/accounts/password/reset/key/\S+", sent.body)
    assert link is not None
    path = link.group().removeprefix("http://127.0.0.1:8000")
    form = client.get(path, follow=True)
    words = {"password1": "blue orchid rain 7", "password2": "blue orchid rain 7"}
    client.post(form.redirect_chain[-1][0], words)
    signed_in = client.post(
        "/accounts/login/", {"login": "gita@example.org", "password": "blue orchid rain 7"}
    )
    assert signed_in.status_code == 302
    assert client.session["_auth_user_id"] == str(held.user.pk)


def test_the_link_to_set_a_password_works_once(
    team: Team, django_capture_on_commit_callbacks: Commit, client: Client
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        add_member(
            study=team.study, email="gita@example.org", name="Gita", role="monitor", by=team.dewi
        )
    path = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[0].body)
    assert path is not None
    form = client.get(path.group(), follow=True)
    words = {"password1": "blue orchid rain 7", "password2": "blue orchid rain 7"}
    client.post(form.redirect_chain[-1][0], words)
    again = Client().get(path.group(), follow=True)
    assert b"no longer works" in again.content


def test_a_known_person_gets_one_more_role_and_keeps_the_others(
    team: Team, django_capture_on_commit_callbacks: Commit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        add_member(study=team.study, email="AMINA@example.org", role="investigator", by=team.dewi)
    assert team.amina.memberships.count() == 2
    assert "/password/reset/" not in mail.outbox[0].body


def test_a_new_person_needs_a_name(team: Team) -> None:
    with pytest.raises(Invalid) as refused:
        add_member(study=team.study, email="gita@example.org", role="monitor", by=team.dewi)
    assert "name" in refused.value.detail["fields"]
    assert not User.objects.filter(email="gita@example.org").exists()


def test_a_role_is_held_once(team: Team) -> None:
    with pytest.raises(Invalid, match="holds this role already"):
        add_member(
            study=team.study,
            email="amina@example.org",
            role="coordinator",
            site=team.sg01,
            by=team.dewi,
        )


def test_a_site_of_another_study_and_an_unknown_role_are_refused(team: Team) -> None:
    with pytest.raises(Invalid):
        add_member(
            study=team.other_study,
            email="amina@example.org",
            role="coordinator",
            site=team.sg01,
            by=team.farid,
        )
    with pytest.raises(Invalid):
        add_member(study=team.study, email="amina@example.org", role="boss", by=team.dewi)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_a_manager_of_the_study_gives_and_ends_roles(team: Team, name: str) -> None:
    by = getattr(team, name)
    with pytest.raises(NotAllowed):
        add_member(study=team.study, email="farid@example.org", role="manager", by=by)
    with pytest.raises(NotAllowed):
        end_membership(membership=membership(team.budi), reason="Moved", by=by)
    assert not Membership.objects.filter(study=team.study, user=team.farid).exists()
    assert membership(team.budi).ended_at is None


def test_a_manager_of_one_site_gives_roles_there_only(team: Team) -> None:
    gita = UserFactory(name="Gita")
    MembershipFactory(user=gita, study=team.study, site=team.sg01, role="manager")
    add_member(
        study=team.study, email="ewa@example.org", role="coordinator", site=team.sg01, by=gita
    )
    for site in (team.kl01, None):
        with pytest.raises(NotAllowed):
            add_member(
                study=team.study, email="ewa@example.org", role="coordinator", site=site, by=gita
            )


def test_an_ended_role_opens_nothing_and_the_reason_is_kept(team: Team) -> None:
    end_membership(membership=membership(team.amina), reason="Left the clinic", by=team.dewi)
    assert not Study.objects.visible_to(team.amina).exists()
    event = AuditEvent.objects.get()
    assert event.contents.reason == "Left the clinic"
    assert event.contents.old == {
        "person": "Amina <amina@example.org>",
        "role": "coordinator",
        "site": "SG01",
    }
    with pytest.raises(StateRefused):
        end_membership(membership=membership(team.amina), reason="Again", by=team.dewi)


def test_a_role_ends_for_a_reason(team: Team) -> None:
    with pytest.raises(ReasonMissing):
        end_membership(membership=membership(team.amina), reason=" ", by=team.dewi)
    assert membership(team.amina).ended_at is None


def test_the_last_manager_stays_until_there_is_another(team: Team) -> None:
    with pytest.raises(LastManager):
        end_membership(membership=membership(team.dewi), reason="Holiday", by=team.dewi)
    MembershipFactory(user=team.amina, study=team.study, site=team.sg01, role="manager")
    with pytest.raises(LastManager):  # a manager of one site cannot manage the study
        end_membership(membership=membership(team.dewi), reason="Holiday", by=team.dewi)
    MembershipFactory(user=team.ewa, study=team.study, role="manager")
    end_membership(membership=membership(team.dewi), reason="Holiday", by=team.dewi)
    assert membership(team.dewi).ended_at is not None


def test_an_inactive_manager_does_not_count(team: Team) -> None:
    gone = UserFactory(name="Gita", is_active=False)
    MembershipFactory(user=gone, study=team.study, role="manager")
    with pytest.raises(LastManager):
        end_membership(membership=membership(team.dewi), reason="Holiday", by=team.dewi)


def test_the_mail_is_sent_again_until_a_password_is_set(
    team: Team, django_capture_on_commit_callbacks: Commit
) -> None:
    held = add_member(
        study=team.study, email="gita@example.org", name="Gita", role="monitor", by=team.dewi
    )
    with django_capture_on_commit_callbacks(execute=True):
        send_welcome_again(membership=held, by=team.dewi)
    assert len(mail.outbox) == 1
    with pytest.raises(StateRefused):
        send_welcome_again(membership=membership(team.amina), by=team.dewi)
