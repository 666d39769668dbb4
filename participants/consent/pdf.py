"""The participant's copy of a consent, as a PDF, in the language of the text.

What the copy says besides the text itself is translated like the participant's pages.
"""

import io
import re
from collections.abc import Sequence
from typing import Any

from django.utils import translation
from fpdf import FPDF, FontFace, TextStyle
from fpdf.enums import XPos, YPos

from participants.consent.copy_text import Copy, Followed, Words, everything, spelt
from participants.consent.installed_fonts import undrawable
from participants.consent.pdf_fonts import FAMILY, ShapedPDF, breakable, use_fonts
from studies.consent_texts.markup import body_html
from studies.words.breaks import with_breaks

__all__ = ["Copy", "Followed", "body_html", "render_copy", "render_pages"]

INK, GREY, LINE = (26, 32, 44), (90, 100, 115), (200, 206, 214)
LABEL_WIDTH = 44.0  # mm
LINE_HEIGHT = 1.45  # of the size of the type


def _heading(size: float, above: float) -> TextStyle:
    return TextStyle(
        font_size_pt=size, font_style="B", color=INK, t_margin=above, l_margin=0, b_margin=1
    )


_TAGS = {
    "h2": _heading(13, 5),
    "h3": _heading(11.5, 4),
    "h4": _heading(10.5, 3),
    "h5": _heading(10, 3),
    "h6": _heading(10, 3),
    "p": TextStyle(t_margin=1.5, b_margin=1),
    "pre": TextStyle(font_family=FAMILY),
    "blockquote": TextStyle(color=GREY, l_margin=6),
    "code": FontFace(family=FAMILY),
    "a": FontFace(color=(29, 78, 137)),
}


def render_copy(copy: Copy) -> bytes:
    """The PDF: key points, text, choices, questions, name, signature, moment, hash, page numbers.

    A character that no font draws is shown by its number in Unicode, and the copy says so: no
    name stands in the way of a consent.
    """
    unknown = undrawable(everything(copy))
    with translation.override(copy.language):
        copy = spelt(copy, unknown)
        words = Words(copy)
        page = _Page(copy, words)
        page.add_page()
        page.draw_heading()
        page.draw_key_points()
        page.write_html(
            _spaced(breakable(body_html(copy.body))),
            font_family=FAMILY,
            tag_styles=_TAGS,
            ul_bullet_char="•",
            li_prefix_color=INK,
        )
        page.draw_choices()
        page.draw_checks()
        page.draw_signature(spelt=bool(unknown))
        return bytes(page.output())


def _spaced(html: str) -> str:
    """Lines of the text far enough apart for the marks above and below Thai and Tamil letters."""
    return re.sub(r"<(p|ul|ol)>", rf'<\1 line-height="{LINE_HEIGHT}">', html)


def _emphasised(body: str) -> str:
    """The parts of the text that are drawn in bold."""
    marked = re.findall(r"<(h\d|strong)>(.*?)</\1>", body_html(body), flags=re.DOTALL)
    return "".join(text for _tag, text in marked)


