"""What a participant's pages load, found by reading them: the service worker keeps it on the phone.

The templates name their files with ``{% static %}``, the modules what they import. Reading both
means that no list has to be kept beside them.
"""

import hashlib
import posixpath
import re
from functools import lru_cache
from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles import finders
from django.templatetags.static import static

from participants.words.own_templates import TEMPLATES, reached_from

# Of one face landmark engine with SIMD, or without: what CAMERA's frame asks for.
ENGINE = "lib/face_mesh/"
_STATIC = re.compile(r"""{%\s*static\s+["']([^"']+)["']""")
_IMPORT = re.compile(r"""^\s*(?:import|export)\b[^"';]*["'](\.[^"']+)["']""", re.MULTILINE)
_LAZY = re.compile(r"""\bimport\(\s*["'](\.[^"']+)["']\s*\)""")


@lru_cache(maxsize=1)
def shell_names() -> tuple[str, ...]:
    """Names of the static files that the participant's pages and their modules load."""
    pages = reached_from((TEMPLATES / "my").rglob("*.html"))
    named = {name for page in pages for name in _STATIC.findall(page.read_text())}
    waiting = sorted(name for name in named if not name.startswith(ENGINE))
    found: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or finders.find(name) is None:
            continue
        found.add(name)
        if name.endswith(".js"):
            waiting += _imports(name)
    return tuple(sorted(found))


def _imports(name: str) -> list[str]:
    text = _read(name).decode()
    relative = _IMPORT.findall(text) + _LAZY.findall(text)
    return [posixpath.normpath(posixpath.join(posixpath.dirname(name), path)) for path in relative]


@lru_cache(maxsize=1)
def shell_addresses() -> tuple[str, ...]:
    """Their addresses, named by content where static files are."""
    return tuple(static(name) for name in shell_names())


@lru_cache(maxsize=1)
def version() -> str:
    """Changes whenever one of them does."""
    digest = hashlib.sha256(settings.VERSION.encode())
    for name in shell_names():
        digest.update(name.encode() + hashlib.sha256(_read(name)).digest())
    return digest.hexdigest()[:16]


def _read(name: str) -> bytes:
    path = finders.find(name)
    return Path(path).read_bytes() if isinstance(path, str) else b""
