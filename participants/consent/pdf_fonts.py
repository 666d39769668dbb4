"""Fonts for PDFs in every script that some font draws, and where their lines may break.

Fonts are chosen by ``installed_fonts``, shaped by HarfBuzz and subset to the characters used, so
that names and texts come out right in every script that is installed.
"""

import io
import logging
import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as harfbuzz
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.enums import Align, WrapMode
from fpdf.fonts import HarfBuzzFont, TTFFont
from fpdf.line_break import Fragment, TextLine
from fpdf.text_region import Paragraph, TextColumns
from fpdf.unicode_script import UnicodeScript, get_unicode_script

from participants.consent.directions import OrderedLine, directed, from_the_right
from participants.consent.installed_fonts import clusters, draws, fonts_for, styled, unseen
from studies.words.breaks import with_breaks

# The subsetter logs the glyphs it keeps, which are the letters of the name.
logging.getLogger("fontTools").setLevel(logging.ERROR)

FAMILY = "noto"
_STYLES = {"": "400-normal", "B": "700-normal", "I": "400-italic"}
_NEUTRAL = {UnicodeScript.COMMON, UnicodeScript.INHERITED, UnicodeScript.UNKNOWN}


class ShapedPDF(FPDF):
    """A page whose font is written out as soon as it is set.

    fpdf2 2.8.9 writes it with the next line. When that line begins in a fallback font, it does so
    inside a saved graphics state, takes the font for set, and draws what follows in the one
    before: other letters, since every font numbers its glyphs in its own way.
    """

    def set_font(self, *args: Any, **options: Any) -> None:
        super().set_font(*args, **options)
        self._write_font()

    def set_font_size(self, size: float) -> None:
        super().set_font_size(size)
        self._write_font()

    def output(self, *args: Any, **options: Any) -> Any:
        """The file, after which the font files are closed: fpdf2 leaves them open."""
        try:
            return super().output(*args, **options)
        finally:
            for font in self.fonts.values():
                if isinstance(font, TTFFont):
                    font.ttfont.close()

    def text_columns(self, *args: Any, **options: Any) -> TextColumns:
        """Columns whose paragraphs are put in order: those that ``write_html`` writes into."""
        return _OrderedColumns(self, *args, **{"wrapmode": WrapMode.WORD, **options})

    def _preload_bidirectional_text(self, text: str, markdown: bool) -> Sequence[Fragment]:
        """The parts of a text that is drawn by itself, in order."""
        return directed(self._preload_font_styles(text, markdown))

    def _render_styled_text_line(self, text_line: TextLine, *args: Any, **options: Any) -> bool:
        # Measured anew: joined letters take less room than each by itself, by which the line
        # was filled.
        line = OrderedLine(*text_line)._replace(text_width=0)
        return super()._render_styled_text_line(line, *args, **options)

    def _parse_chars(self, text: str, markdown: bool, **options: Any) -> Iterator[Fragment]:
        """``text`` in runs of one font and one script, marks and joiners with their letter.

        fpdf2 2.8.9 begins a new run at every mark and joiner that several scripts use, so that
        Sinhala conjuncts and Arabic vowels came out apart.
        """
        if markdown or (self.str_alias_nb_pages and self.str_alias_nb_pages in text):
            yield from super()._parse_chars(text, markdown, **options)
            return
        for font, run in self._runs(text):
            state = self._get_current_graphics_state()
            if font:
                state.font_style = "".join(letter for letter in font if letter in "BI")
                state.font_family = font.rstrip("BI")
                state.current_font = self.fonts[font]
            yield Fragment(run, state, self.k)

    def _runs(self, text: str) -> Iterator[tuple[str, str]]:
        """``text`` in order as (font, part); an empty font is the one that is set."""
        run, before, written_in = "", "", UnicodeScript.COMMON
        for cluster in clusters(text):
            font = self._font_of(cluster, before)
            script = get_unicode_script(cluster[0])
            neutral = script in _NEUTRAL
            if run and (font != before or (not neutral and written_in not in {script, *_NEUTRAL})):
                yield before, run
                run, written_in = "", UnicodeScript.COMMON
            run, before = run + cluster, font
            written_in = written_in if neutral else script
        if run:
            yield before, run

    def _font_of(self, cluster: str, before: str) -> str:
        """The font that draws all of ``cluster``: the last one, that is set, or a fallback."""
        drawn = [character for character in cluster if not unseen(character)]
        if not drawn:
            return before
        own = self.current_font
        if not isinstance(own, TTFFont) or all(ord(character) in own.cmap for character in drawn):
            return ""
        able = [font for font in self._fallback_font_ids if self._draws(font, drawn)]
        same = (font for font in able if self.fonts[font].emphasis == own.emphasis)
        return next(same, able[0] if able else self.get_fallback_font(drawn[0]) or "")

    def _draws(self, font: str, characters: list[str]) -> bool:
        known = self.fonts[font]
        return isinstance(known, TTFFont) and all(ord(c) in known.cmap for c in characters)

    def _write_font(self) -> None:
        if self.page > 0 and self.current_font is not None:
            self._out(self._set_font_for_page(self.current_font, self.font_size_pt))


class _OrderedColumns(TextColumns):
    """Paragraphs in order, those that run from right to left beginning at the right edge."""

    def collect_lines(self) -> list[Any]:
        for paragraph in self._paragraphs:
            if isinstance(paragraph, Paragraph):
                parts = paragraph._text_fragments
                if from_the_right(parts) and paragraph.bullet is None:
                    paragraph.text_align = Align.R
                paragraph._text_fragments = directed(parts)
        return super().collect_lines()


def use_fonts(page: FPDF, text: str, *, bold: str) -> None:
    """Make ``page`` able to draw what fonts draw of ``text``, and of ``bold`` in bold.

    A Chinese text is spread over dozens of files; those that no bold word needs are not opened.
    """
    fonts = fonts_for(text)
    in_bold = set(map(ord, bold))
    for number, regular in enumerate(fonts):
        for style, weight in _STYLES.items():
            file = styled(regular, weight) if style else regular
            needed = number == 0 or not style or draws(regular) & in_bold
            if needed and file.exists() and (not style or file != regular):
                family = FAMILY if number == 0 else f"{FAMILY}{number}"
                page.add_font(family, style, file)
                _hand_to_shaper(page.fonts[f"{family}{style}"], file)
    page.set_fallback_fonts(
        [f"{FAMILY}{number}" for number in range(1, len(fonts))], exact_match=False
    )
    page.set_text_shaping(use_shaping_engine=True)
    page.set_font(FAMILY, size=10)


def _hand_to_shaper(font: Any, file: Path) -> None:
    """Give HarfBuzz the uncompressed file.

    fpdf2 would compile the whole font again from its parts, which took most of the time of a
    Chinese copy with its dozens of files.
    """
    blob = harfbuzz.Blob(_uncompressed(file))
    font._hbfont = HarfBuzzFont(harfbuzz.Face(blob=blob, index=0))


@lru_cache(maxsize=256)
def _uncompressed(file: Path) -> bytes:
    """The tables of a font file as they are, uncompressed; of a collection its first font."""
    if file.suffix == ".ttf":
        return file.read_bytes()
    plain = io.BytesIO()
    source = io.BytesIO(file.read_bytes())
    with TTFont(source, lazy=True, fontNumber=0, recalcBBoxes=False, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(plain, reorderTables=None)
    return plain.getvalue()


def breakable(html: str) -> str:
    """HTML whose text may break between the words of Thai and Chinese; tags stay as they are."""
    return re.sub(r"(^|>)([^<]+)", lambda part: part[1] + with_breaks(part[2]), html)
