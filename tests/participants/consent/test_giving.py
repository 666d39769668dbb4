"""Consent: the text that is in force, what was agreed to, and what is refused."""

import uuid

import pytest

from participants.consent import pdf
from participants.consent.errors import (
    ConsentChanged,
    ConsentMissing,
    NoConsentDocument,
    SignatureUnusable,
)
from participants.consent.models import Consent
from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services import identity
from participants.privacy.services import withdrawal
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from studies.platform.errors import Invalid, NotAllowed, StateRefused, fields_of
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import enrol, publish, signature

pytestmark = pytest.mark.django_db
AGREED = {"ai_scoring": True, "future_research": False, "publication": True}


@pytest.fixture
def siti(team: Team) -> Participant:
    return enrol(team.sg01, team.amina)


@pytest.fixture
def document(team: Team) -> ConsentDocument:
    return publish(team.study)


def give(participant: Participant, document: ConsentDocument, by: object, **changed: object):
    values = {
        "document_sha256": document.sha256,
        "choices": AGREED,
        "typed_name": "Siti Rahman",
        "signature_png": signature(),
        **changed,
    }
    return consents.give_consent(participant=participant, document=document, by=by, **values)


def newer_version(team: Team, version: str = "2.0") -> ConsentDocument:
    draft = draft_document(
        study=team.study,
        by=team.dewi,
        language="en",
        version=version,
        title="Taking part in the melasma study",
        body="# What is new\n\nOne more visit.",
        choices=[{"code": "ai_scoring", "text": "Software may score.", "required": True}],
    )
    return put_in_force(document=draft, by=team.dewi, reason="A newer text.")


# --- Giving ------------------------------------------------------------------------------------


