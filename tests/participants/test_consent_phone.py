"""Consent on the participant's own phone: read, answered, chosen, signed."""

import re
import uuid
from base64 import b64encode
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.http import HttpResponse

from participants.errors import ConsentChanged, ConsentOutdated
from participants.models import Consent, ConsentReading, Participant
from participants.services import consent_reading, consents, photos
from participants.services.consent_reading import answer_check
from studies.errors import Invalid, NotAllowed, StateRefused
from studies.models import AuditEvent, ConsentDocument
from studies.services.consent_documents import draft_document, put_in_force
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.phone import Phone, make_phone
from tests.participants.staff import publish, signature

pytestmark = pytest.mark.django_db

QUESTION = {
    "text": "May you stop before the end?",
    "options": ["Yes, at any time", "No"],
    "right": 1,
    "explanation": "You may stop at any time.",
}
CHOICES = [
    {"code": "ai_scoring", "text": "Software may score my photos.", "required": True},
    {"code": "publication", "text": "Publications may show them.", "required": False},
]


@pytest.fixture(autouse=True)
def _on_the_day() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(hours=1), tick=False):
        yield


@pytest.fixture
def document(team: Team) -> ConsentDocument:
    return publish(
        team.study,
        body="Welcome.\n\n## What you do\n\nFive photos.\n\n## Your data\n\nKept safe.",
        key_points=["You can stop at any time."],
        questions=[QUESTION],
        choices=CHOICES,
    )


@pytest.fixture
def phone(team: Team, document: ConsentDocument) -> Phone:
    return make_phone(team.sg01, consented=False)


def filled(document: ConsentDocument, **over: str) -> dict[str, str]:
    picture = b64encode(signature()).decode()
    values = {
        "request_id": str(uuid.uuid4()),
        "document_sha256": document.sha256,
        "question-1": "1",
        "choice-ai_scoring": "on",
        "typed_name": "Siti Rahman",
        "signature": f"data:image/png;base64,{picture}",
        **over,
    }
    return {name: value for name, value in values.items() if value != ""}


def sign(phone: Phone, document: ConsentDocument, **over: str) -> HttpResponse:
    return phone.client.post("/my/consent/review/", filled(document, **over))


def newer(team: Team, version: str = "2.0", **over: Any) -> ConsentDocument:
    values = {
        "language": "en",
        "version": version,
        "title": "Taking part in the melasma study",
        "body": "Welcome.\n\n## What you do\n\nSix photos.\n\n## Your data\n\nKept safe.",
        "choices": CHOICES,
    }
    draft = draft_document(study=team.study, by=team.dewi, **values)
    return put_in_force(document=draft, by=team.dewi, **over)


# --- The whole way -----------------------------------------------------------------------------


def test_siti_signs_at_home_and_gets_her_copy(phone: Phone, document: ConsentDocument) -> None:
    page = phone.client.get("/my/consent/review/").content.decode()
    for words in ("What you do", "Your data", "You can stop at any time.", QUESTION["text"]):
        assert words in page

    answer = sign(phone, document)

    assert answer.headers["Location"] == "/my/consent/done/"
    given = consents.require_consent(phone.participant)
    assert given.recorded_by is None
    assert given.choices == {"ai_scoring": True, "publication": False}
    assert given.checks == [{"tries": 1, "right": True}]
    assert given.document_sha256 == document.sha256
    event = AuditEvent.objects.get(action="consent.give")
    assert event.actor_kind == "participant"
    assert event.new["signature"] == "drawn"
    assert "Siti" not in str(event.__dict__)
    done = phone.client.get("/my/consent/done/").content.decode()
    assert "Your consent is recorded" in done
    assert document.sha256 in done
    assert phone.client.get("/my/consent/").content.startswith(b"%PDF-")


def test_a_screened_participant_signs_before_enrolment_which_stays_the_coordinators_act(
    phone: Phone, document: ConsentDocument
) -> None:
    Participant.objects.filter(pk=phone.participant.pk).update(state="screened", enrolled_on=None)
    assert sign(phone, document).status_code == 302
    siti = Participant.objects.get(pk=phone.participant.pk)
    assert consents.consent_in_force(siti) is not None
    assert siti.state == Participant.State.SCREENED


