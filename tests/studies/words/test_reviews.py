"""A translation is a draft until somebody who speaks the language approves just these words."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.core.management import CommandError, call_command
from django.test import Client
from pytest_django.fixtures import Settings

from studies.words.reviews import approve, reviews, standing
from tests.conftest import Team

TRANSLATED = [code for code, _name in django_settings.LANGUAGES if code != "en"]


@pytest.fixture
def words(settings: Settings, tmp_path: Path) -> Path:
    """A copy of the catalogues in which nobody has approved anything."""
    copy = tmp_path / "locale"
    shutil.copytree(django_settings.LOCALE_PATHS[0], copy)
    (copy / "REVIEWS.yaml").write_text("# nobody yet\n")
    settings.LOCALE_PATHS = [copy]
    return copy


def test_english_is_what_the_product_is_written_in() -> None:
    assert standing("en") == "source"


def test_an_approval_holds_for_one_language(words: Path) -> None:
    approve(language="ta", reviewer="Kavitha Raj, clinic nurse", on=date(2026, 11, 23))
    assert {code: standing(code) for code in TRANSLATED} == {
        code: "approved" if code == "ta" else "draft" for code in TRANSLATED
    }


def test_a_word_changed_afterwards_makes_it_a_draft_again(words: Path) -> None:
    approve(language="th", reviewer="Somchai Jaidee", on=date(2026, 11, 23))
    catalogue = words / "th" / "LC_MESSAGES" / "django.mo"
    catalogue.write_bytes(catalogue.read_bytes() + b"\0")
    assert standing("th") == "changed"


def test_the_command_names_who_approved_and_when(words: Path) -> None:
    call_command("approve_words", "vi", "--reviewer", "Nguyen Thi Lan, coordinator")
    [review] = reviews()
    assert (review.language, review.reviewer) == ("vi", "Nguyen Thi Lan, coordinator")


@pytest.mark.parametrize(("language", "reviewer"), [("en", "Amina"), ("xx", "Amina"), ("ta", " ")])
def test_nonsense_is_not_noted(words: Path, language: str, reviewer: str) -> None:
    before = (words / "REVIEWS.yaml").read_text()
    with pytest.raises(CommandError, match="Nothing was noted"):
        call_command("approve_words", language, "--reviewer", reviewer)
    assert (words / "REVIEWS.yaml").read_text() == before


@pytest.mark.django_db
def test_a_manager_sees_which_languages_are_drafts(team: Team, client: Client, words: Path) -> None:
    approve(language="ms", reviewer="Siti Rahman", on=date(2026, 11, 23))
    team.study.languages = ["en", "ms", "ta"]
    team.study.save(update_fields=["languages"])
    client.force_login(team.dewi)
    page = client.get(f"/studies/{team.study.code}/protocol/").content.decode()
    assert page.count("draft translation") == 1
    form = client.get(f"/studies/{team.study.code}/protocol/edit/").content.decode()
    assert form.count("draft translation") == len(TRANSLATED) - 1
