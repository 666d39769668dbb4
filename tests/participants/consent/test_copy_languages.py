"""The PDF copy in every language: shaped, broken into lines between words, no letter missing."""

import unicodedata
from dataclasses import replace
from datetime import datetime
from itertools import accumulate
from zoneinfo import ZoneInfo

import pytest
from django.conf import settings

from participants.consent.pdf import Copy, Followed, render_copy
from participants.consent.pdf_fonts import ShapedPDF, use_fonts
from studies.words.breaks import BREAK, with_breaks
from tests.participants.consent.pdf import lines_of, missing_glyphs, text_of

# Title, a sentence of the body, a choice, and a name in the language's script.
TEXTS = {
    "en": (
        "Taking part in the melasma study",
        "You use a sunscreen every morning, and you may stop at any time.",
        "I agree that software measures my skin.",
        "Siti Rahman",
    ),
    "zh-hans": (
        "参加黄褐斑研究",
        "您每天早上使用防晒霜（SG01-0007）。一半的参与者晚上还使用一种药膏，请放心。",
        "我同意由软件（包括人工智能）测量我照片上的皮肤。",
        "陈美玲 (Tan Mei Ling)",
    ),
    "ms": (
        "Menyertai kajian melasma",
        "Anda menggunakan pelindung matahari setiap pagi.",
        "Saya bersetuju bahawa perisian mengukur kulit saya.",
        "Nur Aisyah binti Abdullah",
    ),
    "ta": (
        "மெலஸ்மா ஆய்வில் பங்கேற்பது",
        "நீங்கள் ஒவ்வொரு நாளும் காலையில் சூரிய பாதுகாப்புக் களிம்பைப் பயன்படுத்துகிறீர்கள்.",
        "எனது புகைப்படங்களில் மென்பொருள் தோலை அளவிடுவதற்கு ஒப்புக்கொள்கிறேன்.",
        "செல்வி குமார்",
    ),
    "id": (
        "Ikut serta dalam penelitian melasma",
        "Pertanggungjawabannya dijelaskan kepada Anda setiap pagi.",
        "Saya setuju perangkat lunak mengukur kulit saya.",
        "Dewi Sartika",
    ),
    "th": (
        "การเข้าร่วมการศึกษาเรื่องฝ้า",
        "คุณใช้ครีมกันแดดทุกเช้าผู้เข้าร่วมครึ่งหนึ่งใช้ครีมตอนกลางคืนด้วยคุณหยุดได้ทุกเมื่อ",
        "ฉันยินยอมให้ซอฟต์แวร์รวมถึงปัญญาประดิษฐ์วัดผิวหนังบนภาพถ่ายของฉัน",
        "สุดา ใจดี",
    ),
    "vi": (
        "Tham gia nghiên cứu nám da",
        "Bạn dùng kem chống nắng mỗi buổi sáng và có thể dừng bất cứ lúc nào.",
        "Tôi đồng ý để phần mềm đo da trên ảnh của tôi.",
        "Nguyễn Thị Ánh Đào",
    ),
}
MORNING = datetime(2026, 3, 2, 9, 30, tzinfo=ZoneInfo("Asia/Singapore"))


def copy(language: str, **over: object) -> Copy:
    """A copy over several pages, in which bold and regular, own and other scripts alternate."""
    title, sentence, choice, name = TEXTS[language]
    body = "\n\n".join(
        f"## {title}\n\n{sentence * 6} **{choice}** MEL-8 {sentence}" for _ in range(6)
    )
    made = Copy(
        study="MEL-8 · Melasma",
        site="SG01 · Singapore General Clinic",
        participant="SG01-0001",
        title=title,
        version="2.0",
        language=language,
        body=body,
        choices=[(choice, True, True), (sentence, False, False)],
        name=name,
        signature_png=b"",
        given_at=MORNING,
        time_zone="Asia/Singapore",
        document_sha256="ab" * 32,
        key_points=[sentence],
        checks=[(choice, sentence, 2, True), (sentence, choice, 1, False)],
        follows=Followed("1.0", MORNING),
        on_own_phone=True,
    )
    return replace(made, **over)


def test_every_language_of_the_pages_is_tried() -> None:
    assert set(TEXTS) == {code for code, _name in settings.LANGUAGES}


@pytest.mark.parametrize("language", TEXTS)
def test_no_letter_is_drawn_as_an_empty_box_and_none_in_another_font(language: str) -> None:
    pdf = render_copy(copy(language))
    assert missing_glyphs(pdf) == 0
    shown = text_of(pdf)
    squeezed = "".join(shown.split())
    for text in TEXTS[language]:
        if language in ("ta", "th"):
            # Shaping reorders and joins their letters, so they are compared as a set.
            assert {letter for letter in text if letter.isalpha()} <= set(shown), text
        else:
            assert "".join(text.split()) in squeezed, text
    for latin in ("MEL-8", "SG01-0001", "2.0", "1.0", "ab" * 32):
        assert latin in squeezed, latin


@pytest.mark.parametrize("language", ["zh-hans", "th"])
def test_lines_without_spaces_are_filled_and_break_between_words(language: str) -> None:
    text = TEXTS[language][1] * 8
    page = ShapedPDF()
    page.add_page()
    use_fonts(page, text, bold="")
    broken = page.multi_cell(w=120, text=with_breaks(text), dry_run=True, output="LINES")
    page.output()
    lines = [line.replace(BREAK, "") for line in broken]
    assert len(lines) > 3
    assert "".join(lines) == text
    assert min(map(len, lines[:-1])) > 0.7 * max(map(len, lines)), lines
    ends = set(accumulate(len(word) for word in with_breaks(text).split(BREAK)))
    assert {*accumulate(map(len, lines))} <= ends
    for line in lines:
        assert unicodedata.category(line[0]) not in {"Mn", "Mc", "Pe", "Pf", "Po"}, line
        assert unicodedata.category(line[-1]) not in {"Ps", "Pi"}, line


def test_a_word_longer_than_a_line_is_broken_and_not_lost() -> None:
    word = "Pertanggungjawaban" * 20
    assert word in "".join(lines_of(render_copy(copy("id", body=word))))


@pytest.mark.parametrize("name", ["செல்வி குமார்", "陈美玲", "สุดา ใจดี", "Nguyễn Thị Ánh Đào"])
def test_a_name_in_another_script_stands_in_an_english_copy(name: str) -> None:
    pdf = render_copy(copy("en", name=name))
    assert missing_glyphs(pdf) == 0
    assert {letter for letter in name if letter.isalpha()} <= set(text_of(pdf))


def test_the_copy_tells_the_tries_the_place_and_the_consent_before() -> None:
    text = text_of(render_copy(copy("en")))
    for part in (
        "takes the place of the consent to version 1.0, 2 March 2026",
        "Answered rightly at try 2, after the explanation.",
        "Answered otherwise; the explanation was shown.",
        "On the participant's own phone",
        "2 March 2026, 09:30 (Asia/Singapore, UTC+08:00)",
        "What matters most",
    ):
        assert part in text, part


def test_a_change_of_choices_says_that_the_text_stays_and_whether_it_was_signed() -> None:
    less = text_of(render_copy(copy("en", choices_only=True, signed=False)))
    assert "I have changed my choices" in less
    assert "needs no signature" in less
    more = text_of(render_copy(copy("en", choices_only=True)))
    assert "Signed by typing the name above." in more
