"""A participant's own templates, what they extend and include, and the static files they load.

A room keeps them in its folder ``my``, and the room ``my`` holds nothing else. The rest is found by
reading: templates name their files with ``{% static %}``, modules what they import. So no list has
to be kept beside them.
"""

import posixpath
import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders

TEMPLATES = Path(settings.BASE_DIR) / "templates"
OWN = ("participants/my", "participants/*/my")
LEADS_TO = re.compile(r"""{%\s*(?:extends|include)\s+["']([\w./-]+)["']""")
_STATIC = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")
_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*["'](\.[^"']+)["']""", re.MULTILINE)
_LAZY = re.compile(r"""\bimport\(\s*["'](\.[^"']+)["']\s*\)""")


def own(names: str = "*.*") -> list[Path]:
    """The participant's own templates, those called like ``names``."""
    return sorted(path for folder in OWN for path in TEMPLATES.glob(f"{folder}/**/{names}"))


def reached_from(roots: Iterable[Path]) -> list[Path]:
    """``roots`` and the templates they name, and those these name, in the order of their paths."""
    waiting, reached = list(roots), set[Path]()
    while waiting:
        path = waiting.pop()
        if path in reached or not path.is_file():
            continue
        reached.add(path)
        waiting += [TEMPLATES / name for name in LEADS_TO.findall(path.read_text())]
    return sorted(reached)


def loaded_by(pages: Iterable[Path], *, but: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Names of the static files that ``pages`` and their modules load.

    A file whose name begins with one of ``but`` is left out.
    """
    named = {name for page in pages for name in _STATIC.findall(page.read_text())}
    waiting = sorted(named)
    loaded: set[str] = set()
    while waiting:
        name = waiting.pop()
        path = finders.find(name)
        if name in loaded or name.startswith(but) or not isinstance(path, str):
            continue
        loaded.add(name)
        if name.endswith(".js"):
            waiting += _imports(name, Path(path).read_text())
    return tuple(sorted(loaded))


def _imports(name: str, text: str) -> list[str]:
    relative = _IMPORT.findall(text) + _LAZY.findall(text)
    return [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in relative]
