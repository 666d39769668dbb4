"""Carrying out requests: the worker's part. Stopping is proved, erasing is done and searched.

An erasure is a row of steps, each of which may be done again: whoever takes it up after a worker
died begins at the first and finds done what is done. It ends only when a search of every store
finds nothing; what is found sends it back, and after five attempts to quarantine, never to “done”.
"""

import hashlib
import json
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path, PurePosixPath
from uuid import UUID

from django.conf import settings
from django.contrib.sessions.models import Session
from django.db import models, transaction
from django.utils import timezone

from participants.answers.services.erasing import erase_answers
from participants.capture.models import Photo, PhotoCheck, Upload
from participants.capture.upload_files import path_of
from participants.consent.models import Consent
from participants.messaging.models import Message
from participants.messaging.services.planning import tell
from participants.people.models import Identity, Invitation, Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.sessions import SESSION_KEY
from participants.people.signals import participant_erasing, participant_restricted
from participants.privacy.models import DataRequest, RequestWork
from participants.privacy.search_terms import SearchTerms, hex_ids, search_terms_from
from participants.privacy.services import my_data
from participants.privacy.services.searching import Occurrence, rows_about, search_stores
from participants.privacy.services.stays import erase_words
from participants.queries.services.erasing import erase_queries
from participants.visits.models import WAITING
from studies.backup.services import damage
from studies.backup.services.erasures import note_erased
from studies.backup.signals import ErasedPerson
from studies.platform import storage
from studies.platform.actors import SYSTEM
from studies.platform.work import Claim, LeaseLost, WorkState
from studies.record import services as audit
from studies.record.models import AuditEvent
from studies.record.services import edited

# The receipt's message needs the address: it has this long to leave before the address goes.
TELLING = timedelta(minutes=15)
LOOK_AGAIN = timedelta(seconds=20)
BEGUN = "begun"
MARKS = "erasures"


class ErasureIncomplete(Exception):  # noqa: N818 - it names what it is
    """The search found something of the participant; places and kinds, never the thing itself."""

    def __init__(self, occurrences: Iterable[Occurrence]) -> None:
        lines = sorted({str(occurrence) for occurrence in occurrences})
        more = f", and {len(lines) - 20} more" if len(lines) > 20 else ""
        super().__init__(f"Not everything is gone: {'; '.join(lines[:20])}{more}.")


class NotStopped(Exception):  # noqa: N818 - it names what it is
    """Something still waits to be collected or used."""


def carry_out(claim: Claim[RequestWork]) -> None:
    """Carry out one request; the work of ``studies.platform.work.perform``.

    Raises:
        ErasureIncomplete, NotStopped: it is not as it should be yet; it is tried again.
        LeaseLost: another worker has the row.
    """
    related = "request__participant__study", "request__participant__site"
    row = RequestWork.objects.select_related(*related).get(pk=claim.row.pk)
    if row.request.kind == DataRequest.Kind.ERASE:
        _erase(claim, row)
    else:
        _prove_stopped(claim, row.request)


# --- Stop, and stop and keep -------------------------------------------------------------------


def _prove_stopped(claim: Claim[RequestWork], request: DataRequest) -> None:
    """What the request ended in its own transaction has ended; what it restricted is restricted."""
    participant = request.participant
    if request.kind == DataRequest.Kind.STOP:
        participant_restricted.send(sender=Participant, participant=participant)
    waiting = {
        "visits": participant.visits.filter(state__in=WAITING).count(),
        "uploads": Upload.objects.filter(visit__participant=participant).count(),
        "checks": PhotoCheck.objects.filter(
            photo__visit__participant=participant, state__in=[WorkState.QUEUED, WorkState.RUNNING]
        ).count(),
        "consents": participant.consents.in_force().count(),
    }
    unrestricted = participant.data_use != Participant.DataUse.RESTRICTED
    if request.kind == DataRequest.Kind.STOP and unrestricted:
        waiting["locks"] = 1
    if any(waiting.values()):
        raise NotStopped(f"Still there: {', '.join(k for k, v in waiting.items() if v)}.")
    now = timezone.now()
    with claim.completing():
        request.move(
            DataRequest.State.CARRIED_OUT,
            settled_at=now,
            verified_at=now,
            counts=my_data.counts(participant),
        )
        _record(request, "data_request.carry_out", {"use": participant.data_use})


# --- Erase -------------------------------------------------------------------------------------


def _erase(claim: Claim[RequestWork], row: RequestWork) -> None:
    request, participant = row.request, row.request.participant
    terms = _plan(claim, row)
    if _still_telling(request):
        with claim.pausing(until=timezone.now() + LOOK_AGAIN):
            pass
        return
    for name, step in STEPS.items():
        step(participant, terms)
        _note(claim, step=name)
    remains = search_stores(participant, terms, heartbeat=claim.renew)
    blocking = [remnant for remnant in remains if remnant.store != "record"]
    if blocking:
        raise ErasureIncomplete(blocking)
    _mark(request)
    note_erased(ErasedPerson(participant.study.code, participant.code))
    with claim.completing():
        _conclude(request, terms, mentions=len(remains))


