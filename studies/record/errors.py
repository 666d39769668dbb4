"""Refusals of the record."""

from studies.platform.errors import Refusal


class RecordLocked(Refusal):
    """What is done cannot be recorded with today's ``IDENTITY_KEYS``, so it is not done."""

    status = 503
    code = "record_locked"
    title = "This cannot be recorded now"


class RecordAway(Refusal):
    """Not one of many rows is what the audit trail told: it is another database's, or its keys are.

    Nothing is kept out then, as it would be the whole study.
    """

    status = 503
    code = "record_away"
    title = "This is not the audit trail of these rows"

    def __init__(self) -> None:
        super().__init__(
            "Not one of these rows is what the audit trail tells, so it may be the trail of "
            "another database. Nothing is left out for it: compare it with a backup first."
        )
