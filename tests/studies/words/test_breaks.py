"""Words of scripts without spaces, and where their lines may break."""

import pytest

from studies.words.breaks import BREAK, with_breaks, words_of


@pytest.mark.parametrize(
    "text",
    [
        "Two  words, and a comma.",
        "您每天早上使用防晒霜（SG01-0007）。一半的参与者还使用药膏。",
        "คุณใช้ครีมกันแดดทุกเช้า ผู้เข้าร่วมครึ่งหนึ่งใช้ครีมด้วย",
        "நீங்கள் ஒவ்வொரு நாளும் காலையில் பயன்படுத்துகிறீர்கள்.",
    ],
)
def test_words_put_together_are_the_text(text: str) -> None:
    assert "".join(words_of(text)) == text
    assert with_breaks(text).replace(BREAK, "") == text


def test_thai_and_chinese_are_cut_into_words_and_other_scripts_left_alone() -> None:
    assert words_of("คุณใช้ครีมกันแดดทุกเช้า")[:3] == ["คุณ", "ใช้", "ครีม"]
    assert "防晒霜" in words_of("您每天早上使用防晒霜。")
    assert BREAK not in with_breaks("ஒவ்வொரு நாளும், every day")


def test_no_line_begins_with_closing_punctuation_or_ends_with_opening() -> None:
    text = with_breaks("您的照片（三张）很重要。请说“是”！")
    for mark in "）。！”":
        assert BREAK + mark not in text
    for mark in "（“":
        assert mark + BREAK not in text
