"""Consent documents: drafted, put in force, superseded, and never edited after that."""

import pytest

from studies.consent_texts.errors import DocumentFixed
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.consent_texts.services import discard_draft, draft_document, edit_draft, put_in_force
from studies.consent_texts.signals import consent_document_put_in_force
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team

pytestmark = pytest.mark.django_db

CHOICES = [{"code": "ai_scoring", "text": "Software scores my photos.", "required": True}]

QUESTION = {
    "text": "May you stop?",
    "options": ["Yes", "No"],
    "right": 1,
    "explanation": "At any time.",
}


def drafted(team: Team, version: str = "1.0", **values: object) -> ConsentDocument:
    given = {"language": "en", "title": "Taking part", "body": "You send photos."}
    return draft_document(
        study=team.study,
        by=team.dewi,
        **{**given, "version": version, "choices": CHOICES, **values},
    )


def test_a_version_in_force_supersedes_the_one_of_its_language(team: Team) -> None:
    Study.objects.filter(pk=team.study.pk).update(languages=["en", "ms"])
    team.study.refresh_from_db()
    first = put_in_force(document=drafted(team), by=team.dewi, reason="A newer text.")
    malay = put_in_force(
        document=drafted(team, language="ms"), by=team.dewi, reason="A newer text."
    )
    second = put_in_force(document=drafted(team, "2.0"), by=team.dewi, reason="A newer text.")
    for document in (first, malay, second):
        document.refresh_from_db()
    assert [d.state for d in (first, malay, second)] == ["superseded", "in_force", "in_force"]
    assert first.superseded_at == second.in_force_at
    event = AuditEvent.objects.order_by("-pk")[0]
    assert event.contents.old == {"version": "1.0", "sha256": first.sha256}
    assert event.contents.new["sha256"] == second.sha256


def test_the_hash_covers_every_word_and_is_fixed_when_put_in_force(team: Team) -> None:
    document = put_in_force(document=drafted(team), by=team.dewi, reason="A newer text.")
    assert document.sha256 == document.content_sha256()
    for name, value in {
        "title": "x",
        "body": "x",
        "version": ConsentVersion(number="x"),
        "language": "ms",
        "choices": [],
        "key_points": ["x"],
        "questions": [QUESTION],
    }.items():
        changed = ConsentDocument.objects.get(pk=document.pk)
        setattr(changed, name, value)
        assert changed.content_sha256() != document.sha256


def test_a_draft_is_edited_and_discarded(team: Team) -> None:
    document = edit_draft(document=drafted(team), by=team.dewi, body="You send three photos.")
    assert document.body == "You send three photos."
    discard_draft(document=document, by=team.dewi)
    assert not ConsentDocument.objects.exists()
    assert AuditEvent.objects.order_by("-pk")[0].old["body"] == "You send three photos."


def test_words_that_were_in_force_are_never_changed(team: Team) -> None:
    first = put_in_force(document=drafted(team), by=team.dewi, reason="A newer text.")
    put_in_force(document=drafted(team, "2.0"), by=team.dewi, reason="A newer text.")
    for document in ConsentDocument.objects.all():
        with pytest.raises(DocumentFixed):
            edit_draft(document=document, by=team.dewi, body="Other words")
        with pytest.raises(DocumentFixed):
            discard_draft(document=document, by=team.dewi)
        with pytest.raises(StateRefused):
            put_in_force(document=document, by=team.dewi, reason="A newer text.")
    first.refresh_from_db()
    assert first.body == "You send photos."
    assert ConsentDocument.objects.filter(state="in_force").count() == 1


def test_a_language_the_study_does_not_offer_cannot_be_in_force(team: Team) -> None:
    with pytest.raises(Invalid, match="does not offer"):
        put_in_force(document=drafted(team, language="ta"), by=team.dewi, reason="A newer text.")


@pytest.mark.parametrize(
    "choices",
    [
        [{"code": "publication", "text": "Shown.", "required": False}],
        [*CHOICES, *CHOICES],
        [*CHOICES, {"code": "Bad code", "text": "x", "required": False}],
        [*CHOICES, {"code": "empty", "text": " ", "required": False}],
    ],
)
def test_choices_are_complete(team: Team, choices: list[dict[str, object]]) -> None:
    with pytest.raises(Invalid) as refused:
        drafted(team, choices=choices)
    assert "choices" in refused.value.detail["fields"]


