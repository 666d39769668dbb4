"""What runs from right to left is shaped and ordered wherever it stands in the copy."""

import re
from dataclasses import replace

from participants.consent.pdf import Followed, render_copy
from participants.consent.pdf_fonts import ShapedPDF, use_fonts
from tests.participants.consent.pdf import lines_of, missing_glyphs
from tests.participants.consent.test_copy import COPY

# As it is written and as it is drawn, from left to right: a number between two words that run to
# the left stays between them, and they change places (Unicode Standard Annex 9).
WRITTEN = "X محمد 42 עמר Y"
DRAWN = "X רמע 42 دمحم Y"


def drawn(pdf: bytes) -> str:
    assert missing_glyphs(pdf) == 0
    return "\n".join(lines_of(pdf))


def test_every_string_of_the_copy_is_drawn_in_order() -> None:
    def said(where: str) -> str:
        return f"{where} {WRITTEN}"

    before = ["study", "site", "title", "version", "key", "choice", "question", "answer", "name"]
    inside = ["heading", "text", "bold", "link", "item", "quote", "code"]
    body = "\n\n".join(
        (
            f"## {said('heading')}",
            said("text"),
            f"**{said('bold')}**",
            f"[{said('link')}](https://example.org)",
            f"- {said('item')}",
            f"> {said('quote')}",
            f"`{said('code')}`",
        )
    )
    text = drawn(
        render_copy(
            replace(
                COPY,
                study=said("study"),
                site=said("site"),
                title=said("title"),
                version=said("version"),
                follows=Followed(said("version"), COPY.given_at),
                body=body,
                key_points=[said("key")],
                choices=[(said("choice"), True, True)],
                checks=[(said("question"), said("answer"), 1, True)],
                name=said("name"),
            )
        )
    )
    found = " ".join(text.split())
    assert [place for place in before + inside if f"{place} {DRAWN}" not in found] == []
    assert "محمد" not in text
    assert "עמר" not in text


def test_a_sentence_keeps_its_order_through_what_is_bold_in_it() -> None:
    body = "שלום **עמר** סוף (SG01) 7"
    assert "7 )SG01( ףוס רמע םולש" in drawn(render_copy(replace(COPY, body=body)))


def test_letters_are_joined_in_a_text_as_they_are_in_a_name() -> None:
    def glyphs(*, in_text: bool) -> str:
        page = ShapedPDF()
        page.compress = False
        page.add_page()
        use_fonts(page, "محمد", bold="")
        if in_text:
            page.write_html("<p>محمد</p>", font_family="noto")
        else:
            page.multi_cell(w=0, text="محمد")
        return "".join(re.findall(r"\((.*?)\) Tj", page.output().decode("latin-1")))

    assert glyphs(in_text=True) == glyphs(in_text=False) != ""


def test_a_paragraph_that_runs_to_the_left_begins_at_the_right_edge() -> None:
    def left_edge(text: str) -> float:
        page = ShapedPDF()
        page.compress = False
        page.add_page()
        use_fonts(page, text, bold="")
        page.write_html(f"<p>{text}</p>", font_family="noto")
        page_width = page.w * page.k
        places = re.findall(r"BT ([\d.]+) [\d.]+ Td", page.output().decode("latin-1"))
        return min(float(x) for x in places) / page_width

    assert left_edge("short") < 0.1
    assert left_edge("محمد") > 0.8


def test_no_row_of_signs_stands_in_the_way_of_a_copy() -> None:
    assert "دمحم" in drawn(render_copy(replace(COPY, body=f"محمد {'.' * 1200}")))
