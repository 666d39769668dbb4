"""Catalogues as files: compiled, and read back.

Keys are ``msgid``, or ``context\\x04msgid`` where a word has a context.
"""

import io
import subprocess
from gettext import GNUTranslations

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


def compiled(catalogue: str) -> bytes:
    """The compiled catalogue (.mo); what is not translated is left out of it."""
    return _gettext("msgfmt", "--check", "--output-file=-", "-", given=catalogue)


def read_words(catalogue: bytes) -> Entries:
    """Translations by key from a compiled catalogue, each plural form in its place."""
    loaded = GNUTranslations(io.BytesIO(catalogue))._catalog  # type: ignore[attr-defined]
    words: dict[str, dict[int, str]] = {}
    for key, text in loaded.items():
        name, form = key if isinstance(key, tuple) else (key, 0)
        if name:
            words.setdefault(name, {})[form] = text
    return {name: tuple(forms[n] for n in sorted(forms)) for name, forms in words.items()}


def entries(template: str) -> Entries:
    """The English of a template by key: one form, or singular and plural."""
    english = _gettext("msgen", "-", given=template).decode()
    return read_words(_gettext("msgfmt", "--output-file=-", "-", given=english))
