"""Refusing what was typed over values that somebody else has changed since."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db import models

from studies.platform.seen import ChangedMeanwhile, Seen
from studies.record.models import AuditEvent


def require_unchanged(
    seen: Seen | None,
    current: Mapping[str, Any],
    *,
    study: str,
    actions: Collection[str],
    target: models.Model | None = None,
    participant: str = "",
) -> None:
    """Refuse if a page showed other values than are ``current``; call with the row locked.

    ``seen`` is what the form carries, ``None`` where nobody looked at a page (a command, the API).
    Who was faster is whoever did the last of ``actions`` to ``target``, or about the
    ``participant`` with this code, in the chain of ``study``.

    Raises:
        ChangedMeanwhile: with the names of what has changed.
    """
    names = seen.differing(current) if seen is not None else []
    if not names:
        return
    events = AuditEvent.objects.filter(chain=study, action__in=actions)
    if participant:
        events = events.filter(participant_code=participant)
    if target is not None:
        kind, key = target._meta.model_name or "", str(target.pk)
        events = events.filter(object_type=kind, object_id=key)
    last = events.order_by("-sequence").first()
    if last is None:
        raise ChangedMeanwhile(names)
    raise ChangedMeanwhile(names, who=last.actor_label, at=last.at)
