"""A chain of the audit trail as long as a study makes it, sealed and hashed as the service does."""

import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from os import urandom
from random import Random
from typing import Any, Protocol
from uuid import UUID

from cryptography.fernet import Fernet
from django.utils import timezone

from studies.platform.sealing import seal_as
from studies.record import formats
from studies.record.models import GENESIS, AuditEvent, AuditHead, RecordKey
from studies.record.services.chains import key_of, make_key
from tests.benchmarks.scale.bulk import insert, next_key

ACTS = (
    ("photo.receive", "participant", "photo"),
    ("photo.accept", "system", "photo"),
    ("visit.begin", "participant", "visit"),
    ("photo.view", "staff", "photo"),
    ("participant.view", "staff", "participant"),
    ("visit.complete", "system", "visit"),
)


class About(Protocol):
    """A photo that events tell of: its key, and the place of its participant."""

    pk: UUID
    participant: int


@dataclass
class RecordSeeder:
    """Events of one study, about the participants of ``photos``."""

    study: str
    photos: Sequence[About]
    code: Callable[[int], str]
    site: Callable[[int], str]
    random: Random
    ciphers: dict[str, Fernet] = field(default_factory=dict)

    def write(self, number: int) -> None:
        """A chain of ``number`` events over nine months."""
        began = time.perf_counter()
        self._make_keys()
        head = AuditHead(
            chain=self.study, sequence=0, hash=GENESIS, sealed_key=make_key(self.study, since=1)
        )
        secret = key_of(head).secret
        insert(AuditEvent, self._events(number, head, secret, next_key(AuditEvent)))
        head.mac = formats.head_mac(
            chain=head.chain, sequence=head.sequence, newest=head.hash, key=secret
        )
        head.save()
        print(f"AuditEvent: {number} in {time.perf_counter() - began:.0f} s", flush=True)

    def _make_keys(self) -> None:
        rows = []
        now = timezone.now()
        for code in sorted({self.code(taken.participant) for taken in self.photos}):
            key = RecordKey(study_code=self.study, participant_code=code, made_at=now)
            plain = urlsafe_b64encode(urandom(32))
            key.sealed = seal_as(key.whose, plain)
            self.ciphers[code] = Fernet(plain)
            rows.append(key)
        RecordKey.objects.filter(study_code=self.study).delete()
        RecordKey.objects.bulk_create(rows, batch_size=1000)

    def _events(
        self, number: int, head: AuditHead, secret: bytes, first: int
    ) -> Iterator[dict[str, Any]]:
        start = (timezone.now() - timedelta(days=270)).astimezone(UTC)
        step = timedelta(days=270) / max(number, 1)
        staff = [f"Person {place} <p{place}@example.org>" for place in range(24)]
        new = {"visit": "week-1", "view": "front", "state": "accepted", "sha256": "a" * 64}
        names = [f.attname for f in AuditEvent._meta.concrete_fields]
        for place in range(number):
            action, kind, target = ACTS[place % len(ACTS)]
            taken = self.random.choice(self.photos)
            code = self.code(taken.participant)
            labels = {"participant": code, "system": "system", "staff": staff[place % len(staff)]}
            event = AuditEvent(
                id=first + place,
                format=formats.CURRENT,
                chain=self.study,
                sequence=place + 1,
                at=start + step * place,
                actor_kind=kind,
                actor_id=str(taken.participant),
                actor_label=labels[kind],
                action=action,
                study_code=self.study,
                site_code=self.site(taken.participant),
                participant_code=code,
                object_type=target,
                object_id=str(taken.pk),
                new=new,
                source="web",
                address="10.0.0.1",
                previous_hash=head.hash,
            )
            event.seal(self.ciphers[code])
            event.hash = event.content_hash(secret)
            head.sequence, head.hash = event.sequence, event.hash
            yield {name: getattr(event, name) for name in names}
