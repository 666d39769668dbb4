"""Who may open which page, and who may do what there."""

import pytest
from django.test import Client
from django.urls import reverse

from participants.consent.services import consents
from participants.people.models import Invitation, Participant
from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import (
    CONTACT,
    PAGE,
    Sign,
    consent,
    enrol,
    plan_week_visits,
    publish,
    screening_form,
)
from tests.studies.access.factories import MembershipFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


ACTS = [
    ("get", "enrol_contact", ()),
    ("post", "enrol_contact", ()),
    ("post", "identity", ()),
    ("get", "contact", ()),
    ("post", "contact", ()),
    ("get", "consent", ()),
    ("post", "consent", ()),
    ("get", "consent_copy", (1,)),
    ("post", "issue_link", ()),
    ("post", "revoke_link", (1,)),
    ("get", "withdraw", ()),
    ("post", "withdraw", ()),
    ("get", "complete", ()),
    ("post", "complete", ()),
    ("get", "link_sheet", (1,)),
]
READS = [("get", "detail", ()), ("get", "visit", ("baseline",))]


@pytest.mark.parametrize(("method", "name", "more"), ACTS)
def test_acts_are_for_the_coordinator_of_the_site(
    team: Team,
    as_person: Sign,
    siti: Participant,
    method: str,
    name: str,
    more: tuple[object, ...],
) -> None:
    consent(siti, publish(team.study), team.amina)
    before = AuditEvent.objects.count()
    address = reverse(f"participants:{name}", args=["MEL-8", "SG01-0001", *more])

    def status(person: User | None) -> int:
        client = as_person(person) if person else Client()
        return int(getattr(client, method)(address, CONTACT).status_code)

    assert status(team.budi) == 404, "another site's participant is not there"
    assert status(team.farid) == 404, "another study's neither"
    for person in (team.chandra, team.dewi, team.ewa):
        assert status(person) == 403
    assert status(None) == (302 if method == "get" else 401), "a form is kept"
    assert AuditEvent.objects.count() == before
    siti.refresh_from_db()
    assert siti.state == "enrolled"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize(("method", "name", "more"), READS)
def test_participants_and_visits_are_seen_by_roles_at_the_site(
    team: Team,
    as_person: Sign,
    siti: Participant,
    method: str,
    name: str,
    more: tuple[object, ...],
) -> None:
    address = reverse(f"participants:{name}", args=["MEL-8", "SG01-0001", *more])
    for person in (team.amina, team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(address).status_code == 200
        assert as_person(person).post(address).status_code == 405
    for person in (team.budi, team.farid):
        assert as_person(person).get(address).status_code == 404
    assert Client().get(address)["Location"].startswith("/accounts/login/")


def test_screening_is_for_coordinators(team: Team, as_person: Sign) -> None:
    for person in (team.chandra, team.dewi, team.ewa):
        assert as_person(person).get(f"{PAGE}enrol/").status_code == 403
        assert as_person(person).post(f"{PAGE}enrol/", screening_form(team.sg01)).status_code == 403
    assert as_person(team.farid).get(f"{PAGE}enrol/").status_code == 404
    assert not Participant.objects.exists()


def test_who_holds_a_role_elsewhere_in_the_study_is_judged_by_the_participants_site(
    team: Team, as_person: Sign, siti: Participant
) -> None:
    """Budi coordinates KL01 and may be given eyes at SG01: seeing is not doing."""
    MembershipFactory(user=team.budi, study=team.study, site=team.sg01, role="investigator")
    client = as_person(team.budi)
    page = client.get(f"{PAGE}SG01-0001/").content.decode()
    assert "Withdraw from the study" not in page
    assert client.post(f"{PAGE}SG01-0001/identity/").status_code == 403
    assert client.post(f"{PAGE}SG01-0001/link/").status_code == 403
    publish(team.study)
    for form in ("consent", "withdraw", "contact"):
        assert client.get(f"{PAGE}SG01-0001/{form}/").status_code == 403, form
    assert consents.consent_in_force(siti) is None
