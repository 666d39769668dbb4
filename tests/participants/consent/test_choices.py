"""Choices of a consent, changed on the phone after it was signed."""

import uuid

import pytest

from participants.capture.services import photos
from participants.consent.errors import ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import consents
from studies.consent_texts.models import ConsentDocument
from studies.platform.errors import Invalid
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.consent.consenting import CHOICES, filled, newer, phone_before_consent, sign
from tests.participants.phone import Phone, make_phone
from tests.participants.staff import publish

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]

phone = phone_before_consent


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
    assert event.contents.old["choices"]["ai_scoring"] is True
    assert event.contents.new["choices"]["ai_scoring"] is False
    assert event.contents.new["signature"] == "none"


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


def test_my_data_leads_to_the_choices(phone: Phone, document: ConsentDocument) -> None:
    sign(phone, document)
    assert 'href="/my/consent/done/"' in phone.client.get("/my/data/").content.decode()
    assert 'href="/my/choices/"' in phone.client.get("/my/consent/done/").content.decode()
