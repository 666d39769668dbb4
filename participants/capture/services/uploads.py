"""Photos on their way in: resumable, durable at every offset that is answered for.

The bytes so far lie in ``UPLOAD_ROOT/<id>``, the promise in the ``Upload`` row. An offset is told
only after the bytes before it are on disk (fsync); the last one only after the photo is stored for
good. HTTP is spoken in ``participants.capture.views.uploads``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from io import BufferedRandom
from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.capture.errors import (
    OffsetWrong,
    PhotoConflict,
    PhotoEmpty,
    PhotoTooLarge,
    UploadExpired,
    UploadUnknown,
)
from participants.capture.models import Photo, Upload
from participants.capture.services import photos
from participants.capture.upload_files import (
    Checksum,
    Source,
    busy,
    locked,
    path_of,
    put_on_disk,
    receive,
    size_of,
)
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.platform.errors import Refusal

LIFETIME = timedelta(days=2)
UNFINISHED_PER_VIEW = 3


@dataclass(frozen=True)
class Progress:
    """How far an upload has come; finished when a photo is there."""

    id: UUID
    offset: int
    length: int
    expires_at: datetime | None = None
    photo: Photo | None = None


# --- Reading -----------------------------------------------------------------------------------


def find(participant: Participant, upload_id: UUID) -> Progress:
    """How far ``participant``'s upload has come; a finished one stays findable by its photo.

    Raises:
        UploadUnknown: no such upload, or it is another participant's.
        UploadExpired: it was not finished in time.
    """
    photo = Photo.objects.filter(pk=upload_id, visit__participant=participant).first()
    if photo is not None:
        return Progress(photo.pk, photo.size, photo.size, photo=photo)
    return _progress(_own(participant, upload_id))


def _own(participant: Participant, upload_id: UUID) -> Upload:
    mine = Upload.objects.filter(visit__participant=participant)
    upload = mine.select_related("visit__definition", "visit__participant").filter(pk=upload_id)
    own = upload.first()
    if own is None:
        raise UploadUnknown(_("This photo is not being sent. Please send it again."))
    if own.expires_at <= timezone.now():
        discard(own)
        raise UploadExpired(
            _("This photo was not sent completely in time. Please send it again from the start.")
        )
    if size_of(upload_id) < own.offset:
        # The folder was lost or is not shared: better to send again than to promise what is gone.
        Upload.objects.filter(pk=own.pk, offset=own.offset).update(offset=0)
        own.refresh_from_db(fields=["offset"])
    return own


def _progress(upload: Upload) -> Progress:
    return Progress(upload.pk, upload.offset, upload.length, upload.expires_at)


# --- Creating and removing ---------------------------------------------------------------------


def begin(
    *,
    upload_id: UUID,
    visit: Visit,
    view: str,
    length: int,
    sha256: str,
    by: Participant,
    capture: Mapping[str, Any] | None = None,
) -> Progress:
    """Open an upload of ``length`` bytes, or give the one that is open or finished under this id.

    ``capture`` is how and when the photo was taken (``captures.read_capture``); what was told when
    the upload was opened counts.

    Raises:
        PhotoConflict: the id stands for another photo.
        PhotoEmpty, PhotoTooLarge: no photo has this length.
        and whatever ``photos.require_wanted`` refuses.
    """
    if length == 0:
        raise PhotoEmpty(_("This file is empty. Please take the photo again."))
    if length > settings.UPLOAD_MAX_BYTES:
        raise PhotoTooLarge(too_large())
    clear_stale()
    photo = Photo.objects.filter(pk=upload_id).first()
    if photo is not None:
        _refuse_unless_same((photo.visit_id, photo.view, photo.sha256), (visit.pk, view, sha256))
        return Progress(photo.pk, photo.size, photo.size, photo=photo)
    capture = dict(capture or {})
    photos.require_wanted(visit=visit, view=view, capture=capture)
    now = timezone.now()
    promise = {"visit": visit, "view": view, "length": length, "sha256": sha256}
    times = {"created_at": now, "expires_at": now + LIFETIME}
    upload, _created = Upload.objects.get_or_create(
        pk=upload_id, defaults={**promise, **times, "capture": capture}
    )
    _refuse_unless_same(
        (upload.visit_id, upload.view, upload.length, upload.sha256),
        (visit.pk, view, length, sha256),
    )
    _drop_older_takes(upload)
    return _progress(_own(by, upload.pk))


def discard(upload: Upload) -> None:
    """Forget an unfinished upload, its bytes included."""
    Upload.objects.filter(pk=upload.pk).delete()
    path_of(upload.pk).unlink(missing_ok=True)


def terminate(*, participant: Participant, upload_id: UUID) -> None:
    """Remove an unfinished upload at the participant's wish; a finished photo stays.

    Raises:
        UploadUnknown, UploadExpired: as ``find``.
        OffsetWrong: it is finished.
    """
    if find(participant, upload_id).photo is not None:
        raise OffsetWrong(_("This photo has already arrived and is kept by the study."))
    upload = _own(participant, upload_id)
    with locked(upload_id):
        discard(upload)


def clear_stale() -> None:
    """Remove what was never finished; called whenever anybody starts an upload or comes home.

    Also removes bytes whose row is gone: after a crash, or with an erased participant.
    """
    now = timezone.now()
    for upload in Upload.objects.filter(expires_at__lte=now)[:50]:
        discard(upload)
    for upload in Upload.objects.exclude(visit__participant__state="enrolled")[:50]:
        discard(upload)
    if not settings.UPLOAD_ROOT.exists():
        return
    oldest = (now - LIFETIME).timestamp()
    for path in settings.UPLOAD_ROOT.iterdir():
        try:
            upload_id = UUID(path.name)
            forgotten = path.stat().st_mtime < oldest
        except (ValueError, FileNotFoundError):
            continue  # not ours, such as a volume's lost+found, or gone meanwhile
        if forgotten and not Upload.objects.filter(pk=upload_id).exists():
            path.unlink(missing_ok=True)


def too_large() -> str:
    """The sentence about the greatest size of a photo."""
    return _(
        "This file is larger than %(limit)d MB, and nothing of it was kept. Please set your camera "
        "to its normal photo size and take the photo again."
    ) % {"limit": settings.UPLOAD_MAX_BYTES // 1024**2}


def _drop_older_takes(upload: Upload) -> None:
    """Takes that were begun and then taken anew are not kept for ever."""
    same_view = Upload.objects.filter(visit=upload.visit_id, view=upload.view)
    for old in same_view.exclude(pk=upload.pk).order_by("-created_at")[UNFINISHED_PER_VIEW - 1 :]:
        discard(old)


def _refuse_unless_same(known: tuple[object, ...], asked: tuple[object, ...]) -> None:
    if known != asked:
        raise _conflict()


def _conflict() -> PhotoConflict:
    return PhotoConflict(
        _(
            "Another photo has already been sent under the same number. It was kept, and this one "
            "was not. Please take the photo again."
        )
    )


# --- Receiving ---------------------------------------------------------------------------------


def append(
    *,
    participant: Participant,
    upload_id: UUID,
    offset: int,
    size: int,
    source: Source,
    checksum: Checksum | None = None,
) -> Progress:
    """Take ``size`` bytes from ``source`` at ``offset``; what arrived of them is kept.

    With a ``checksum`` the chunk is kept whole or not at all. With the last byte the photo is
    verified, stored and queued for its check before this returns.

    Raises:
        UploadUnknown, UploadExpired: as ``find``.
        UploadBusy: another request is writing.
        OffsetWrong: the upload ends elsewhere.
        PhotoTooLarge: the chunk goes beyond the length announced.
        PhotoDamaged: a checksum does not agree.
        and whatever ``photos.receive_photo`` refuses; the upload is then forgotten.
    """
    done = find(participant, upload_id)
    if done.photo is not None:
        if (offset, size) == (done.length, 0):
            return done
        raise OffsetWrong(_("This photo has already arrived completely."))
    _own(participant, upload_id)
    with locked(upload_id) as file:
        upload = _own(participant, upload_id)
        if offset != upload.offset:
            raise OffsetWrong(
                _("This photo has arrived up to byte %(offset)d.") % {"offset": upload.offset}
            )
        if offset + size > upload.length:
            raise PhotoTooLarge(_("More was sent than the photo is long. Nothing of it was kept."))
        # Renewed consent at every chunk: withdrawal stops collection at once.
        _require_wanted(upload)
        end = receive(
            file,
            source,
            at=offset,
            size=size,
            checksum=checksum,
            promise=lambda reached: _advance(upload, file, reached),
        )
        if end < upload.length:
            _advance(upload, file, end)
            return _progress(upload)
        return _finish(upload, file, participant)


def _advance(upload: Upload, file: BufferedRandom, offset: int) -> None:
    """Put the bytes on disk, then promise them.

    Should a file's lock not reach another host, this still lets only one of two writers go on, and
    the SHA-256 of the whole decides.
    """
    put_on_disk(file)
    now = timezone.now()
    mine = Upload.objects.filter(pk=upload.pk, offset=upload.offset)
    if not mine.update(offset=offset, expires_at=now + LIFETIME):
        raise busy()
    upload.offset, upload.expires_at = offset, now + LIFETIME


def _finish(upload: Upload, file: BufferedRandom, by: Participant) -> Progress:
    """Hand the whole file over; ``receive_photo`` holds it against the SHA-256 announced.

    The row keeps its last offset until the photo is stored, so that a crash before that never
    looks like a finished upload.
    """
    put_on_disk(file)
    try:
        photo = photos.receive_photo(
            photo_id=upload.pk,
            visit=upload.visit,
            view=upload.view,
            content=path_of(upload.pk),
            sha256=upload.sha256,
            by=by,
            begun_at=upload.created_at,
            capture=upload.capture,
        )
    except Refusal:
        discard(upload)
        raise
    path_of(upload.pk).unlink(missing_ok=True)
    return Progress(photo.pk, photo.size, photo.size, photo=photo)


def _require_wanted(upload: Upload) -> None:
    try:
        photos.require_wanted(
            visit=upload.visit,
            view=upload.view,
            begun_at=upload.created_at,
            capture=upload.capture,
        )
    except Refusal:
        discard(upload)
        raise