class _Page(ShapedPDF):
    """An A4 page with the copy's fonts, and its footer on every page."""

    def __init__(self, copy: Copy, words: Words) -> None:
        super().__init__(format="A4")
        self.copy, self.words = copy, words
        self.set_margins(22, 20, 22)
        self.set_auto_page_break(True, margin=24)
        self.set_title(copy.title)
        self.set_lang(copy.language)
        bold = copy.title + words.all() + _emphasised(copy.body)
        use_fonts(self, everything(copy) + words.all(), bold=bold)

    def footer(self) -> None:
        """Participant, version and hash of the text, and the page number."""
        self.set_y(-18)
        self.set_font(FAMILY, size=7)
        self.set_text_color(*GREY)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.get_y() - 1, self.w - self.r_margin, self.get_y() - 1)
        self._line(self.words.footer, h=3.6)
        self._line(self.words.hash, h=3.6)
        page = self.words.page % {"page": self.page_no(), "pages": "{nb}"}
        self.cell(w=0, h=3.6, text=page, align="R")

    def draw_heading(self) -> None:
        """Study, title, version and site, and the consent this one takes the place of."""
        copy, words = self.copy, self.words
        self.set_font(FAMILY, size=9)
        self.set_text_color(*GREY)
        self._line(copy.study)
        self.set_font(FAMILY, "B", 17)
        self.set_text_color(*INK)
        self._line(copy.title, h=8.5)
        self.set_font(FAMILY, size=9)
        self.set_text_color(*GREY)
        self._line(f"{words.version} · {copy.site} · {words.copy_for}")
        if words.followed:
            self._line(words.followed)
        self.ln(2)
        self.set_font(FAMILY, size=10)
        self.set_text_color(*INK)

    def draw_key_points(self) -> None:
        """The sentences shown first on the phone."""
        if not self.copy.key_points:
            return
        self._section(self.words.key_points)
        for point in self.copy.key_points:
            self.set_x(self.l_margin + 1)
            self.cell(w=5, h=5.5, text="•")
            self._line(point, h=5.5)
            self.ln(0.5)

    def draw_choices(self) -> None:
        """Each choice with a box, ticked when agreed to."""
        words = self.words
        self._section(words.choices)
        for text, required, agreed in self.copy.choices:
            if self.will_page_break(14):
                self.add_page()
            self._box(ticked=agreed)
            self.set_x(self.l_margin + 7)
            self._line(text)
            self.set_x(self.l_margin + 7)
            self.set_text_color(*GREY)
            answer = words.agreed if agreed else words.not_agreed
            self._line(f"{answer} · {words.needed if required else words.optional}", size=8)
            self.set_text_color(*INK)
            self.ln(1.5)

    def _box(self, *, ticked: bool) -> None:
        top = self.get_y() + 1
        self.set_draw_color(*INK)
        self.rect(self.l_margin, top, 3.6, 3.6)
        if ticked:
            self.set_line_width(0.5)
            self.line(self.l_margin + 0.7, top + 1.9, self.l_margin + 1.6, top + 2.9)
            self.line(self.l_margin + 1.6, top + 2.9, self.l_margin + 3.1, top + 0.8)
            self.set_line_width(0.2)

    def draw_checks(self) -> None:
        """Each question with its right answer, and how it was answered on the phone."""
        if not self.copy.checks:
            return
        self._section(self.words.checks)
        for (question, answer, _t, _r), said in zip(
            self.copy.checks, self.words.answers, strict=True
        ):
            if self.will_page_break(18):
                self.add_page()
            self._line(question)
            self._line(self.words.right_answer % {"answer": answer})
            self.set_text_color(*GREY)
            self._line(said, size=8)
            self.set_text_color(*INK)
            self.ln(1.5)

    def draw_signature(self, *, spelt: bool) -> None:
        """Name, meaning, moment and signature (21 CFR 11.50), kept together on one page."""
        copy, words = self.copy, self.words
        if self.will_page_break(80 if copy.signature_png else 58):
            self.add_page()
        self._section(words.signature)
        self._pair(words.name, copy.name)
        if spelt:
            self.set_x(self.l_margin + LABEL_WIDTH)
            self.set_text_color(*GREY)
            self._line(words.numbers, size=8)
            self.set_text_color(*INK)
        if copy.guardian:
            self._pair(words.signed_as, copy.guardian)
        self._pair(words.meaning, words.said)
        if copy.assent:
            self._pair(words.assent, words.assented)
        self._pair(words.moment, words.when)
        self._pair(words.place, words.where)
        if not copy.signature_png:
            self._pair(words.signature, words.typed)
            return
        top = self.get_y()
        self._pair(words.signature, "")
        self.image(
            io.BytesIO(copy.signature_png),
            x=self.l_margin + LABEL_WIDTH,
            y=top,
            w=70,
            h=28,
            keep_aspect_ratio=True,
        )
        self.set_y(top + 30)

    def _section(self, title: str) -> None:
        self.ln(4)
        self.set_font(FAMILY, "B", 13)
        self._line(title, h=8)
        self.set_font(FAMILY, size=10)

    def _pair(self, label: str, value: str) -> None:
        """A label and its value side by side, each wrapped in its column."""
        top = self.get_y()
        self.set_text_color(*GREY)
        self._line(label, h=6, width=LABEL_WIDTH - 3)
        bottom = self.get_y()
        self.set_text_color(*INK)
        self.set_xy(self.l_margin + LABEL_WIDTH, top)
        if value:
            self._line(value, h=6)
        self.set_y(max(bottom, self.get_y()))

    def _line(
        self, text: str, *, h: float = 5, size: float | None = None, width: float = 0
    ) -> None:
        """``text`` from here to the right margin (or ``width`` mm), wrapped; then a new line."""
        options: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT, "align": "L"}
        before = self.font_size_pt
        self.set_font_size(size or before)
        self.multi_cell(w=width, h=h, text=with_breaks(text), **options)
        self.set_font_size(before)


def render_pages(pictures: Sequence[bytes]) -> bytes:
    """The signed pages (JPEG), one on each A4 page, upright and as large as they fit."""
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(auto=False)
    for picture in pictures:
        pdf.add_page()
        pdf.image(io.BytesIO(picture), x=5, y=5, w=pdf.w - 10, h=pdf.h - 10, keep_aspect_ratio=True)
    return bytes(pdf.output())
