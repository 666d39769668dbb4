"""What the audit trail tells whoever holds the keys: sealed or not, nothing secret is in it."""

from studies.record.models import AuditEvent, open_all


def told_by_the_record() -> str:
    """Every column of every event, with what is sealed opened."""
    return "\n".join(
        f"{event.__dict__} {event.contents}" for event in open_all(AuditEvent.objects.all())
    )
