"""The participant's own copy of what they signed."""

import pytest
from django.test import Client

from participants.people.models import Participant
from participants.people.services import invitations
from participants.people.services.invitations import Issued
from studies.record.models import AuditEvent
from tests.participants.phone import make_phone
from tests.participants.staff import consent, enrol, publish

pytestmark = pytest.mark.usefixtures("on_the_day")


def enter(issued: Issued, client: Client | None = None) -> Client:
    client = client or Client()
    response = client.post(f"/p/{issued.token}/")
    assert (response.status_code, response["Location"]) == (302, "/my/")
    return client


class TestConsentCopy:
    def test_the_participant_gets_the_own_copy_and_it_is_recorded(self, team, as_person):
        participant = enrol(team.sg01, team.amina)
        consent(participant, publish(team.study), team.amina)
        issued = invitations.issue(participant=participant, by=team.amina)
        phone = enter(issued)
        assert "My copy of the consent form" in phone.get("/my/").content.decode()
        response = phone.get("/my/consent/")
        assert response["Content-Type"] == "application/pdf"
        assert response.content.startswith(b"%PDF")
        assert "no-store" in response["Cache-Control"]
        event = AuditEvent.objects.get(action="consent.view_copy")
        assert event.actor_kind == "participant"

    def test_without_a_consent_there_is_no_copy(self, team):
        nobody = make_phone(team.sg01, code="SG01-0009", consented=False)
        assert nobody.client.get("/my/consent/").status_code == 409
        assert Participant.objects.get(code="SG01-0009").consents.count() == 0

    @pytest.mark.parametrize("lost", ["gone", "another file"])
    def test_a_copy_that_storage_lost_is_said_in_words(self, team, as_person, settings, lost):
        participant = enrol(team.sg01, team.amina)
        given = consent(participant, publish(team.study), team.amina)
        if lost == "gone":
            (settings.PRIVATE_ROOT / given.pdf_file).unlink()
        else:
            given.pdf_file = given.signature_file
            given.save()
        phone = enter(invitations.issue(participant=participant, by=team.amina))

        own = phone.get("/my/consent/")
        assert own.status_code == 404
        assert "Your consent itself is kept" in own.content.decode()
        address = f"/studies/MEL-8/participants/{participant.code}/consent/{given.pk}/copy/"
        page = as_person(team.amina).get(address)
        assert page.status_code == 404
        assert "The consent itself stands" in page.content.decode()
        assert given.pdf_file in page.content.decode()
        assert not AuditEvent.objects.filter(action="consent.view_copy").exists()
