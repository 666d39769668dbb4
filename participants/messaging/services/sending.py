"""Sending one message, once.

Before anything leaves, a try is written down under the fencing token and committed; the provider
is called outside any transaction; then the outcome is written if this worker still holds the row.
A worker that dies in between leaves a try in ``sending``: the next one finds it, and where the
channel would show the message twice, it ends as ``unknown`` instead of being sent again.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from participants.messaging.channels import (
    Delivery,
    DeliveryFailed,
    DeliveryUnknown,
    Receipt,
    configured,
)
from participants.messaging.models import Message, MessageAttempt
from participants.messaging.services import phones
from participants.messaging.services.composing import address_of, compose
from participants.messaging.services.planning import PRIORITY, weight_of
from participants.messaging.services.rules import Rules, rules_of
from participants.messaging.services.standing import AT_ONCE, why_not
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.platform.actors import SYSTEM
from studies.platform.work import Claim, LeaseLost, PermanentFailure, WorkState

Outcome = Message.Outcome
Try = MessageAttempt.State
# Tries of one channel before the next one, and the pauses between them.
PAUSES = (timedelta(minutes=2), timedelta(minutes=15))
A_MOMENT = timedelta(minutes=1)


@dataclass(frozen=True)
class End:
    """The message ends here without being sent."""

    outcome: str
    why: str


@dataclass(frozen=True)
class Wait:
    """Not now."""

    until: datetime


@dataclass(frozen=True)
class Go:
    """Written down as being sent: hand it over."""

    attempt: MessageAttempt
    delivery: Delivery


def send_message(claim: Claim[Message]) -> None:
    """Decide, hand over, account; the work of ``studies.platform.work.perform``.

    Raises:
        PermanentFailure: no channel is left; the row goes to quarantine.
        LeaseLost: another worker has the row.
    """
    step = _decide(claim)
    if isinstance(step, Wait):
        with claim.pausing(until=step.until):
            return
    if isinstance(step, End):
        if step.outcome == Outcome.FAILED:
            _fail(claim, step.why)
        with claim.completing():
            _end(claim.row, step.outcome, why=step.why)
        return
    _hand_over(claim, step)


# --- Deciding ----------------------------------------------------------------------------------


@transaction.atomic
def _decide(claim: Claim[Message]) -> End | Wait | Go:
    """What to do, with the participant's row held: two workers never decide for one person."""
    message = claim.row
    people = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    message.participant = people.get(pk=message.participant_id)
    rules, now = rules_of(message.participant), timezone.now()
    if _left_in_between(message, now):
        return End(Outcome.UNKNOWN, "unanswered")
    why = why_not(message, rules, now)
    if why:
        return End(Outcome.CANCELLED, why)
    if message.kind not in AT_ONCE:
        until = _not_before(message, rules, now)
        if until > now:
            return Wait(until)
    return _choose(claim, message, rules, now)


def _left_in_between(message: Message, now: datetime) -> bool:
    """Whether an earlier worker stopped while sending, so that nobody knows how it ended."""
    left = list(message.tries.filter(state=Try.SENDING))
    channels = configured()
    for attempt in left:
        MessageAttempt.objects.filter(pk=attempt.pk).update(
            state=Try.UNKNOWN, code="unanswered", ended_at=now
        )
    return any(
        tried.channel not in channels or not channels[tried.channel].repeatable for tried in left
    )


def _not_before(message: Message, rules: Rules, now: datetime) -> datetime:
    """The first moment at which this message may leave, as far as is known now."""
    others = message.participant.messages.exclude(pk=message.pk)
    if MessageAttempt.objects.filter(message__in=others, state=Try.SENDING).exists():
        return now + A_MOMENT
    # One message says it all: the weightier one about the same visit goes first.
    soon = others.waiting().filter(about=message.about, due_at__lte=now + rules.between)
    weight = weight_of(message)
    heavier = [message_due for message_due in soon if weight < weight_of(message_due)]
    if heavier:
        return max([now, *(message_due.due_at for message_due in heavier)]) + A_MOMENT
    sent = others.sent_or_unknown().exclude(kind__in=AT_ONCE).order_by("-sent_at")
    earliest = now
    last = sent.first()
    if last is not None and last.sent_at is not None:
        earliest = max(earliest, last.sent_at + rules.between)
    recent = sent.filter(sent_at__gt=now - timedelta(days=7)).values_list("sent_at", flat=True)
    week = [sent_at for sent_at in recent if sent_at is not None]
    if len(week) >= rules.max_per_week:
        earliest = max(earliest, week[rules.max_per_week - 1] + timedelta(days=7))
    return rules.after_quiet(earliest)


