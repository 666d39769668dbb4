"""Photos arrive, and are found again by their id.

Deciding on a photo is the worker's (``participants.capture.services.checks``), and people's
(``review``, ``retakes`` beside it).
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.files.base import ContentFile, File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from participants.capture.errors import (
    CollectionStopped,
    PhotoAlreadyAccepted,
    PhotoConflict,
    PhotoDamaged,
    PhotoEmpty,
    PhotoNotAsked,
    TooManyTakes,
)
from participants.capture.models import Photo, PhotoCheck, Upload
from participants.capture.services import arrivals, progress, times
from participants.consent.services import consents
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self_or
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform import work
from studies.platform.actors import Actor, System
from studies.platform.errors import Refusal
from studies.platform.storage import private_storage
from studies.protocol.models import Study

# A lost phone or link must not fill the disk; nobody needs as many takes of one view.
MAX_TAKES = 30


def receive_photo(
    *,
    photo_id: UUID,
    visit: Visit,
    view: str,
    content: Path | bytes,
    sha256: str,
    by: Actor,
    begun_at: datetime | None = None,
    capture: Mapping[str, Any] | None = None,
) -> Photo:
    """Store a photo for good and queue its check; only then may anybody be told that it arrived.

    The same id with the same bytes again returns the photo there is. ``begun_at`` is when sending
    it began: that day counts for the visit's window, so that a slow line loses nothing.
    ``capture`` (``captures.read_capture``) is how it was taken, and when: see ``require_wanted``.

    Raises:
        PhotoConflict: the id is taken by other bytes, another visit or another view.
        PhotoAlreadyAccepted, PhotoNotAsked, VisitNotOpen, TooManyTakes: it is not wanted.
        ConsentMissing, CollectionStopped, NotAllowed: it may not be collected.
        PhotoEmpty, PhotoDamaged: the bytes are none, or do not have the SHA-256 announced.
    """
    _require_may_add(by, visit.participant)
    known = Photo.objects.filter(pk=photo_id).first()
    if known is not None:
        _drop_upload(photo_id)
        return _same_or_conflict(known, visit=visit, view=view, sha256=sha256)
    capture = capture or {}
    require_wanted(visit=visit, view=view, begun_at=begun_at, capture=capture)
    name, size = _store_original(photo_id, content, sha256)
    try:
        with transaction.atomic():
            participant = Participant.objects.select_for_update().get(pk=visit.participant_id)
            visit = Visit.objects.select_related("definition").get(pk=visit.pk)
            visit.participant = participant
            late = require_wanted(visit=visit, view=view, begun_at=begun_at, capture=capture)
            photo = Photo.objects.create(
                id=photo_id,
                visit=visit,
                view=view,
                original_file=name,
                sha256=sha256,
                size=size,
                received_at=timezone.now(),
                sent_by=by.actor_kind,
                added_by_id=int(by.actor_id) if by.actor_kind == "staff" else None,
                capture=dict(capture),
                late_arrival=late,
                **times.when_sent(capture),
            )
            work.notify_on_commit(PhotoCheck.objects.create(photo=photo))
            _drop_upload(photo_id)
            progress.note_photo(visit, by=by)
            arrived = {"sha256": sha256, "size": size, **({"late_arrival": True} if late else {})}
            if "place" in capture:
                arrived["place"] = capture["place"]
            _record(photo, "photo.receive", by=by, new=arrived)
    except Refusal:
        # Consent or the wish ended while the bytes were stored: they do not stay without a row.
        _forget_unless_named(name)
        raise
    except IntegrityError:
        # Sent twice at the same moment: the other request was first.
        _forget_unless_named(name)
        known = Photo.objects.filter(pk=photo_id).first()
        if known is None:
            raise
        return _same_or_conflict(known, visit=visit, view=view, sha256=sha256)
    return photo


def require_wanted(
    *,
    visit: Visit,
    view: str,
    begun_at: datetime | None = None,
    capture: Mapping[str, Any] | None = None,
) -> bool:
    """Refuse unless a photo of ``view`` at ``visit`` may be collected and is still wanted.

    Returns whether it arrives late: after the window closed, but taken within it by what the phone
    says in ``capture`` (``arrivals.taken_on``), as when there was no connection.

    Raises:
        PhotoAlreadyAccepted, PhotoNotAsked, VisitNotOpen, TooManyTakes: it is not wanted.
        ConsentMissing, ConsentOutdated, CollectionStopped: it may not be collected.
    """
    participant = visit.participant
    if participant.state != Participant.State.ENROLLED:
        raise CollectionStopped(
            _("You are not taking part in this study at the moment. Nothing was sent or kept.")
        )
    if participant.study.state != Study.State.ACTIVE:
        raise CollectionStopped(_("This study is closed. Nothing was sent or kept."))
    consents.require_current_consent(participant)
    if view not in visit.definition.views:
        raise PhotoNotAsked(
            _("The visit “%(visit)s” asks for no photo of this side. Nothing was kept.")
            % {"visit": visit.definition.name}
        )
    late = _require_in_window(visit, _day(begun_at, participant), capture or {})
    if visit.photos.filter(view=view, state=Photo.State.ACCEPTED).exists():
        raise PhotoAlreadyAccepted(
            _("A photo of this side has already been accepted. You need not send another one.")
        )
    if visit.photos.filter(view=view).count() >= MAX_TAKES:
        raise TooManyTakes(
            _(
                "Very many photos of this side have been sent, and none of them could be used. "
                "They are kept. Please call your study team before you send more."
            )
        )
    return late


def _require_in_window(visit: Visit, day: date, capture: Mapping[str, Any]) -> bool:
    """Refuse outside the visit's window; a photo taken within it may come late (returns True)."""
    if day > visit.closes_on:
        taken_on = arrivals.taken_on(visit, capture)
        if taken_on is not None:
            visits.require_open(visit, taken_on)  # a cancelled visit takes nothing
            return True
    visits.require_open(visit, day)
    return False


