"""What an erasure takes of a participant, and what stays: the one place that says so.

``docs/phone/data-requests.md`` has these rows as a table, and a test goes through them one by one.
Questionnaires are told apart further by their role, in ``participants.answers.services.erasing``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from django.db.models import Model
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from participants.allocation.models import Allocation, AllocationNote, Unblinding
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.privacy.models import DataRequest
from participants.queries.models import Query
from participants.visits.models import Visit
from studies.assignments.models import Assignment
from studies.protocol.models import Study


class Fate(StrEnum):
    """What becomes of it."""

    GONE = "goes"
    CODED = "stays, coded"  # under the code, without what somebody wrote or is called
    STAYS = "stays"


@dataclass(frozen=True)
class Row:
    """One kind of thing: ``left`` is what is left of it, ``told`` how participants read that."""

    what: str
    fate: Fate
    left: str = ""
    told: str | Promise = ""


ROWS: Final[dict[str, Row]] = {
    "participant": Row(
        "the participant's row",
        Fate.CODED,
        "code, site, state, days of screening, enrolment and end",
        _(
            "Your number, and when you took part: a study has to be able to say how many people "
            "were in it."
        ),
    ),
    "visits": Row("visits", Fate.CODED, "states and planned days"),
    "consents": Row(
        "consents",
        Fate.CODED,
        "version and hash of the text, choices, days; name, signature and PDF go",
        _("Which consent text you agreed to and when, without your name and signature."),
    ),
    "allocation": Row(
        "allocation",
        Fate.CODED,
        "arm and kit, sealed; how and when it was given; that it was annotated, without the words",
        _(
            "The group of the study that the number was in, and whether the study team looked it "
            "up in an emergency."
        ),
    ),
    "unblinding": Row("unblindings", Fate.CODED, "by whom and when, without the reason"),
    "adverse_events": Row(
        "adverse events",
        Fate.CODED,
        "choices, numbers and days, the clock of a serious one; free text, drafts and reasons go",
        _(
            "Reports of health problems during the study: what kind, how severe and when, under "
            "the number and without the words anybody wrote. Others’ safety depends on them."
        ),
    ),
    "queries": Row(
        "queries about the data",
        Fate.CODED,
        "what they were about, states and days; the words go",
        _("That somebody asked about the data, and when, without the words that were written."),
    ),
    "readings": Row(
        "what readers said of photos, blind",
        Fate.CODED,
        "grades, times and the consensus, under the code; photo, its hash and remarks go",
        _(
            "Grades that people gave your photos without knowing whose they were, under the number "
            "and without the photos."
        ),
    ),
    "requests": Row("requests about data", Fate.CODED, "kind, days and receipt; the words go"),
    "record": Row(
        "audit trail",
        Fate.STAYS,
        "who did what and when, under the code; what it told of them is sealed for ever",
        _(
            "The record of who did what and when, under your number. The rules for research forbid "
            "changing it."
        ),
    ),
    "identity": Row("name and contact", Fate.GONE),
    "answers_at_screening": Row("year of birth, sex, skin, answers at screening", Fate.GONE),
    "photos": Row("photos and all that was made of them, scores too", Fate.GONE),
    "photo_notes": Row("notes on photos", Fate.GONE),
    "questionnaires": Row("questionnaires and diaries", Fate.GONE),
    "medication": Row("concomitant medication", Fate.GONE),
    "deviations": Row("forms of protocol deviations", Fate.GONE),
    "alerts": Row("alerts on answers", Fate.GONE),
    "ticks": Row("ticks of source verification", Fate.GONE),
    "notes": Row("notes of staff", Fate.GONE),
    "messages": Row("messages, links, phones that were signed in", Fate.GONE),
}

# Rows about a participant that stay when their data are erased.
STAY: Final = (Consent, DataRequest, Query, Visit, Allocation, Unblinding)
# And those of later apps, which take out of them what goes (``let_stay``).
_STAY_LATER: Final[set[type[Model]]] = set()
# Row of ``ROWS`` → whether a study has some of it, where a later app knows.
_HAS_LATER: Final[dict[str, Callable[[Study], bool]]] = {}
# Of the rows that stay, the words that somebody wrote.
WORDS_LEFT: Final = "Erased."


def let_stay(model: type[Model], *, row: str, has: Callable[[Study], bool]) -> None:
    """Keep rows of a later app's ``model``, as ``ROWS[row]`` says; told where a study has some.

    That app takes the rest out itself, as the photos go.
    """
    _STAY_LATER.add(model)
    _HAS_LATER[row] = has


def stays(model: type[Model]) -> bool:
    """Whether rows of ``model`` stay when the data of their participant are erased."""
    return model in STAY or model in _STAY_LATER


def told(participant: Participant) -> list[str | Promise]:
    """What stays, as ``participant`` reads it before they choose.

    Of a group only where the study has some, of health problems only where it asks for them.
    """
    study = participant.study
    asked = {
        **{name: has(study) for name, has in _HAS_LATER.items()},
        "allocation": study.arms.exists(),
        "adverse_events": Assignment.objects.filter(
            study=study, role=Assignment.Role.ADVERSE_EVENT
        ).exists(),
    }
    return [row.told for name, row in ROWS.items() if row.told and asked.get(name, True)]


def told_of_safety(participant: Participant) -> list[str | Promise]:
    """Of these, what a receipt says beside its own sentences."""
    own = {ROWS[name].told for name in ("participant", "consents", "record")}
    return [words for words in told(participant) if words not in own]


def erase_words(participant: Participant) -> None:
    """Take what somebody wrote about an allocation or an unblinding that stays."""
    notes = AllocationNote.objects.filter(allocation__participant=participant)
    notes.update(text=WORDS_LEFT)
    Unblinding.objects.filter(participant=participant).update(reason=WORDS_LEFT)
