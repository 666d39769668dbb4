"""Whom a newer text asks again, and where the staff see it."""

import uuid
from collections.abc import Iterator
from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import translation
from django.utils.html import escape
from django.utils.translation import gettext

from participants.capture.models import PhotoCheck
from participants.capture.services.checks import check_photo
from participants.consent.errors import ConsentChanged, ConsentOutdated
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.consent.services import texts as services_texts
from participants.people.models import Participant
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document
from studies.platform import work
from studies.platform.work import WorkState
from studies.protocol.models import Study
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.consent.consenting import SCORING, agree, newer
from tests.participants.people.factories import ParticipantFactory
from tests.participants.phone import make_phone
from tests.participants.staff import Sign

pytestmark = pytest.mark.django_db


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
        return newer(
            self.team,
            version,
            language=language,
            title="Taking part",
            body=f"Text of version {version}.",
            choices=[SCORING],
            key_points=["You can stop at any time."],
            questions=[
                {
                    "text": "May you stop?",
                    "options": ["Yes", "No"],
                    "right": 1,
                    "explanation": "Yes.",
                }
            ],
            **over,
        )


@pytest.fixture
def texts(team: Team, clock: time_machine.Traveller) -> Texts:
    return Texts(team, clock)


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


# --- Changing the language ---------------------------------------------------------------------


def reads(siti: Participant, language: str) -> str:
    """Which text Siti signs once she reads ``language``, such as ``en 2.0``; "" when not asked."""
    siti.language = language
    siti.save()
    document = consents.next_for(siti).document
    return f"{document.language} {document.version}" if asked(siti) else ""


# What comes into force, in turn ("e": editorial; "sign en": Siti agrees, reading English). Then:
# which text she is asked to sign when she reads each language, "" for none.
CASES = [
    pytest.param(["en 1.0", "sign en", "ms 1.0"], {"en": "", "ms": ""}, id="translated"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0"], {"en": "en 2.0", "ms": "en 2.0"},
                 id="a newer one, not translated yet, is read in the language agreed in"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0", "ms 2.0"],
                 {"en": "en 2.0", "ms": "ms 2.0", "ta": "en 2.0"}, id="a newer one, translated"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0", "sign en"], {"en": "", "ms": ""},
                 id="signed, and the language has an older one"),
    pytest.param(["en 1.0", "sign en", "en 2.0", "sign en", "ms 1.0"], {"en": "", "ms": ""},
                 id="a late translation of an older one is no newer text"),
    pytest.param(["en 1.0", "sign en", "en 2.0", "ms 1.0"], {"en": "en 2.0", "ms": "en 2.0"},
                 id="a late translation of what was agreed to does not excuse"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0", "sign ms", "ms 2.0"],
                 {"en": "", "ms": ""}, id="the translation of what was signed, later"),
    pytest.param(["en 1.0", "ms 1.0", "sign ms", "en 2.0"], {"en": "en 2.0", "ms": ""},
                 id="agreed in a language that has none newer"),
    pytest.param(["en 1.0", "en 2.0", "ms 1.0", "sign ms"], {"en": "en 2.0", "ms": ""},
                 id="agreed to a late translation of the older one"),
    pytest.param(["en 1.0", "sign en", "ms 2.0", "en 2.0"], {"en": "en 2.0", "ms": "ms 2.0"},
                 id="the translation came first"),
    pytest.param(["en 1.0", "ms 2.0", "en 1.1", "sign en", "en 2.0"],
                 {"en": "en 2.0", "ms": "ms 2.0"}, id="the translation came before the signature"),
    pytest.param(["en 1.0", "sign en", "en 2.0", "ms 3.0"], {"en": "en 2.0", "ms": "ms 3.0"},
                 id="both newer: the newest is signed"),
    pytest.param(["en 1.0", "sign en", "ms 1.5", "en 2.0"], {"en": "en 2.0", "ms": "en 2.0"},
                 id="both newer: the newest is signed, in the language agreed in"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 1.1 e"], {"en": "", "ms": ""},
                 id="editorial"),
    pytest.param(["en 1.0", "en 1.1 e", "sign en", "ms 1.0"], {"en": "", "ms": ""},
                 id="a translation of the text before it was edited"),
    pytest.param(["en 1.0", "sign en", "en 1.1 e", "ms 1.1"], {"en": "", "ms": ""},
                 id="a translation of the text as edited"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0", "en 2.1 e"],
                 {"en": "en 2.1", "ms": "en 2.1"}, id="editorial after a newer one"),
    pytest.param(["en 1.0", "ms 1.0", "sign en", "en 2.0", "en 2.1 e", "ms 2.0"],
                 {"en": "en 2.1", "ms": "ms 2.0"}, id="translated before it was edited"),
    pytest.param(["en 1.0", "ms 1.0", "sign ms", "en 1.1 e", "ms 1.1"], {"en": "", "ms": ""},
                 id="a translation of an editorial one is editorial"),
    pytest.param(["en 1.0", "en 2.0", "ta 2.0", "sign ta", "ms 1.0"],
                 {"ta": "", "ms": "", "en": ""}, id="older by what a third language had in turn"),
    pytest.param(["en 1.0", "ms 1.0", "en 2.0", "ta 1.0", "sign ta", "ms 2.0"],
                 {"ta": "", "ms": "ms 2.0", "en": "en 2.0"}, id="a language that skipped none yet"),
    pytest.param(["en 1.0", "ms 1.0", "sign ms", "en 2.0", "en 3.0", "ms 3.0"],
                 {"ms": "ms 3.0", "en": "en 3.0"}, id="a language skips a version"),
]  # fmt: skip


