"""Codes in addresses and in names of files: whatever a code is, its page opens and its file saves.

New codes are letters, digits and hyphens. Rows made before that rule, or past it, may hold any
text; their pages open all the same.
"""

import re
from typing import Final
from urllib.parse import unquote

from django.urls import register_converter
from django.utils.http import content_disposition_header

# Words that stand where a code stands in another address, such as …/arms/add/, and what browsers
# take for a folder and its parent.
RESERVED: Final = frozenset(
    {
        *("add", "conditions", "discard", "edit", "enrol", "find", "import", "new", "pre-screen"),
        *("hold-consent", "reopen", "screening-log", "sites", "submit", "targets", ".", ".."),
    }
)
_NOTHING: Final = "%"  # stands for an empty code; every other percent sign is followed by digits


class CodeConverter:
    """``<code:…>``: a code as one part of an address.

    A slash cannot be quoted the usual way: servers give the path already unquoted, and it would
    part the code in two. So what would mislead is quoted once more than an address is anyway; codes
    of letters, digits and hyphens stand as they are.
    """

    regex = "[^/]+"

    def to_python(self, value: str) -> str:
        """The code that an address names.

        Raises:
            ValueError: it cannot be a code of any row; the address is unknown.
        """
        code = "" if value == _NOTHING else unquote(value)
        if "\x00" in code:
            raise ValueError("No database keeps this character.")
        return code

    def to_url(self, value: object) -> str:
        """What stands for the code in an address, before it is quoted as any address."""
        code = str(value)
        if not code:
            return _NOTHING
        if code in RESERVED:
            return "".join(f"%{byte:02X}" for byte in code.encode())
        return code.replace("%", "%25").replace("/", "%2F").replace("\\", "%5C")


def register() -> None:
    """Make ``<code:…>`` known to ``django.urls.path``."""
    register_converter(CodeConverter, "code")


def file_name(name: str) -> str:
    """``name`` as every system takes it for a file: no folders, no control characters."""
    return re.sub(r"[^\w.() +@-]|^[.\s-]+", "-", name)


def attachment(name: str) -> str:
    """The header ``Content-Disposition`` of a file to be saved as ``name``."""
    return content_disposition_header(True, file_name(name)) or "attachment"
