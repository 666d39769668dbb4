"""Answers at rest: JSON, sealed for the participant they are about."""

import json
from dataclasses import dataclass

from cryptography.fernet import InvalidToken

from participants.answers.models import Revision, Submission
from participants.people.models import Participant
from participants.people.services.sealed_identity import open_bytes, seal_bytes
from studies.instruments.judging import Answers
from studies.platform import sealing


@dataclass(frozen=True)
class Content:
    """What one revision holds; ``xml`` is empty once an erasure has taken the free text."""

    xml: str
    answers: Answers
    reason: str = ""

    def sealed(self, owner: Participant) -> bytes:
        """As ``Revision.sealed`` keeps it."""
        return seal_bytes(self._json(), owner=owner)

    def sealed_coded(self, owner: Participant) -> bytes:
        """As it stays of somebody erased: the search of an erasure reads it like any text."""
        return sealing.seal_as(_coded(owner), self._json())

    def _json(self) -> bytes:
        values = {"xml": self.xml, "answers": self.answers, "reason": self.reason}
        return json.dumps(values, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Draft:
    """What staff has saved and not submitted: values by path, and the repeats there are."""

    values: dict[str, str]
    repeats: list[str]

    def sealed(self, owner: Participant) -> bytes:
        """As ``Submission.sealed_draft`` keeps it."""
        content = {"values": self.values, "repeats": sorted(self.repeats)}
        return seal_bytes(json.dumps(content, ensure_ascii=False).encode(), owner=owner)


def content_of(revision: Revision, participant: Participant | None = None) -> Content:
    """What ``revision`` holds.

    Raises:
        NotFound: no configured key opens it.
    """
    owner = participant or revision.submission.participant
    sealed = bytes(revision.sealed)
    try:
        opened = sealing.opened_as(_coded(owner), sealed)
    except InvalidToken:
        opened = open_bytes(sealed, owner=owner)
    return Content(**json.loads(opened))


def _coded(owner: Participant) -> bytes:
    return f"coded {owner.pk}:".encode()


def draft_of(submission: Submission) -> Draft | None:
    """What staff has saved of ``submission``, or ``None``.

    Raises:
        NotFound: no configured key opens it.
    """
    if not submission.sealed_draft:
        return None
    sealed = bytes(submission.sealed_draft)
    return Draft(**json.loads(open_bytes(sealed, owner=submission.participant)))
