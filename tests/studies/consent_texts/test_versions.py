"""Which languages have an older text than the newest, and that the manager is told."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.test import Client

from studies.access.models import User
from studies.consent_texts.models import ConsentDocument
from studies.consent_texts.services import draft_document, put_in_force
from studies.consent_texts.versions import Behind, behind, behind_draft
from studies.protocol.models import Study
from tests.conftest import Team
from tests.factories import NOW

pytestmark = pytest.mark.django_db
CHOICES = [{"code": "ai_scoring", "text": "Software scores my photos.", "required": True}]
PROTOCOL = "/studies/MEL-8/protocol/"


@pytest.fixture(autouse=True)
def three_languages(team: Team) -> None:
    Study.objects.filter(pk=team.study.pk).update(languages=["en", "ms", "ta"])
    team.study.refresh_from_db()


def drafted(team: Team, text: str) -> ConsentDocument:
    language, version = text.split()[:2]
    return draft_document(
        study=team.study,
        by=team.dewi,
        language=language,
        version=version,
        title="Taking part",
        body=f"Text of version {version}.",
        choices=CHOICES,
    )


def in_force(team: Team, *texts: str) -> None:
    """Puts texts such as ``en 2.0`` in force an hour apart; ``en 2.1 e`` is editorial."""
    for hours, text in enumerate(texts):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            editorial = (
                {"editorial": True, "editorial_reason": "A comma."} if text[-1] == "e" else {}
            )
            put_in_force(
                document=drafted(team, text),
                by=team.dewi,
                reason="A newer text.",
                **editorial,
            )


def named(found: Behind | None) -> tuple[str, list[str]] | None:
    if found is None:
        return None
    newest, *others = (f"{row.language} {row.version}" for row in (found.newest, *found.others))
    return newest, others


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        ([], None),
        (["en 1.0"], None),
        (["en 1.0", "ms 1.0", "ta 1.0"], None),
        (["en 1.0", "ms 1.0", "ta 1.0", "en 2.0"], ("en 2.0", ["ms 1.0", "ta 1.0"])),
        (["en 1.0", "ms 1.0", "ta 1.0", "en 2.0", "ms 2.0"], ("en 2.0", ["ta 1.0"])),
        (["en 1.0", "en 2.0", "ms 1.0"], ("en 2.0", ["ms 1.0"])),
        (["en 1.0", "ms 1.0", "ms 2.0"], ("ms 2.0", ["en 1.0"])),
        (["en 1.0", "ms 1.0", "en 1.1 e"], None),
        (["en 1.0", "en 1.1 e", "ms 1.1"], None),
        (["en 1.0", "ms 1.0-draft"], ("ms 1.0-draft", ["en 1.0"])),
        (["en 1.0", "en 2.0", "ta 2.0", "ms 1.0"], ("en 2.0", ["ms 1.0"])),
        (["en 1.0", "ms 2.0", "en 1.1", "ta 1.1", "en 2.0"], ("en 2.0", ["ta 1.1"])),
    ],
)
def test_the_languages_behind_are_those_without_a_translation_of_the_newest(
    team: Team, texts: list[str], expected: tuple[str, list[str]] | None
) -> None:
    in_force(team, *texts)
    assert named(behind(team.study)) == expected


def test_a_language_no_longer_offered_is_not_counted(team: Team) -> None:
    in_force(team, "en 1.0", "ms 1.0", "en 2.0")
    team.study.languages = ["en", "ta"]
    assert behind(team.study) is None


@pytest.mark.parametrize(
    ("texts", "draft", "expected"),
    [
        (["en 1.0", "ms 1.0", "ta 1.0"], "en 2.0", ("en 2.0", ["ms 1.0", "ta 1.0"])),
        (["en 1.0", "ms 1.0", "en 2.0"], "ms 2.0", None),
        (["en 1.0", "en 2.0"], "ms 1.0", None),
        (["en 1.0"], "ms 1.0-draft", ("ms 1.0-draft", ["en 1.0"])),
        (["en 1.0", "ms 2.0", "en 1.1", "ta 1.1"], "en 2.0", ("en 2.0", ["ta 1.1"])),
        (["en 1.0", "en 2.0", "ms 2.0"], "ms 1.0", None),
    ],
)
def test_a_draft_is_compared_as_if_it_were_in_force(
    team: Team, texts: list[str], draft: str, expected: tuple[str, list[str]] | None
) -> None:
    in_force(team, *texts)
    row = drafted(team, draft)
    assert named(behind_draft(row)) == expected


def test_the_manager_is_told_before_and_after_putting_it_in_force_and_on_the_protocol_page(
    team: Team, as_person: Callable[[User], Client]
) -> None:
    in_force(team, "en 1.0", "ms 1.0")
    browser = as_person(team.dewi)
    draft = drafted(team, "en 2.0")
    told = (
        "Another version is still in force in Bahasa Melayu (1.0). People who read these "
        "languages are not asked to agree to version 2.0 until a translation with the same "
        "number is in force."
    )
    assert told not in browser.get(PROTOCOL).content.decode()
    page = f"{PROTOCOL}consent/{draft.pk}/"
    assert told in browser.get(page).content.decode()
    answer = browser.post(f"{page}in-force/", {"reason": "New"}, follow=True).content.decode()
    assert "Version 2.0 is in force." in answer
    assert told in answer
    assert told in browser.get(PROTOCOL).content.decode()
    browser.post(f"{PROTOCOL}consent/{drafted(team, 'ms 2.0').pk}/in-force/", {"reason": "New"})
    browser.get(PROTOCOL)  # takes the message of the act with it
    assert told not in browser.get(PROTOCOL).content.decode()
