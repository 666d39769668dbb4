"""The pages of a protocol and its people, as the named people see them."""

from collections.abc import Callable

import pytest
from django.test import Client

from studies.models import Arm, ConsentDocument, Membership, Site, Study, User, VisitDefinition
from studies.protocol_yaml import read_protocol
from studies.services.consent_documents import draft_document, put_in_force
from studies.services.memberships import add_member
from studies.templatetags.words import listed, markdown
from studies.views.timeline import timeline
from tests.conftest import Team
from tests.factories import (
    ConsentDocumentFactory,
    EligibilityCriterionFactory,
    StudyFactory,
    VisitDefinitionFactory,
)

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
PROTOCOL = "/studies/MEL-8/protocol/"
CHOICES = [{"code": "ai_scoring", "text": "Software scores my photos.", "required": True}]


@pytest.fixture
def root(db: None) -> User:
    return User.objects.create_superuser("root@example.org", name="Root")


def text(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200, (path, response.status_code)
    return response.content.decode()


def test_home_shows_the_studies_one_belongs_to_with_ones_roles(
    team: Team, as_person: SignIn
) -> None:
    page = text(as_person(team.amina), "/")
    assert "MEL-8" in page
    assert "Coordinator at SG01" in page
    assert "FEAS-2" not in page
    assert "Create a study" not in page


def test_home_of_someone_without_a_study_says_what_to_do(root: User, as_person: SignIn) -> None:
    nobody = User.objects.create_user("new@example.org", name="New")
    assert "You do not belong to a study yet" in text(as_person(nobody), "/")
    assert "Create a study" in text(as_person(root), "/")


def test_an_administrator_creates_a_study_in_a_page(root: User, as_person: SignIn) -> None:
    browser = as_person(root)
    data = {
        "code": "ACNE-1",
        "title": "Acne",
        "time_zone": "Asia/Singapore",
        "languages": ["en"],
        "quality_profile": "normal",
        "min_age": "18",
    }
    wrong = browser.post("/studies/new/", {**data, "code": "acne", "max_age": "3"})
    assert wrong.status_code == 422
    assert 'value="acne"' in wrong.content.decode()
    response = browser.post("/studies/new/", data)
    assert response["Location"] == "/studies/ACNE-1/protocol/"
    assert "still needs" not in text(browser, "/studies/ACNE-1/protocol/")
    assert "a consent document in force in English" in text(browser, "/studies/ACNE-1/protocol/")


def test_nobody_else_creates_one(team: Team, as_person: SignIn) -> None:
    assert as_person(team.dewi).get("/studies/new/").status_code == 403
    assert as_person(team.dewi).post("/studies/new/", {"code": "ACNE-1"}).status_code == 403


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
    assert browser.post(f"{PROTOCOL}sites/add/", data).status_code == 302
    edited = {**data, "name": "Jakarta Skin Clinic"}
    refused = browser.post(f"{PROTOCOL}sites/JK01/", edited)
    assert refused.status_code == 422
    assert "This field is required" in refused.content.decode()
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
    assert "Fixed since the first participant" in text(browser, PROTOCOL)
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


def consent_form(body: str = "You send photos.", **extra: str) -> dict[str, str]:
    return {
        "language": "en",
        "version": "1.0",
        "title": "Taking part",
        "body": body,
        "question-TOTAL_FORMS": "0",
        "question-INITIAL_FORMS": "0",
        "choice-TOTAL_FORMS": "2",
        "choice-INITIAL_FORMS": "0",
        "choice-0-code": "ai_scoring",
        "choice-0-text": "Software scores my photos.",
        "choice-0-required": "on",
        "choice-1-code": "",
        "choice-1-text": "",
        **extra,
    }


def test_a_consent_document_is_drafted_edited_and_put_in_force(
    team: Team, as_person: SignIn
) -> None:
    browser = as_person(team.dewi)
    response = browser.post(f"{PROTOCOL}consent/add/", consent_form())
    document = ConsentDocument.objects.get()
    page = f"{PROTOCOL}consent/{document.pk}/"
    assert response["Location"] == page
    assert document.choices == CHOICES
    browser.post(f"{page}edit/", consent_form(body="## Photos\n\nYou send <b>three</b>."))
    shown = text(browser, page)
    assert "<h2>Photos</h2>" in shown
    assert "&lt;b&gt;three" in shown
    browser.post(f"{page}in-force/")
    document.refresh_from_db()
    assert document.state == "in_force"
    again = browser.post(f"{page}edit/", consent_form(body="Other words"))
    assert again.status_code == 409
    assert "draft a new version instead" in again.content.decode()


QUESTION = {
    "question-TOTAL_FORMS": "2",
    "question-0-text": "May you stop?",
    "question-0-option_1": "No",
    "question-0-option_3": "Yes, at any time",
    "question-0-option_2": "Only with a reason",
    "question-0-right": "3",
    "question-0-explanation": "You may stop at any time.",
}


def test_key_points_and_check_questions_are_typed_in_plain_fields(
    team: Team, as_person: SignIn
) -> None:
    points = "Your own choice.\r\n\r\n- Five visits.\r\n"
    data = consent_form(key_points=points, **QUESTION)
    as_person(team.dewi).post(f"{PROTOCOL}consent/add/", data)
    document = ConsentDocument.objects.get()
    assert document.key_points == ["Your own choice.", "Five visits."]
    assert document.questions == [
        {
            "text": "May you stop?",
            "options": ["No", "Only with a reason", "Yes, at any time"],
            "right": 3,
            "explanation": "You may stop at any time.",
        }
    ]
    page = as_person(team.dewi).get(f"{PROTOCOL}consent/{document.pk}/edit/").content.decode()
    assert "Your own choice.\nFive visits." in page
    assert "Only with a reason" in page


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"question-0-right": "4"}, "This answer is empty"),
        ({"question-0-right": ""}, "This field is required"),
        ({"question-0-option_2": "No"}, "Two answers are the same"),
        ({"question-0-explanation": ""}, "This field is required"),
        ({"key_points": "x" * 201}, "Line 1 is longer than 200 characters"),
        ({"key_points": "point\n" * 9}, "At most 8"),
    ],
)
def test_a_mistake_in_them_is_said_beside_the_field(
    team: Team, as_person: SignIn, changed: dict[str, str], words: str
) -> None:
    data = consent_form(**{**QUESTION, **changed})
    response = as_person(team.dewi).post(f"{PROTOCOL}consent/add/", data)
    assert response.status_code == 422
    assert words in response.content.decode()
    assert not ConsentDocument.objects.exists()


