"""The pages of a protocol: shown whole to all roles, and edited by the manager."""

import pytest
from django.test import Client

from studies.protocol.models import Arm, Site, Study, VisitDefinition
from studies.protocol.views.timeline import timeline
from studies.protocol_file import read_protocol
from tests.conftest import Team
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import (
    EligibilityCriterionFactory,
    StudyFactory,
    VisitDefinitionFactory,
)
from tests.studies.staff import PROTOCOL, SignIn, text

pytestmark = pytest.mark.django_db


def test_the_protocol_page_shows_every_part(team: Team, as_person: SignIn) -> None:
    VisitDefinitionFactory(study=team.study, code="day-7", name="Week 1", day_offset=7)
    ConsentDocumentFactory(study=team.study)
    EligibilityCriterionFactory(study=team.study)
    Arm.objects.create(study=team.study, code="CREAM", name="Cream at night")
    page = text(as_person(team.chandra), PROTOCOL)
    for words in (
        "Week 1",
        "day 5 to 10",
        "SG01",
        "Cream at night",
        "Melasma diagnosed by a dermatologist",
        "Taking part in the melasma study",
        "In force",
        "<svg",
    ):
        assert words in page
    assert "Edit" not in page
    assert f'href="{PROTOCOL}edit/"' in text(as_person(team.dewi), PROTOCOL)


def test_a_closed_study_offers_nothing_to_edit(team: Team, as_person: SignIn) -> None:
    Study.objects.update(state="closed")
    page = text(as_person(team.dewi), PROTOCOL)
    assert f'href="{PROTOCOL}edit/"' not in page
    assert "Open it again" in page


def test_the_protocol_file_is_what_load_study_reads(team: Team, as_person: SignIn) -> None:
    response = as_person(team.amina).get(f"{PROTOCOL}file/")
    assert "attachment" in response["Content-Disposition"]
    assert read_protocol(response.content.decode())["study"]["code"] == "MEL-8"
    assert as_person(team.farid).get(f"{PROTOCOL}file/").status_code == 404


def test_the_timeline_keeps_labels_apart_and_bars_inside() -> None:
    study = StudyFactory()
    visits = [
        VisitDefinitionFactory.build(study=study, name=f"Visit number {n}", day_offset=n * 5)
        for n in range(12)
    ]
    drawing = timeline(visits)
    for mark in drawing.marks:
        assert mark.bar_x >= 0
        assert mark.bar_x + mark.bar_width <= drawing.width
    for one, other in zip(drawing.marks, drawing.marks[1:], strict=False):
        assert one.label_y != other.label_y or other.x - one.x >= 100


# --- Editing -----------------------------------------------------------------------------------


EDITS = [
    "edit/",
    "conditions/",
    "activate/",
    "close/",
    "sites/add/",
    "sites/SG01/",
    "sites/SG01/remove/",
    "arms/add/",
    "visits/add/",
    "visits/day-7/",
    "visits/day-7/remove/",
    "screening/add/",
    "consent/add/",
]


@pytest.mark.parametrize("path", EDITS)
def test_only_the_manager_is_shown_the_forms(team: Team, as_person: SignIn, path: str) -> None:
    VisitDefinitionFactory(study=team.study, code="day-7")
    assert as_person(team.dewi).get(PROTOCOL + path).status_code == 200
    for person in (team.amina, team.chandra, team.ewa):
        assert as_person(person).get(PROTOCOL + path).status_code == 403
        assert as_person(person).post(PROTOCOL + path, {"reason": "x"}).status_code == 403
    assert as_person(team.farid).get(PROTOCOL + path).status_code == 404
    assert Client().get(PROTOCOL + path).status_code == 302


def test_a_site_is_added_edited_and_removed_in_pages(team: Team, as_person: SignIn) -> None:
    browser = as_person(team.dewi)
    data = {"code": "JK01", "name": "Jakarta", "country": "ID", "enrolment_target": "3"}
    asked = browser.post(f"{PROTOCOL}sites/add/", data)
    assert asked.status_code == 422, "a running study's change has a reason"
    assert not Site.objects.filter(code="JK01").exists()
    added = browser.post(f"{PROTOCOL}sites/add/", {**data, "reason": "Amendment 1"})
    assert added.status_code == 302
    edited = {**data, "name": "Jakarta Skin Clinic"}
    refused = browser.post(f"{PROTOCOL}sites/JK01/", edited)
    assert refused.status_code == 422
    assert "This field is required" in refused.content.decode()
    assert f'href="{PROTOCOL}sites/JK01/remove/"' in refused.content.decode()
    browser.post(f"{PROTOCOL}sites/JK01/", {**edited, "reason": "Full name"})
    assert Site.objects.get(code="JK01").name == "Jakarta Skin Clinic"
    browser.post(f"{PROTOCOL}sites/JK01/remove/", {"reason": "Never opened"})
    assert not Site.objects.filter(code="JK01").exists()


def test_what_a_service_refuses_is_shown_with_what_was_typed(team: Team, as_person: SignIn) -> None:
    VisitDefinitionFactory(study=team.study, code="day-7", name="Week 1", day_offset=7)
    data = {
        "code": "day-9",
        "name": "Day nine",
        "day_offset": "9",
        "window_before": "1",
        "window_after": "1",
        "views": ["front"],
        "reason": "Amendment 1",
    }
    response = as_person(team.dewi).post(f"{PROTOCOL}visits/add/", data)
    assert response.status_code == 422
    page = response.content.decode()
    assert "overlaps with that of Week 1" in page
    assert 'value="Day nine"' in page
    assert VisitDefinition.objects.count() == 1


def test_a_schedule_that_is_fixed_says_so(team: Team, as_person: SignIn) -> None:
    visit = VisitDefinitionFactory(study=team.study, code="day-7", name="Week 1", day_offset=7)
    Site.objects.filter(code="SG01").update(last_participant_number=4)
    browser = as_person(team.dewi)
    assert "Participants follow this schedule" in text(browser, PROTOCOL)
    data = {
        "code": "day-7",
        "name": "Week 1",
        "day_offset": "8",
        "window_before": "2",
        "window_after": "3",
        "views": visit.views,
        "reason": "Holiday",
    }
    response = browser.post(f"{PROTOCOL}visits/day-7/", data)
    assert response.status_code == 409
    assert "Participants follow this schedule already" in response.content.decode()


def test_conditions_are_chosen_the_main_one_first(team: Team, as_person: SignIn) -> None:
    data = {"main": "pores", "others": ["melasma", "pores"], "reason": "Pores first"}
    # Wrinkles are taken away, which is allowed while nobody takes part.
    as_person(team.dewi).post(f"{PROTOCOL}conditions/", data)
    assert [c.code for c in team.study.ordered_conditions()] == ["pores", "melasma"]


def test_a_study_is_started_closed_and_opened_again_in_pages(team: Team, as_person: SignIn) -> None:
    Study.objects.filter(code="MEL-8").update(state="draft")
    browser = as_person(team.dewi)
    assert "something is missing" in text(browser, f"{PROTOCOL}activate/")
    refused = browser.post(f"{PROTOCOL}activate/")
    assert refused.status_code == 409
    assert "still needs" in refused.content.decode()
    VisitDefinitionFactory(study=team.study)
    ConsentDocumentFactory(study=team.study)
    for path, data in (
        ("activate/", {}),
        ("close/", {"reason": "Done"}),
        ("activate/", {"reason": "One more visit"}),
    ):
        assert browser.post(PROTOCOL + path, data).status_code == 302
    assert Study.objects.get(code="MEL-8").state == "active"