@pytest.mark.parametrize(("history", "expected"), CASES)
def test_changing_the_language_gets_nobody_round_a_newer_text_nor_back_to_an_older(
    team: Team, texts: Texts, history: list[str], expected: dict[str, str]
) -> None:
    siti = ParticipantFactory(site=team.sg01, code="SG01-0017")
    for step in history:
        first, second, *editorial = step.split()
        if first == "sign":
            siti.language = second
            siti.save()
            agree(siti, team.amina)
        elif editorial:
            texts(second, first, editorial=True, editorial_reason="A comma.")
        else:
            texts(second, first)
    there = {language: reads(siti, language) for language in expected}
    back = {language: reads(siti, language) for language in reversed(expected)}
    assert (there, back) == (expected, expected)
    for language in expected:
        if reads(siti, language):
            agree(siti, team.amina)
        assert not reads(siti, language), "signed once, asked no more"


def test_a_text_not_translated_yet_is_shown_and_signed_on_the_phone_and_the_page_says_so(
    team: Team, texts: Texts
) -> None:
    texts("1.0")
    phone = make_phone(team.sg01, consented=False)
    siti = phone.participant
    agree(siti, team.amina)
    texts("1.0", "ms")
    newer = texts("2.0")
    assert reads(siti, "ms") == "en 2.0"
    shown = page(phone.client, "/my/consent/review/")
    assert "Text of version 2.0." in shown
    with translation.override("ms"):
        assert (
            escape(
                gettext(
                    "This text is not there in your language yet. If it is hard to read, "
                    "please call your study team before you sign."
                )
            )
            in shown
        )
    with pytest.raises(ConsentOutdated):
        consents.require_current_consent(siti)
    assert agree(siti, team.amina).document == newer
    consents.require_current_consent(siti)


def test_an_older_text_is_never_recorded_in_place_of_a_newer(
    team: Team, texts: Texts, siti: Participant
) -> None:
    older = texts("1.0", "ms")
    texts("2.0")
    agree(siti, team.amina)
    siti.language = "ms"
    siti.save()
    with pytest.raises(ConsentChanged):
        agree(siti, team.amina, older)


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
    team: Team, texts: Texts, siti: Participant, as_person: Sign
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


def test_texts_are_compared_once_for_all_who_agreed_to_the_same(
    team: Team, siti: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not once for every consent of the study, each of another day."""
    for number in range(18, 22):
        other = ParticipantFactory(site=team.sg01, code=f"SG01-00{number}")
        agree(other, team.amina)
        Consent.objects.filter(participant=other).update(given_at=NOW + timedelta(days=number))
    compared: list[object] = []
    found = services_texts._next
    monkeypatch.setattr(
        services_texts, "_next", lambda *given: compared.append(given) or found(*given)
    )
    services_texts.to_renew(team.study)
    assert len(compared) == 1


def test_the_protocol_counts_those_to_renew_among_whom_one_may_see(
    team: Team, texts: Texts, siti: Participant, as_person: Sign
) -> None:
    texts("2.0")
    words = "1 participant has not yet agreed to the version in force"
    assert words in page(as_person(team.dewi), "/studies/MEL-8/protocol/")
    assert words not in page(as_person(team.budi), "/studies/MEL-8/protocol/")


def test_staff_record_a_consent_with_key_points_and_talk_the_questions_through(
    team: Team, texts: Texts, siti: Participant, as_person: Sign
) -> None:
    texts("2.0")
    shown = page(as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/consent/")
    assert "You can stop at any time." in shown
    assert "May you stop?" in shown
    given = agree(siti, team.amina)
    assert given.checks == []


def test_the_participants_page_tells_what_to_talk_about(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    checks = [{"tries": 3, "right": True}, {"tries": 1, "right": False}]
    Consent.objects.update(checks=checks, recorded_by=None)
    shown = page(as_person(team.amina), f"/studies/MEL-8/participants/{siti.code}/")
    assert "Check question 1 took 3 tries." in shown
    assert "Check question 2 was answered otherwise" in shown
    assert "own phone" in shown


def test_a_draft_is_previewed_as_the_phone_shows_it_and_nothing_can_be_sent(
    team: Team, texts: Texts, as_person: Sign
) -> None:
    texts("1.0")
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version="2.0",
        title="Taking part",
        body="Text of version 2.0, with more.",
        choices=[SCORING],
    )
    shown = page(as_person(team.ewa), f"/studies/MEL-8/consent/{draft.pk}/phone/")
    assert "Nothing is recorded here." in shown
    assert "<ins>" in shown
    assert 'form="consent"' not in shown
