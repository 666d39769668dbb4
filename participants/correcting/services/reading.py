"""What was corrected last of a participant, for the pages that use the values."""

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.formats import date_format

from participants.correcting.services.screening import PREFIX
from participants.enrolment.services.enrolment import ROMAN
from participants.people.models import Correction, Participant
from participants.words.languages import LANGUAGE_NAMES
from studies.access.models import User


@dataclass(frozen=True)
class Corrected:
    """The last correction of one value, with what stood there before it in words."""

    at: datetime
    old_in_words: str
    new_in_words: str
    reason: str


def corrected(participant: Participant, *, by: User) -> dict[str, Corrected]:
    """Each value that was corrected, by name; ``answers`` for those of the screening."""
    corrections: dict[str, Corrected] = {}
    for row in Correction.objects.visible_to(by).filter(participant=participant):
        name = "answers" if row.field.startswith(PREFIX) else row.field
        said = [value_in_words(row.field, value) for value in (row.old, row.new)]
        corrections.setdefault(name, Corrected(row.at, said[0], said[1], row.reason))
    return corrections


def value_in_words(field: str, value: str) -> str:
    """A value as a person reads it: ``VI``, ``Malay``, ``2 Mar 2026``, ``not assessed``."""
    if field in ("fitzpatrick", "monk_tone"):
        if not value:
            return "not assessed"
        return ROMAN[int(value) - 1] if field == "fitzpatrick" else value
    if field == "enrolled_on" and value:
        return date_format(date.fromisoformat(value), "j M Y")
    words = {"sex": Participant.Sex.choices, "ethnicity": Participant.Ethnicity.choices}
    if field in words:
        return str(dict(words[field]).get(value, value))
    return LANGUAGE_NAMES.get(value, value) if field == "language" else value or "empty"