def _note(claim: Claim[RequestWork], **fields: object) -> None:
    """Write how far it is, if this worker still holds the row."""
    mine = RequestWork.objects.filter(pk=claim.row.pk, token=claim.token, state=WorkState.RUNNING)
    if not mine.update(**fields):
        raise LeaseLost
    claim.renew()


def _plan(claim: Claim[RequestWork], row: RequestWork) -> SearchTerms:
    """What must be gone afterwards: gathered once, before anything is, and kept sealed."""
    participant = row.request.participant
    if row.sealed_plan:
        opened = identity.open_bytes(bytes(row.sealed_plan), owner=participant)
        return search_terms_from(opened.decode())
    with transaction.atomic():
        participant = Participant.objects.select_for_update().get(pk=participant.pk)
        terms = gather(participant)
        sealed = identity.seal_bytes(terms.as_json().encode(), owner=participant)
        _note(claim, sealed_plan=sealed, step=BEGUN)
        row.request.counts = my_data.counts(participant)
        row.request.save(update_fields=["counts"])
        _tell(row.request)
    return terms


def gather(participant: Participant) -> SearchTerms:
    """Name, contact, and the ids and hashes of every photo there is or was."""
    row = Identity.objects.filter(participant=participant).first()
    known = identity.unseal(participant=participant, sealed=bytes(row.sealed)) if row else None
    photos = Photo.objects.filter(visit__participant=participant)
    uploads = Upload.objects.filter(visit__participant=participant)
    hashes = {*photos.values_list("sha256", flat=True), *uploads.values_list("sha256", flat=True)}
    hashes |= set(photos.exclude(upright_sha256="").values_list("upright_sha256", flat=True))
    return SearchTerms(
        participant=participant.pk,
        name=known.name if known else "",
        email=known.email if known else "",
        phone=known.phone if known else "",
        photos=hex_ids(
            [
                *photos.values_list("pk", flat=True),
                *uploads.values_list("pk", flat=True),
                *photo_ids_in_record(participant),
            ]
        ),
        hashes=frozenset(hashes),
    )


def photo_ids_in_record(participant: Participant) -> list[str]:
    """The ids of all photos ever received, as the audit trail knows them."""
    events = AuditEvent.objects.filter(
        study_code=participant.study.code,
        participant_code=participant.code,
        action="photo.receive",
    )
    return list(events.values_list("object_id", flat=True))


# --- The receipt's message ---------------------------------------------------------------------


def _tell(request: DataRequest) -> None:
    """Plan the message with the receipt's number, while there is an address to send it to."""
    if Identity.objects.filter(participant=request.participant).exists():
        kind = Message.Kind.ERASURE_RECEIPT
        tell(participant=request.participant, kind=kind, about=request.number)


def _still_telling(request: DataRequest) -> bool:
    """Whether the message is under way and may still leave before the address goes."""
    under_way = Message.objects.filter(
        participant=request.participant,
        kind=Message.Kind.ERASURE_RECEIPT,
        state__in=[WorkState.QUEUED, WorkState.RUNNING],
        created_at__gt=timezone.now() - TELLING,
    )
    return under_way.exists()


# --- Steps: each may be done again -------------------------------------------------------------


def _remove_uses(participant: Participant, terms: SearchTerms) -> None:
    """What later apps made: runs, scores, maps, trials, and whatever works on them now."""
    photos = sorted(terms.photos)
    participant_erasing.send(sender=Participant, participant=participant, photos=photos)


def _remove_files(participant: Participant, terms: SearchTerms) -> None:
    """Whatever is stored under a photo's id or the participant's number, and unfinished uploads."""
    photos = Photo.objects.filter(visit__participant=participant)
    for photo in photos.only(*_FILES):
        for name in filter(None, (getattr(photo, column) for column in _FILES)):
            storage.private_storage().delete(name)
    remove_stored(participant, terms.photos, terms.hashes)
    for upload in Upload.objects.filter(visit__participant=participant):
        path_of(upload.pk).unlink(missing_ok=True)
    _remove_orphans()


def _remove_orphans() -> None:
    """Remove bytes of uploads whose row is gone: nobody can say any more whose they were.

    A row is there before its first byte, so none of these is still wanted.
    """
    root = Path(settings.UPLOAD_ROOT)
    for path in sorted(root.iterdir()) if root.exists() else ():
        with suppress(ValueError):  # not ours, such as a volume's lost+found
            if not Upload.objects.filter(pk=UUID(path.name)).exists():
                path.unlink(missing_ok=True)


_FILES = ("original_file", "upright_file", "thumbnail_file", "landmarks_file")


