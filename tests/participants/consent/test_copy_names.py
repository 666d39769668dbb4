"""No name stands in the way of a consent: drawn where a font draws it, else by its numbers."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from pytest_django.fixtures import Settings

from participants.consent.installed_fonts import clusters, fonts_for, undrawable
from participants.consent.pdf import render_copy
from participants.consent.pdf_fonts import ShapedPDF, use_fonts
from participants.consent.services import consents
from participants.consent.services.giving import give_consent
from tests.conftest import Team
from tests.participants.consent.pdf import missing_glyphs, text_of
from tests.participants.consent.test_copy import COPY
from tests.participants.staff import SITI, enrol, publish

NAMES = {
    "Arabic": "محمد بن عبد الله",
    "Arabic with vowels": "مُحَمَّد",
    "Urdu": "فاطمہ بیگم",
    "Hebrew": "יוסף בן־דוד כהן",
    "Burmese": "အောင်ဆန်းစုကြည်",
    "Khmer": "សុខ ស្រីពៅ",
    "Bengali": "শ্রীমতী ক্ষমা",
    "Telugu": "శ్రీలక్ష్మి రెడ్డి",
    "Lao": "ສົມພອນ ວົງສາ",
    "Sinhala": "ශ්‍රී ලක්ෂ්මී",
    "Hindi": "क्षिप्रा शर्मा",
    "Malayalam": "ശ്രീജ കൃഷ്ണൻ",
    "Kannada": "ಶ್ರೀಕಾಂತ್",
    "Punjabi": "ਗੁਰਪ੍ਰੀਤ ਸਿੰਘ",
    "Gujarati": "શ્રી પટેલ",
    "Odia": "ଶ୍ରୀ ଦାସ",
    "Georgian": "ნინო ბერიძე",
    "Armenian": "Անի Սարգսյան",
    "Amharic": "አበበ ቢቂላ",
    "Korean": "김민수",
    "Japanese": "山田 はなこ カタカナ",
    "Tibetan": "བསྟན་འཛིན",
    "Mongolian": "ᠪᠣᠷᠵᠢᠭᠢᠨ",
    "Javanese": "ꦱꦶꦠꦶ",
    "two directions": "Ali محمد Smith (עמר) 42",
    "two directions, right first": "כהן Cohen, Dr. 陈",
    "emoji": "Siti 😂👩🏽‍⚕️❤️",
    "marks on marks": "Z̤a̱l̃g̐ọ́̂",
    "variants": "葛󠄀 辻󠄁",
    "direction marks": "‮Siti⁧ Rahman⁩",
    "private and steering characters": "A\ue000B\x07C",
    "nothing but a joiner beside": "\u200dSiti\ufe0f",
    "one letter": "O",
}


@pytest.fixture
def no_fonts(settings: Settings) -> None:
    settings.FONT_DIRS = []


def shown(pdf: bytes) -> str:
    return text_of(pdf).split("Signature Name")[1].split("Meaning")[0]


def test_every_name_gives_a_copy_without_an_empty_box() -> None:
    # All in one copy, where a name may stand: each takes its fonts, and is broken into lines.
    pdf = render_copy(replace(COPY, choices=[(name, True, True) for name in NAMES.values()]))
    assert missing_glyphs(pdf) == 0
    everything = text_of(pdf)
    for name in NAMES.values():
        for character in undrawable(name):
            assert f"[U+{ord(character):04X}]" in everything
        letters = {letter for letter in name if letter.isalpha()} - undrawable(name)
        assert letters <= set(everything), name


@pytest.mark.usefixtures("no_fonts")
@pytest.mark.parametrize("script", ["Arabic with vowels", "Khmer", "two directions", "one letter"])
def test_without_fonts_of_the_machine_the_numbers_stand_for_the_letters(script: str) -> None:
    pdf = render_copy(replace(COPY, name=NAMES[script]))
    assert missing_glyphs(pdf) == 0
    for character in undrawable(NAMES[script]):
        assert f"[U+{ord(character):04X}]" in shown(pdf)
    assert ("[U+…] stands for" in shown(pdf)) == bool(undrawable(NAMES[script]))


@pytest.mark.usefixtures("no_fonts")
def test_characters_no_font_can_draw_are_numbered_wherever_they_stand() -> None:
    text = text_of(
        render_copy(
            replace(
                COPY,
                title="Title 𒀀",
                body="# Head 𒀁\n\ntext",
                choices=[("Agree 𒀂", True, True)],
                checks=[("Ask 𒀃", "Say 𒀄", 1, True)],
                key_points=["Point 𒀅"],
            )
        )
    )
    assert {f"[U+1200{n}]" for n in range(6)} <= {
        word for word in text.split() if word.startswith("[")
    }


def test_a_font_of_the_machine_draws_what_the_shipped_ones_do_not(
    settings: Settings, tmp_path: Path
) -> None:
    name = "\ue0a0\ue0a1 Siti"
    settings.FONT_DIRS = [str(tmp_path / "none")]
    assert undrawable(name) == {"\ue0a0", "\ue0a1"}
    _font(tmp_path / "Own-Regular.ttf", {0xE0A0: "a", 0xE0A1: "b"})
    (tmp_path / "Broken-Regular.ttf").write_bytes(b"\0\1\0\0 no font")
    settings.FONT_DIRS = [str(tmp_path)]
    assert undrawable(name) == set()
    assert fonts_for(name)[-1].name == "Own-Regular.ttf"
    assert "\ue0a0\ue0a1 Siti" in shown(render_copy(replace(COPY, name=name)))


def test_a_font_that_may_not_be_put_into_files_is_left_alone(
    settings: Settings, tmp_path: Path
) -> None:
    _font(tmp_path / "Own-Regular.ttf", {0xE0A0: "a"}, embedding=0x0002)
    settings.FONT_DIRS = [str(tmp_path)]
    assert undrawable("\ue0a0") == {"\ue0a0"}


def test_marks_and_joiners_stay_with_their_letter() -> None:
    assert list(clusters("ශ්‍රී")) == ["ශ්‍රී"]
    assert list(clusters("مُحَ")) == ["مُ", "حَ"]
    assert list(clusters("👩🏽‍⚕️x")) == ["👩", "🏽‍⚕️", "x"]


@pytest.mark.parametrize("name", ["ශ්‍රී", "é̱x̂"])
def test_a_letter_with_its_marks_is_shaped_in_one_run(name: str) -> None:
    page = ShapedPDF()
    page.add_page()
    use_fonts(page, name, bold="")
    runs = ["".join(part.characters) for part in page._parse_chars(name, False)]
    page.output()
    assert runs == [name]


@pytest.mark.django_db
@pytest.mark.parametrize("name", ["အောင်ဆန်းစုကြည်", "Siti 𒀀😂", "O"])
def test_whoever_is_enrolled_can_consent_under_the_same_name(team: Team, name: str) -> None:
    participant = enrol(team.sg01, team.amina, identity=replace(SITI, name=name))
    text = publish(team.study)
    given = give_consent(
        participant=participant,
        document=text,
        document_sha256=text.sha256,
        choices={"ai_scoring": True},
        typed_name=name,
        signature_png=b"",
        by=team.amina,
    )
    assert consents.open_copy(consent=given, by=team.amina).startswith(b"%PDF-")


def _font(path: Path, letters: dict[int, str], *, embedding: int = 0) -> None:
    """A font of squares that draws ``letters`` and a space."""
    pen = TTGlyphPen(None)
    corners: list[tuple[int, int]] = [(50, 0), (50, 500), (450, 500), (450, 0)]
    draw: list[Callable[[tuple[int, int]], None]] = [pen.moveTo, *[pen.lineTo] * 3]
    for step, corner in zip(draw, corners, strict=True):
        step(corner)
    pen.closePath()
    square, names = pen.glyph(), [".notdef", "space", *letters.values()]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({0x20: "space", **letters})
    builder.setupGlyf(
        {name: TTGlyphPen(None).glyph() if name == "space" else square for name in names}
    )
    builder.setupHorizontalMetrics(dict.fromkeys(names, (500, 50)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": "Own", "styleName": "Regular"})
    builder.setupOS2(sTypoAscender=800, usWinAscent=800, usWinDescent=200, fsType=embedding)
    builder.setupPost()
    builder.save(path)
