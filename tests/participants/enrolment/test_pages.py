"""Enrolling in pages: two steps, mistakes mended, each form counted once."""

import pytest

from participants.people.models import Participant
from participants.visits import services as visits
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import (
    CONTACT,
    PAGE,
    Sign,
    screen,
    screening_form,
)
from tests.studies.protocol.factories import ArmFactory, EligibilityCriterionFactory

pytestmark = pytest.mark.django_db


def test_screening_leads_to_contact_and_then_to_the_participant(
    team: Team, as_person: Sign
) -> None:
    arm = ArmFactory(study=team.study)
    client = as_person(team.amina)

    answer = client.post(f"{PAGE}enrol/", screening_form(team.sg01))
    assert answer["Location"] == f"{PAGE}SG01-0001/enrol/"
    today = visits.today(team.study).isoformat()
    answer = client.post(answer["Location"], {**CONTACT, "arm": arm.pk, "enrolled_on": today})

    assert answer["Location"] == f"{PAGE}SG01-0001/"
    participant = Participant.objects.get()
    assert (participant.state, participant.allocation.opened().arm) == ("enrolled", arm.code)
    page = client.get(answer["Location"]).content.decode()
    assert "Consent is missing" in page
    assert "Siti" not in page


def test_a_site_that_has_reached_its_target_is_told_before_one_more_is_enrolled(
    team: Team, as_person: Sign
) -> None:
    told = "SG01 has enrolled 1 of 1"
    client = as_person(team.amina)
    team.sg01.enrolment_target = 1
    team.sg01.save()
    code = screen(team.sg01, team.amina).code
    for address in (f"{PAGE}enrol/", f"{PAGE}{code}/enrol/"):
        assert told not in client.get(address).content.decode()
    today = visits.today(team.study).isoformat()
    client.post(f"{PAGE}{code}/enrol/", {**CONTACT, "enrolled_on": today})
    another = screen(team.sg01, team.amina).code
    for address in (f"{PAGE}enrol/", f"{PAGE}{another}/enrol/"):
        assert told in client.get(address).content.decode()
    other = {"name": "Noor Aziz", "email": "noor@example.org", "enrolled_on": today}
    client.post(f"{PAGE}{another}/enrol/", other)
    assert Participant.objects.get(code=another).state == "enrolled", "a warning, not a lock"


def test_a_screening_sent_twice_makes_one_participant(team: Team, as_person: Sign) -> None:
    client = as_person(team.amina)
    form = screening_form(team.sg01)
    assert {client.post(f"{PAGE}enrol/", form)["Location"] for _ in range(2)} == {
        f"{PAGE}SG01-0001/enrol/"
    }
    assert Participant.objects.count() == 1


def test_contact_sent_twice_enrols_once_and_leads_to_the_participant(
    team: Team, as_person: Sign
) -> None:
    client = as_person(team.amina)
    screen(team.sg01, team.amina)
    form = {**CONTACT, "enrolled_on": visits.today(team.study).isoformat()}
    for _ in range(2):
        answer = client.post(f"{PAGE}SG01-0001/enrol/", form)
        assert answer["Location"] == f"{PAGE}SG01-0001/"
    assert AuditEvent.objects.filter(action="participant.enrol").count() == 1


def test_a_mistake_in_screening_keeps_what_was_typed(team: Team, as_person: Sign) -> None:
    wrong = screening_form(team.sg01, year_of_birth=2015, ethnicity="thai")
    answer = as_person(team.amina).post(f"{PAGE}enrol/", wrong)
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Born in 2015, nobody is 18 yet" in page
    assert 'value="2015"' in page
    assert '<option value="thai" selected' in page
    assert str(wrong["request_id"]) in page, "the mended form still counts once"
    assert not Participant.objects.exists()


def test_a_mistake_in_the_contact_keeps_what_was_typed(team: Team, as_person: Sign) -> None:
    screen(team.sg01, team.amina)
    form = {"name": "Siti Rahman", "enrolled_on": visits.today(team.study).isoformat()}
    answer = as_person(team.amina).post(f"{PAGE}SG01-0001/enrol/", form)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "Enter a phone number or an e-mail address" in page
    assert 'value="Siti Rahman"' in page


def test_of_phone_and_mail_neither_is_called_optional(team: Team, as_person: Sign) -> None:
    screen(team.sg01, team.amina)
    page = as_person(team.amina).get(f"{PAGE}SG01-0001/enrol/").content.decode()
    assert "A phone number or an e-mail address is needed" in page
    assert "field__optional" not in page


def test_who_is_not_eligible_is_not_asked_for_a_name(team: Team, as_person: Sign) -> None:
    EligibilityCriterionFactory(study=team.study, code="laser", kind="exclusion", text="Laser")
    client = as_person(team.amina)
    answer = client.post(f"{PAGE}enrol/", screening_form(team.sg01, **{"answer-laser": "yes"}))
    assert answer["Location"] == f"{PAGE}SG01-0001/"
    assert "Screen failure" in client.get(answer["Location"]).content.decode()
    contact = client.post(f"{PAGE}SG01-0001/enrol/", CONTACT)
    assert contact["Location"] == f"{PAGE}SG01-0001/"
    assert Participant.objects.get().state == "screen_failure"


def test_the_site_of_a_screening_is_one_of_ones_own(team: Team, as_person: Sign) -> None:
    answer = as_person(team.amina).post(f"{PAGE}enrol/", screening_form(team.kl01))
    assert answer.status_code == 422
    assert not Participant.objects.exists()