def _choose(claim: Claim[Message], message: Message, rules: Rules, now: datetime) -> End | Go:
    """The first channel that may, can, and has not refused; the try is written down."""
    wanted = (message.wished,) if message.wished else rules.channels
    if not wanted:
        return End(Outcome.CANCELLED, "channel_off")
    have = configured()
    reachable = {
        name: to
        for name in wanted
        if name in have and (to := address_of(message.participant, name))
    }
    if not reachable:
        return End(Outcome.FAILED, "no_address")
    spent = _spent(message)
    name = next((channel_name for channel_name in reachable if channel_name not in spent), None)
    if name is None:
        return End(Outcome.FAILED, "refused")
    claim.renew()  # from here on nobody else may send it for the length of a lease
    attempt = MessageAttempt.objects.create(
        message=message, channel=name, token=claim.token, begun_at=now
    )
    return Go(attempt, compose(message, attempt, rules, reachable[name]))


def _spent(message: Message) -> set[str]:
    """The channels that refused, or failed as often as is tried, since a person last asked."""
    tries = message.tries.all()
    if message.retried_at is not None:
        tries = tries.filter(begun_at__gt=message.retried_at)
    spent = set()
    for name in set(tries.values_list("channel", flat=True)):
        of_it = tries.filter(channel=name)
        refused = of_it.filter(state=Try.REFUSED).exists()
        if refused or of_it.exclude(state=Try.ACCEPTED).count() > len(PAUSES):
            spent.add(name)
    return spent


# --- Handing over ------------------------------------------------------------------------------


def _hand_over(claim: Claim[Message], step: Go) -> None:
    channel = configured()[step.attempt.channel]
    try:
        receipt = channel.send(step.delivery)
    except DeliveryFailed as failure:
        _try_again(claim, step.attempt, failure)
    except DeliveryUnknown as unknown:
        _conclude(claim, step.attempt, Try.UNKNOWN, code=unknown.code)
    else:
        _conclude(claim, step.attempt, Try.ACCEPTED, receipt=receipt)


def _conclude(
    claim: Claim[Message],
    attempt: MessageAttempt,
    state: str,
    *,
    code: str = "",
    receipt: Receipt | None = None,
) -> None:
    """It left, or may have: either way it is not sent again."""
    message, now = claim.row, timezone.now()
    taken = receipt or Receipt()
    outcome = Outcome.SENT if receipt else Outcome.UNKNOWN
    with claim.completing():
        _note(attempt, state, code, now, parts=taken.parts)
        phones.note_results(message.participant, taken.worked, taken.gone)
        _end(
            message,
            outcome,
            why="" if receipt else "unanswered",
            channel=attempt.channel,
            provider_id=taken.provider_id,
            sent_at=now,
        )
        _said_with_it(message, now)
        record_about(
            message.participant,
            "message.send" if receipt else "message.unknown",
            by=SYSTEM,
            target=message,
            new={"kind": message.kind, "channel": attempt.channel},
        )


def _try_again(claim: Claim[Message], attempt: MessageAttempt, failure: DeliveryFailed) -> None:
    """It certainly did not leave: later by the same channel, or at once by the next."""
    message, now = claim.row, timezone.now()
    state = Try.REFUSED if failure.for_good else Try.FAILED
    failed = message.tries.filter(channel=attempt.channel, state=Try.FAILED)
    if message.retried_at is not None:
        failed = failed.filter(begun_at__gt=message.retried_at)
    before = failed.count()
    more = not failure.for_good and before < len(PAUSES)
    with claim.pausing(until=now + PAUSES[before] if more else now):
        _note(attempt, state, failure.code, now)
        phones.note_results(message.participant, (), failure.gone)


def _fail(claim: Claim[Message], why: str) -> None:
    """No way is left: the row goes to quarantine, where the coordinator sees it.

    Raises:
        PermanentFailure: always.
        LeaseLost: another worker has the row.
    """
    held = Message.objects.filter(pk=claim.row.pk, token=claim.token, state=WorkState.RUNNING)
    if not held.update(outcome=Outcome.FAILED, why=why):
        raise LeaseLost
    raise PermanentFailure(why)


# --- Writing down ------------------------------------------------------------------------------


def _note(attempt: MessageAttempt, state: str, code: str, now: datetime, *, parts: int = 0) -> None:
    MessageAttempt.objects.filter(pk=attempt.pk).update(
        state=state, code=code, ended_at=now, parts=parts
    )


def _end(message: Message, outcome: str, **fields: object) -> None:
    Message.objects.filter(pk=message.pk).update(outcome=outcome, **fields)


def _said_with_it(message: Message, now: datetime) -> None:
    """Lighter messages about the same visit that are due soon have been said with this one."""
    weight = weight_of(message)
    lighter = [kind for kind, other in PRIORITY.items() if other < weight]
    soon = now + rules_of(message.participant).between
    message.participant.messages.waiting().filter(
        about=message.about, kind__in=lighter, due_at__lte=soon
    ).update(
        state=WorkState.DONE,
        outcome=Outcome.COMBINED,
        why="said",
        finished_at=now,
        notified_at=None,
    )
