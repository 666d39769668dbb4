"""The audit trail: append-only, hash-chained, without foreign keys so nothing cascades.

What an event tells of a participant is sealed with a key of that participant's own
(``RecordKey``): when they are erased the key is destroyed, the event stays, and the chain, which
runs over the ciphertext, still proves itself. See ``docs/decisions/0009-a-record-that-forgets.md``.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import Any, ClassVar

from cryptography.fernet import Fernet, InvalidToken
from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform import sealing
from studies.platform.work import DurableWork
from studies.record import formats

GENESIS = "0" * 64


class AuditEventQuerySet(QuerySet["AuditEvent"]):
    """Events, as seen by a person."""

    def visible_to(self, user: User) -> "AuditEventQuerySet":
        """Events of the studies and sites whose record ``user`` may read."""
        held = Membership.objects.granting(user, Permission.AUDIT_VIEW)
        everywhere = held.filter(site=None).values("study__code")
        query = Q(study_code__in=everywhere)
        for study_code, site_code in held.exclude(site=None).values_list(
            "study__code", "site__code"
        ):
            query |= Q(study_code=study_code, site_code=site_code)
        return self.filter(query)

    def of_platform(self) -> "AuditEventQuerySet":
        """Events of no study. The caller asks whether the person is an administrator."""
        return self.filter(study_code="")


class Legible(StrEnum):
    """Whether what an event tells can be read."""

    YES = "yes"
    FORGOTTEN = "forgotten"  # the participant was erased, and their key with them
    LOCKED = "locked"  # the participant's key is missing, or none of today's IDENTITY_KEYS opens it


@dataclass(frozen=True)
class Contents:
    """What an event tells: old and new value, the reason, a participant's network address."""

    old: Mapping[str, Any] | None = None
    new: Mapping[str, Any] | None = None
    reason: str = ""
    address: str = ""
    legible: Legible = Legible.YES


class RecordKey(models.Model):
    """The key to what the record tells of one participant, itself sealed with ``IDENTITY_KEYS``.

    Empty once it is destroyed: the row stays, so that none is made in its place.
    """

    study_code = models.CharField(max_length=20)
    participant_code = models.CharField(max_length=20)
    sealed = models.BinaryField()
    made_at = models.DateTimeField()
    destroyed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["study_code", "participant_code"], name="record_key_once"
            )
        ]

    def __str__(self) -> str:
        return f"record key of {self.participant_code} in {self.study_code}"

    @property
    def whose(self) -> bytes:
        """What a sealed key begins with: it opens for no other participant."""
        return f"record of {self.study_code}/{self.participant_code}:".encode()

    def cipher(self) -> Fernet | None:
        """What seals and opens; None once the key is destroyed.

        Raises:
            cryptography.fernet.InvalidToken: no key of ``IDENTITY_KEYS`` opens it, or it is another
                participant's.
        """
        if not self.sealed:
            return None
        return Fernet(sealing.opened_as(self.whose, bytes(self.sealed)))


