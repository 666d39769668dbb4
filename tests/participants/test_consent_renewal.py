"""Whom a newer text asks again, and where the staff see it."""

import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from participants.models import Consent, Participant, PhotoCheck
from participants.services import consents
from participants.services.photo_checks import check_photo
from studies import work
from studies.models import ConsentDocument, Study, User
from studies.services.consent_documents import draft_document, put_in_force
from studies.work import WorkState
from tests.conftest import Team
from tests.factories import NOW, ParticipantFactory
from tests.participants.phone import make_phone

pytestmark = pytest.mark.django_db
SignIn = Callable[[User], Client]
CHOICES = [{"code": "ai_scoring", "text": "Software may score my photos.", "required": True}]


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as moving:
        yield moving


class Texts:
    """Puts versions in force an hour apart."""

    def __init__(self, team: Team, clock: time_machine.Traveller) -> None:
        self.team, self.clock = team, clock
        Study.objects.filter(pk=team.study.pk).update(languages=["en", "ms", "ta"])
        team.study.refresh_from_db()

    def __call__(self, version: str, language: str = "en", **over: object) -> ConsentDocument:
        self.clock.shift(timedelta(hours=1))
        draft = draft_document(
            study=self.team.study,
            by=self.team.dewi,
            language=language,
            version=version,
            title="Taking part",
            body=f"Text of version {version}.",
            choices=CHOICES,
            key_points=["You can stop at any time."],
            questions=[
                {
                    "text": "May you stop?",
                    "options": ["Yes", "No"],
                    "right": 1,
                    "explanation": "Yes.",
                }
            ],
        )
        return put_in_force(document=draft, by=self.team.dewi, **over)


@pytest.fixture
def texts(team: Team, clock: time_machine.Traveller) -> Texts:
    return Texts(team, clock)


def agree(participant: Participant, by: object) -> Consent:
    document = consents.document_for(study=participant.study, language=participant.language)
    return consents.give_consent(
        participant=participant,
        document=document,
        document_sha256=document.sha256,
        choices={"ai_scoring": True},
        typed_name="Siti Rahman",
        signature_png=b"",
        by=by,
    )


@pytest.fixture
def siti(team: Team, texts: Texts) -> Participant:
    texts("1.0")
    siti: Participant = ParticipantFactory(site=team.sg01, code="SG01-0017")
    agree(siti, team.amina)
    return siti


def asked(siti: Participant) -> bool:
    """Asked again; the single question and the list of everybody agree."""
    one = consents.needs_new_consent(siti)
    found = Participant.objects.filter(consents.to_renew(siti.study), pk=siti.pk).exists()
    assert one == found
    assert consents.standing(siti) == ("renew" if one else "current")
    return one


def test_a_newer_version_asks_again_until_it_is_agreed_to(
    team: Team, texts: Texts, siti: Participant
) -> None:
    assert not asked(siti)
    texts("2.0")
    assert asked(siti)
    agree(siti, team.amina)
    assert not asked(siti)


def test_an_editorial_version_asks_nobody_but_does_not_excuse_from_the_one_before(
    texts: Texts, siti: Participant
) -> None:
    texts("1.1", editorial=True, editorial_reason="A comma.")
    assert not asked(siti)
    texts("2.0")
    texts("2.1", editorial=True, editorial_reason="A comma.")
    assert asked(siti)


def test_a_translation_of_the_same_version_asks_nobody(texts: Texts, siti: Participant) -> None:
    texts("1.0", "ms")
    siti.language = "ms"
    siti.save()
    assert not asked(siti)
    texts("2.0", "ms")
    assert asked(siti)


def test_an_older_text_in_another_language_asks_nobody(
    team: Team, texts: Texts, siti: Participant
) -> None:
    texts("1.0", "ms")
    texts("2.0")
    agree(siti, team.amina)
    siti.language = "ms"
    siti.save()
    assert not asked(siti)


