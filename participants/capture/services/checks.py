"""The worker's part of a photo's way: open it safely, judge it, accept it or ask for another."""

import hashlib
import io
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any, cast

import numpy as np
from django.db import transaction

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services import before_consent, flags, progress, review, times
from participants.capture.services.accepting import accept, others_of, record_photo, replace
from participants.consent.errors import ConsentMissing
from participants.consent.services import consents
from participants.imaging.decode import CameraTags, DecodedPhoto, decode_photo, encode_clean
from participants.imaging.errors import PhotoUnreadable
from participants.imaging.face import FaceFinder
from participants.imaging.picture import LONGEST_SIDE, THUMBNAIL_SIDE, Picture
from participants.imaging.profiles import PROFILES, SENTENCES, View
from participants.imaging.quality import QualityReport, assess_quality
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.platform.actors import SYSTEM
from studies.platform.storage import private_storage, store
from studies.platform.work import Claim, PermanentFailure

FINDER = FaceFinder()


@dataclass(frozen=True)
class Verdict:
    """What the check found: columns of ``Photo``, and why another photo is wanted (if it is)."""

    fields: dict[str, Any]
    reasons: list[dict[str, str]] = field(default_factory=list)


def check_photo(claim: Claim[PhotoCheck]) -> None:
    """Decode, judge and conclude on one photo; the work of ``studies.platform.work.perform``.

    A file that cannot be opened or does not pass ends in a retake with its reasons: a normal
    outcome. Consent is asked before the photo is opened and again when the result is written.

    Raises:
        PermanentFailure: no consent is in force, or the stored bytes are not those received.
        LeaseLost: another worker has the row.
    """
    photo = Photo.objects.select_related(
        "visit__definition", "visit__participant__study", "visit__participant__site"
    ).get(pk=claim.row.photo_id)
    _require_consent(photo.visit.participant)
    with original_of(photo) as path:
        try:
            decoded = decode_photo(path, max_side=LONGEST_SIDE)
        except PhotoUnreadable as error:
            verdict = Verdict({}, [{"code": error.code, "message": error.message}])
        else:
            claim.renew()
            verdict = _judge(photo, decoded)
    claim.renew()
    with transaction.atomic():
        # The participant first, as in every act on their photos: withdrawal takes the same way.
        participant = Participant.objects.select_for_update().get(pk=photo.visit.participant_id)
        with claim.completing():
            _require_consent(participant)
            _conclude(photo, verdict)


@contextmanager
def original_of(photo: Photo) -> Iterator[Path]:
    """The received bytes as a local file, proved to be the ones received.

    Raises:
        FileNotFoundError: nothing is stored.
        PermanentFailure: what is stored is not what was received.
    """
    with (
        private_storage().open(photo.original_file, "rb") as stored,
        NamedTemporaryFile(prefix="gsh-photo-") as copy,
    ):
        shutil.copyfileobj(stored, copy)
        copy.flush()
        copy.seek(0)
        if hashlib.file_digest(copy, "sha256").hexdigest() != photo.sha256:
            raise PermanentFailure(
                "The stored file is not what was received: its SHA-256 has changed. "
                "Restore it from a backup, then retry."
            )
        yield Path(copy.name)


def _judge(photo: Photo, decoded: DecodedPhoto) -> Verdict:
    """Measure the pixels and store what is made from them."""
    study = photo.visit.participant.study
    picture = Picture(decoded.pixels)
    report = assess_quality(
        picture,
        view=cast("View", photo.view),
        profile=PROFILES[study.quality_profile],
        finder=FINDER,
    )
    owner = str(photo.pk)
    upright, digest = store("uprights", owner, encode_clean(decoded.pixels), suffix=".jpg")
    small = encode_clean(picture.small, quality=85, max_side=THUMBNAIL_SIDE)
    thumbnail, _digest = store("thumbnails", owner, small, suffix=".jpg")
    height, width = decoded.pixels.shape[:2]
    return Verdict(
        {
            "upright_file": upright,
            "upright_sha256": digest,
            "thumbnail_file": thumbnail,
            "landmarks_file": _store_landmarks(owner, report),
            "quality": report.as_dict(),
            "format": decoded.source_format,
            "width": width,
            "height": height,
            **_camera(decoded.tags),
            **times.when_taken(photo, decoded.tags),
        },
        _reasons(report),
    )


