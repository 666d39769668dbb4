"""Refusals of the record."""

from studies.platform.errors import Refusal


class RecordLocked(Refusal):
    """What is done cannot be recorded with today's ``IDENTITY_KEYS``, so it is not done."""

    status = 503
    code = "record_locked"
    title = "This cannot be recorded now"
