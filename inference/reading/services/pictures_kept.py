"""Pictures beside a scale that show what a grade looks like: sent, checked, kept, forgotten.

A picture is decoded as a participant's photo is, in a child process with limits; what is kept is a
clean JPEG of its pixels. None may be a photo of the study's participants.
"""

from __future__ import annotations

import hashlib
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Final

from django.db import transaction
from django.db.models import Q

from inference.reading.models import Anchor, ReadingStudy, Scale
from inference.reading.scales import Kind, areas_of, checked, most_of
from inference.reading.services.rows import draft_of, record
from participants.capture.models import Photo
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, invalid
from studies.platform.storage import private_storage, read, store

if TYPE_CHECKING:
    from django.core.files.uploadedfile import UploadedFile

LARGEST: Final = 20 * 2**20  # bytes
SIDE: Final = 1600  # pixels, of what is kept
MOST: Final = 24  # of one scale
FOLDER: Final = "reading-anchors"
_CANNOT = "This is no picture that can be read: send a JPEG, PNG, WebP, HEIC or AVIF. "


@transaction.atomic
def add_anchor(
    *,
    scale: Scale,
    value: float,
    licence: str,
    upload: UploadedFile[bytes],
    by: Actor,
    caption: str = "",
) -> Anchor:
    """Show a picture beside ``value`` of a scale.

    Raises:
        NotAllowed: ``by`` may not edit reading studies.
        ReadingStudyFixed: the reading study is no draft.
        Invalid: the value is none of the scale, nobody says what allows showing the picture, or
            the file is too large, no picture, or a photo of the study.
    """
    row = draft_of(scale.reading_study, by)
    problems = {}
    if not _on(scale, value):
        problems["value"] = "The scale has no such grade."
    if not licence.strip():
        problems["licence"] = "Say what allows showing this picture here."
    if not upload.size or upload.size > LARGEST:
        problems["upload"] = f"At most {LARGEST // 2**20} MiB, and not empty."
    if scale.anchors.count() >= MOST:
        problems["upload"] = f"{MOST} pictures are the most of one scale."
    if problems:
        raise invalid("Nothing was saved yet.", problems)
    jpeg = _clean(row, upload.read())
    name, digest = store(FOLDER, str(row.pk), jpeg, suffix=".jpg")
    anchor = Anchor.objects.create(
        scale=scale,
        value=value,
        caption=caption.strip()[:200],
        licence=licence.strip()[:200],
        file=name,
        sha256=digest,
    )
    new = {"scale": scale.code, "value": value, "sha256": digest, "licence": anchor.licence}
    record(row, "reading.add_picture", by=by, new=new)
    return anchor


@transaction.atomic
def remove_anchor(*, anchor: Anchor, by: Actor) -> None:
    """Take a picture away from beside its scale.

    Raises:
        NotAllowed, ReadingStudyFixed: as for ``add_anchor``.
    """
    row = draft_of(anchor.scale.reading_study, by)
    old = {"scale": anchor.scale.code, "value": anchor.value, "sha256": anchor.sha256}
    forget(anchor)
    record(row, "reading.remove_picture", by=by, old=old)


def anchor_jpeg(anchor: Anchor) -> bytes:
    """The picture, as it is shown."""
    return read(anchor.file)


def forget(anchor: Anchor) -> None:
    """Remove the row, and the file once nothing else shows it and the transaction has ended."""
    name, pk = anchor.file, anchor.pk
    Anchor.objects.filter(pk=pk).delete()
    if not Anchor.objects.filter(file=name).exists():
        transaction.on_commit(lambda: private_storage().delete(name))


def _on(scale: Scale, value: float) -> bool:
    kind = Kind(scale.kind)
    if areas_of(kind):
        return 0 <= value <= most_of(kind)
    try:
        checked(kind, value, grades=len(scale.grades))
    except ValueError:
        return False
    return True


def _clean(study: ReadingStudy, content: bytes) -> bytes:
    """The picture as a JPEG without tags.

    Raises:
        Invalid: it is none, or a photo of the study's participants.
    """
    from participants.imaging.decode import decode_photo, encode_clean
    from participants.imaging.errors import DecoderFailed, PhotoUnreadable

    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "picture"
        path.write_bytes(content)
        try:
            whole = decode_photo(path)
        except (PhotoUnreadable, DecoderFailed) as error:
            raise invalid(
                "Nothing was saved yet.", {"upload": f"{_CANNOT}Nothing was kept."}
            ) from (error)
    upright = hashlib.sha256(encode_clean(whole.pixels)).hexdigest()
    sent = hashlib.sha256(content).hexdigest()
    same = Q(sha256=sent) | Q(upright_sha256__in=[sent, upright])
    if Photo.objects.filter(same, visit__participant__study=study.study_id).exists():
        raise Invalid(
            "This is a photo of a participant of the study. Pictures beside a scale come from "
            "elsewhere, so that no case is shown with its grade. Nothing was kept.",
            detail={"fields": {"upload": ["This is a photo of a participant of the study."]}},
        )
    return encode_clean(whole.pixels, quality=90, max_side=SIDE)