def test_a_typed_name_is_a_signature_when_the_box_says_so(
    phone: Phone, document: ConsentDocument
) -> None:
    refused = sign(phone, document, signature="")
    assert refused.status_code == 422
    assert "tick the box to sign by typing" in refused.content.decode()
    assert sign(phone, document, signature="", sign_by_typing="on").status_code == 302
    assert consents.require_consent(phone.participant).signature_file == ""


def test_the_form_sent_twice_signs_once(phone: Phone, document: ConsentDocument) -> None:
    values = filled(document)
    for _ in range(2):
        assert phone.client.post("/my/consent/review/", values).status_code == 302
    assert Consent.objects.count() == 1


def test_what_is_missing_is_said_beside_it_and_the_rest_is_kept(
    phone: Phone, document: ConsentDocument
) -> None:
    refused = sign(
        phone, document, typed_name="", **{"choice-ai_scoring": "", "choice-publication": "on"}
    )
    page = refused.content.decode()
    assert refused.status_code == 422
    assert "Taking part needs agreement to this point." in page
    assert re.search(r'name="choice-publication"[^>]*checked', page)
    assert not Consent.objects.exists()


# --- Check questions ---------------------------------------------------------------------------


def test_a_wrong_answer_is_explained_once_and_never_bars_the_way(
    phone: Phone, document: ConsentDocument
) -> None:
    first = sign(phone, document, **{"question-1": "2"})
    assert first.status_code == 422
    assert QUESTION["explanation"] in first.content.decode()
    assert not Consent.objects.exists()

    assert sign(phone, document, **{"question-1": "2"}).status_code == 302
    assert consents.require_consent(phone.participant).checks == [{"tries": 1, "right": False}]


def test_every_try_counts_until_one_is_right(phone: Phone, document: ConsentDocument) -> None:
    said = []
    for option in ("2", "2", "1", "2"):
        answer = phone.client.post(
            "/my/consent/answer/",
            {"document_sha256": document.sha256, "question": "1", "option": option},
        )
        said.append(answer.json()["right"])
    assert said == [False, False, True, False]
    assert sign(phone, document).status_code == 302
    assert consents.require_consent(phone.participant).checks == [{"tries": 3, "right": True}]


def test_the_page_does_not_give_the_right_answer_away(
    phone: Phone, document: ConsentDocument
) -> None:
    page = phone.client.get("/my/consent/review/").content.decode()
    assert QUESTION["explanation"] not in page


@pytest.mark.parametrize("values", [{"question": "2"}, {"option": "3"}, {"option": "x"}])
def test_an_answer_to_nothing_is_refused(
    phone: Phone, document: ConsentDocument, values: dict[str, str]
) -> None:
    sent = {"document_sha256": document.sha256, "question": "1", "option": "1", **values}
    assert phone.client.post("/my/consent/answer/", sent).status_code == 422
    assert not ConsentReading.objects.exists()


def test_a_question_left_out_stops_the_service_too(phone: Phone, document: ConsentDocument) -> None:
    with pytest.raises(Invalid, match="not answered"):
        consents.give_consent(
            participant=phone.participant,
            document=document,
            document_sha256=document.sha256,
            choices={"ai_scoring": True},
            typed_name="Siti Rahman",
            signature_png=b"",
            by=phone.participant,
        )


# --- Stopping in the middle --------------------------------------------------------------------


