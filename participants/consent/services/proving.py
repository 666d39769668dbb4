"""Consents against what the audit trail told of them."""

from collections.abc import Iterator

from participants.consent.models import Consent
from participants.people.services.recorded import people_and_events
from studies.record.services.rows import Compared, digest_of, problems

KIND = "consent"
ACTIONS = ("consent.give", "consent.change_choices")
COLUMNS = ("choices", "document_sha256", "pdf_sha256", "checks")


def compared_consents() -> Iterator[Compared]:
    """Consents: their choices or hashes are those that were recorded, or what is wrong."""
    for study, people, events in people_and_events(ACTIONS):
        rows = Consent.objects.filter(participant__in=people).order_by("pk")
        for row in rows.values("pk", "participant__code", *COLUMNS):
            recorded = events.get((KIND, str(row["pk"])))
            columns = {name: row[name] for name in COLUMNS}
            yield Compared(
                study=study.code,
                participant=row["participant__code"],
                kind=KIND,
                key=str(row["pk"]),
                what=f"consent {row['pk']}",
                now=digest_of(columns),
                problems=tuple(problems(recorded, columns, act="given")),
            )