def _reasons(report: QualityReport) -> list[dict[str, str]]:
    refused = [
        {"code": reason.code, "message": reason.message}
        for reason in report.reasons
        if reason.outcome == "reject"
    ]
    if report.face is None and not refused:
        # The profile "off" measures everything and refuses nothing, but a face there must be.
        return [{"code": "no_face", "message": SENTENCES["no_face"]}]
    return refused


def _store_landmarks(owner: str, report: QualityReport) -> str:
    if report.face is None:
        return ""
    body = io.BytesIO()
    np.save(body, report.face.landmarks.astype(np.float32), allow_pickle=False)
    return store("landmarks", owner, body.getvalue(), suffix=".npy")[0]


def _camera(tags: CameraTags) -> dict[str, Any]:
    exposure = {"exposure_s": tags.exposure_s, "f_number": tags.f_number, "iso": tags.iso}
    return {
        "camera_make": (tags.make or "")[:60],
        "camera_model": (tags.model or "")[:60],
        "exposure": exposure if any(exposure.values()) else None,
    }


def _conclude(photo: Photo, verdict: Verdict) -> None:
    """Write the verdict; called inside the transaction that completes the work."""
    Visit.objects.select_for_update().get(pk=photo.visit_id)
    photo.refresh_from_db(fields=["state"])
    for name, value in verdict.fields.items():
        setattr(photo, name, value)
    if verdict.fields:
        photo.save(update_fields=list(verdict.fields))
    if photo.state != Photo.State.RECEIVED:
        return  # a person decided, or a newer photo was accepted meanwhile
    flagged: dict[str, Any] = {"flags": flags.flags_of(photo)}
    others = others_of(photo)
    if others.filter(state=Photo.State.ACCEPTED, received_at__gt=photo.received_at).exists():
        photo.move(Photo.State.REPLACED, **flagged)
        _record(photo, "photo.replace", {"by": "a newer photo that was accepted first"})
        return
    older = others.filter(received_at__lte=photo.received_at)
    reasons = verdict.reasons or before_consent.refuse(photo)
    if reasons:
        replace(older.filter(state=Photo.State.RETAKE_WANTED), by=photo)
        photo.move(Photo.State.RETAKE_WANTED, retake_reasons=reasons, **flagged)
        codes = [reason["code"] for reason in reasons]
        conclusion = {"reasons": codes, **_hash_of(photo), **_if_flagged(flagged)}
        _record(photo, "photo.retake_wanted", conclusion)
        progress.note_photo(photo.visit)
        return
    if flags.HOLDING.intersection(flagged["flags"]):
        # A person decides, whatever share of the others people look at.
        replace(older.filter(state__in=[Photo.State.RETAKE_WANTED, Photo.State.HELD]), by=photo)
        photo.move(Photo.State.HELD, review=Photo.Review.WAITING, **flagged)
        _record(photo, "photo.hold", {**_hash_of(photo), **flagged})
        progress.note_photo(photo.visit)
        return
    looked_at = flagged["flags"] or review.is_chosen(photo)
    accept(
        photo,
        by=SYSTEM,
        new={"upright_sha256": photo.upright_sha256, **_if_flagged(flagged)},
        review=Photo.Review.WAITING if looked_at else "",
        **flagged,
    )


def _hash_of(photo: Photo) -> dict[str, str]:
    """Of its pixels, where it could be opened: a person may accept it yet."""
    return {"upright_sha256": photo.upright_sha256} if photo.upright_sha256 else {}


def _if_flagged(flagged: dict[str, Any]) -> dict[str, Any]:
    return flagged if flagged["flags"] else {}


def _require_consent(participant: Participant) -> None:
    try:
        consents.require_consent(participant)
    except ConsentMissing as error:
        raise PermanentFailure(
            "No consent is in force: the photo is kept as it arrived and is not opened or scored."
        ) from error


def _record(photo: Photo, action: str, new: dict[str, Any]) -> None:
    record_photo(photo, action, new={"state": photo.state, **new})