def test_answers_and_ticks_outlive_the_session_but_no_name_or_signature_is_kept(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    told = {"document_sha256": document.sha256, "choice-publication": "on"}
    assert phone.client.post("/my/consent/progress/", told).status_code == 204
    sign(phone, document, typed_name="Siti Rahman", **{"question-1": "2"})
    phone.client.logout()

    phone.sign_in()
    page = phone.client.get("/my/consent/review/").content.decode()
    assert re.search(r'name="question-1" value="2"[^>]*checked', page)
    assert re.search(r'name="choice-ai_scoring"[^>]*checked', page)
    assert "Siti Rahman" not in page
    reading = ConsentReading.objects.get()
    assert "Siti" not in str(reading.__dict__)


def test_signing_clears_what_was_kept_of_the_reading(
    phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    assert not ConsentReading.objects.exists()


def test_a_text_that_changed_meanwhile_is_shown_and_nothing_is_recorded(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    values = filled(document)
    new = newer(team)
    answer = phone.client.post("/my/consent/review/", values)
    page = answer.content.decode()
    assert answer.status_code == 409
    assert new.sha256 in page
    assert "Siti Rahman" in page
    assert not Consent.objects.exists()
    told = {"document_sha256": document.sha256, "question": "1", "option": "1"}
    assert phone.client.post("/my/consent/answer/", told).status_code == 409


# --- Whose it is -------------------------------------------------------------------------------


def test_nobody_reads_or_answers_for_another(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    other = make_phone(team.kl01, code="KL01-0001", consented=False)
    for by in (other.participant, team.amina):
        with pytest.raises(NotAllowed):
            answer_check(
                participant=phone.participant, document=document, number=1, option=1, by=by
            )
        with pytest.raises(NotAllowed):
            consent_reading.keep_choices(
                participant=phone.participant, document=document, choices={}, by=by
            )
        with pytest.raises(NotAllowed):
            consents.change_choices(participant=phone.participant, choices={}, by=by)
    with pytest.raises(NotAllowed):
        consents.give_consent(
            participant=phone.participant,
            document=document,
            document_sha256=document.sha256,
            choices={"ai_scoring": True},
            typed_name="Someone Else",
            signature_png=b"",
            by=other.participant,
        )


def test_after_withdrawal_nothing_is_read_or_signed(
    phone: Phone, document: ConsentDocument
) -> None:
    Participant.objects.filter(pk=phone.participant.pk).update(state="withdrawn")
    assert phone.client.get("/my/consent/review/").status_code == 403
    assert sign(phone, document).status_code == 403
    assert phone.client.get("/my/choices/").status_code == 403
    with pytest.raises(StateRefused):
        answer_check(
            participant=phone.participant,
            document=document,
            number=1,
            option=1,
            by=phone.participant,
        )


def test_only_the_text_in_force_is_answered(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    newer(team)
    with pytest.raises(ConsentChanged):
        answer_check(
            participant=phone.participant,
            document=document,
            number=1,
            option=1,
            by=phone.participant,
        )


# --- A newer version ---------------------------------------------------------------------------


def test_a_newer_version_comes_before_the_next_photo_and_says_what_changed(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    photos.require_wanted(visit=phone.visit, view="front")

    new = newer(team)

    with pytest.raises(ConsentOutdated):
        photos.require_wanted(visit=phone.visit, view="front")
    assert consents.allows_scoring(phone.participant), "the consent given still holds"
    page = phone.client.get("/my/consent/review/").content.decode()
    assert re.search(r"<del>.*\bFive\b.*</del>", page)
    assert re.search(r"<ins>.*\bSix\b.*</ins>", page)
    assert "The same as before" in page

    assert sign(phone, new, **{"question-1": ""}).status_code == 302
    photos.require_wanted(visit=phone.visit, view="front")
    given = consents.require_consent(phone.participant)
    assert given.follows is not None
    assert given.follows.document == document


def test_who_does_not_agree_is_told_what_can_be_done_and_nothing_is_recorded(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    newer(team)
    acts = AuditEvent.objects.count()
    page = phone.client.get("/my/consent/declined/").content.decode()
    assert "Stop taking part" in page
    assert "stay under the consent you gave before" in page
    assert AuditEvent.objects.count() == acts
    assert consents.require_consent(phone.participant).document == document


def test_who_has_signed_the_text_in_force_is_not_asked_again(
    phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    answer = phone.client.get("/my/consent/review/")
    assert answer.headers["Location"] == "/my/consent/done/"


# --- Changing choices --------------------------------------------------------------------------


@pytest.fixture
def scored(team: Team) -> Phone:
    """Someone whose study lets them stay without scoring by software."""
    optional = [{**choice, "required": False} for choice in CHOICES]
    document = publish(team.study, choices=optional)
    phone = make_phone(team.sg01, consented=False)
    values = filled(document)
    del values["question-1"]
    assert phone.client.post("/my/consent/review/", values).status_code == 302
    return phone


def test_scoring_stops_at_once_when_siti_takes_that_choice_back_and_she_stays_in(
    scored: Phone,
) -> None:
    siti = scored.participant
    before = consents.require_consent(siti)
    assert consents.allows_scoring(siti)

    scored.client.post("/my/choices/", {"request_id": str(uuid.uuid4())})

    assert not consents.allows_scoring(siti)
    after = consents.require_consent(siti)
    assert after.follows == before
    assert after.act == Consent.Act.CHOICES
    before.refresh_from_db()
    assert before.state == Consent.State.SUPERSEDED
    photos.require_wanted(visit=scored.visit, view="front")
    event = AuditEvent.objects.get(action="consent.change_choices")
    assert event.old["choices"]["ai_scoring"] is True
    assert event.new["choices"]["ai_scoring"] is False
    assert event.new["signature"] == "none"


def test_agreeing_to_more_is_signed_with_the_name(scored: Phone) -> None:
    more = {"choice-ai_scoring": "on", "choice-publication": "on"}
    refused = scored.client.post("/my/choices/", {"request_id": str(uuid.uuid4()), **more})
    assert refused.status_code == 422
    signed = {"request_id": str(uuid.uuid4()), "typed_name": "Siti Rahman", **more}
    assert scored.client.post("/my/choices/", signed).status_code == 302
    assert consents.require_consent(scored.participant).choices["publication"] is True


def test_nothing_is_written_when_no_choice_differs(scored: Phone) -> None:
    same = {"request_id": str(uuid.uuid4()), "choice-ai_scoring": "on"}
    assert scored.client.post("/my/choices/", same).status_code == 302
    assert Consent.objects.count() == 1


def test_a_choice_that_taking_part_needs_is_not_taken_back_alone(
    phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    with pytest.raises(Invalid, match="stop taking part"):
        consents.change_choices(
            participant=phone.participant, choices={"ai_scoring": False}, by=phone.participant
        )


def test_less_is_possible_while_a_newer_text_waits_but_more_is_not(
    team: Team, scored: Phone
) -> None:
    newer(team)
    with pytest.raises(ConsentOutdated):
        consents.change_choices(
            participant=scored.participant,
            choices={"publication": True},
            typed_name="Siti Rahman",
            by=scored.participant,
        )
    consents.change_choices(
        participant=scored.participant, choices={"ai_scoring": False}, by=scored.participant
    )
    assert not consents.allows_scoring(scored.participant)
    assert consents.needs_new_consent(scored.participant)


def test_the_page_of_a_photo_leads_to_what_changed(
    team: Team, phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    newer(team)
    page = phone.client.get("/my/visits/week-0/front/").content.decode()
    assert 'href="/my/consent/review/"' in page
    home = phone.client.get("/my/").content.decode()
    assert "Please read what changed before your next photo." in home
    assert 'href="/my/consent/review/"' in home


def test_home_leads_to_the_first_consent_and_thanks_for_it(
    phone: Phone, document: ConsentDocument
) -> None:
    assert "Your consent comes first" in phone.client.get("/my/").content.decode()
    Participant.objects.filter(pk=phone.participant.pk).update(state="screened", enrolled_on=None)
    sign(phone, document)
    home = phone.client.get("/my/").content.decode()
    assert "Your study team enrols you next" in home
    assert "speak with your study team" not in home


def test_my_data_leads_to_the_choices(phone: Phone, document: ConsentDocument) -> None:
    sign(phone, document)
    assert 'href="/my/consent/done/"' in phone.client.get("/my/data/").content.decode()
    assert 'href="/my/choices/"' in phone.client.get("/my/consent/done/").content.decode()


# --- After stopping ----------------------------------------------------------------------------


def test_who_stopped_keeps_their_copy_and_their_language_and_nothing_else(
    phone: Phone, document: ConsentDocument
) -> None:
    sign(phone, document)
    asked = phone.client.post("/my/data/ask/stop/", {"reason": ""})
    assert asked.status_code == 302

    assert phone.client.get("/my/consent/").content.startswith(b"%PDF-")
    assert phone.client.get("/my/language/").status_code == 200
    assert phone.client.get("/my/").status_code == 403
    page = phone.client.get("/my/data/").content.decode()
    assert "/my/consent/" in page, "the copy is offered"
    assert "/my/reminders/" not in page, "the menu leads nowhere that is closed"
    assert "Researchers</strong> see your photos" not in page, "what is locked nobody sees"
