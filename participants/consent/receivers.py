"""Consents are proved when the record asks for rows."""

from collections.abc import Iterator
from typing import Any

from django.dispatch import receiver

from participants.consent.services.proving import compared_consents
from studies.record.services.rows import Compared
from studies.record.signals import rows_compared


@receiver(rows_compared, dispatch_uid="consent.prove_rows")
def prove_consents(**extra: Any) -> Iterator[Compared]:
    """Consents against what was recorded."""
    return compared_consents()
