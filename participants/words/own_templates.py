"""A participant's templates, with every one they extend or include: found by reading them."""

import re
from collections.abc import Iterable
from pathlib import Path

from django.conf import settings

TEMPLATES = Path(settings.BASE_DIR) / "templates"
LEADS_TO = re.compile(r"""{%\s*(?:extends|include)\s+["']([\w./-]+)["']""")


def reached_from(roots: Iterable[Path]) -> list[Path]:
    """``roots`` and the templates they name, and those these name, in the order of their paths."""
    waiting, found = list(roots), set[Path]()
    while waiting:
        path = waiting.pop()
        if path in found or not path.is_file():
            continue
        found.add(path)
        waiting += [TEMPLATES / name for name in LEADS_TO.findall(path.read_text())]
    return sorted(found)
