"""Queries taken out: a line for each, and what the columns are."""

from collections.abc import Iterator
from typing import Any, Final

from participants.answers.services.exporting import Sheet
from participants.queries.models import Query
from participants.queries.places import RELATED
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.addresses import file_name
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit

COLUMNS: Final = {
    "participant": "Participant's code",
    "site": "Site's code, where they are now",
    "number": "Counts the queries about one participant",
    "state": "open, answered, closed or reopened",
    "about": "answer, detail, screening, visit, consent or photo",
    "questionnaire": "The form's code in the protocol, of an answer",
    "visit": "Visit's code; empty where it is about none",
    "field": "The question's path, the detail's name, the criterion's code, or the photo's view",
    "edit_check": "The edit check that raised it; empty: a person did",
    "raised_at": "When it was raised (UTC)",
    "answered_at": "When it was answered last (UTC)",
    "closed_at": "When it was closed (UTC)",
    "due_on": "Last day for the site's answer",
    "age_days": "Whole days from raised to closed, or to now",
    "entries": "How often something was said or done",
    "question": "The words it was raised with",
    "last": "The words said last",
}


def queries_file(*, study: Study, by: User) -> Sheet:
    """The queries that ``by`` may both see and take out, by participant and number.

    The act is recorded before the first row leaves.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
    """
    _require_export(study, by)
    _record(study, by, "queries")
    seen = Query.objects.visible_to(by).values("pk")
    mine = Query.objects.visible_to(by, Permission.EXPORT).filter(pk__in=seen)
    rows = mine.filter(participant__study=study).order_by("participant__code", "number")
    told = rows.select_related(*RELATED).prefetch_related("entries")
    return Sheet(file_name(f"{study.code}-queries.csv"), list(COLUMNS), _lines(list(told)))


def queries_codebook(*, study: Study, by: User) -> Sheet:
    """What each column of ``queries_file`` is.

    Raises:
        NotAllowed: ``by`` may export nothing in this study.
    """
    _require_export(study, by)
    _record(study, by, "queries codebook")
    name = file_name(f"{study.code}-queries-codebook.csv")
    return Sheet(name, ["column", "meaning"], iter(COLUMNS.items()))


def _require_export(study: Study, by: User) -> None:
    if not may_anywhere(by, Permission.EXPORT, study=study):
        require(by, Permission.EXPORT, study=study)


def _record(study: Study, by: User, file: str) -> None:
    audit.record(by=by, action="export.create", target=study, study=study.code, new={"file": file})


def _lines(rows: list[Query]) -> Iterator[tuple[Any, ...]]:
    for row in rows:
        entries = list(row.entries.all())
        yield (
            row.participant.code,
            row.participant.site.code,
            row.number,
            row.state,
            row.about,
            row.form,
            row.visit.definition.code if row.visit else "",
            row.field,
            row.check_code,
            row.raised_at,
            row.answered_at,
            row.closed_at,
            row.due_on,
            row.age,
            len(entries),
            entries[0].text,
            entries[-1].text,
        )
