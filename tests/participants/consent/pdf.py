"""Reading the text of our own PDFs back, through their fonts' ToUnicode maps."""

import re
import zlib

_OBJECT = re.compile(rb"(?:^|\n)(\d+) 0 obj\n(.*?)\nendobj", re.DOTALL)
_STREAM = re.compile(rb"stream\n(.*)\nendstream", re.DOTALL)
_FONT = re.compile(rb"/(F\d+) (\d+) 0 R")
_PAIR = re.compile(rb"<([0-9A-Fa-f]+)> <([0-9A-Fa-f]+)>")
_TOKEN = re.compile(
    rb"/(?P<font>F\d+) [\d.]+ Tf"
    rb"|(?P<y>[\d.]+) (?:Td|Tm)"
    rb"|\((?P<text>(?:\\.|[^\\()])*)\) Tj"
    rb"|(?P<save>\bq\b)|(?P<restore>\bQ\b)",
    re.DOTALL,
)
_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def text_of(pdf: bytes) -> str:
    """All text of the pages in reading order, runs of spaces and line ends as one space."""
    return " ".join(" ".join(lines_of(pdf)).split())


def lines_of(pdf: bytes) -> list[str]:
    """The lines of all pages as they are drawn, without what only lets a line break."""
    texts = (_page_text(page, maps) for page, maps in _pages(pdf))
    lines = "\n".join(texts).replace("\u200b", "").split("\n")
    return [line.strip() for line in lines if line.strip()]


def missing_glyphs(pdf: bytes) -> int:
    """How often glyph 0 (.notdef, the empty box) is drawn."""
    drawn = 0
    for page, _maps in _pages(pdf):
        for token in _TOKEN.finditer(page):
            if token["text"] is not None:
                drawn += _numbers(token["text"]).count(0)
    return drawn


def _pages(pdf: bytes) -> list[tuple[bytes, dict[str, dict[int, str]]]]:
    objects = {int(number): body for number, body in _OBJECT.findall(pdf)}
    maps = {
        name.decode(): _unicode(objects, int(number)) for name, number in set(_FONT.findall(pdf))
    }
    pages = (_stream(body) for body in objects.values())
    return [(page, maps) for page in pages if b" Tf" in page]


def _stream(body: bytes) -> bytes:
    found = _STREAM.search(body)
    if found is None:
        return b""
    return zlib.decompress(found[1]) if b"FlateDecode" in body[: found.start()] else found[1]


def _unicode(objects: dict[int, bytes], font: int) -> dict[int, str]:
    """Glyph number → the characters it stands for."""
    reference = re.search(rb"/ToUnicode (\d+) 0 R", objects[font])
    assert reference is not None
    pairs = _PAIR.findall(_stream(objects[int(reference[1])]))

    def characters(code: bytes) -> str:
        return bytes.fromhex(code.decode()).decode("utf-16-be")

    return {int(glyph, 16): characters(code) for glyph, code in pairs}


def _page_text(page: bytes, maps: dict[str, dict[int, str]]) -> str:
    font, height = "", b""
    saved: list[str] = []
    written: list[str] = []
    for token in _TOKEN.finditer(page):
        if token["save"]:
            saved.append(font)
        elif token["restore"]:
            font = saved.pop()
        elif token["font"]:
            font = token["font"].decode()
        elif token["y"]:
            written.append("" if token["y"] == height else "\n")
            height = token["y"]
        else:
            written.append(_shown(token["text"], maps[font]))
    return "".join(written)


def _numbers(escaped: bytes) -> list[int]:
    raw = re.sub(rb"\\(.)", lambda m: _ESCAPES.get(m[1], m[1]), escaped, flags=re.DOTALL)
    return [int.from_bytes(raw[i : i + 2], "big") for i in range(0, len(raw), 2)]


def _shown(escaped: bytes, glyphs: dict[int, str]) -> str:
    numbers = _numbers(escaped)
    # Shaping may draw one letter as two glyphs, of which only the first stands for it.
    return "".join(glyphs.get(number, "") for number in numbers)
