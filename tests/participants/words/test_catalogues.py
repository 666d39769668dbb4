"""Catalogues: whole, compiled, true to the English, and all that a participant can read in them."""

import re
import subprocess
from functools import cache
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.utils.translation import to_locale

from participants.words.catalogues import compiled, entries, extracted, read_words
from participants.words.catalogues.files import PLURALS, Entries
from participants.words.catalogues.sources import python_files, scripts, templates, titles
from participants.words.languages import DOMAINS, LANGUAGES, folder_of

ROOT = Path(settings.BASE_DIR)
PLACEHOLDER = re.compile(r"%\((\w+)\)[sd]")
TAG = re.compile(r"</?[a-z]+[^>]*>")
LATIN = re.compile(r"[A-Za-z]{2,}")
# Of these scripts a translation has some letter at least, unless it is a name.
SCRIPTS = {"zh-hans": "一-鿿", "ta": "஀-௿", "th": "฀-๿"}
CATALOGUES = [(language, domain) for language in PLURALS for domain in DOMAINS]


@cache
def wanted(domain: str) -> Entries:
    return entries(extracted(domain).template)


@cache
def given(language: str, domain: str) -> Entries:
    return read_words((folder_of(language) / f"{domain}.mo").read_bytes())


def po(language: str, domain: str) -> str:
    return (folder_of(language) / f"{domain}.po").read_text()


def test_every_language_of_the_product_but_english_has_catalogues() -> None:
    assert {code for code, _name in settings.LANGUAGES} == set(LANGUAGES) == {"en", *PLURALS}
    folders = {path.name for path in Path(settings.LOCALE_PATHS[0]).iterdir() if path.is_dir()}
    assert folders == {to_locale(code) for code in PLURALS}


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_no_word_is_missing_and_none_is_left_over(language: str, domain: str) -> None:
    assert given(language, domain).keys() == wanted(domain).keys(), "run manage.py extract_words"


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_no_word_is_a_guess(language: str, domain: str) -> None:
    assert not re.search(r"^#,.*fuzzy", po(language, domain), re.MULTILINE)
    assert "\n#~ " not in po(language, domain)


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_what_is_compiled_is_what_is_written(language: str, domain: str) -> None:
    assert read_words(compiled(po(language, domain))) == given(language, domain)


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_placeholders_and_markup_are_those_of_the_english(language: str, domain: str) -> None:
    for key, forms in given(language, domain).items():
        english = wanted(domain)[key]
        for form in forms:
            # A form for one thing may leave the number out, as English may ("One photo").
            for pattern in (PLACEHOLDER, TAG):
                theirs, ours = pattern.findall(form), [pattern.findall(one) for one in english]
                assert sorted(theirs) in [sorted(one) for one in ours], (language, key, form)


@pytest.mark.parametrize("language", PLURALS)
def test_plural_forms_are_the_languages_own(language: str) -> None:
    forms = int(re.findall(r"nplurals=(\d)", PLURALS[language])[0])
    for domain in DOMAINS:
        assert f'"Plural-Forms: {PLURALS[language]}\\n"' in po(language, domain)
        for key, translated in given(language, domain).items():
            expected = forms if len(wanted(domain)[key]) > 1 else 1
            assert len(translated) == expected, (language, key)


@pytest.mark.parametrize(("language", "domain"), CATALOGUES)
def test_a_translation_is_in_its_own_script(language: str, domain: str) -> None:
    if language not in SCRIPTS:
        return
    for key, forms in given(language, domain).items():
        bare = PLACEHOLDER.sub("", forms[0])
        if LATIN.search(bare):
            assert re.search(f"[{SCRIPTS[language]}]", bare), (language, key)


@pytest.mark.parametrize("language", PLURALS)
def test_a_sentence_is_not_left_in_english(language: str) -> None:
    same = [
        key
        for domain in DOMAINS
        for key, forms in given(language, domain).items()
        if forms[0] == wanted(domain)[key][0] and " " in PLACEHOLDER.sub("", key).strip()
    ]
    assert same == []


def test_staffs_words_are_left_out() -> None:
    staffs = {"Edit the study", "Sign in", "Nothing was recorded yet; please check the form."}
    assert not staffs & wanted("django").keys()
    assert not [path for path in python_files() if path.name in {"forms.py", "tables.py"}]
    assert not [path for path in templates() if "studies" in path.parts]


def test_sentences_of_the_photo_check_and_titles_of_refusals_are_there() -> None:
    words = wanted("django").keys()
    assert "The photo is too dark. Face a window or switch on more light." in words
    assert any(word.startswith("This file is not a photo. Please") for word in words)
    assert "This link has expired" in titles()
    assert set(titles()) <= words


def test_the_command_has_nothing_to_do(capsys: pytest.CaptureFixture[str]) -> None:
    before = {path: path.read_bytes() for path in Path(settings.LOCALE_PATHS[0]).rglob("*.[mp]o")}
    call_command("extract_words", check=True)
    assert {path: path.read_bytes() for path in before} == before
    assert "0 missing" in capsys.readouterr().out


def test_every_script_can_be_read_by_the_extraction() -> None:
    """A regular expression or a template string that xgettext misreads would swallow words."""
    done = subprocess.run(
        ["xgettext", "--language=JavaScript", "--from-code=UTF-8", "--output=-", *scripts()],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == ""