def suffix_of(head: bytes) -> str:
    """The file suffix that the first bytes suggest; a hint for people, never trusted."""
    if head.startswith(b"\xff\xd8\xff"):
        return ".jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return ".png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return ".webp"
    if head[4:8] == b"ftyp":
        return ".avif" if head[8:12] in {b"avif", b"avis"} else ".heic"
    return ".bin"


def _store_original(photo_id: UUID, content: Path | bytes, sha256: str) -> tuple[str, int]:
    """Write the bytes to private storage, durably; return their name and size."""
    file: File[Any] = (
        ContentFile(content) if isinstance(content, bytes) else File(content.open("rb"))
    )
    with file:
        digest = hashlib.sha256()
        for chunk in file.chunks():
            digest.update(chunk)
        if not file.size:
            raise PhotoEmpty(_("The file that arrived is empty. Please take the photo again."))
        if digest.hexdigest() != sha256:
            raise PhotoDamaged(
                _("The photo changed on the way and was not kept. Please send it again.")
            )
        file.seek(0)
        suffix = suffix_of(file.read(16))
        name = f"originals/{photo_id}/{sha256}{suffix}"
        storage = private_storage()
        if not storage.exists(name):
            file.seek(0)
            storage.save(name, file)
        return name, int(file.size)


def _forget_unless_named(name: str) -> None:
    if not Photo.objects.filter(original_file=name).exists():
        private_storage().delete(name)


def _same_or_conflict(photo: Photo, *, visit: Visit, view: str, sha256: str) -> Photo:
    if (photo.visit_id, photo.view, photo.sha256) != (visit.pk, view, sha256):
        raise PhotoConflict(
            _(
                "Another photo has already been sent under the same number. It was kept, and this "
                "one was not. Please take the photo again."
            )
        )
    return photo


def _drop_upload(photo_id: UUID) -> None:
    Upload.objects.filter(pk=photo_id).delete()


def _require_may_add(by: Actor, participant: Participant) -> None:
    if not isinstance(by, System):
        require_self_or(Permission.PHOTO_ADD, by=by, participant=participant)


def _day(at: datetime | None, participant: Participant) -> date:
    if at is None:
        return visits.today(participant)
    return at.astimezone(participant.zone).date()


def _record(photo: Photo, action: str, *, by: Actor, **values: Any) -> None:
    where = {"visit": photo.visit.definition.code, "view": photo.view}
    values["new"] = {**where, **(values.get("new") or {})}
    record_about(photo.visit.participant, action, by=by, target=photo, **values)