def test_a_consent_is_in_force_once_it_is_given(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    with pytest.raises(ConsentMissing):
        consents.require_consent(siti)
    assert not consents.allows_scoring(siti)

    given = give(siti, document, team.amina)

    assert consents.require_consent(siti) == given
    assert consents.allows_scoring(siti)
    assert given.choices == AGREED
    assert given.document_sha256 == document.sha256
    assert given.recorded_by == team.amina


def test_choices_left_out_count_as_not_agreed(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    given = give(siti, document, team.amina, choices={"ai_scoring": True})
    assert given.choices == {"ai_scoring": True, "future_research": False, "publication": False}


def test_scoring_needs_its_own_choice(team: Team, siti: Participant) -> None:
    optional = [{"code": "ai_scoring", "text": "Software may score.", "required": False}]
    document = publish(team.study, choices=optional)
    give(siti, document, team.amina, choices={"ai_scoring": False})
    assert consents.consent_in_force(siti) is not None
    assert not consents.allows_scoring(siti)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"choices": {"ai_scoring": False}}, "ai_scoring"),
        ({"choices": {}}, "ai_scoring"),
        ({"choices": {**AGREED, "marketing": True}}, "marketing"),
        ({"typed_name": "  "}, "typed_name"),
        ({"typed_name": "x" * 121}, "typed_name"),
    ],
)
def test_an_incomplete_consent_is_refused_by_field(
    team: Team,
    siti: Participant,
    document: ConsentDocument,
    changed: dict[str, object],
    field: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        give(siti, document, team.amina, **changed)
    assert list(fields_of(refused.value)) == [field]
    assert not Consent.objects.exists()


def test_the_name_is_sealed_and_the_record_tells_choices_but_no_name(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    given = give(siti, document, team.amina)

    assert b"Siti" not in bytes(given.sealed_name)
    assert identity.open_bytes(bytes(given.sealed_name), owner=siti) == b"Siti Rahman"
    event = AuditEvent.objects.get(action="consent.give")
    assert event.contents.new["choices"] == AGREED
    assert event.contents.new["document_sha256"] == document.sha256
    assert event.contents.new["signature"] == "drawn"
    assert "Siti" not in str(event.__dict__)


def test_a_typed_name_can_be_the_signature(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    given = give(siti, document, team.amina, signature_png=b"")
    assert given.signature_file == ""
    assert AuditEvent.objects.get(action="consent.give").contents.new["signature"] == "typed"


def test_the_same_form_sent_twice_gives_one_consent(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    number = uuid.uuid4()
    first = give(siti, document, team.amina, request_id=number)
    again = give(siti, document, team.amina, request_id=number)
    assert first == again
    assert Consent.objects.count() == 1
    assert AuditEvent.objects.filter(action="consent.give").count() == 1


def test_the_participant_may_consent_in_person(
    siti: Participant, team: Team, document: ConsentDocument
) -> None:
    given = give(siti, document, siti)
    assert given.recorded_by is None
    assert AuditEvent.objects.get(action="consent.give").actor_kind == "participant"


@pytest.mark.parametrize("who", ["budi", "chandra", "dewi", "ewa", "farid"])
def test_nobody_else_records_or_withdraws_a_consent(
    team: Team, siti: Participant, document: ConsentDocument, who: str
) -> None:
    with pytest.raises(NotAllowed):
        give(siti, document, getattr(team, who))
    with pytest.raises(NotAllowed):
        withdrawal.withdraw(participant=siti, reason="wish", by=getattr(team, who))
    other = enrol(team.kl01, team.budi)
    with pytest.raises(NotAllowed):
        give(siti, document, other)
    assert not Consent.objects.exists()


def test_who_has_withdrawn_cannot_consent_again(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    siti = withdrawal.withdraw(participant=siti, reason="wish", by=team.amina)
    with pytest.raises(StateRefused):
        give(siti, document, team.amina)


def test_who_withdraws_while_a_consent_is_recorded_has_none_in_force(
    team: Team, siti: Participant, document: ConsentDocument, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = pdf.render_copy

    def withdraw_meanwhile(copy: object) -> bytes:
        withdrawal.withdraw(participant=siti, reason="wish", by=team.amina)
        return drawn(copy)

    monkeypatch.setattr(pdf, "render_copy", withdraw_meanwhile)
    with pytest.raises(StateRefused):
        give(Participant.objects.get(pk=siti.pk), document, team.amina)
    assert not Consent.objects.exists()
    assert not consents.allows_scoring(siti)


# --- Versions and languages --------------------------------------------------------------------


def test_a_text_that_changed_while_it_was_read_is_not_consented_to(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    shown = document.sha256
    newer_version(team)
    with pytest.raises(ConsentChanged):
        give(siti, document, team.amina, document_sha256=shown)
    assert not Consent.objects.exists()
    assert consents.consent_in_force(siti) is None


def test_the_hash_shown_must_be_that_of_the_text_in_force(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    with pytest.raises(ConsentChanged):
        give(siti, document, team.amina, document_sha256="0" * 64)
    assert not Consent.objects.exists()


def test_a_draft_is_never_consented_to(team: Team, siti: Participant) -> None:
    publish(team.study)
    draft = publish(team.study, version="2.0", state="draft")
    with pytest.raises(ConsentChanged):
        give(siti, draft, team.amina)


def test_a_text_of_another_study_is_never_consented_to(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    foreign = publish(team.other_study)
    with pytest.raises(ConsentChanged):
        give(siti, foreign, team.amina)


def test_consenting_anew_supersedes_and_keeps_the_earlier_one(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    first = give(siti, document, team.amina)
    newer = newer_version(team)
    assert consents.needs_new_consent(siti)
    assert consents.consent_in_force(siti) == first, "the earlier consent still holds"

    second = give(siti, newer, team.amina, choices={"ai_scoring": True})

    first.refresh_from_db()
    assert first.state == "superseded"
    assert first.choices == AGREED
    assert consents.consent_in_force(siti) == second
    assert not consents.needs_new_consent(siti)


def test_the_text_is_in_the_participants_language_or_the_nearest(team: Team) -> None:
    team.study.languages = ["ms", "en"]
    texts = {
        code: publish(team.study, language=code) for code in ("en", "ms", "zh-hans", "zh-hant")
    }

    def shown(language: str) -> ConsentDocument:
        return consents.document_for(site=team.sg01, language=language)

    assert shown("ms") == texts["ms"]
    assert shown("zh") == texts["zh-hans"]
    assert shown("zh-hant") == texts["zh-hant"]
    assert shown("ta") == texts["ms"], "the study's first language"
    texts["ms"].move("superseded")
    assert shown("ta") == texts["en"]


def test_without_a_text_in_force_nobody_can_consent(team: Team) -> None:
    publish(team.study, state="draft")
    with pytest.raises(NoConsentDocument):
        consents.document_for(site=team.sg01, language="en")


# --- The signature -----------------------------------------------------------------------------


def test_what_is_no_picture_is_no_signature(
    team: Team, siti: Participant, document: ConsentDocument
) -> None:
    for junk in (b"GIF89a", signature()[:200], b"\x89PNG\r\n\x1a\n" + b"x" * 100, b"<svg/>"):
        with pytest.raises(SignatureUnusable):
            give(siti, document, team.amina, signature_png=junk)
    assert not Consent.objects.exists()


def test_a_consent_that_is_refused_leaves_no_file_behind(
    team: Team, siti: Participant, document: ConsentDocument, settings
) -> None:
    with pytest.raises(ConsentChanged):
        give(siti, document, team.amina, document_sha256="0" * 64)
    assert not [path for path in settings.PRIVATE_ROOT.rglob("*") if path.is_file()]
