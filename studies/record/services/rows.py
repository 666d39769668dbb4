"""Rows of the database against what the record told of them when they were written.

The record's chains prove what was told (``proof``); this proves that the rows still say it. Of a
participant who was erased nothing can be read any more, so nothing is compared.
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from studies.record.models import AuditEvent, Legible, open_all
from studies.record.signals import rows_compared

LOCKED = "what the audit trail tells of it cannot be read with today's keys"


@dataclass(frozen=True)
class Differs:
    """A row that is not what the record told: whose, which, and what differs."""

    study: str
    participant: str
    what: str
    problem: str

    def __str__(self) -> str:
        return f"{self.study} {self.participant}: {self.what}: {self.problem}"


@dataclass
class Recorded:
    """What events told of one row, the later over the earlier."""

    new: dict[str, Any] = field(default_factory=dict)
    legible: Legible = Legible.YES


Events = dict[tuple[str, str], Recorded]  # type of object and its key → what was told


def find_edited() -> Iterator[Differs]:
    """Every row that is not what the record told of it, room by room."""
    answers: list[tuple[Any, Any]] = rows_compared.send(sender=AuditEvent)
    for _receiver, edited in answers:
        yield from edited


def recorded_of(*, study: str, participants: Collection[str], actions: Collection[str]) -> Events:
    """What events of ``actions`` told of rows of ``participants`` (codes) of a study (its code)."""
    rows = AuditEvent.objects.filter(
        study_code=study, participant_code__in=participants, action__in=actions
    ).order_by("sequence")
    events: Events = {}
    for event in open_all(rows):
        recorded = events.setdefault((event.object_type, event.object_id), Recorded())
        contents = event.contents
        recorded.new |= contents.new or {}
        if contents.legible != Legible.YES:
            recorded.legible = contents.legible
    return events


def problems(recorded: Recorded | None, row: Mapping[str, Any], *, act: str) -> Iterator[str]:
    """What is wrong with a row whose columns were told in events; ``act`` is what made it.

    A column of which nothing was told, as before this was recorded, is not compared.
    """
    if recorded is None:
        yield f"the audit trail does not tell that it was {act}"
    elif recorded.legible == Legible.LOCKED:
        yield LOCKED
    elif recorded.legible == Legible.YES:
        for name, value in row.items():
            if name in recorded.new and recorded.new[name] != value:
                yield f"its {name} is not what the audit trail tells"
