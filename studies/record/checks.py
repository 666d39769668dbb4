"""What ``check --deploy`` tries of the record: that its keys open, and that it can be anchored."""

import os
from datetime import timedelta
from typing import Any

from cryptography.fernet import InvalidToken
from django.core.checks import CheckMessage, Error, register
from django.core.files.base import ContentFile
from django.db import DatabaseError
from django.db.models import Max
from django.utils import timezone

from studies.record.models import AuditEvent, AuditHead
from studies.record.services.chains import key_of

CLOCK_BEHIND = timedelta(minutes=1)


@register(deploy=True)
def record_keys(**options: Any) -> list[CheckMessage]:
    """IDENTITY_KEYS open the keys of every chain: without them nothing can be recorded, or done."""
    try:
        heads = list(AuditHead.objects.order_by("chain"))
    except DatabaseError:  # away, or not migrated yet: other checks say so
        return []
    locked = []
    for head in heads:
        try:
            key_of(head)
        except (InvalidToken, TypeError, ValueError):
            locked.append(head.chain)
    if not locked:
        return []
    words = f"IDENTITY_KEYS do not open the audit trail of {', '.join(locked)}."
    hint = "Put the earlier key behind the new one, then use manage.py rotate_identity_keys."
    return [Error(words, hint=hint, id="studies.E008")]


@register(deploy=True)
def record_time(**options: Any) -> list[CheckMessage]:
    """This machine's clock is not behind what was recorded already."""
    try:
        newest = AuditEvent.objects.aggregate(newest=Max("at"))["newest"]
    except DatabaseError:  # as above
        return []
    if newest is None or newest - timezone.now() < CLOCK_BEHIND:
        return []
    words = (
        f"The clock is behind: the newest event of the audit trail is of {newest:%Y-%m-%d %H:%M} "
        "UTC, which is to come."
    )
    hint = "Keep the clocks of all hosts by NTP (timedatectl set-ntp true), then restart all."
    return [Error(words, hint=hint, id="studies.E013")]


@register(deploy=True)
def anchors(**options: Any) -> list[CheckMessage]:
    """AUDIT_ANCHOR_URL can be read and, where it is a folder, written."""
    from studies.record.services.anchors import storage

    kept = storage()
    try:
        if hasattr(kept, "bucket"):  # what is written to a locked bucket stays there
            kept.exists("probe")
        else:
            name = kept.save(f"probe-{os.urandom(8).hex()}", ContentFile(b"probe"))
            kept.delete(name)
    except Exception as error:  # each kind of storage has its own
        words = f"Anchors of the audit trail cannot be kept: {type(error).__name__}: {error}"
        hint = "May this user write there, or are bucket, endpoint and keys right?"
        return [Error(words, hint=hint, id="studies.E009")]
    return []
