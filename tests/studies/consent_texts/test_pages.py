"""The pages of a consent document: drafted, compared, put in force."""

import pytest

from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from tests.conftest import Team
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.staff import PROTOCOL, SignIn, text

pytestmark = pytest.mark.django_db
CHOICES = [{"code": "ai_scoring", "text": "Software scores my photos.", "required": True}]


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
    browser.post(f"{page}in-force/", {"reason": "The first"})
    document.refresh_from_db()
    assert document.state == "in_force"
    again = browser.post(f"{page}edit/", consent_form(body="Other words"))
    assert again.status_code == 409
    assert "draft a new version instead" in again.content.decode()


def test_a_draft_shows_what_it_changes_and_can_be_put_in_force_as_editorial(
    team: Team, as_person: SignIn
) -> None:
    browser = as_person(team.dewi)
    for version, body in (("1.0", "Five photos."), ("1.1", "You send five photos.")):
        browser.post(f"{PROTOCOL}consent/add/", consent_form(body, version=version))
        draft = ConsentDocument.objects.get(version__number=version)
        if version == "1.0":
            browser.post(f"{PROTOCOL}consent/{draft.pk}/in-force/", {"reason": "The first"})
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
    put_in_force(document=document, by=team.dewi, reason="A newer text.")
    assert document.content_sha256() in text(as_person(team.amina), page)


# --- Key points and check questions ------------------------------------------------------------


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
