"""The HTTP of resumable uploads: tus 1.0.0 (https://tus.io/protocols/resumable-upload).

Core, creation, termination, checksum and expiration. ``capture.services.uploads`` keeps the bytes.
"""

import hashlib
from base64 import b64decode
from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from participants.capture.errors import (
    LengthUnknown,
    OtherParticipant,
    UploadInvalid,
    VersionUnknown,
    WrongMediaType,
)
from participants.capture.metadata import CaptureError, read_capture
from participants.capture.services import uploads
from participants.capture.services.uploads import Progress
from participants.capture.upload_files import ALGORITHMS, Checksum
from participants.people.views.my import MyRequest, my_photos_endpoint
from participants.visits.models import Visit
from studies.platform.errors import NotFound

VERSION = "1.0.0"
CHUNK_TYPE = "application/offset+octet-stream"


def collection(request: HttpRequest) -> HttpResponseBase:
    """``/my/uploads/``: OPTIONS tells what is spoken here, POST opens an upload."""
    return _speak(request, {"OPTIONS": _options, "POST": _create})


def upload(request: HttpRequest, upload: UUID) -> HttpResponseBase:
    """``/my/uploads/<id>/``: HEAD tells the offset, PATCH goes on, DELETE gives up."""
    methods: Mapping[str, Callable[[MyRequest], HttpResponseBase]] = {
        "OPTIONS": _options,
        "HEAD": lambda mine: _head(mine, upload),
        "PATCH": lambda mine: _patch(mine, upload),
        "DELETE": lambda mine: _delete(mine, upload),
    }
    return _speak(request, methods)


def _speak(
    request: HttpRequest, methods: Mapping[str, Callable[[MyRequest], HttpResponseBase]]
) -> HttpResponseBase:
    method = request.method or ""
    if method == "POST":  # for networks that let no other method through
        method = request.headers.get("X-HTTP-Method-Override", method).upper()

    @my_photos_endpoint
    def answer(mine: MyRequest) -> HttpResponseBase:
        if method not in methods:
            response = HttpResponse(status=405)
            response["Allow"] = ", ".join(methods)
            return response
        if method != "OPTIONS" and mine.headers.get("Tus-Resumable") != VERSION:
            raise VersionUnknown(_("Uploads here follow tus 1.0.0. Please reload the page."))
        return methods[method](mine)

    response = answer(request)
    response["Tus-Resumable"] = VERSION
    if response.status_code == VersionUnknown.status:
        response["Tus-Version"] = VERSION
    return response


# --- Methods -----------------------------------------------------------------------------------


def _options(request: MyRequest) -> HttpResponse:
    response = HttpResponse(status=204)
    response["Tus-Version"] = VERSION
    response["Tus-Max-Size"] = str(settings.UPLOAD_MAX_BYTES)
    response["Tus-Extension"] = "creation,termination,checksum,expiration"
    response["Tus-Checksum-Algorithm"] = ",".join(ALGORITHMS)
    return response


def _create(request: MyRequest) -> HttpResponse:
    length = _number(request, "Upload-Length")
    metadata = _metadata(request.headers.get("Upload-Metadata", ""))
    missing = [name for name in ("photo", "visit", "view", "sha256") if name not in metadata]
    if missing:
        raise _invalid(f"Upload-Metadata: {', '.join(missing)}")
    try:
        photo_id = UUID(metadata["photo"])
    except ValueError as error:
        raise _invalid("Upload-Metadata: photo") from error
    sha256 = metadata["sha256"].lower()
    if len(sha256) != 64 or not set(sha256) <= set("0123456789abcdef"):
        raise _invalid("Upload-Metadata: sha256")
    outbox_owner = str(request.participant.outbox_owner)
    if metadata.get("participant", outbox_owner) != outbox_owner:
        # A link opened in another tab changes whose session this is under a photo on its way.
        raise OtherParticipant(
            _(
                "This photo was taken on another person's page, so it was not sent from yours. It "
                "is kept on this phone until that person opens their own link."
            )
        )
    ours = Visit.objects.filter(participant=request.participant, definition__code=metadata["visit"])
    visit = ours.select_related("definition").first()
    if visit is None:
        raise NotFound(_("This visit is not one of yours. Please go back to the start."))
    visit.participant = request.participant
    progress = uploads.begin(
        upload_id=photo_id,
        visit=visit,
        view=metadata["view"],
        length=length,
        sha256=sha256,
        by=request.participant,
        capture=_capture(metadata.get("capture", "")),
    )
    response = _answer(progress, status=201)
    response["Location"] = reverse("my:upload", args=[photo_id])
    return response


