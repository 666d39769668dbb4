"""Writing the audit trail, and forgetting a person in it."""

from base64 import urlsafe_b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from os import urandom
from typing import Any

from cryptography.fernet import Fernet, InvalidToken
from django.db import models, transaction
from django.utils import timezone

from studies.platform.actors import Actor, current_origin
from studies.platform.sealing import reseal_columns, seal_as
from studies.record import formats
from studies.record.errors import RecordLocked
from studies.record.models import AuditEvent, AuditHead, RecordAnchor, RecordKey
from studies.record.services.chains import key_of, make_key

PLATFORM = "platform"
# Where keys are kept, sealed.
KEYS: dict[type[models.Model], tuple[str, ...]] = {
    AuditHead: ("sealed_key",),
    RecordKey: ("sealed",),
}


def record(
    *,
    by: Actor,
    action: str,
    target: models.Model | None = None,
    study: str = "",
    site: str = "",
    participant: str = "",
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Append one event to the chain of ``study`` (its code), inside the caller's transaction.

    ``action`` is ``noun.verb`` (``participant.enrol``). ``old`` and ``new`` hold JSON values and
    never identity data: the record is read by more people than identities are. With a
    ``participant`` (their code) they and the reason are sealed with that participant's key; once
    that is destroyed, nothing is left to seal and what is told, such as the erasure, stays open.

    Raises:
        RecordLocked: the chain's or the participant's key cannot be opened with today's
            ``IDENTITY_KEYS``; nothing is written, so the act does not happen either.
    """
    origin, held = current_origin(), _held.get()
    if held is not None and held.chain != (study or PLATFORM):
        held = None
    with transaction.atomic(savepoint=held is None), _keys_open():
        head = held.head() if held is not None else _locked_head(study or PLATFORM)
        event = AuditEvent(
            format=formats.CURRENT,
            chain=head.chain,
            sequence=head.sequence + 1,
            at=timezone.now().astimezone(UTC),
            actor_kind=by.actor_kind,
            actor_id=by.actor_id,
            actor_label=by.actor_label,
            action=action,
            study_code=study,
            site_code=site,
            participant_code=participant,
            object_type=target._meta.model_name or "" if target is not None else "",
            object_id=str(target.pk) if target is not None else "",
            old=dict(old) if old is not None else None,
            new=dict(new) if new is not None else None,
            reason=reason,
            source=origin.source,
            address=origin.address,
            previous_hash=head.hash,
        )
        ciphers = _cipher_of if held is None else held.cipher_of
        if participant and (cipher := ciphers(study, participant)) is not None:
            event.seal(cipher)
        event.hash = event.content_hash(key_of(head).secret)
        head.sequence, head.hash = event.sequence, event.hash
        if held is None:
            event.save(force_insert=True)
            _save_head(head)
        else:
            held.events.append(event)
    return event


@dataclass
class Held:
    """Events of one chain that wait to be written together; see ``together``."""

    chain: str
    events: list[AuditEvent] = field(default_factory=list)
    _head: AuditHead | None = None
    _ciphers: dict[tuple[str, str], Fernet | None] = field(default_factory=dict)

    def head(self) -> AuditHead:
        """The chain's head, locked with the first event and held until all are written."""
        if self._head is None:
            self._head = _locked_head(self.chain)
        return self._head

    def cipher_of(self, study: str, participant: str) -> Fernet | None:
        """What seals for this participant, asked once."""
        if (study, participant) not in self._ciphers:
            self._ciphers[study, participant] = _cipher_of(study, participant)
        return self._ciphers[study, participant]

    @contextmanager
    def one(self) -> Iterator[None]:
        """What was recorded inside is dropped where it is undone: put it around a savepoint."""
        events = len(self.events)
        head = (self._head.sequence, self._head.hash) if self._head is not None else None
        try:
            yield
        except BaseException:
            del self.events[events:]
            self._ciphers.clear()  # a key made inside is undone with it
            if head is None:
                self._head = None
            elif self._head is not None:
                self._head.sequence, self._head.hash = head
            raise


_held: ContextVar[Held | None] = ContextVar("held_events", default=None)


@contextmanager
def together(study: str) -> Iterator[Held]:
    """Write what is recorded of ``study`` inside at the end, in one INSERT, in the same chain.

    For acts on many rows: each event stays as it is, with its own hash and number. The head is
    locked from the first event on, as it is anyway until a transaction ends. What fails inside
    writes nothing of it: it is undone with the acts.

    Raises:
        RuntimeError: outside a transaction, where an act could stand without its event.
    """
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("Events are held back only within the transaction of what they tell.")
    held = Held(study)
    token = _held.set(held)
    try:
        yield held
    finally:
        _held.reset(token)
    if held.events:
        AuditEvent.objects.bulk_create(held.events, batch_size=100)
        _save_head(held.head())


def _save_head(head: AuditHead) -> None:
    head.mac = formats.head_mac(
        chain=head.chain, sequence=head.sequence, newest=head.hash, key=key_of(head).secret
    )
    head.save(update_fields=["sequence", "hash", "mac"])


@contextmanager
def _keys_open() -> Iterator[None]:
    try:
        yield
    except InvalidToken as error:
        raise RecordLocked(
            "What is done here is recorded, and the keys of the record cannot be opened with "
            "today's keys, so nothing was done. Nothing is lost: ask the people who run this "
            "installation to bring back the earlier key."
        ) from error


def _locked_head(chain: str) -> AuditHead:
    """The head of ``chain``; a new chain gets a key, and a first anchor by the next midnight."""
    AuditHead.objects.get_or_create(
        chain=chain, defaults={"sealed_key": lambda: make_key(chain, since=1)}
    )
    head = AuditHead.objects.select_for_update().get(chain=chain)
    if head.sequence == 0:
        plan_anchor()
    return head


def plan_anchor() -> RecordAnchor:
    """Make sure that the record is anchored at the next midnight (UTC)."""
    day = timezone.now().astimezone(UTC).date() + timedelta(days=1)
    due = datetime.combine(day, time(), tzinfo=UTC)
    return RecordAnchor.objects.get_or_create(day=day, defaults={"due_at": due})[0]


def _cipher_of(study: str, participant: str) -> Fernet | None:
    """What seals for this participant; a first event makes their key."""
    key = RecordKey(study_code=study, participant_code=participant)
    fresh = {
        "sealed": lambda: seal_as(key.whose, urlsafe_b64encode(urandom(32))),
        "made_at": timezone.now(),
    }
    return RecordKey.objects.get_or_create(
        study_code=study, participant_code=participant, defaults=fresh
    )[0].cipher()


@transaction.atomic
def forget(*, study: str, site: str, participant: str, by: Actor, reason: str = "") -> bool:
    """Destroy the key to what the record tells of ``participant``; done twice, it does nothing.

    The events stay, with who, when and which act, and the chain still verifies. Copies of the
    database made before hold the key: they have to be deleted, or the erasure applied again.
    """
    _locked_head(study)  # before the key, as every act does: no two wait for each other
    now = timezone.now()
    key, made = RecordKey.objects.get_or_create(
        study_code=study,
        participant_code=participant,
        defaults={"sealed": b"", "made_at": now, "destroyed_at": now},
    )
    if not (made or key.sealed):
        return False
    RecordKey.objects.filter(pk=key.pk).update(sealed=b"", destroyed_at=now)
    record(
        by=by,
        action="record.forget",
        study=study,
        site=site,
        participant=participant,
        reason=reason,
    )
    return True


def reseal_keys() -> int:
    """Seal anew, under the first of ``IDENTITY_KEYS``, the keys of chains and of participants.

    Returns how many were.

    Raises:
        cryptography.fernet.InvalidToken: one is under a key that is not in ``IDENTITY_KEYS``.
    """
    return sum(reseal_columns(model, columns) for model, columns in KEYS.items())
