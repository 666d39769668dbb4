"""Parts of a protocol that belong to apps above: each registers what it reads, writes and fills.

The file is read here, where those apps cannot be imported. A file without the part says nothing
about it: then it is neither compared nor changed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.models import Study
from studies.protocol_file.reading import Mistakes, Place, Reader


@dataclass(frozen=True)
class LaterPart:
    """One key of the file and what it stands for.

    ``read`` reads its value; ``check`` notes what does not fit the rest of the protocol; ``of``
    gives the part of a study as it stands, and ``fill`` brings a draft in line with it. ``short``
    leaves out of an item what is as usual. Pages show the part to who holds ``seen_with``.
    """

    name: str
    read: Reader
    check: Callable[[dict[str, Any], Place, Mistakes], None]
    of: Callable[[Study], list[dict[str, Any]]]
    fill: Callable[[Study, list[dict[str, Any]], Actor], None]
    short: Callable[[dict[str, Any]], dict[str, Any]]
    seen_with: Permission


PARTS: Final[dict[str, LaterPart]] = {}


def add_part(part: LaterPart) -> None:
    """Let the file hold ``part``."""
    PARTS[part.name] = part
