"""What a phone sends, read strictly: JSON with the answers, their hash, and the phone's clock."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.core.exceptions import RequestDataTooBig
from django.http import HttpRequest
from django.utils.translation import gettext as _

from participants.answers.errors import AnswersDamaged, AnswersUnreadable, OtherPersonsAnswers
from participants.answers.services.filled import Filled
from participants.people.models import Participant
from studies.instruments.judging import MOST_BYTES
from studies.protocol.models import Study

_TEXTS: Final = ("request_id", "participant", "xml", "sha256", "zone")
_MOMENTS: Final = ("begun_at", "finished_at", "sent_at")


def read_filled(request: HttpRequest, participant: Participant) -> Filled:
    """The form in the body of ``request``.

    Raises:
        AnswersUnreadable: it is no such form.
        AnswersDamaged: its hash is not that of its answers.
        OtherPersonsAnswers: it was filled in on another participant's page.
    """
    sent = _json(request)
    if sent["participant"] != str(participant.outbox_owner):
        # A link opened in another tab changes whose session this is under answers on their way.
        raise OtherPersonsAnswers(
            _(
                "These answers were given on another person's page, so they were not sent from "
                "yours. They are kept on this phone until that person opens their own link."
            )
        )
    if hashlib.sha256(sent["xml"].encode()).hexdigest() != sent["sha256"]:
        raise AnswersDamaged(
            _("The answers were damaged on the way. They are safe on your phone and sent again.")
        )
    try:
        moments = {name: _moment(sent[name]) for name in _MOMENTS}
        return Filled(
            request_id=UUID(sent["request_id"]),
            version=int(sent["version"]),
            xml=sent["xml"],
            zone=_zone(sent["zone"], participant),
            **moments,
        )
    except (ValueError, TypeError, OverflowError) as error:
        raise _unreadable() from error


def _json(request: HttpRequest) -> dict[str, Any]:
    try:
        sent = json.loads(request.body)
    except RequestDataTooBig as error:
        raise _too_long() from error
    except ValueError as error:  # also what is no UTF-8
        raise _unreadable() from error
    if not isinstance(sent, dict) or any(not isinstance(sent.get(n), str) for n in _TEXTS):
        raise _unreadable()
    if any("\ud800" <= letter <= "\udfff" or letter == "\0" for letter in sent["xml"]):
        raise _unreadable()
    if len(sent["xml"].encode()) > MOST_BYTES:
        raise _too_long()
    return {"version": None, **dict.fromkeys(_MOMENTS), **sent}


def _moment(text: Any) -> datetime:
    moment = datetime.fromisoformat(str(text))
    if moment.tzinfo is None or not 1970 <= moment.year < 2200:
        raise ValueError(text)
    return moment.astimezone(UTC)


def _zone(name: str, participant: Participant) -> str:
    """The zone the page gave the phone, if it is one of the study's: each has an engine here."""
    study: Study = participant.study
    known = {study.time_zone, *study.sites.values_list("time_zone", flat=True)} - {""}
    return name if name in known else participant.zone.key


def _unreadable() -> AnswersUnreadable:
    return AnswersUnreadable(
        _("The answers were sent in a way that is not understood. Please open the page again.")
    )


def _too_long() -> AnswersUnreadable:
    return AnswersUnreadable(_("The answers are longer than any questionnaire allows."))
