"""A form as somebody has filled it in, before anything is made of it."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class Filled:
    """A form as it comes from a phone or a page.

    ``version`` is the number of the instrument's version. ``begun_at``, ``finished_at`` and
    ``sent_at`` are the phone's own clock, whatever it says; the server puts them right by what
    ``sent_at`` differs from its own. ``zone`` is the one in which the form was evaluated.
    """

    request_id: UUID
    version: int
    xml: str
    begun_at: datetime
    finished_at: datetime
    sent_at: datetime
    zone: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.xml.encode()).hexdigest()