def test_a_draft_shows_what_it_changes_and_can_be_put_in_force_as_editorial(
    team: Team, as_person: SignIn
) -> None:
    browser = as_person(team.dewi)
    for version, body in (("1.0", "Five photos."), ("1.1", "You send five photos.")):
        browser.post(f"{PROTOCOL}consent/add/", consent_form(body, version=version))
        draft = ConsentDocument.objects.get(version=version)
        if version == "1.0":
            browser.post(f"{PROTOCOL}consent/{draft.pk}/in-force/")
    page = browser.get(f"{PROTOCOL}consent/{draft.pk}/").content.decode()
    assert "What changes from version 1.0" in page
    assert "<ins>" in page
    address = f"{PROTOCOL}consent/{draft.pk}/in-force/"
    refused = browser.post(address, {"editorial": "on"})
    assert refused.status_code == 422
    assert "why nobody has to agree again" in refused.content.decode()
    browser.post(address, {"editorial": "on", "editorial_reason": "A comma."})
    draft.refresh_from_db()
    assert draft.state == "in_force"
    assert draft.editorial_reason == "A comma."


def test_a_choice_that_is_missing_is_asked_for(team: Team, as_person: SignIn) -> None:
    data = consent_form(**{"choice-0-code": "publication"})
    response = as_person(team.dewi).post(f"{PROTOCOL}consent/add/", data)
    assert response.status_code == 422
    assert "One choice must be ai_scoring" in response.content.decode()
    assert not ConsentDocument.objects.exists()


def test_a_new_version_starts_from_the_words_of_the_last(team: Team, as_person: SignIn) -> None:
    first = ConsentDocumentFactory(study=team.study, body="These very words.")
    elsewhere = ConsentDocumentFactory(study=team.other_study, body="Another study's words.")
    browser = as_person(team.dewi)
    assert "These very words." in text(browser, f"{PROTOCOL}consent/add/?from={first.pk}")
    page = text(browser, f"{PROTOCOL}consent/add/?from={elsewhere.pk}")
    assert "Another study" not in page


def test_a_document_of_another_study_does_not_exist_here(team: Team, as_person: SignIn) -> None:
    elsewhere = ConsentDocumentFactory(study=team.other_study, state="draft")
    browser = as_person(team.dewi)
    for path, post in (("", False), ("edit/", False), ("in-force/", True), ("discard/", True)):
        address = f"{PROTOCOL}consent/{elsewhere.pk}/{path}"
        response = browser.post(address) if post else browser.get(address)
        assert response.status_code == 404
    elsewhere.refresh_from_db()
    assert elsewhere.state == "draft"


def test_others_read_consent_but_do_not_decide_on_it(team: Team, as_person: SignIn) -> None:
    document = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version="1.0",
        title="Taking part",
        body="You send photos.",
        choices=CHOICES,
    )
    page = f"{PROTOCOL}consent/{document.pk}/"
    assert "Put in force" not in text(as_person(team.amina), page)
    assert as_person(team.amina).post(f"{page}in-force/").status_code == 403
    assert as_person(team.amina).post(f"{page}discard/").status_code == 403
    assert as_person(team.dewi).get(f"{page}in-force/").status_code == 405
    put_in_force(document=document, by=team.dewi)
    assert document.content_sha256() in text(as_person(team.amina), page)


def test_the_protocol_file_is_what_load_study_reads(team: Team, as_person: SignIn) -> None:
    response = as_person(team.amina).get(f"{PROTOCOL}file/")
    assert "attachment" in response["Content-Disposition"]
    assert read_protocol(response.content.decode())["study"]["code"] == "MEL-8"
    assert as_person(team.farid).get(f"{PROTOCOL}file/").status_code == 404


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
    held = Membership.objects.get(user=team.budi)
    path = f"/studies/MEL-8/people/{held.pk}/end/"
    assert browser.post(path, {"reason": ""}).status_code == 422
    assert browser.post(path, {"reason": "Left"}).status_code == 302
    assert Membership.objects.get(pk=held.pk).ended_at is not None
    assert "role that has ended" in text(browser, "/studies/MEL-8/people/")


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


def test_markdown_never_becomes_a_script() -> None:
    html = markdown(
        "# Title\n\n<script>alert(1)</script> [x](javascript:alert(1)) ![y](https://e.org/p.png)"
    )
    assert "<script" not in html
    assert "<img" not in html
    assert 'href="javascript' not in html
    assert "<h2>Title</h2>" in html


@pytest.mark.parametrize(
    ("values", "words"), [([], ""), (["a"], "a"), (["a", "b"], "a and b"), ("abc", "a, b and c")]
)
def test_lists_read_as_sentences(values: list[str], words: str) -> None:
    assert listed(values) == words


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
