"""The participant's copy of a consent, as a PDF.

Fonts are Noto Sans from the installed ``@fontsource`` packages, shaped by HarfBuzz and subset to
the characters used, so that names and texts come out right in every script that is installed.
"""

import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.formats import date_format
from fontTools.ttLib import TTFont
from fpdf import FPDF, FontFace, TextStyle
from fpdf.enums import XPos, YPos
from markdown_it import MarkdownIt

from participants.errors import invalid

# The subsetter logs the glyphs it keeps, which are the letters of the name.
logging.getLogger("fontTools").setLevel(logging.ERROR)

FONTS = settings.BASE_DIR / "node_modules" / "@fontsource"
FAMILY = "noto"
INK, GREY, LINE = (26, 32, 44), (90, 100, 115), (200, 206, 214)
LABEL_WIDTH = 42.0  # mm
_STYLES = {"": "400-normal", "B": "700-normal", "I": "400-italic"}
# Scripts of thousands of characters come as one whole file and the same in pieces; a name needs
# a few pieces, and opening the whole takes seconds.
_PIECE_UP_TO = 300_000  # bytes

# No pictures: a copy must not fetch anything. No HTML: it is shown, not obeyed.
_markdown = MarkdownIt("commonmark", {"html": False}).disable("image")


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


@dataclass(frozen=True)
class Followed:
    """The consent that this one took the place of."""

    version: str
    given_at: datetime


@dataclass(frozen=True)
class Copy:
    """Everything the copy shows.

    ``choices`` are (text, required, agreed), ``checks`` (question, right answer, tries, answered
    rightly in the end). ``choices_only`` says that only choices were changed, ``signed`` that it
    was signed anew.
    """

    study: str
    site: str
    participant: str
    title: str
    version: str
    language: str
    body: str
    choices: Sequence[tuple[str, bool, bool]]
    name: str
    signature_png: bytes
    given_at: datetime
    time_zone: str
    document_sha256: str
    key_points: Sequence[str] = ()
    checks: Sequence[tuple[str, str, int, bool]] = ()
    follows: Followed | None = None
    on_own_phone: bool = False
    choices_only: bool = False
    signed: bool = True


def body_html(body: str) -> str:
    """The Markdown of a consent text as HTML, its headings one level down (the page has an h1)."""
    tokens = _markdown.parse(body)
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(int(token.tag[1]) + 1, 6)}"
    return str(_markdown.renderer.render(tokens, _markdown.options, {}))


def render_copy(copy: Copy) -> bytes:
    """The PDF: text, choices, name, signature, moment, hash of the document, page numbers.

    Raises:
        Invalid: the name or the text uses characters that no installed font can draw.
    """
    page = _Page(copy)
    page.add_page()
    page.draw_heading()
    page.write_html(
        body_html(copy.body),
        font_family=FAMILY,
        tag_styles=_TAGS,
        ul_bullet_char="•",
        li_prefix_color=INK,
    )
    page.draw_choices()
    page.draw_signature()
    return bytes(page.output())


# --- Fonts -------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _installed() -> dict[str, frozenset[int]]:
    """Font file up to its weight → the characters it draws; Latin first."""
    files = FONTS.glob("noto-sans*/files/*-400-normal.woff")
    pieces = (file for file in files if file.stat().st_size < _PIECE_UP_TO)
    found: dict[str, frozenset[int]] = {}
    for file in sorted(
        pieces, key=lambda f: (f.parts[-3] != "noto-sans", "latin" not in f.name, f)
    ):
        with TTFont(file, lazy=True) as font:
            found[str(file).removesuffix("-400-normal.woff")] = frozenset(font.getBestCmap())
    return found


def _fonts_for(text: str) -> list[str]:
    """The fonts, in order, that together draw every character of ``text``; Latin always."""
    wanted = {ord(character) for character in text if not character.isspace()}
    chosen: list[str] = []
    for stem, drawn in _installed().items():
        if not chosen or wanted & drawn:
            chosen.append(stem)
            wanted -= drawn
    if wanted:
        unknown = " ".join(chr(code) for code in sorted(wanted)[:10])
        raise invalid(
            f"The PDF copy cannot show these characters: {unknown} Nothing was recorded. Write "
            "the name in another script, or ask for the fonts to be installed.",
            {"typed_name": f"The copy cannot show: {unknown}"},
        )
    return chosen


# --- The page ----------------------------------------------------------------------------------


