"""Events of one chain page by page, by their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import QuerySet

from studies.record.models import AuditEvent

PER_PAGE = 50


@dataclass(frozen=True)
class Page:
    """Events, newest first, with the numbers from which newer and older ones go on."""

    events: list[AuditEvent]
    newer: int | None = None
    older: int | None = None


def page_of(events: QuerySet[AuditEvent], query: Mapping[str, str]) -> Page:
    """The events before ``?before=`` a number, or after ``?after=`` one; else the newest.

    Nothing is counted and nothing left out is read: the last page costs what the first does.
    """
    before, after = _number(query, "before"), _number(query, "after")
    if after is not None:
        page_events = list(events.filter(sequence__gt=after).order_by("sequence")[: PER_PAGE + 1])
        shown, more_newer, more_older = (
            page_events[:PER_PAGE][::-1],
            len(page_events) > PER_PAGE,
            True,
        )
    else:
        rest = events.order_by("-sequence")
        page_events = list((rest.filter(sequence__lt=before) if before else rest)[: PER_PAGE + 1])
        shown, more_newer, more_older = (
            page_events[:PER_PAGE],
            bool(before),
            len(page_events) > PER_PAGE,
        )
    if not shown:
        return Page([])
    return Page(
        shown,
        shown[0].sequence if more_newer else None,
        shown[-1].sequence if more_older else None,
    )


def _number(query: Mapping[str, str], name: str) -> int | None:
    value = query.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 19 else None
