"""Filled forms, as a phone sends them."""

import uuid
from datetime import datetime
from typing import Any

from django.utils import timezone

from participants.answers.services.filled import Filled
from studies.assignments.models import Assignment
from studies.protocol.models import Study
from tests.studies.assignments.factories import AssignmentFactory
from tests.studies.instruments.factories import InstrumentFactory, InstrumentVersionFactory


def itch_asked(study: Study, **values: Any) -> Assignment:
    """The small form in its published version 1, asked at week 0 unless ``values`` say so."""
    instrument = InstrumentFactory(study=study)
    InstrumentVersionFactory(instrument=instrument, state="published", sha256="1" * 64)
    return AssignmentFactory(instrument=instrument, **values)


def xml(itch: str = "2", days: str = "3", score: str = "4", *, version: str = "1") -> str:
    """The small form's answers as the engine writes them."""
    return (
        f'<data id="itch" version="{version}"><itch>{itch}</itch><days>{days}</days>'
        f"<score>{score}</score><meta><instanceID>uuid:{uuid.uuid4()}</instanceID></meta></data>"
    )


def filled(text: str = "", *, at: datetime | None = None, **over: Any) -> Filled:
    """A form finished ``at`` (now), by a clock that is right."""
    moment = at or timezone.now()
    values: dict[str, Any] = {
        "request_id": uuid.uuid4(),
        "version": 1,
        "xml": text or xml(),
        "begun_at": moment,
        "finished_at": moment,
        "sent_at": timezone.now(),
        "zone": "Asia/Singapore",
    }
    return Filled(**{**values, **over})
