"""Which fonts there are, what each of them draws, and which of them a text needs.

First the Noto Sans that come with the product, which draw the scripts of the participant's
languages; then, for a text that these do not draw, the fonts of the machine (``FONT_DIRS``).
"""

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from pathlib import Path

from django.conf import settings

from studies.words.breaks import BREAK

SHIPPED = settings.BASE_DIR / "node_modules" / "@fontsource"
# Scripts of thousands of characters come as one whole file and the same in pieces; a text needs
# some pieces, and opening the whole takes seconds.
_PIECE_UP_TO = 300_000  # bytes
_REGULAR = "-400-normal.woff"
_NO_EMBEDDING = 0x0002  # OS/2 fsType: this font's maker does not let it be put into a file

# Characters that are never drawn themselves: they join, part, turn or vary their neighbours
# (Unicode, DerivedCoreProperties, Default_Ignorable_Code_Point).
_UNSEEN = frozenset(
    {0x00AD, 0x034F, 0x061C, 0xFEFF}
    | set(range(0x180B, 0x1810))
    | set(range(0x200B, 0x2010))
    | set(range(0x202A, 0x202F))
    | set(range(0x2060, 0x2070))
    | set(range(0xFE00, 0xFE10))
    | set(range(0xE0000, 0xE0200))
)


def unseen(character: str) -> bool:
    """Whether ``character`` needs no glyph: it says how its neighbours are drawn, or is a space."""
    return ord(character) in _UNSEEN or character.isspace()


def fonts_for(text: str) -> list[Path]:
    """The regular files, in order, that together draw what they can of ``text``; Latin always."""
    wanted = {ord(character) for character in text if not unseen(character)}
    chosen: list[Path] = []
    for known in (_shipped, _of_machine):
        for file, drawn in known().items():
            if not chosen or wanted & drawn:
                chosen.append(file)
                wanted -= drawn
        if not wanted:
            break
    return chosen


def undrawable(text: str) -> set[str]:
    """The characters of ``text`` that no font draws."""
    wanted = {character for character in text if not unseen(character)}
    steering = {character for character in wanted if unicodedata.category(character) == "Cc"}
    left = wanted - steering
    for known in (_shipped, _of_machine):
        for drawn in known().values():
            left = {character for character in left if ord(character) not in drawn}
            if not left:
                return steering
    return left | steering


def draws(file: Path) -> frozenset[int]:
    """The characters that a file of ``fonts_for`` draws."""
    return _shipped().get(file) or _of_machine()[file]


def styled(file: Path, weight: str) -> Path:
    """The file of the same letters in ``weight`` (as ``700-normal``); it need not exist."""
    return file.with_name(file.name.replace(_REGULAR, f"-{weight}.woff"))


@lru_cache(maxsize=1)
def _shipped() -> Mapping[Path, frozenset[int]]:
    """Latin first."""
    files = SHIPPED.glob(f"noto-sans*/files/*{_REGULAR}")
    pieces = (file for file in files if file.stat().st_size < _PIECE_UP_TO)
    return _read(
        sorted(pieces, key=lambda f: (f.parts[-3] != "noto-sans", "latin" not in f.name, f))
    )


def _of_machine() -> Mapping[Path, frozenset[int]]:
    return _in_folders(tuple(settings.FONT_DIRS))


@lru_cache(maxsize=4)
def _in_folders(folders: tuple[str, ...]) -> Mapping[Path, frozenset[int]]:
    """The upright, regular fonts in ``folders``; read once by each process, when it is needed."""
    fonts = {
        file
        for folder in folders
        for file in Path(folder).rglob("*")
        if file.suffix.lower() in (".ttf", ".ttc") and _plain(file.stem)
    }
    return _read(sorted(fonts, key=_preference))


def _plain(stem: str) -> bool:
    """A file's regular style, as most makers name it."""
    return not any(
        word in stem
        for word in ("Bold", "Italic", "Oblique", "Light", "Thin", "Black", "Mono", "Condensed")
    )


def _preference(file: Path) -> tuple[bool, bool, str, str]:
    """Sans serif of one family first, so that names in two scripts look alike."""
    return (
        not file.stem.startswith("NotoSans"),
        not file.stem.startswith("Noto"),
        file.name,
        str(file),
    )


def _read(files: list[Path]) -> Mapping[Path, frozenset[int]]:
    return {file: drawn for file, drawn in _characters(files) if drawn}


def _characters(files: list[Path]) -> Iterator[tuple[Path, frozenset[int]]]:
    # Only where a copy is drawn: other requests and tasks do without.
    from fontTools.ttLib import TTFont, TTLibError

    for file in files:
        try:
            with file.open("rb") as source, TTFont(source, lazy=True, fontNumber=0) as font:
                usable = "glyf" in font and not font["OS/2"].fsType & _NO_EMBEDDING
                drawn = frozenset(font.getBestCmap() or ()) if usable else frozenset()
        except (OSError, TTLibError, KeyError, ValueError, AssertionError):
            continue  # somebody else's damaged file is no reason to refuse a consent
        yield file, drawn


def number_of(character: str) -> str:
    """A character that no font draws, by its number in Unicode; a line may end after it."""
    return f"[U+{ord(character):04X}]{BREAK}"


def clusters(text: str) -> Iterator[str]:
    """The parts of ``text`` that are drawn from one font: a letter with what belongs to it."""
    cluster = ""
    for character in text:
        belongs = unicodedata.category(character) in ("Mn", "Mc", "Me") or (
            unseen(character) and not character.isspace()
        )
        if cluster and not belongs and not cluster.endswith("\u200d"):
            yield cluster
            cluster = ""
        cluster += character
    if cluster:
        yield cluster
