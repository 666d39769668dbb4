"""A message in the words of its log."""

from typing import Any

from django import template

from participants.messaging.models import Message
from participants.messaging.services import log
from participants.people.models import Participant
from studies.access.models import User
from studies.platform.work import WorkState
from studies.protocol.models.reminders import CHANNELS

register = template.Library()
register.filter("why_words", log.why_words)
register.filter("code_words", log.code_words)
_STATES = {"sent": "done", "unknown": "due", "cancelled": "cancelled", "combined": "cancelled"}


@register.filter
def channel_name(name: str) -> str:
    """The name of a channel."""
    return CHANNELS.get(name, name)


@register.filter
def standing(message: Message) -> dict[str, Any]:
    """Colour and words of where a message stands."""
    if message.state == WorkState.QUARANTINED:
        return {"state": "quarantined", "label": "not sent"}
    if message.state != WorkState.DONE:
        tried = any(attempt.state != "accepted" for attempt in message.tries.all())
        return {"state": "queued", "label": "tried again later" if tried else "planned"}
    outcome = Message.Outcome(message.outcome)
    return {"state": _STATES.get(outcome, ""), "label": outcome.label}


@register.inclusion_tag("participants/messaging/_messages.html", takes_context=True)
def last_messages(context: Any, participant: Participant) -> dict[str, Any]:
    """What the participant was told last and will be told next."""
    user = context["request"].user
    assert isinstance(user, User)  # noqa: S101 - narrows the type
    over, coming = log.last_and_next(participant, user)
    return {"over": over, "coming": coming, "participant": participant, "study": participant.study}