def test_a_version_exists_once_per_language(team: Team) -> None:
    drafted(team)
    with pytest.raises(Invalid):
        drafted(team)


@pytest.mark.parametrize("name", ["amina", "chandra", "ewa", "farid"])
def test_only_the_manager_writes_consent(team: Team, name: str) -> None:
    document = drafted(team)
    someone = getattr(team, name)
    with pytest.raises(NotAllowed):
        edit_draft(document=document, by=someone, body="Mine")
    with pytest.raises(NotAllowed):
        put_in_force(document=document, by=someone)
    with pytest.raises(NotAllowed):
        discard_draft(document=document, by=someone)
    document.refresh_from_db()
    assert (document.state, document.body) == ("draft", "You send photos.")


# --- Key points, questions, editorial versions -------------------------------------------------


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"key_points": ["x"] * 9}, "At most 8 key points"),
        ({"key_points": [" "]}, "one sentence"),
        ({"key_points": ["x" * 201]}, "at most 200"),
        ({"questions": [QUESTION] * 6}, "At most 5 check questions"),
        ({"questions": [{**QUESTION, "text": " "}]}, "Check question 1: write the question"),
        ({"questions": [{**QUESTION, "options": ["Yes"]}]}, "give 2 to 4 answers"),
        ({"questions": [{**QUESTION, "options": ["Yes", "Yes"]}]}, "two answers are the same"),
        ({"questions": [{**QUESTION, "right": 3}]}, "which answer is right"),
        ({"questions": [{**QUESTION, "right": 0}]}, "which answer is right"),
        ({"questions": [{**QUESTION, "explanation": ""}]}, "write the explanation"),
    ],
)
def test_key_points_and_questions_nobody_could_use_are_refused(
    team: Team, values: dict[str, object], words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        drafted(team, **values)


def test_an_editorial_version_says_why_nobody_has_to_agree_again(team: Team) -> None:
    put_in_force(document=drafted(team), by=team.dewi, reason="A newer text.")
    draft = drafted(team, "1.1", body="You send your photos.")
    with pytest.raises(Invalid, match="why nobody has to agree again"):
        put_in_force(
            document=draft,
            by=team.dewi,
            reason="A newer text.",
            editorial=True,
            editorial_reason=" ",
        )
    put_in_force(
        document=draft,
        by=team.dewi,
        reason="A newer text.",
        editorial=True,
        editorial_reason="A clearer word.",
    )
    draft.refresh_from_db()
    assert (draft.editorial, draft.editorial_reason) == (True, "A clearer word.")
    event = AuditEvent.objects.order_by("-pk")[0]
    assert event.contents.new["editorial"] is True
    assert event.contents.reason == "A clearer word."


def test_other_choices_or_a_first_version_are_never_editorial(team: Team) -> None:
    with pytest.raises(Invalid, match="first version"):
        put_in_force(
            document=drafted(team), by=team.dewi, editorial=True, editorial_reason="A comma."
        )
    put_in_force(document=ConsentDocument.objects.get(), by=team.dewi, reason="A newer text.")
    more = [*CHOICES, {"code": "publication", "text": "Show them.", "required": False}]
    with pytest.raises(Invalid, match="asked again"):
        put_in_force(
            document=drafted(team, "1.1", choices=more),
            by=team.dewi,
            editorial=True,
            editorial_reason="A comma.",
        )


def test_later_apps_hear_of_a_version_in_force_and_whether_it_asks_again(team: Team) -> None:
    heard: list[tuple[str, bool]] = []

    def hear(document: ConsentDocument, asks_again: bool, **extra: object) -> None:
        heard.append((document.version.number, asks_again))

    consent_document_put_in_force.connect(hear)
    try:
        put_in_force(document=drafted(team), by=team.dewi, reason="A newer text.")
        put_in_force(
            document=drafted(team, "1.1"), by=team.dewi, editorial=True, editorial_reason="Comma."
        )
    finally:
        consent_document_put_in_force.disconnect(hear)
    assert heard == [("1.0", True), ("1.1", False)]


def test_a_text_put_in_force_in_a_running_study_asks_for_a_reason(team: Team) -> None:
    document = drafted(team)
    with pytest.raises(ReasonMissing):
        put_in_force(document=document, by=team.dewi)
    put_in_force(document=document, by=team.dewi, reason="Amendment 2")
    event = AuditEvent.objects.get(action="consent_document.put_in_force")
    assert event.reason == "Amendment 2"
