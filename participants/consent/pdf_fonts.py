"""Fonts for PDFs in every script of our languages, and where their lines may break.

Fonts are Noto Sans from the installed ``@fontsource`` packages, shaped by HarfBuzz and subset to
the characters used, so that names and texts come out right in every script that is installed.
"""

import io
import logging
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import uharfbuzz as harfbuzz
from django.conf import settings
from fontTools.ttLib import TTFont
from fpdf import FPDF
from fpdf.fonts import HarfBuzzFont, TTFFont

from studies.platform.errors import invalid
from studies.words.breaks import BREAK, with_breaks

# The subsetter logs the glyphs it keeps, which are the letters of the name.
logging.getLogger("fontTools").setLevel(logging.ERROR)

FONTS = settings.BASE_DIR / "node_modules" / "@fontsource"
FAMILY = "noto"
_STYLES = {"": "400-normal", "B": "700-normal", "I": "400-italic"}
# Scripts of thousands of characters come as one whole file and the same in pieces; a text needs
# some pieces, and opening the whole takes seconds.
_PIECE_UP_TO = 300_000  # bytes


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

    def _write_font(self) -> None:
        if self.page > 0 and self.current_font is not None:
            self._out(self._set_font_for_page(self.current_font, self.font_size_pt))


def use_fonts(page: FPDF, text: str, *, bold: str) -> None:
    """Make ``page`` able to draw every character of ``text``, and those of ``bold`` in bold.

    A Chinese text is spread over dozens of files; those that no bold word needs are not opened.

    Raises:
        Invalid: a character is in no installed font.
    """
    fonts = fonts_for(text)
    for number, stem in enumerate(fonts):
        for style, weight in _STYLES.items():
            file = Path(f"{stem}-{weight}.woff")
            needed = number == 0 or not style or _installed()[stem] & set(map(ord, bold))
            if needed and file.exists():
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
    """The tables of a WOFF file as they are, in a plain font file."""
    plain = io.BytesIO()
    source = io.BytesIO(file.read_bytes())
    with TTFont(source, lazy=True, recalcBBoxes=False, recalcTimestamp=False) as font:
        font.flavor = None
        font.save(plain, reorderTables=None)
    return plain.getvalue()


def fonts_for(text: str) -> list[str]:
    """The fonts, in order, that together draw every character of ``text``; Latin always."""
    unseen = {BREAK, "\u200c", "\u200d", "\ufeff"}
    wanted = {ord(character) for character in text if not character.isspace()} - set(
        map(ord, unseen)
    )
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


def breakable(html: str) -> str:
    """HTML whose text may break between the words of Thai and Chinese; tags stay as they are."""
    return re.sub(r"(^|>)([^<]+)", lambda part: part[1] + with_breaks(part[2]), html)


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