class AuditEvent(models.Model):
    """Who did what, when, from where, with the old and the new value and the reason.

    Rows of a chain (one per study, one for the platform) are numbered from 1 and each carries the
    hash of the one before: an edited, removed or reordered row breaks the chain
    (21 CFR 11.10(e): audit trails that do not obscure earlier entries). Read old, new and reason
    from ``contents``: of a participant they are in ``sealed``, and the columns are empty.
    """

    format = models.PositiveSmallIntegerField(default=formats.PLAIN)
    chain = models.CharField(max_length=20)
    sequence = models.PositiveBigIntegerField()
    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=12)
    actor_id = models.CharField(max_length=40, blank=True)
    actor_label = models.CharField(max_length=400, blank=True)
    action = models.CharField(max_length=60)
    study_code = models.CharField(max_length=20, blank=True)
    site_code = models.CharField(max_length=8, blank=True)
    participant_code = models.CharField(max_length=20, blank=True)
    object_type = models.CharField(max_length=40, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    old = models.JSONField(null=True)
    new = models.JSONField(null=True)
    reason = models.TextField(blank=True)
    source = models.CharField(max_length=12)
    address = models.CharField(max_length=45, blank=True)
    sealed = models.BinaryField(
        default=b"", help_text="What the event tells of a participant, under their own key."
    )
    previous_hash = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    objects = AuditEventQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-sequence"]
        constraints = [
            models.UniqueConstraint(fields=["chain", "sequence"], name="audit_sequence_once")
        ]
        indexes = [
            models.Index(fields=["study_code", "participant_code", "-at"]),
            models.Index(fields=["study_code", "action", "-at"]),
            # Who of the staff acted at all, step by step.
            models.Index(
                fields=["chain", "actor_label"],
                condition=~Q(actor_kind="participant"),
                name="audit_by_actor",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence} {self.action}"

    def seal(self, cipher: Fernet) -> None:
        """Put what is told of a participant under their key; where staff act from stays."""
        contents: dict[str, Any] = {"old": self.old, "new": self.new, "reason": self.reason}
        if self.actor_kind == "participant":
            contents["address"], self.address = self.address, ""
        self.sealed = cipher.encrypt(json.dumps(contents, ensure_ascii=False).encode())
        self.old, self.new, self.reason = None, None, ""

    @cached_property
    def contents(self) -> Contents:
        """What the event tells, opened. ``open_all`` does it for many at once."""
        if not self.sealed:
            return self._opened(None)
        return self._opened(
            RecordKey.objects.filter(
                study_code=self.study_code, participant_code=self.participant_code
            ).first()
        )

    def _opened(self, key: RecordKey | None) -> Contents:
        if not self.sealed:
            return Contents(self.old, self.new, self.reason, self.address)
        if key is None:
            return Contents(legible=Legible.LOCKED)
        try:
            cipher = key.cipher()
            if cipher is None:
                return Contents(legible=Legible.FORGOTTEN)
            contents = json.loads(cipher.decrypt(bytes(self.sealed)))
        except InvalidToken:
            return Contents(legible=Legible.LOCKED)
        return Contents(
            contents["old"],
            contents["new"],
            contents["reason"],
            contents.get("address") or self.address,
        )

    def content_hash(self, key: bytes = b"") -> str:
        """The hash (hex) over the previous row's and the fields of this row's format."""
        values = {name: getattr(self, name) for name in formats.FIELDS[self.format]}
        return formats.digest(values, written_in=self.format, key=key)


def open_all(events: Iterable[AuditEvent], *, batch: int = 500) -> Iterator[AuditEvent]:
    """The events with their ``contents`` opened, by one query for the keys of each ``batch``."""
    every = iter(events)
    while batch_of := list(islice(every, batch)):
        studies = {event.study_code for event in batch_of if event.sealed}
        people = {event.participant_code for event in batch_of if event.sealed}
        rows = RecordKey.objects.filter(study_code__in=studies, participant_code__in=people)
        keys = {(key.study_code, key.participant_code): key for key in rows} if studies else {}
        for event in batch_of:
            event.contents = event._opened(keys.get((event.study_code, event.participant_code)))
        yield from batch_of


class AuditHead(models.Model):
    """The newest row of each chain: shows rows cut off the end, and orders writers.

    ``sealed_key`` is what the chain's hashes are made with, and the row it counts from, sealed with
    ``IDENTITY_KEYS``; ``mac`` says that the product wrote this head.
    """

    chain = models.CharField(max_length=20, primary_key=True)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64, default=GENESIS)
    sealed_key = models.BinaryField(default=b"")
    mac = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"{self.chain}#{self.sequence}"


class RecordAnchor(DurableWork):
    """A copy of every chain's head outside the database, made each day and when asked for.

    ``name`` is that of its file in the storage ``AUDIT_ANCHOR_URL`` names.
    """

    task_name: ClassVar[str] = "studies.tasks.anchor_record"
    # Other people's time-stamping servers are away for hours at times.
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360)
    )

    day = models.DateField(
        null=True, unique=True, help_text="Begins at midnight UTC; empty: asked for by somebody."
    )
    name = models.CharField(max_length=60, blank=True)

    class Meta(DurableWork.Meta):
        verbose_name = "anchor of the record"

    def __str__(self) -> str:
        return f"anchor of {self.day}" if self.day else f"anchor {self.name}"


class EditedRow(models.Model):
    """A photo, consent or run that is not what the audit trail told of it.

    ``now`` is the SHA-256 (hex) of what it says instead. Until ``mended_at``, which a later check
    fills once it is as told, or until a person takes it as it is (``released_at``), what it says
    is kept out. ``photo`` is the key of the photo whose row or scores it is; empty of a consent.
    """

    kind = models.CharField(max_length=10)
    key = models.CharField(max_length=40)
    study_code = models.CharField(max_length=20)
    participant_code = models.CharField(max_length=20)
    photo = models.CharField(max_length=40, blank=True)
    problem = models.TextField()
    now = models.CharField(max_length=64)
    found_at = models.DateTimeField()
    seen_at = models.DateTimeField(help_text="When a check last looked at it.")
    mended_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "kind", "key"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "key"], condition=Q(mended_at=None), name="edited_row_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class RowCheck(models.Model):
    """One comparison of all rows with the audit trail: over how many, how many were found anew."""

    finished_at = models.DateTimeField()
    rows = models.PositiveBigIntegerField(default=0)
    found = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-finished_at"]

    def __str__(self) -> str:
        return f"comparison of rows {self.finished_at:%Y-%m-%d}"
