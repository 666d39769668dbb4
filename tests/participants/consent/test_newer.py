"""A newer consent text on the phone: what it changes is shown and signed."""

import re

import pytest

from participants.capture.services import photos
from participants.consent.errors import ConsentChanged, ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.consent.services.reading import answer_check
from studies.consent_texts.markup import sections
from studies.consent_texts.models import ConsentDocument
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.consent.consenting import filled, newer, phone_before_consent, sign
from tests.participants.phone import Phone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("an_hour_later")]

phone = phone_before_consent


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
    steps = re.findall(r'<section class="reading__step".*?</section>', page, re.DOTALL)
    asked = [step for step in steps if "Changed since the version you agreed to" in step]
    assert len(asked) == 1, "only what changed is gone through"
    same = next(step for step in steps if "The same as before" in step)
    assert same.count("<details") == len(sections(new.body)) - 1 > 0

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


# --- While somebody reads ----------------------------------------------------------------------


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
