"""Looking for one participant in every store: database, files, uploads, cache, sessions.

Written against what is there and not against a list of places, so that a table or a kind of file
added tomorrow is searched too.
"""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any
from uuid import UUID

from cryptography.fernet import InvalidToken
from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import models
from django.db.models.functions import Cast

from participants.answers.models import Submission
from participants.answers.services.erasing import taken
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.privacy.models import RequestWork
from participants.privacy.search_terms import HASH, PHOTO, SEALED, SearchTerms
from participants.privacy.services.stays import stays
from participants.visits.models import Visit
from studies.platform import sealing, storage
from studies.record.models import AuditEvent, RecordKey, open_all

# What these tables hold is about the staff, the study or the software, or written for all alike: a
# participant's namesake, or a shared phone of the clinic, is no trace of the participant.
NOT_THEIRS = {
    "account.emailaddress", "contenttypes.contenttype", "auth.permission", "auth.group",
    "mfa.authenticator", "studies.condition", "studies.consentdocument",
    "studies.eligibilitycriterion", "studies.site", "studies.study", "studies.user",
    "studies.visitdefinition", "studies.workerheartbeat", "inference.modelpackage",
}  # fmt: skip
BATCH = 2000
BETWEEN_BREATHS = 100_000  # rows: some three seconds
_BY_CONTENT = re.compile(r"[a-z_]+/[^/]+/[0-9a-f]{64}\.\w+")
_READABLE = 4 * 1024 * 1024

Heartbeat = Callable[[], None]


def _no_heartbeat() -> None:
    """Nothing to renew."""


@dataclass(frozen=True)
class Occurrence:
    """One place where something of the participant is; ``what`` names it and never quotes it."""

    store: str  # database, record, files, uploads, cache, sessions
    place: str
    what: str

    def __str__(self) -> str:
        return f"{self.what} in {self.store}: {self.place}"


def search_stores(
    participant: Participant, terms: SearchTerms, *, heartbeat: Heartbeat = _no_heartbeat
) -> list[Occurrence]:
    """Everything of ``participant`` that any store still holds.

    ``heartbeat`` is called between parts, to renew a lease. Of the audit trail only name and
    contact count: photos' ids and hashes belong to it and stay (21 CFR 11.10(e)).
    """
    remains = list(_database(participant, terms, heartbeat))
    remains += _record(participant, terms, heartbeat)
    for search in (_rows_about, _files, _uploads, _sessions, _cache):
        heartbeat()
        remains += search(participant, terms)
    return remains


# --- The database ------------------------------------------------------------------------------


def rows_about(participant: Participant) -> Iterator[tuple[str, models.QuerySet[Any]]]:
    """Every table whose rows belong to the participant, their visits or their consents.

    Those that stay are left out. Asked from the models, so that a new one is found by itself.
    """
    mine: list[tuple[type[models.Model], Any]] = [
        (Participant, [participant.pk]),
        (Visit, Visit.objects.filter(participant=participant).values("pk")),
        (Consent, Consent.objects.filter(participant=participant).values("pk")),
    ]
    for owner, keys in mine:
        for relation in owner._meta.get_fields(include_hidden=True):
            if not isinstance(relation, models.ManyToOneRel):  # one-to-one is one of them
                continue
            model, name = relation.related_model, relation.field.name
            if stays(model):
                continue
            rows = model._base_manager.filter(**{f"{name}__in": keys})
            if model is Submission:  # coded adverse events stay
                rows = rows.filter(pk__in=taken(participant).values("pk"))
            yield f"{model._meta.label_lower}.{name}", rows


def _rows_about(participant: Participant, _: SearchTerms) -> Iterator[Occurrence]:
    for name, rows in rows_about(participant):
        if number := rows.count():
            yield Occurrence("database", name, f"{number} rows about them")


def _database(
    participant: Participant, terms: SearchTerms, heartbeat: Heartbeat
) -> Iterator[Occurrence]:
    for model in apps.get_models(include_auto_created=True):
        label = model._meta.label_lower
        if model._meta.proxy or not model._meta.managed or model in (AuditEvent, Session):
            continue
        fields = _searchable(model)
        if not fields:
            continue
        rows = model._base_manager.annotate(**{f"_{f.attname}": _as_text(f) for f in fields})
        if model is RequestWork:  # the plan of this very search, sealed
            rows = rows.exclude(request__participant=participant)
        names = [f"_{field.attname}" for field in fields]
        every = rows.values_list("pk", *names).iterator(chunk_size=BATCH)
        for number, (pk, *values) in enumerate(every):
            if number % BETWEEN_BREATHS == 0:
                heartbeat()
            for field, value in zip(fields, values, strict=True):
                for what in _in_value(value, terms, theirs=label not in NOT_THEIRS):
                    yield Occurrence("database", f"{label}.{field.attname}, row {_shown(pk)}", what)


def _shown(pk: Any) -> str:
    """A key for people; one that is itself a photo's id is not repeated in the record."""
    return str(pk)[:8] + "…" if isinstance(pk, UUID) or len(str(pk)) > 12 else str(pk)


def _searchable(model: type[models.Model]) -> list["models.Field[Any, Any]"]:
    """Columns of text, JSON, bytes and ids; those of a fixed list of words cannot hold anything."""
    kinds = (models.CharField, models.TextField, models.JSONField, models.BinaryField)
    fields = []
    for field in model._meta.concrete_fields:
        target = field.target_field if isinstance(field, models.ForeignKey) else field
        if isinstance(target, (*kinds, models.UUIDField)) and not field.choices:
            fields.append(field)
    return fields