def remove_stored(
    participant: Participant, photos: frozenset[str], hashes: frozenset[str] = frozenset()
) -> int:
    """Remove files and folders named by the participant or one of ``photos`` (hex ids).

    Also a copy of a photo that somebody tried a model on: it is named by the photo's hash.
    """
    removed = storage.remove_owner("consents", str(participant.pk))
    for kind in storage.kinds():
        for owner in storage.owners(kind):
            if owner.replace("-", "") in photos:
                removed += storage.remove_owner(kind, owner)
    for name in storage.stored_names() if hashes else ():
        if PurePosixPath(name).stem in hashes:
            storage.private_storage().delete(name)
            removed += 1
    damage.forget_photos(photos, folder=f"consents/{participant.pk}")
    edited.forget(study_code=participant.study.code, participant_code=participant.code)
    return removed


@transaction.atomic
def _remove_rows(participant: Participant, _: SearchTerms) -> None:
    """Every row about them but the tombstone: code, site, arm, dates, visits' states, consents."""
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    _forget_sessions(Invitation.objects.filter(participant=participant))
    erase_queries(participant)  # before what they point at goes
    erase_answers(participant)
    erase_words(participant)
    for _name, rows in rows_about(participant):
        rows.delete()
    participant.visits.update(started_at=None, completed_at=None)
    participant.consents.update(**_CONSENT_LEFT)
    requests = participant.data_requests.all()
    requests.update(sealed_reason=b"", sealed_token=b"")
    requests.open().filter(kind=DataRequest.Kind.COPY).update(
        state=DataRequest.State.REFUSED,
        refusal="Everything was erased, as asked.",
        settled_at=timezone.now(),
    )
    Participant.objects.filter(pk=participant.pk).update(**_PARTICIPANT_LEFT)
    # All rows before the record's head, as every act does: no two wait for each other.
    audit.forget(
        study=participant.study.code,
        site=participant.site.code,
        participant=participant.code,
        by=SYSTEM,
    )


# Version, hash, choices and dates of a consent stay: that there was one is to be provable.
_CONSENT_LEFT = {
    "sealed_name": b"",
    "signature_file": "",
    "pdf_file": "",
    "request_id": None,
    "withdrawal_reason": "",
    "relationship": "",
    "sealed_others": b"",
    "of_age_on": None,
}
_PARTICIPANT_LEFT = {
    "data_use": Participant.DataUse.RESTRICTED,
    "year_of_birth": None,
    "sex": Participant.Sex.UNDISCLOSED,
    "ethnicity": Participant.Ethnicity.UNDISCLOSED,
    "fitzpatrick": None,
    "monk_tone": None,
    "language": "en",
    "request_id": None,
    "external_id": "",
}


def _forget_sessions(invitations: "models.QuerySet[Invitation]") -> None:
    """End the sessions that were opened with their links, on every phone."""
    numbers = set(invitations.values_list("pk", flat=True))
    if not numbers:
        return
    for session in Session.objects.iterator(chunk_size=2000):
        if session.get_decoded().get(SESSION_KEY) in numbers:
            session.delete()


Step = Callable[[Participant, SearchTerms], None]
STEPS: dict[str, Step] = {
    "uses": _remove_uses,
    "files": _remove_files,
    "rows": _remove_rows,
}


# --- The end -----------------------------------------------------------------------------------


def _mark(request: DataRequest) -> None:
    """Leave the code among the files: after the database is restored, it is erased again."""
    participant = request.participant
    body = {"study": participant.study.code, "participant": participant.code}
    text = json.dumps({**body, "number": request.number}, sort_keys=True)
    storage.store(MARKS, participant.study.code, text.encode(), suffix=".json")


def _conclude(request: DataRequest, terms: SearchTerms, *, mentions: int) -> None:
    """The tombstone, the record, the receipt; inside the transaction that completes the work."""
    now, participant = timezone.now(), request.participant
    before = participant.state
    participant.move(Participant.State.ERASED, ended_at=participant.ended_at or now)
    counts = {**request.counts, "mentions": mentions}
    request.move(DataRequest.State.CARRIED_OUT, settled_at=now, verified_at=now, counts=counts)
    RequestWork.objects.filter(request=request).update(sealed_plan=b"", step="searched")
    record_about(
        participant,
        "participant.erase",
        by=SYSTEM,
        old={"state": before},
        new={
            "state": participant.state,
            "number": request.number,
            "removed": counts,
            # Proves later which photos these were to whoever has them, and tells nobody else.
            "photos_sha256": hashlib.sha256("".join(sorted(terms.hashes)).encode()).hexdigest(),
            "consents": list(
                Consent.objects.filter(participant=participant)
                .order_by("pk")
                .values_list("document_sha256", flat=True)
            ),
            "searched": ["database", "record", "files", "uploads", "sessions", "cache"],
        },
    )


def _record(request: DataRequest, action: str, new: dict[str, object]) -> None:
    values = {"number": request.number, "kind": request.kind, "state": request.state, **new}
    record_about(request.participant, action, by=SYSTEM, target=request, new=values)
