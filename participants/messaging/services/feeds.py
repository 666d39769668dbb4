"""The address of a participant's calendar: signed, and replaced when they ask for a new one."""

from django.core import signing

from participants.messaging.services.rules import choice_of
from participants.people.models import Participant

FEED_SALT = "messages.feed"


def feed_token(participant: Participant) -> str:
    """The signed, revocable part of the calendar's own address."""
    number = choice_of(participant).feed_round
    return signing.dumps([participant.pk, number], salt=FEED_SALT)


def holder_of(token: str) -> Participant | None:
    """Whose calendar the address shows; ``None`` when it is not ours, or was replaced."""
    try:
        number, feed_round = signing.loads(token, salt=FEED_SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return None
    people = Participant.objects.select_related("study", "site")
    participant = people.filter(pk=number, state=Participant.State.ENROLLED).first()
    if participant is None or choice_of(participant).feed_round != feed_round:
        return None
    return participant