def test_nobody_who_has_ended_is_asked(texts: Texts, siti: Participant) -> None:
    texts("2.0")
    for state in ("completed", "withdrawn"):
        Participant.objects.filter(pk=siti.pk).update(state=state)
        siti.refresh_from_db()
        assert not consents.needs_new_consent(siti)
        assert not Participant.objects.filter(consents.to_renew(siti.study)).exists()


def test_a_photo_that_has_arrived_is_checked_and_the_next_one_is_not_taken_in(
    team: Team, texts: Texts
) -> None:
    texts("1.0")
    phone = make_phone(team.sg01, consented=False)
    agree(phone.participant, team.amina)
    arrived = PhotoCheck.objects.get(photo=phone.upload())
    texts("2.0")
    work.perform(PhotoCheck, arrived.pk, check_photo)
    arrived.refresh_from_db()
    assert arrived.state == WorkState.DONE, arrived.last_error
    refused = phone.create(b"x" * 100, uuid.uuid4(), view="left")
    assert refused.status_code == 409
    assert refused.json()["type"] == "urn:gsh:problem:consent_outdated"


# --- Where the staff see it --------------------------------------------------------------------


def page(client: Client, path: str) -> str:
    response = client.get(path)
    assert response.status_code == 200
    return response.content.decode()


def test_the_list_marks_and_finds_those_to_renew(
    team: Team, texts: Texts, siti: Participant, as_person: SignIn
) -> None:
    other = ParticipantFactory(site=team.sg01, code="SG01-0018")
    texts("2.0")
    agree(other, team.amina)
    ParticipantFactory(site=team.sg01, code="SG01-0019")
    browser = as_person(team.amina)
    everyone = page(browser, "/studies/MEL-8/participants/")
    assert everyone.count("Consent to renew") == 1
    found = page(browser, "/studies/MEL-8/participants/?consent=renew")
    assert "SG01-0017" in found
    assert "SG01-0018" not in found
    missing = page(browser, "/studies/MEL-8/participants/?consent=missing")
    assert "SG01-0019" in missing
    assert "SG01-0017" not in missing


def test_the_protocol_counts_those_to_renew_among_whom_one_may_see(
    team: Team, texts: Texts, siti: Participant, as_person: SignIn
) -> None:
    texts("2.0")
    words = "1 participant has not yet agreed to the version in force"
    assert words in page(as_person(team.dewi), "/studies/MEL-8/protocol/")
    assert words not in page(as_person(team.budi), "/studies/MEL-8/protocol/")


def test_staff_record_a_consent_with_key_points_and_talk_the_questions_through(
    team: Team, texts: Texts, siti: Participant, as_person: SignIn
) -> None:
    texts("2.0")
    shown = page(as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/consent/")
    assert "You can stop at any time." in shown
    assert "May you stop?" in shown
    given = agree(siti, team.amina)
    assert given.checks == []


def test_the_participants_page_tells_what_to_talk_about(
    team: Team, siti: Participant, as_person: SignIn
) -> None:
    checks = [{"tries": 3, "right": True}, {"tries": 1, "right": False}]
    Consent.objects.update(checks=checks, recorded_by=None)
    shown = page(as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/")
    assert "Check question 1 took 3 tries." in shown
    assert "Check question 2 was answered otherwise" in shown
    assert "own phone" in shown


def test_a_draft_is_previewed_as_the_phone_shows_it_and_nothing_can_be_sent(
    team: Team, texts: Texts, as_person: SignIn
) -> None:
    texts("1.0")
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version="2.0",
        title="Taking part",
        body="Text of version 2.0, with more.",
        choices=CHOICES,
    )
    shown = page(as_person(team.ewa), f"/studies/MEL-8/consent/{draft.pk}/phone/")
    assert "Nothing is recorded here." in shown
    assert "<ins>" in shown
    assert 'form="consent"' not in shown
