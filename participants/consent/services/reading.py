"""How far a participant is in reading a text on the phone: answers to its questions, and choices.

Kept in the database, so that a reload, the end of a session or another phone loses nothing. The
signature and the name are never part of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext

from participants.consent.errors import ConsentChanged
from participants.consent.models import ConsentReading
from participants.consent.services.signed_amiss import TAKING_PART
from participants.consent.services.texts import next_for
from participants.people.models import Participant
from participants.people.services.self_service import require_self
from studies.consent_texts.models import ConsentDocument
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused, invalid


@dataclass(frozen=True)
class Verdict:
    """What an answer came to. ``tries`` counts this one."""

    right: bool
    explanation: str
    tries: int


def reading_of(participant: Participant, document: ConsentDocument) -> ConsentReading:
    """The reading of ``document`` as it stands; a fresh one, not saved, when there is none."""
    consent_reading = ConsentReading.objects.filter(participant=participant).first()
    if consent_reading is None or consent_reading.document_sha256 != document.sha256:
        return ConsentReading(participant=participant, document_sha256=document.sha256)
    return consent_reading


@transaction.atomic
def answer_check(
    *, participant: Participant, document: ConsentDocument, number: int, option: int, by: Actor
) -> Verdict:
    """Take the answer ``option`` (from 1) to check question ``number`` (from 1), and say if right.

    Each answer counts as a try until one is right. A wrong one never bars the way: the number of
    tries stays with the consent, and whoever reads it knows what to talk about.

    Raises:
        NotAllowed: ``by`` is not the participant.
        ConsentChanged, StateRefused: the text is not the one in force, or taking part has ended.
        Invalid: there is no such question or answer.
    """
    reading = _own(participant, document, by)
    question = document.questions[number - 1] if 0 < number <= len(document.questions) else None
    if question is None or not 0 < option <= len(question["options"]):
        raise invalid(
            gettext("Please choose one of the answers."),
            {f"question-{number}": gettext("Please choose one of the answers.")},
        )
    before = reading.checks.get(str(number), {"tries": 0, "right": False})
    right = option == question["right"]
    tries = before["tries"] + (not before["right"])
    reading.checks[str(number)] = {
        "tries": tries,
        "right": before["right"] or right,
        "option": option,
    }
    reading.save()
    return Verdict(right, question["explanation"], tries)


@transaction.atomic
def keep_choices(
    *,
    participant: Participant,
    document: ConsentDocument,
    choices: Mapping[str, bool],
    by: Actor,
) -> ConsentReading:
    """Keep what is ticked so far; nothing is agreed to by it.

    Raises:
        NotAllowed: ``by`` is not the participant.
        ConsentChanged, StateRefused: the text is not the one in force, or taking part has ended.
    """
    reading = _own(participant, document, by)
    offered = {choice["code"] for choice in document.choices}
    reading.choices = {code: bool(choices.get(code)) for code in sorted(offered)}
    reading.save()
    return reading


def checks_of(participant: Participant, document: ConsentDocument) -> list[dict[str, Any]]:
    """Tries and outcome for each check question, in the text's order.

    Raises:
        Invalid: a question has not been answered yet.
    """
    reading = reading_of(participant, document)
    missing = {
        f"question-{number}": gettext("Please choose one of the answers.")
        for number in range(1, len(document.questions) + 1)
        if str(number) not in reading.checks
    }
    if missing:
        raise invalid(gettext("A question is not answered yet. Nothing was recorded."), missing)
    answered = (reading.checks[str(n)] for n in range(1, len(document.questions) + 1))
    return [{"tries": check["tries"], "right": check["right"]} for check in answered]


def _own(participant: Participant, document: ConsentDocument, by: Actor) -> ConsentReading:
    require_self(by, participant, "Only the participant reads and answers on their own page.")
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state not in TAKING_PART:
        raise StateRefused(
            gettext("You are not taking part in this study at the moment. Nothing was recorded.")
        )
    current = next_for(participant).document
    if current.pk != document.pk:
        raise ConsentChanged(
            gettext(
                "A newer version of the text came into force while you were reading. Please read "
                "the new one; nothing was recorded."
            )
        )
    return reading_of(participant, document)
