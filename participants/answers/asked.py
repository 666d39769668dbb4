"""What a participant is asked to fill in, as their pages show it."""

import re
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

from django.db.models import QuerySet
from django.urls import reverse

from participants.answers.models import Submission
from participants.answers.services.slots import Slot, published, slots_of
from participants.consent.services import consents
from participants.people.models import Participant
from participants.words.languages import LANGUAGES, Language
from studies.assignments.models import Assignment
from studies.instruments.definition import PLAIN, Definition

AHEAD: Final = timedelta(days=3)  # days of a diary that a phone without a line knows beforehand
NEW: Final = "another"  # the place of what is asked as needed, before it has a number
_CODE = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z]+)*)\)\s*\Z")
_BARE: Final = re.compile(r"[A-Za-z]{2,3}([-_][A-Za-z0-9]{2,8})*")  # "ta", "zh-CN"; not "Tamil"


@dataclass(frozen=True)
class Asked:
    """A questionnaire on the participant's home: ``todo``, ``sent``, ``early`` or ``any`` time."""

    assignment: Assignment
    place: str
    title: str
    state: str
    opens_on: date | None = None
    closes_on: date | None = None
    day: date | None = None

    @property
    def url(self) -> str:
        return reverse("my:questionnaire", args=[self.assignment.code, self.place])

    @property
    def before(self) -> bool:
        """Whether it comes before the photos."""
        return self.assignment.order == Assignment.Order.BEFORE


def assignments_of(participant: Participant) -> QuerySet[Assignment]:
    """What ``participant`` fills in themselves, whether still asked or not."""
    rows = Assignment.objects.filter(study=participant.study_id)
    return rows.filter(filled_by=Assignment.FilledBy.PARTICIPANT).select_related("instrument")


def asked_of(participant: Participant, on: date) -> list[Asked]:
    """What is open on the day ``on``, answered or not, and the days of diaries that come next.

    What is asked as needed comes last, each once, as one more to begin. Nothing without a consent
    in force.
    """
    enrolled = participant.state == Participant.State.ENROLLED
    if not enrolled or consents.consent_in_force(participant) is None:
        return []
    slots = slots_of(participant, until=on + AHEAD, filled_by=Assignment.FilledBy.PARTICIPANT)
    found = [one for slot in slots if (one := _asked(slot, on)) is not None]
    return found + _as_needed(participant)


def _asked(slot: Slot, on: date) -> Asked | None:
    if slot.assignment.timing == Assignment.Timing.AS_NEEDED or _struck(slot):
        return None
    if slot.open_on(on):
        state = "sent" if slot.answered else "todo"
    elif slot.day is not None and slot.day > on and not slot.answered:
        state = "early"
    else:
        return None
    return Asked(
        slot.assignment,
        slot.place,
        slot.assignment.instrument.title,
        state,
        slot.opens_on,
        slot.closes_on,
        slot.day,
    )


def _struck(slot: Slot) -> bool:
    return slot.submission is not None and slot.submission.state == Submission.State.STRUCK


def _as_needed(participant: Participant) -> list[Asked]:
    rows = assignments_of(participant).filter(timing=Assignment.Timing.AS_NEEDED, ended_at=None)
    there = published({row.instrument_id for row in rows})
    return [
        Asked(row, NEW, row.instrument.title, "any") for row in rows if row.instrument_id in there
    ]


def open_until(asked: list[Asked]) -> date | None:
    """The last day on which one of ``asked`` that is open can be filled in, or ``None``."""
    open_now = (one.closes_on for one in asked if one.closes_on and one.state != "early")
    return max(open_now, default=None)


# --- The language of a form --------------------------------------------------------------------


@dataclass(frozen=True)
class FormLanguage:
    """The language a form is shown in: ``key`` as the form names it (empty: it names none).

    ``tag`` is its BCP 47 tag where that is known; ``foreign`` says that it is not the reader's.
    """

    key: str
    name: str
    tag: str
    foreign: bool


def language_for(form: Definition, reader: Language) -> FormLanguage:
    """The reader's language where ``form`` has it, else the form's own first one."""
    named = [name for name in form.languages if name != PLAIN]
    fitting = next((name for name in named if _is(name, reader)), None)
    if fitting is not None:
        return FormLanguage(fitting, reader.name, reader.tag, foreign=False)
    if not named:
        return FormLanguage("", "", "", foreign=False)
    first = form.default_language if form.default_language in named else named[0]
    known = next((one for one in LANGUAGES.values() if _is(first, one)), None)
    name = known.name if known else _CODE.sub("", first).strip() or first
    return FormLanguage(first, name, known.tag if known else _tag_of(first), foreign=True)


def _is(name: str, language: Language) -> bool:
    """Whether a form means ``language`` by ``name``: "ไทย (th)", "Thai", "ta", "中文 (zh-CN)"."""
    tag = _tag_of(name)
    if tag:
        return tag.lower().split("-")[0] == language.tag.lower().split("-")[0]
    wanted = {language.name.casefold(), _ENGLISH[language.code]}
    return any(word.casefold() in wanted for word in (name.strip(), _CODE.sub("", name).strip()))


def _tag_of(name: str) -> str:
    """The BCP 47 tag in a form's name of a language, or nothing."""
    inside = _CODE.search(name)
    if inside:
        return inside[1].replace("_", "-")
    return name.replace("_", "-") if _BARE.fullmatch(name) else ""


_ENGLISH: Final = {
    "en": "english",
    "zh-hans": "chinese",
    "ms": "malay",
    "ta": "tamil",
    "id": "indonesian",
    "th": "thai",
    "vi": "vietnamese",
}
