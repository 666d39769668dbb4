"""The pages of a study's people: listed, added, and their roles ended."""

import pytest

from studies.access.models import Membership
from studies.members.services.memberships import add_member
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.staff import SignIn, text
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db


def test_people_are_listed_by_role_and_added_by_the_manager(team: Team, as_person: SignIn) -> None:
    page = text(as_person(team.amina), "/studies/MEL-8/people/")
    for name in ("Amina", "Budi", "Chandra", "Dewi", "Ewa"):
        assert name in page
    assert "Farid" not in page
    assert "/people/add/" not in page
    browser = as_person(team.dewi)
    data = {"email": "gita@example.org", "role": "monitor", "site": ""}
    refused = browser.post("/studies/MEL-8/people/add/", data)
    assert refused.status_code == 422
    assert "enter their name" in refused.content.decode()
    browser.post("/studies/MEL-8/people/add/", {**data, "name": "Gita"})
    assert "no password yet" in text(browser, "/studies/MEL-8/people/")


def test_a_role_is_ended_with_a_reason(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    held = Membership.objects.get(user=team.ewa)
    path = f"/studies/MEL-8/people/{held.pk}/end/"
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert browser.post(path, {"reason": "Left"}).status_code == 302
    assert Membership.objects.get(pk=held.pk).ended_at is not None
    assert "role that has ended" in text(browser, "/studies/MEL-8/people/")


def test_ending_the_last_coordinator_of_a_site_asks_first(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    held = Membership.objects.get(user=team.amina, study=team.study)
    path = f"/studies/MEL-8/people/{held.pk}/end/"
    asked = browser.post(path, {**opened(browser, path), "reason": "Left"})
    assert asked.status_code == 422
    assert "SG01 will have no coordinator: nobody can enrol" in words(asked)
    assert Membership.objects.get(pk=held.pk).ended_at is None
    again = {**typed(asked), "confirmed": "no-coordinator:SG01"}
    assert again["reason"] == "Left"
    assert browser.post(path, again).status_code == 302
    ended = AuditEvent.objects.get(action="membership.end")
    assert ended.new == {"without_coordinator": ["SG01"]}


def test_another_coordinator_lets_one_go_without_a_word(team: Team, as_person: SignIn) -> None:
    held = Membership.objects.get(user=team.amina, study=team.study)
    Membership.objects.create(user=team.ewa, study=team.study, role="coordinator")
    path = f"/studies/MEL-8/people/{held.pk}/end/"
    assert as_person(team.dewi).post(path, {"reason": "Left"}).status_code == 302


def test_roles_are_given_and_ended_by_managers_of_that_study_only(
    team: Team, as_person: SignIn
) -> None:
    new = add_member(
        study=team.study, email="gita@example.org", name="Gita", role="monitor", by=team.dewi
    )
    for action in ("end", "mail"):
        path = f"/studies/MEL-8/people/{new.pk}/{action}/"
        for person in (team.amina, team.chandra, team.ewa):
            assert as_person(person).post(path, {"reason": "x"}).status_code == 403
        assert as_person(team.farid).post(path, {"reason": "x"}).status_code == 404
        elsewhere = f"/studies/FEAS-2/people/{new.pk}/{action}/"
        assert as_person(team.farid).post(elsewhere, {"reason": "x"}).status_code == 404
    new.refresh_from_db()
    assert new.ended_at is None
