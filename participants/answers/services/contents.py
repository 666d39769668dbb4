"""Answers at rest: JSON, sealed for the participant they are about."""

import json
from dataclasses import dataclass
from functools import cached_property

from participants.answers.models import Revision, Submission
from participants.people.models import Participant
from participants.people.services.sealed_identity import open_bytes, seal_bytes
from studies.instruments.judging import Answers


@dataclass(frozen=True)
class Content:
    """What one revision holds; ``xml`` is empty once an erasure has taken the free text."""

    xml: str
    answers: Answers
    reason: str = ""

    def sealed(self, owner: Participant) -> bytes:
        """As ``Revision.sealed`` keeps it."""
        values = {"xml": self.xml, "answers": self.answers, "reason": self.reason}
        return seal_bytes(json.dumps(values, ensure_ascii=False).encode(), owner=owner)


@dataclass(frozen=True)
class Draft:
    """What staff has saved and not submitted: values by path, and the repeats there are."""

    values: dict[str, str]
    repeats: list[str]

    def sealed(self, owner: Participant) -> bytes:
        """As ``Submission.sealed_draft`` keeps it."""
        content = {"values": self.values, "repeats": sorted(self.repeats)}
        return seal_bytes(json.dumps(content, ensure_ascii=False).encode(), owner=owner)


@dataclass(frozen=True)
class Opened:
    """A revision with its content, opened once."""

    revision: Revision
    participant: Participant

    @cached_property
    def content(self) -> Content:
        return content_of(self.revision, self.participant)


def content_of(revision: Revision, participant: Participant | None = None) -> Content:
    """What ``revision`` holds.

    Raises:
        NotFound: no configured key opens it.
    """
    owner = participant or revision.submission.participant
    return Content(**json.loads(open_bytes(bytes(revision.sealed), owner=owner)))


def draft_of(submission: Submission) -> Draft | None:
    """What staff has saved of ``submission``, or ``None``.

    Raises:
        NotFound: no configured key opens it.
    """
    if not submission.sealed_draft:
        return None
    sealed = bytes(submission.sealed_draft)
    return Draft(**json.loads(open_bytes(sealed, owner=submission.participant)))
