"""Rows of the database against what the record told of them when they were written.

The record's chains prove what was told (``proof``); this proves that the rows still say it. Of a
participant who was erased nothing can be read any more, so nothing is compared.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any

from studies.record.models import AuditEvent, Legible, open_all
from studies.record.signals import rows_compared

LOCKED = "what the audit trail tells of it cannot be read with today's keys"


@dataclass(frozen=True)
class Compared:
    """A row as it was compared: whose, which, what differs, and a digest of what it says now.

    ``photo`` is the key of the photo whose row or scores it is; ``what`` is how people call it.
    """

    study: str
    participant: str
    kind: str
    key: str
    what: str
    now: str
    problems: tuple[str, ...] = ()
    photo: str = ""

    @property
    def locked(self) -> bool:
        """Whether nothing can be said of it, since its part of the record cannot be opened."""
        return LOCKED in self.problems

    def sentences(self) -> list[str]:
        """A line for each thing that is wrong with it."""
        return [f"{self.study} {self.participant}: {self.what}: {said}" for said in self.problems]


@dataclass
class Recorded:
    """What events told of one row, the later over the earlier."""

    new: dict[str, Any] = field(default_factory=dict)
    legible: Legible = Legible.YES


Events = dict[tuple[str, str], Recorded]  # type of object and its key → what was told


def compare_rows() -> Iterator[Compared]:
    """Every row of which the record told something, compared with it, room by room."""
    answers: list[tuple[Any, Any]] = rows_compared.send(sender=AuditEvent)
    for _receiver, compared in answers:
        yield from compared


def digest_of(row: Mapping[str, Any]) -> str:
    """The SHA-256 (hex) over the columns of a row."""
    return sha256(json.dumps(dict(row), sort_keys=True, default=str).encode()).hexdigest()


def recorded_of(*, study: str, participants: Collection[str], actions: Collection[str]) -> Events:
    """What events of ``actions`` told of rows of ``participants`` (codes) of a study (its code)."""
    return _told(study, actions, participant_code__in=participants)


def recorded_elsewhere(
    *, study: str, kind: str, key: str, actions: Collection[str]
) -> Recorded | None:
    """The same of one row, whoever it belonged to then: a photo may have been moved."""
    return _told(study, actions, object_type=kind, object_id=key).get((kind, key))


def _told(study: str, actions: Collection[str], **which: Any) -> Events:
    rows = AuditEvent.objects.filter(study_code=study, action__in=actions, **which)
    events: Events = {}
    for event in open_all(rows.order_by("sequence")):
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
