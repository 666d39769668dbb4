"""Handing out private files: after the caller's rights check, never cached, never run as a page.

The caller asks for a stored name it took from a row it may see (``visible_to``); nothing here looks
at who asks.
"""

import logging
from pathlib import PurePosixPath
from typing import IO
from urllib.parse import quote

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.http import content_disposition_header

from studies.platform.errors import NotFound
from studies.platform.storage import private_storage

logger = logging.getLogger(__name__)

# An image or PDF that is really a page must not run as one, even when somebody opens it directly.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"


class FileMissing(NotFound):
    """A row names a file that storage does not hold: a restore may be needed."""

    code = "file_missing"
    title = "The file is not there"


def private_response(
    request: HttpRequest, name: str, *, content_type: str, filename: str | None = None
) -> HttpResponseBase:
    """The file stored under ``name``, with the ``content_type`` given and no other.

    With ``filename`` the browser is told to save it under that name, else to show it. nginx sends
    the bytes when ``ACCEL_REDIRECT_PREFIX`` is set and the files are local (its location has to
    repeat ``nosniff`` and the policy: nginx keeps no other header of ours), else they are
    streamed from storage.

    Raises:
        FileMissing: nothing can be read under ``name``.
    """
    file = _open(name)
    response: HttpResponseBase
    if settings.ACCEL_REDIRECT_PREFIX and settings.PRIVATE_ROOT is not None:
        file.close()
        response = HttpResponse(content_type=content_type)
        del response["Content-Length"]
        prefix = settings.ACCEL_REDIRECT_PREFIX.strip("/")
        response["X-Accel-Redirect"] = f"/{prefix}/{quote(name)}"
    elif request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
        response["Content-Length"] = str(file.seek(0, 2))
        file.close()
    else:
        response = FileResponse(file, content_type=content_type)
    disposition = content_disposition_header(filename is not None, filename or "")
    response["Content-Disposition"] = disposition or "inline"
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = POLICY
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def _open(name: str) -> IO[bytes]:
    path = PurePosixPath(name)
    if not name or path.is_absolute() or ".." in path.parts:
        raise SuspiciousFileOperation("a stored name stays inside private storage")
    try:
        return private_storage().open(name, "rb")
    except OSError as error:
        raise _missing(name, error) from error


def read_private(name: str) -> bytes:
    """The bytes stored under ``name``, for a person who waits for them.

    Raises:
        FileMissing: they cannot be read.
    """
    try:
        with _open(name) as file:
            return bytes(file.read())
    except OSError as error:
        raise _missing(name, error) from error


def _missing(name: str, error: OSError) -> FileMissing:
    logger.error("private file cannot be read: %s (%s)", name, type(error).__name__)
    return FileMissing(
        "This file cannot be read from storage. What is known about it is kept, and nothing was "
        "changed. Please tell whoever runs this system, so that it is brought back from a backup: "
        "its name has been written to their log."
    )
