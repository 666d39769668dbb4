"""The screening log: every attempt, what it came to and why, as rows and as a file."""

from collections.abc import Iterator
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from participants.people.models import ScreeningAttempt
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit

HEADER = (
    "study_id",
    "site_id",
    "participant_id",
    "attempt",
    "pre_screened_on",
    "reason_considered",
    "participant_state",
    "consented_on",
    "outcome",
    "decided_on",
    "failure",
    "failure_reason",
    "enrolled_on",
)


def attempts_of(*, study: Study, by: User) -> QuerySet[ScreeningAttempt]:
    """The attempts at the sites ``by`` may see, by code and number."""
    rows = ScreeningAttempt.objects.visible_to(by).filter(participant__study=study)
    related = rows.select_related("participant__site", "participant__study")
    return related.order_by("participant__code", "number")


def log_file(
    *, study: Study, rows: QuerySet[ScreeningAttempt], asked: str, by: User
) -> Iterator[bytes]:
    """``rows`` as a CSV file, line by line; that it was taken is recorded with the filter asked.

    Raises:
        NotAllowed: ``by`` sees no participants.
    """
    if not may_anywhere(by, Permission.PARTICIPANT_VIEW, study=study):
        require(by, Permission.PARTICIPANT_VIEW, study=study)
    audit.record(
        by=by,
        action="screening_log.export",
        target=study,
        study=study.code,
        new={"rows": rows.count(), "filter": asked, "at": timezone.now().isoformat()},
    )
    return csv_lines(HEADER, _cells(study, rows), byte_order_mark=True)


def _cells(study: Study, rows: QuerySet[ScreeningAttempt]) -> Iterator[tuple[Any, ...]]:
    shown = rows.prefetch_related("participant__consents")
    for row in shown.iterator(chunk_size=500):
        person = row.participant
        zone = person.zone
        signed = min((consent.given_at for consent in person.consents.all()), default=None)
        yield (
            study.code,
            person.site.code,
            person.code,
            row.number,
            row.began_on,
            row.reason,
            person.state,
            signed.astimezone(zone).date() if signed else None,
            row.outcome,
            row.decided_at.astimezone(zone).date() if row.decided_at else None,
            row.failure,
            row.failure_reason,
            person.enrolled_on if row.outcome == ScreeningAttempt.Outcome.ENROLLED else None,
        )
