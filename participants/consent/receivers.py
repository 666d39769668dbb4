"""Consents are proved when the record asks for rows."""

from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver

from participants.consent.services.proving import edited_consents
from studies.record.services.rows import Differs
from studies.record.signals import rows_compared


@receiver(rows_compared, dispatch_uid="consent.prove_rows")
def prove_consents(**extra: Any) -> Iterator[Differs]:
    """Those that are not what was recorded."""
    return edited_consents()