def _as_text(field: "models.Field[Any, Any]") -> Any:
    if isinstance(field, models.JSONField):
        return Cast(models.F(field.attname), models.TextField())
    return models.F(field.attname)


def _in_value(value: Any, terms: SearchTerms, *, theirs: bool) -> set[str]:
    if not value:
        return set()
    if isinstance(value, UUID):
        return terms.in_uuid(value)
    if isinstance(value, bytes | memoryview):
        return _in_bytes(bytes(value), terms)
    return terms.in_text(str(value)) if theirs else terms.photos_in(str(value))


def _in_bytes(value: bytes, terms: SearchTerms) -> set[str]:
    """What plain or sealed bytes hold; what is sealed for another participant is not theirs."""
    try:
        opened = sealing.keys().decrypt(value) if value.startswith(b"gAAAA") else None
    except InvalidToken:
        opened = None
    if opened is None:
        return terms.in_text(value.decode("utf-8", "replace"))
    owner, colon, _ = opened.partition(b":")
    if colon and owner.isdigit():
        return {SEALED} if int(owner) == terms.participant else set()
    return terms.in_text(opened.decode("utf-8", "replace"))


def _record(
    participant: Participant, terms: SearchTerms, heartbeat: Heartbeat
) -> Iterator[Occurrence]:
    """Name or contact in the audit trail. Staff's own names stand in ``actor_label``."""
    study = participant.study.code
    if RecordKey.objects.filter(
        study_code=study, participant_code=participant.code, destroyed_at=None
    ).exists():
        yield Occurrence("keys", "the audit trail", "what it tells of them, still legible")
    events = AuditEvent.objects.filter(study_code__in=["", study]).order_by("pk")
    for number, event in enumerate(open_all(events.iterator(chunk_size=BATCH))):
        if number % BETWEEN_BREATHS == 0:
            heartbeat()
        contents = event.contents
        text = json.dumps([contents.old, contents.new, contents.reason], ensure_ascii=False)
        for what in terms.who_in(text):
            yield Occurrence("record", f"{event.chain}, entry {event.sequence}", what)


# --- Files -------------------------------------------------------------------------------------


def _files(participant: Participant, terms: SearchTerms) -> Iterator[Occurrence]:
    """Names first: they hold owner and hash. Files that are not named so are read."""
    for name in storage.stored_names():
        path = PurePosixPath(name)
        for what in terms.in_text(name):
            yield Occurrence("files", _folder(path), what)
        if path.parts[:2] == ("consents", str(participant.pk)):
            yield Occurrence("files", "consents", SEALED)
        if path.suffix and (path.suffix == ".json" or not _BY_CONTENT.fullmatch(name)):
            yield from _in_file(name, terms)


def _in_file(name: str, terms: SearchTerms) -> Iterator[Occurrence]:
    try:
        with storage.private_storage().open(name, "rb") as file:
            body = file.read(_READABLE)
            digest = hashlib.sha256(body)
            for chunk in iter(lambda: file.read(_READABLE), b""):
                digest.update(chunk)
    except (FileNotFoundError, IsADirectoryError):
        return  # removed by somebody else meanwhile
    if digest.hexdigest() in terms.hashes:
        yield Occurrence("files", _folder(PurePosixPath(name)), HASH)
    for what in _in_bytes(body, terms):
        yield Occurrence("files", _folder(PurePosixPath(name)), what)


def _folder(path: PurePosixPath) -> str:
    return path.parts[0]


def _uploads(_: Participant, terms: SearchTerms) -> Iterator[Occurrence]:
    """Unfinished uploads: named by the photo's id; a whole one has its hash."""
    root = Path(settings.UPLOAD_ROOT)
    for path in sorted(root.rglob("*")) if root.exists() else ():
        if terms.in_text(path.name):
            yield Occurrence("uploads", "an unfinished upload", PHOTO)
        elif path.is_file():
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() in terms.hashes:
                    yield Occurrence("uploads", "an unfinished upload", HASH)


# --- Sessions and cache ------------------------------------------------------------------------


def _sessions(_: Participant, terms: SearchTerms) -> Iterator[Occurrence]:
    for session in Session.objects.iterator(chunk_size=BATCH):
        for what in terms.in_text(json.dumps(session.get_decoded(), default=str)):
            yield Occurrence("sessions", "a session", what)


def _cache(_: Participant, terms: SearchTerms) -> Iterator[Occurrence]:
    for text in _cached():
        for what in terms.in_text(text):
            yield Occurrence("cache", "an entry", what)


def _cached() -> Iterator[str]:
    """Keys and values of the cache: of this process, or of Redis, where the broker is too."""
    local = getattr(cache, "_cache", None)
    if isinstance(local, dict):
        for key, value in list(local.items()):
            yield f"{key} {_raw(value)}"
        return
    client = local.get_client()  # type: ignore[union-attr]
    for key in client.scan_iter(count=1000):
        yield f"{_raw(key)} {_redis_value(client, key)}"


def _redis_value(client: Any, key: bytes) -> str:
    read: dict[bytes, Callable[[], Any]] = {
        b"string": lambda: [client.get(key)],
        b"list": lambda: client.lrange(key, 0, -1),
        b"set": lambda: client.smembers(key),
        b"zset": lambda: client.zrange(key, 0, -1),
        b"hash": lambda: [part for pair in client.hgetall(key).items() for part in pair],
    }
    parts = read.get(client.type(key), list)()
    return " ".join(_raw(part) for part in parts if part is not None)


def _raw(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)
