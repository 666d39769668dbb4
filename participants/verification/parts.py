"""What there is to verify of a participant: parts, each with its fields as they are now."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any, Final

from participants.people.models import Participant

ENROLMENT: Final = "enrolment"


@dataclass(frozen=True)
class Field:
    """One value with a source: ``asked`` is what a plan calls it (``protocol.models.verified``).

    ``version`` is another one as soon as the value is; ``changed_at`` is when it was changed last,
    where that is kept.
    """

    key: str
    asked: str
    label: str
    value: str
    version: str
    group: str = ""
    changed_at: datetime | None = None


@dataclass
class Part:
    """What is verified together: the enrolment, a visit that was begun, or a form of its own.

    ``key`` is ``enrolment``, ``visit.<code>`` or ``form.<assignment>.<place>``; ``asks`` are the
    keys that a plan could name in it, known without opening an answer; ``read`` gives the fields.
    """

    participant: Participant
    key: str
    title: str
    asks: tuple[str, ...]
    read: Callable[[], list[Field]]

    @cached_property
    def fields(self) -> list[Field]:
        """Every field, in the order of the page; opens answers."""
        return self.read()


def visit_key(code: str) -> str:
    """``Part.key`` of the visit with this code."""
    return f"visit.{code}"


def form_key(assignment: str, day: date | None, number: int) -> str:
    """``Part.key`` of a form that belongs to no visit."""
    return f"form.{assignment}.{day.isoformat() if day else number}"


def version_of(*values: Any) -> str:
    """A SHA-256 of plain values; what is sealed has a number instead, which tells nothing."""
    plain = json.dumps(values, sort_keys=True, default=str, ensure_ascii=False)
    return hashlib.sha256(plain.encode()).hexdigest()
