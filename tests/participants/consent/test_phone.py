"""Consent on the participant's own phone: read, answered, chosen, signed."""

import re

import pytest

from participants.consent.models import Consent, ConsentReading
from participants.consent.services import consents
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from studies.platform.errors import Invalid
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.consent.consenting import (
    QUESTION,
    agree,
    filled,
    phone_before_consent,
    sign,
)
from tests.participants.phone import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]

phone = phone_before_consent


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
    assert event.contents.new["signature"] == "drawn"
    assert "Siti" not in str(event.__dict__)
    done = phone.client.get("/my/consent/done/").content.decode()
    assert "Your consent is recorded" in done
    assert document.sha256 in done
    assert phone.client.get("/my/consent/").content.startswith(b"%PDF-")


def test_a_screened_participant_signs_before_enrolment_which_stays_the_coordinators_act(
    phone: Phone, document: ConsentDocument
) -> None:
    Participant.objects.filter(pk=phone.participant.pk).update(state="eligible", enrolled_on=None)
    assert sign(phone, document).status_code == 302
    siti = Participant.objects.get(pk=phone.participant.pk)
    assert consents.consent_in_force(siti) is not None
    assert siti.state == Participant.State.ELIGIBLE


def test_a_typed_name_is_a_signature_when_the_box_says_so(
    phone: Phone, document: ConsentDocument
) -> None:
    refused = sign(phone, document, signature="")
    assert refused.status_code == 422
    assert "tick the box to sign with your typed name" in refused.content.decode()
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


def test_home_leads_to_the_first_consent_and_thanks_for_it(
    phone: Phone, document: ConsentDocument
) -> None:
    assert "Your consent comes first" in phone.client.get("/my/").content.decode()
    Participant.objects.filter(pk=phone.participant.pk).update(state="eligible", enrolled_on=None)
    sign(phone, document)
    home = phone.client.get("/my/").content.decode()
    assert "Your study team enrols you next" in home
    assert "speak with your study team" not in home


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
        agree(phone.participant, phone.participant, document)


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
