"""That a text is the translation of a version is written down, and what follows from it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from studies.access.models import User
from studies.consent_texts.errors import VersionOvertaken
from studies.consent_texts.models import ConsentDocument, ConsentVersion
from studies.consent_texts.services import draft_document, edit_draft, put_in_force
from studies.platform.errors import Invalid
from studies.protocol.models import Study
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.protocol_file.test_file import SMALL, load
from tests.studies.staff import PROTOCOL

pytestmark = pytest.mark.django_db
CHOICES = [{"code": "ai_scoring", "text": "Software scores my photos.", "required": True}]
COMMA = {"editorial": True, "editorial_reason": "A comma."}


@pytest.fixture(autouse=True)
def three_languages(team: Team) -> None:
    Study.objects.filter(pk=team.study.pk).update(languages=["en", "ms", "ta"])
    team.study.refresh_from_db()


def drafted(team: Team, language: str, version: str, **values: Any) -> ConsentDocument:
    given = {"title": "Taking part", "body": f"Text of {version}.", "choices": CHOICES, **values}
    return draft_document(
        study=team.study, by=team.dewi, language=language, version=version, **given
    )


def in_force(team: Team, language: str, version: str, **how: Any) -> ConsentDocument:
    return put_in_force(
        document=drafted(team, language, version),
        by=team.dewi,
        reason="A newer text.",
        **how,
    )


def editions(team: Team) -> dict[str, int]:
    rows = ConsentVersion.objects.filter(study=team.study)
    return dict(rows.values_list("number", "edition"))


def test_drafts_of_one_number_are_texts_of_one_version_before_any_is_in_force(team: Team) -> None:
    english, malay = drafted(team, "en", "1.0"), drafted(team, "ms", "1.0")
    assert english.version == malay.version
    assert editions(team) == {"1.0": 0}
    assert not english.says_the_same(drafted(team, "ta", "2.0"))


def test_another_number_makes_a_draft_a_text_of_another_version(team: Team) -> None:
    in_force(team, "en", "1.0")
    malay = edit_draft(document=drafted(team, "ms", "2.0"), by=team.dewi, version="1.0")
    assert malay.version.edition == 1
    event = AuditEvent.objects.order_by("-pk")[0]
    assert (event.contents.old, event.contents.new) == ({"version": "2.0"}, {"version": "1.0"})


def test_the_record_names_a_version_by_its_number(team: Team) -> None:
    draft = drafted(team, "en", "1.0")
    assert AuditEvent.objects.order_by("-pk")[0].new == {
        "language": "en",
        "version": "1.0",
        "title": "Taking part",
        "body": "Text of 1.0.",
        "choices": CHOICES,
        "key_points": [],
        "questions": [],
        "editorial": False,
        "state": "draft",
    }
    put_in_force(document=draft, by=team.dewi, reason="A newer text.")
    assert AuditEvent.objects.order_by("-pk")[0].new["version"] == "1.0"


def test_editions_count_what_there_was_to_agree_to(team: Team) -> None:
    in_force(team, "en", "1.0")
    in_force(team, "en", "1.1", **COMMA)
    in_force(team, "ms", "1.0")
    in_force(team, "en", "2.0")
    drafted(team, "en", "3.0")
    assert editions(team) == {"1.0": 1, "1.1": 1, "2.0": 2, "3.0": 0}


def test_a_translation_of_an_editorial_version_is_editorial_for_the_same_reason(
    team: Team,
) -> None:
    for language in ("en", "ms"):
        in_force(team, language, "1.0")
    in_force(team, "en", "1.1", **COMMA)
    malay = in_force(team, "ms", "1.1")
    malay.refresh_from_db()
    assert (malay.editorial, malay.editorial_reason) == (True, "A comma.")
    event = AuditEvent.objects.order_by("-pk")[0]
    assert (event.contents.new["editorial"], event.contents.reason) == (True, "A comma.")


def test_a_translation_cannot_be_editorial_when_the_version_asked_people_again(
    team: Team,
) -> None:
    for language, version in (("en", "1.0"), ("ms", "1.0"), ("en", "2.0")):
        in_force(team, language, version)
    with pytest.raises(Invalid, match=r"says something else than version 1\.0"):
        in_force(team, "ms", "2.0", **COMMA)
    assert not in_force(team, "ta", "2.0").editorial, "the first text of a language asks nobody"


def test_a_translation_of_an_editorial_version_has_the_choices_of_its_language(
    team: Team,
) -> None:
    for language in ("en", "ms"):
        in_force(team, language, "1.0")
    in_force(team, "en", "1.1", **COMMA)
    more = [*CHOICES, {"code": "publication", "text": "Show them.", "required": False}]
    with pytest.raises(Invalid, match="choices differ"):
        put_in_force(
            document=drafted(team, "ms", "1.1", choices=more), by=team.dewi, reason="A newer text."
        )


def test_no_language_goes_back_to_a_version_that_another_has_left_behind(team: Team) -> None:
    for language, version in (("en", "1.0"), ("en", "2.0"), ("ms", "2.0")):
        in_force(team, language, version)
    with pytest.raises(VersionOvertaken, match=r"1\.0 is older than version 2\.0"):
        in_force(team, "ms", "1.0")
    assert editions(team) == {"1.0": 1, "2.0": 2}
    assert in_force(team, "ta", "1.0").version.edition == 1, "a late translation is welcome"


def test_what_a_language_takes_up_after_another_text_of_its_own_is_the_newest_again(
    team: Team,
) -> None:
    in_force(team, "ms", "2.0")
    in_force(team, "ms", "2.1", **COMMA)
    in_force(team, "en", "1.1")
    assert editions(team) == {"2.0": 1, "2.1": 1, "1.1": 2}
    in_force(team, "en", "2.0")
    assert editions(team) == {"2.0": 3, "2.1": 3, "1.1": 2}


def test_the_page_of_such_a_draft_asks_nothing_that_is_known(
    team: Team, as_person: Callable[[User], Client]
) -> None:
    for language in ("en", "ms"):
        in_force(team, language, "1.0")
    in_force(team, "en", "1.1", **COMMA)
    browser = as_person(team.dewi)
    asked = 'name="editorial"'
    page = f"{PROTOCOL}consent/{drafted(team, 'ms', '1.1').pk}/"
    shown = browser.get(page).content.decode()
    assert "Version 1.1 says the same as version 1.0" in shown
    assert asked not in shown
    answer = browser.post(f"{page}in-force/", follow=True).content.decode()
    assert "Version 1.1 is in force. Nobody is asked to agree again." in answer
    draft = drafted(team, "ms", "2.0")
    assert asked in browser.get(f"{PROTOCOL}consent/{draft.pk}/").content.decode()
    in_force(team, "en", "2.0")
    shown = browser.get(f"{PROTOCOL}consent/{draft.pk}/").content.decode()
    assert asked not in shown
    assert "Everyone who agreed to version 1.1 or earlier is asked" in shown


# --- From a protocol file ----------------------------------------------------------------------


def test_versions_of_a_file_come_into_force_in_the_order_of_their_numbers() -> None:
    text = SMALL[SMALL.index("  - language: en") :]
    more = [
        text.replace("language: en", f"language: {language}").replace('"1.0"', f'"{version}"')
        for language, version in (("ms", "1.9"), ("ta", "1.10"))
    ]
    source = SMALL.replace("[en]", "[en, ms, ta]").replace('"1.0"', '"1.10"')
    study = load(source + "".join(more))
    rows = ConsentVersion.objects.filter(study=study)
    assert list(rows.values_list("number", "edition")) == [("1.9", 1), ("1.10", 2)]
    assert set(rows[1].documents.values_list("language", flat=True)) == {"en", "ta"}
