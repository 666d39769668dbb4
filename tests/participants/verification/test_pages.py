"""The pages of verification as a monitor, a coordinator and a manager use them; file and API."""

import csv
import io
from collections.abc import Callable

import pytest
from django.test import Client

from participants.people.models import Participant
from participants.verification.models import Tick
from participants.verification.services.ticking import take_back, verify_fields
from studies.access.models import User
from studies.members.services.tokens import issue_token
from studies.protocol_file import normalise
from studies.protocol_file.services import protocol_of
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import consent, enrol, plan_week_visits, publish
from tests.typed import forms_of

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
SITE = "/studies/MEL-8/verification/sites/SG01/"
PLAN = "/studies/MEL-8/verification/plan/"
API = "/api/v1/studies/MEL-8/verification/"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    participant = enrol(team.sg01, team.amina)
    consent(participant, publish(team.study), team.amina)
    return participant


def part(who: Participant) -> str:
    return f"/studies/MEL-8/participants/{who.code}/verification/enrolment/"


def test_a_monitor_goes_from_the_site_to_a_part_ticks_it_and_takes_one_back(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser = as_person(team.ewa)
    assert part(siti) in browser.get(SITE).content.decode()
    sent = forms_of(browser.get(part(siti)))[f"{part(siti)}verify/"]
    answer = browser.post(f"{part(siti)}verify/", {**sent, "whole": "1"}, follow=True)
    assert "fields are verified" in answer.content.decode()
    assert Tick.objects.standing().filter(participant=siti, by=team.ewa).count() > 3
    back = forms_of(answer)[f"{part(siti)}take-back/"]
    refused = browser.post(f"{part(siti)}take-back/", {**back, "fields": ["consent"], "reason": ""})
    assert refused.status_code == 422
    assert "Say in a few words" in refused.content.decode()
    browser.post(f"{part(siti)}take-back/", {**back, "fields": ["consent"], "reason": "No copy"})
    assert Tick.objects.get(field="consent").ended_reason == "No copy"


def test_a_stale_page_is_refused_with_the_values_as_they_are(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser = as_person(team.ewa)
    sent = forms_of(browser.get(part(siti)))[f"{part(siti)}verify/"]
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=1971)
    answer = browser.post(f"{part(siti)}verify/", {**sent, "whole": "1"})
    assert answer.status_code == 409
    page = answer.content.decode()
    assert "changed after you opened the page" in page
    assert "1971" in page
    assert not Tick.objects.exists()


def test_a_coordinator_reads_and_has_no_form(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    verify_fields(participant=siti, part="enrolment", by=team.ewa)
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=1971)
    browser = as_person(team.amina)
    page = browser.get(part(siti))
    assert "Changed since verified" in page.content.decode()
    assert not [action for action in forms_of(page) if "verif" in action]
    changed = browser.get(f"{SITE}?show=changed").content.decode()
    assert part(siti) in changed
    assert part(siti) not in browser.get(f"{SITE}?show=verified").content.decode()


def test_the_manager_sets_the_plan_and_the_protocol_file_carries_it(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    browser = as_person(team.dewi)
    sent = forms_of(browser.get(PLAN))[""] | {"reason": "By risk"}
    answer = browser.post(
        PLAN, {**sent, "verify_fields": ["consent", "details"], "verify_first": "5"}
    )
    assert answer.status_code == 302
    team.study.refresh_from_db()
    assert (team.study.verify_fields, team.study.verify_first) == (["consent", "details"], 5)
    protocol = protocol_of(team.study)
    assert protocol["study"]["verification"] == {"fields": ["consent", "details"], "first": 5}
    assert normalise(protocol) == protocol
    assert "first 5 participants" in browser.get(SITE).content.decode()


def test_the_file_has_a_row_for_each_tick_and_no_value(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    verify_fields(participant=siti, part="enrolment", by=team.ewa)
    take_back(participant=siti, part="enrolment", fields=["consent"], reason="No copy", by=team.ewa)
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=1971)
    answer = as_person(team.amina).get("/studies/MEL-8/verification/file/")
    rows = list(csv.DictReader(io.StringIO(answer.getvalue().decode("utf-8-sig"))))
    stand = {row["field"]: row["standing"] for row in rows}
    assert stand["consent"] == "taken_back"
    assert stand["details/year_of_birth"] == "changed"
    assert stand["details/sex"] == "verified"
    assert "1971" not in str(rows)
    assert AuditEvent.objects.filter(action="verification.export").exists()
    other = as_person(team.budi).get("/studies/MEL-8/verification/file/")
    assert siti.code not in other.getvalue().decode()


def test_the_api_tells_how_each_tick_stands(team: Team, siti: Participant) -> None:
    verify_fields(participant=siti, part="enrolment", by=team.ewa)
    Participant.objects.filter(pk=siti.pk).update(year_of_birth=1971)
    headers = {"Authorization": f"Bearer {issue_token(by=team.ewa).key}"}
    rows = Client().get(API, headers=headers).json()["results"]
    stand = {row["field"]: row["standing"] for row in rows}
    assert stand["details/year_of_birth"] == "changed"
    assert stand["consent"] == "verified"
    assert rows[0]["by"] == "Ewa"
    Participant.objects.filter(pk=siti.pk).update(data_use="restricted")
    assert Client().get(API, headers=headers).json()["results"] == []
