"""Messages as staff see them: what kind, when, through which channel, and how it ended."""

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from participants.messaging.models import Message
from participants.messaging.services.standing import WHY
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.platform.work import WorkState, notify_on_commit
from studies.protocol.models import Study
from studies.protocol.services.rights import require

TABS: dict[str, tuple[str, Q]] = {
    "problems": (
        "Needs a look",
        Q(state=WorkState.QUARANTINED) | Q(state=WorkState.DONE, outcome="unknown"),
    ),
    "coming": ("Coming", Q(state__in=[WorkState.QUEUED, WorkState.RUNNING])),
    "sent": ("Sent", Q(state=WorkState.DONE, outcome="sent")),
    "dropped": ("Not needed", Q(state=WorkState.DONE, outcome__in=["cancelled", "combined"])),
}
PROBLEMS = TABS["problems"][1]
CODES = {
    "no_connection": "no connection",
    "not_public": "the address leads inside, not to the internet",
    "connection_lost": "the connection broke",
    "unanswered": "the worker stopped while sending",
    "gone": "the phone no longer takes notifications",
    "no_phone": "no phone",
    "too_long": "too long",
}


def messages_of(study: Study, user: User) -> QuerySet[Message]:
    """The messages of ``study`` that ``user`` may see, with what a list shows of each."""
    rows = Message.objects.visible_to(user).filter(participant__study=study)
    return rows.select_related("participant__site", "participant__study").prefetch_related("tries")


def last_and_next(participant: Participant, user: User) -> tuple[list[Message], list[Message]]:
    """The last five messages that ended and the next three that are planned, if visible."""
    rows = messages_of(participant.study, user).filter(participant=participant)
    coming = rows.filter(TABS["coming"][1]).order_by("due_at")[:3]
    over = rows.exclude(TABS["coming"][1]).exclude(TABS["dropped"][1])
    return list(over.order_by("-finished_at", "-pk")[:5]), list(coming)


def why_words(message: Message) -> str:
    """Why it was not sent, in words."""
    if message.state == WorkState.QUARANTINED and not message.why:
        return "The worker stopped without a result several times."
    return WHY.get(message.why, message.why)


def code_words(code: str) -> str:
    """Why one try failed, in words: providers' own numbers stay as they are."""
    return CODES.get(code, code.replace("_", " "))


@transaction.atomic
def retry_message(*, message: Message, by: Actor) -> Message:
    """Try a message again that was given up, or of which nobody knows whether it was sent.

    Raises:
        NotAllowed: ``by`` may not retry work at the participant's site.
        StateRefused: it is neither.
    """
    participant = message.participant
    require(by, Permission.WORK_RETRY, study=participant.study, site=participant.site)
    now = timezone.now()
    moved = Message.objects.filter(PROBLEMS, pk=message.pk).update(
        state=WorkState.QUEUED,
        outcome=Message.Outcome.PLANNED,
        why="",
        due_at=now,
        retried_at=now,
        attempts=0,
        notified_at=None,
        finished_at=None,
        lease_until=None,
        last_error="",
    )
    if not moved:
        raise StateRefused("This message is not among those that were given up.")
    message.refresh_from_db()
    notify_on_commit(message)
    record_about(
        participant,
        "message.retry",
        by=by,
        target=message,
        new={"kind": message.kind, "was": message.channel},
    )
    return message
