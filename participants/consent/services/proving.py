"""Consents against what the audit trail told of them."""

from collections.abc import Iterator

from participants.consent.models import Consent
from participants.people.services.recorded import people_and_events
from studies.record.services.rows import Differs, problems

ACTIONS = ("consent.give", "consent.change_choices")
COLUMNS = ("choices", "document_sha256", "pdf_sha256", "checks")


def edited_consents() -> Iterator[Differs]:
    """Consents whose choices or hashes are not those that were recorded, or nothing recorded."""
    for study, people, events in people_and_events(ACTIONS):
        rows = Consent.objects.filter(participant__in=people).order_by("pk")
        for row in rows.values("pk", "participant__code", *COLUMNS):
            recorded = events.get(("consent", str(row["pk"])))
            columns = {name: row[name] for name in COLUMNS}
            for problem in problems(recorded, columns, act="given"):
                yield Differs(study.code, row["participant__code"], f"consent {row['pk']}", problem)
