"""Catalogues as files: merged with what the code says now, compiled, and read back.

Keys are ``msgid``, or ``context\\x04msgid`` where a word has a context.
"""

import io
import subprocess
from gettext import GNUTranslations
from pathlib import Path

PLURALS = {
    "zh-hans": "nplurals=1; plural=0;",
    "ms": "nplurals=1; plural=0;",
    "ta": "nplurals=2; plural=(n != 1);",
    "id": "nplurals=1; plural=0;",
    "th": "nplurals=1; plural=0;",
    "vi": "nplurals=1; plural=0;",
}
Entries = dict[str, tuple[str, ...]]


def _gettext(*command: str, given: str = "") -> bytes:
    """Run a program of GNU gettext over ``given``.

    Raises:
        subprocess.CalledProcessError: it complains; its words are in ``stderr``.
        FileNotFoundError: GNU gettext is not installed.
    """
    return subprocess.run(command, input=given.encode(), capture_output=True, check=True).stdout


def new_catalogue(language: str) -> str:
    """The first lines of a catalogue without words."""
    lines = (
        f"Language: {language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=UTF-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: {PLURALS[language]}",
    )
    return 'msgid ""\nmsgstr ""\n' + "".join(f'"{line}\\n"\n' for line in lines)


def merged(catalogue: str, template: str, folder: Path) -> str:
    """``catalogue`` with the words of ``template``: new ones empty, old ones gone, none guessed."""
    known, wanted = folder / "known.po", folder / "wanted.pot"
    known.write_text(catalogue)
    wanted.write_text(template)
    options = ("--quiet", "--no-fuzzy-matching", "--no-wrap", "--add-location=file")
    both = _gettext("msgmerge", *options, "--output-file=-", str(known), str(wanted))
    return _gettext("msgattrib", "--no-obsolete", "--no-wrap", given=both.decode()).decode()


def compiled(catalogue: str) -> bytes:
    """The compiled catalogue (.mo); what is not translated is left out of it."""
    return _gettext("msgfmt", "--check", "--output-file=-", "-", given=catalogue)


def read_words(catalogue: bytes) -> Entries:
    """Translations by key from a compiled catalogue, each plural form in its place."""
    loaded = GNUTranslations(io.BytesIO(catalogue))._catalog  # type: ignore[attr-defined]
    found: dict[str, dict[int, str]] = {}
    for key, text in loaded.items():
        name, form = key if isinstance(key, tuple) else (key, 0)
        if name:
            found.setdefault(name, {})[form] = text
    return {name: tuple(forms[n] for n in sorted(forms)) for name, forms in found.items()}


def entries(template: str) -> Entries:
    """The English of a template by key: one form, or singular and plural."""
    english = _gettext("msgen", "-", given=template).decode()
    return read_words(_gettext("msgfmt", "--output-file=-", "-", given=english))
