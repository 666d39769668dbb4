"""What an erasure takes of somebody's answers, and what stays of them, coded.

``RULE`` is the one place that says so; docs/instruments.md has it as a table, and a test goes
through it row by row.
"""

import re
from enum import StrEnum
from typing import Final

from django.db import transaction
from django.db.models import QuerySet

from participants.answers.models import Alert, Revision, Submission
from participants.answers.services.contents import Content, content_of
from participants.people.models import Participant
from studies.assignments.models import Assignment
from studies.instruments.definition import Definition
from studies.instruments.judging import Answers


class Fate(StrEnum):
    """What an erasure makes of a form's answers."""

    GONE = "gone"
    CODED = "coded"  # choices, numbers and days stay; free text, drafts and reasons go


RULE: Final[dict[str, Fate]] = {
    Assignment.Role.QUESTIONNAIRE: Fate.GONE,  # diaries are questionnaires, too
    Assignment.Role.MEDICATION: Fate.GONE,
    Assignment.Role.DEVIATION: Fate.GONE,
    Assignment.Role.ADVERSE_EVENT: Fate.CODED,
}
STAYING: Final = tuple(role for role, fate in RULE.items() if fate == Fate.CODED)

# Types whose answers are of a closed kind: nobody can write a name into them.
CODED: Final = frozenset(
    {"select_one", "select_multiple", "integer", "decimal", "range", "date", "time", "datetime"}
    | {"acknowledge", "today", "start", "end"}
)


def taken(participant: Participant) -> QuerySet[Submission]:
    """The forms that an erasure takes whole."""
    return participant.submissions.exclude(
        assignment__role__in=STAYING, state__in=("submitted", "corrected", "struck")
    )


@transaction.atomic
def erase_answers(participant: Participant) -> int:
    """Take what ``RULE`` takes; how many forms went. It may be done again.

    For the erasure, which has checked that it was asked for.
    """
    Alert.objects.filter(submission__participant=participant).delete()
    number, _ = taken(participant).delete()
    stay = participant.submissions.select_for_update()
    stay.update(sealed_draft=b"", draft_at=None, draft_by=None)
    for row in stay.select_related("version"):
        definition = row.version.form
        for revision in row.revisions.all():
            _code(revision, definition, participant)
    return number


def _code(revision: Revision, definition: Definition, participant: Participant) -> None:
    content = content_of(revision, participant)
    left = Content("", coded_answers(definition, content.answers))
    sealed = left.sealed_coded(participant)
    Revision.objects.filter(pk=revision.pk).update(sealed=sealed)


def coded_answers(definition: Definition, answers: Answers) -> Answers:
    """Those of ``answers`` that nobody wrote in words of their own.

    Of what is computed, numbers and codes of choices: anything else may repeat a text.
    """
    types = {item.name: item.type for item in definition.questions}
    codes = {choice.name for choices in definition.lists.values() for choice in choices}

    def closed(kind: str, text: str) -> bool:
        return kind in CODED or (kind == "calculate" and (text in codes or _number(text)))

    return {
        path: text
        for path, text in answers.items()
        if closed(types.get(path.rpartition("/")[2].partition("[")[0], ""), text)
    }


def _number(text: str) -> bool:
    return bool(re.fullmatch(r"-?\d{1,9}(\.\d{1,9})?", text))