def _head(request: MyRequest, upload_id: UUID) -> HttpResponse:
    progress = uploads.find(request.participant, upload_id)
    response = _answer(progress, status=200)
    response["Upload-Length"] = str(progress.length)
    return response


def _patch(request: MyRequest, upload_id: UUID) -> HttpResponse:
    if request.content_type != CHUNK_TYPE:
        raise WrongMediaType(_("The photo was sent in another way than is understood here."))
    if not request.META.get("CONTENT_LENGTH"):
        raise LengthUnknown(_("The photo was sent without saying how much of it."))
    progress = uploads.append(
        participant=request.participant,
        upload_id=upload_id,
        offset=_number(request, "Upload-Offset"),
        size=int(request.META["CONTENT_LENGTH"]),
        source=request,
        checksum=_checksum(request.headers.get("Upload-Checksum")),
    )
    return _answer(progress, status=204)


def _delete(request: MyRequest, upload_id: UUID) -> HttpResponse:
    uploads.terminate(participant=request.participant, upload_id=upload_id)
    return HttpResponse(status=204)


def _answer(progress: Progress, *, status: int) -> HttpResponse:
    response = HttpResponse(status=status)
    response["Upload-Offset"] = str(progress.offset)
    if progress.expires_at is not None:
        response["Upload-Expires"] = http_date(progress.expires_at.timestamp())
    if progress.photo is not None:
        # The phone keeps its copy until it reads here that these very bytes are stored.
        response["Photo-SHA256"] = progress.photo.sha256
    return response


# --- Headers -----------------------------------------------------------------------------------


def _number(request: HttpRequest, header: str) -> int:
    text = request.headers.get(header, "")
    if not (text.isascii() and text.isdigit() and len(text) <= 15):
        raise _invalid(header)
    return int(text)


def _metadata(header: str) -> dict[str, str]:
    """``key base64,key base64`` as a dictionary; a key may stand without a value."""
    metadata: dict[str, str] = {}
    for pair in filter(None, (part.strip() for part in header.split(","))):
        key, _space, value = pair.partition(" ")
        try:
            text = b64decode(value, validate=True).decode()
        except ValueError as error:
            raise _invalid("Upload-Metadata") from error
        if not key or key in metadata or "\0" in text:
            raise _invalid("Upload-Metadata")
        metadata[key] = text
    return metadata


def _capture(text: str) -> dict[str, Any]:
    try:
        return read_capture(text)
    except CaptureError as error:
        raise _invalid(f"capture: {error}") from error


def _checksum(header: str | None) -> Checksum | None:
    if header is None:
        return None
    algorithm, _space, value = header.strip().partition(" ")
    if algorithm not in ALGORITHMS:
        raise _invalid("Upload-Checksum")
    try:
        digest = b64decode(value, validate=True)
    except ValueError as error:
        raise _invalid("Upload-Checksum") from error
    if len(digest) != hashlib.new(algorithm, usedforsecurity=False).digest_size:
        raise _invalid("Upload-Checksum")
    return Checksum(algorithm, digest)


def _invalid(what: str) -> UploadInvalid:
    return UploadInvalid(
        _("The photo was sent in a way that is not understood (%(what)s). Please reload the page.")
        % {"what": what}
    )
