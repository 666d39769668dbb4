"""Writing the audit trail, and proving it whole."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC
from typing import Any

from django.db import models, transaction
from django.utils import timezone

from studies.platform.actors import Actor, current_origin
from studies.record.models import GENESIS, AuditEvent, AuditHead

PLATFORM = "platform"


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
    never identity data: the record is kept for ever and read by more people than identities are.
    """
    origin = current_origin()
    with transaction.atomic():
        AuditHead.objects.get_or_create(chain=study or PLATFORM)
        head = AuditHead.objects.select_for_update().get(chain=study or PLATFORM)
        event = AuditEvent(
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
        event.hash = event.content_hash()
        event.save(force_insert=True)
        head.sequence, head.hash = event.sequence, event.hash
        head.save(update_fields=["sequence", "hash"])
    return event


@dataclass(frozen=True)
class Break:
    """A place where the record is not what was written."""

    chain: str
    sequence: int
    problem: str


def find_breaks() -> Iterator[Break]:
    """Every edited, removed, added or reordered row, chain by chain; memory stays constant."""
    for head in AuditHead.objects.order_by("chain"):
        expected, previous = 1, GENESIS
        rows = AuditEvent.objects.filter(chain=head.chain).order_by("sequence")
        for event in rows.iterator(chunk_size=1000):
            if event.sequence != expected:
                yield Break(head.chain, expected, f"row {expected} is missing")
            elif event.previous_hash != previous:
                yield Break(head.chain, event.sequence, "does not follow the row before it")
            if event.content_hash() != event.hash:
                yield Break(head.chain, event.sequence, "was changed after it was written")
            expected, previous = event.sequence + 1, event.hash
        if (head.sequence, head.hash) != (expected - 1, previous):
            yield Break(head.chain, head.sequence, "rows are missing at the end")
    chains = AuditHead.objects.values("chain")
    for chain in AuditEvent.objects.exclude(chain__in=chains).values_list("chain").distinct():
        yield Break(chain[0], 0, "the head of this chain is missing")
