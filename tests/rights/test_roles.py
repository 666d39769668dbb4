"""Roles: which go together, who is blind to arm and scores, and what they read."""

import itertools
from typing import Any

import pytest
from django.test import Client

from studies.access.models import Membership
from studies.access.permissions import BLIND, ROLE_PERMISSIONS, Permission, Role, contradict
from studies.members.errors import RolesContradict
from studies.members.services.memberships import add_member, end_membership
from studies.members.services.tokens import issue_token
from tests.conftest import Team
from tests.participants.allocation.given import allocate
from tests.participants.people.factories import ParticipantFactory
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.protocol.factories import ArmFactory

pytestmark = pytest.mark.django_db
LIST, API = "/studies/MEL-8/participants/", "/api/v1/studies/MEL-8/participants/"


def test_what_shows_the_arm_by_the_way_is_held_with_the_right_to_see_it() -> None:
    """The record and the files name arms; the files hold scores."""
    for role, held in ROLE_PERMISSIONS.items():
        if held & {Permission.AUDIT_VIEW, Permission.EXPORT, Permission.SCORE_VIEW}:
            assert Permission.ARM_VIEW in held, role
        if Permission.EXPORT in held:
            assert Permission.SCORE_VIEW in held, role


def test_blind_goes_with_blind_alone_and_nobody_adjudicates_themselves() -> None:
    unblinding = {Permission.ARM_VIEW, Permission.SCORE_VIEW}
    for one, other in itertools.product(Role, Role):
        seeing = ROLE_PERMISSIONS[one] | ROLE_PERMISSIONS[other]
        expected = bool({one, other} & BLIND and seeing & unblinding)
        expected = expected or {one, other} == {Role.READER, Role.ADJUDICATOR}
        assert contradict(one, other) is expected, (one, other)
    assert not any(ROLE_PERMISSIONS[role] & unblinding for role in BLIND)


def test_a_contradicting_role_is_refused_at_any_site_with_both_named(team: Team) -> None:
    given: dict[str, Any] = {
        "study": team.study,
        "email": team.amina.email,
        "by": team.dewi,
        "mail": False,
    }
    with pytest.raises(RolesContradict, match=r"Amina is coordinator .* cannot be reader") as said:
        add_member(role="reader", site=team.kl01, **given)
    assert "end the other role first" in said.value.message
    assert team.amina.memberships.count() == 1
    end_membership(
        membership=team.amina.memberships.get(), reason="Reads now", by=team.dewi,
        confirmed={"no-coordinator:SG01"},
    )  # fmt: skip
    add_member(role="reader", **given)
    with pytest.raises(RolesContradict, match="own readings"):
        add_member(role="adjudicator", **given)


def test_the_form_keeps_what_was_typed_and_says_why(team: Team) -> None:
    browser = Client()
    browser.force_login(team.dewi)
    sent = {"email": "amina@example.org", "role": "safety_reader", "site": ""}
    page = browser.post("/studies/MEL-8/people/add/", sent).content.decode()
    assert "Amina is coordinator in MEL-8 and cannot be safety reader too" in page
    assert 'value="amina@example.org"' in page


@pytest.mark.parametrize(
    "role", [r for r in Role if Permission.PARTICIPANT_VIEW in ROLE_PERMISSIONS[r]]
)
def test_the_arm_is_read_by_those_who_may_and_nobody_else(team: Team, role: Role) -> None:
    arm = ArmFactory(study=team.study, code="SUN", name="Sunscreen arm")
    person = ParticipantFactory(site=team.sg01)
    allocate(person, arm)
    user = UserFactory(name="Gita")
    MembershipFactory(user=user, study=team.study, role=role)
    browser, key = Client(), issue_token(by=user).key
    browser.force_login(user)
    sees = Permission.ARM_VIEW in ROLE_PERMISSIONS[role]
    for path in (LIST, f"{LIST}{person.code}/"):
        page = browser.get(path)
        assert page.status_code == 200
        assert ("Sunscreen arm" in page.content.decode()) is sees, path
    # A filter that may not be used narrows nothing: it would tell who is in the arm.
    other = ArmFactory(study=team.study, code="BASE")
    narrowed = browser.get(f"{LIST}?arm={other.pk}").content.decode()
    assert (person.code in narrowed) is not sees
    headers = {"Authorization": f"Bearer {key}"}
    for path in (API, f"{API}{person.code}/"):
        assert ("SUN" in Client().get(path, headers=headers).content.decode()) is sees, path
    asked = Client().get(f"{API}?arm=SUN", headers=headers)
    assert asked.status_code == (200 if sees else 403)
    assert sees or "You may not see who is in which arm" in asked.json()["detail"]


@pytest.mark.parametrize("role", ["reader", "adjudicator"])
def test_a_blind_judge_meets_nobody_in_lists(team: Team, role: str) -> None:
    person = ParticipantFactory(site=team.sg01)
    user = UserFactory(name="Gita")
    MembershipFactory(user=user, study=team.study, role=role)
    browser = Client()
    browser.force_login(user)
    assert person.code not in browser.get("/studies/MEL-8/").content.decode()
    for path in (LIST, "/studies/MEL-8/photos/", "/studies/MEL-8/record/"):
        assert browser.get(path).status_code == 403
    assert browser.get(f"{LIST}{person.code}/").status_code in (403, 404)


def test_a_page_tells_who_may_do_what_and_which_role_is_ones_own(team: Team) -> None:
    assert Membership.objects.filter(user=team.ewa, role="monitor").exists()
    browser = Client()
    browser.force_login(team.ewa)
    page = browser.get("/studies/MEL-8/people/roles/").content.decode()
    for word in ("Site principal investigator", "See who is in which arm", "Guest auditor"):
        assert word in page
    mine = page.index("yours")
    assert page.rindex("<dt>", 0, mine) == page.index("<dt>Monitor")