class _Page(FPDF):
    """An A4 page with the copy's fonts, and its footer on every page."""

    def __init__(self, copy: Copy) -> None:
        super().__init__(format="A4")
        self.copy = copy
        self._add_fonts()
        self.set_margins(20, 18, 20)
        self.c_margin = 0
        self.set_auto_page_break(auto=True, margin=24)
        self.set_title(f"{copy.title} {copy.version}")
        self.set_lang(copy.language)
        self.set_creation_date(copy.given_at)
        self.set_text_color(*INK)

    def _add_fonts(self) -> None:
        copy = self.copy
        shown = [copy.study, copy.site, copy.participant, copy.title, copy.version, copy.body]
        fonts = _fonts_for("".join([*shown, copy.name, *(text for text, _, _ in copy.choices)]))
        for number, stem in enumerate(fonts):
            for style, weight in _STYLES.items():
                file = Path(f"{stem}-{weight}.woff")
                if file.exists():
                    self.add_font(FAMILY if number == 0 else f"{FAMILY}{number}", style, file)
        self.set_fallback_fonts(
            [f"{FAMILY}{number}" for number in range(1, len(fonts))], exact_match=False
        )
        self.set_text_shaping(use_shaping_engine=True)
        self.set_font(FAMILY, size=10)

    def footer(self) -> None:
        """Participant, version and hash of the text, and the page number."""
        self.set_y(-18)
        self.set_font(FAMILY, size=7)
        self.set_text_color(*GREY)
        self.set_draw_color(*LINE)
        self.line(self.l_margin, self.get_y() - 1, self.w - self.r_margin, self.get_y() - 1)
        copy = self.copy
        self._line(f"{copy.participant} · text version {copy.version} ({copy.language})", h=3.6)
        self._line(f"SHA-256 of the text {copy.document_sha256}", h=3.6)
        self.cell(w=0, h=3.6, text=f"Page {self.page_no()} of {{nb}}", align="R")

    def draw_heading(self) -> None:
        copy = self.copy
        self.set_font(FAMILY, size=9)
        self.set_text_color(*GREY)
        self._line(copy.study)
        self.set_font(FAMILY, "B", 17)
        self.set_text_color(*INK)
        self._line(copy.title, h=8)
        self.set_font(FAMILY, size=9)
        self.set_text_color(*GREY)
        self._line(f"Version {copy.version} · {copy.site} · copy for {copy.participant}")
        self.ln(2)
        self.set_font(FAMILY, size=10)
        self.set_text_color(*INK)

    def draw_choices(self) -> None:
        """Each choice with a box, ticked when agreed to."""
        self._section("Choices")
        for text, required, agreed in self.copy.choices:
            if self.will_page_break(12):
                self.add_page()
            top = self.get_y() + 1
            self.set_draw_color(*INK)
            self.rect(self.l_margin, top, 3.6, 3.6)
            if agreed:
                self.set_line_width(0.5)
                self.line(self.l_margin + 0.7, top + 1.9, self.l_margin + 1.6, top + 2.9)
                self.line(self.l_margin + 1.6, top + 2.9, self.l_margin + 3.1, top + 0.8)
                self.set_line_width(0.2)
            answer = "Agreed" if agreed else "Not agreed"
            self.set_x(self.l_margin + 7)
            note = f"{answer}{' · needed for taking part' if required else ' · optional'}"
            self._line(text)
            self.set_x(self.l_margin + 7)
            self.set_text_color(*GREY)
            self._line(note, size=8)
            self.set_text_color(*INK)
            self.ln(1.5)

    def draw_signature(self) -> None:
        """Name, meaning, moment and signature (21 CFR 11.50), kept together on one page."""
        copy = self.copy
        if self.will_page_break(75):
            self.add_page()
        self._section("Signature")
        moment = f"{date_format(copy.given_at, 'j F Y, H:i')} ({copy.time_zone})"
        self._pair("Name", copy.name)
        self._pair("Meaning", "I have read this text and agree to take part as chosen above.")
        self._pair("Date and time", moment)
        if copy.signature_png:
            self._pair("Signature", "", last=False)
            top = self.get_y()
            self.image(
                io.BytesIO(copy.signature_png),
                x=self.l_margin + LABEL_WIDTH,
                y=top,
                w=70,
                h=28,
                keep_aspect_ratio=True,
            )
            self.set_y(top + 30)
        else:
            self._pair("Signature", "Signed by typing the name above.")

    def _section(self, title: str) -> None:
        self.ln(4)
        self.set_font(FAMILY, "B", 13)
        self._line(title, h=8)
        self.set_font(FAMILY, size=10)

    def _pair(self, label: str, value: str, *, last: bool = True) -> None:
        self.set_text_color(*GREY)
        self.cell(w=LABEL_WIDTH, h=6, text=label)
        self.set_text_color(*INK)
        if last:
            self._line(value, h=6)

    def _line(self, text: str, *, h: float = 5, size: float | None = None) -> None:
        """``text`` from here to the right margin, wrapped; then a new line."""
        options: dict[str, Any] = {"new_x": XPos.LMARGIN, "new_y": YPos.NEXT, "align": "L"}
        before = self.font_size_pt
        self.set_font_size(size or before)
        self.multi_cell(w=0, h=h, text=text, **options)
        self.set_font_size(before)
