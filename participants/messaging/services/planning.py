"""What a participant is to be told and when, from the protocol and from what they have done.

``plan`` may be called as often as anybody likes: it makes the rows that are missing, moves those
whose time has changed, and cancels those that have nothing to say any more. What has been sent is
never planned a second time: ``(participant, kind, about, round)`` is unique.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import transaction
from django.utils import timezone

from participants.consent.services import consents
from participants.messaging.models import Message
from participants.messaging.services import clock
from participants.messaging.services.rules import Rules, rules_of
from participants.messaging.services.standing import (
    MISSED_FOR,
    photos_to_retake,
    why_no_visit,
    why_not,
    why_not_at_all,
)
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.work import WorkState, notify_on_commit
from studies.protocol.models import Study

Kind = Message.Kind
Outcome = Message.Outcome
# Time for somebody who is still on the page to see it there: then no message is needed.
RETAKE_AFTER = timedelta(minutes=3)
ASKED = (Kind.LATER, Kind.TEST, Kind.ERASURE_RECEIPT, Kind.REMINDER, Kind.LINK)
# Of several about one visit the weightiest is sent, and says what the others would have said.
PRIORITY = {
    Kind.RETAKE: 4,
    Kind.VISIT_CLOSING: 3,
    Kind.REMINDER: 3,
    Kind.VISIT_DUE: 2,
    Kind.VISIT_OPENS: 1,
}
# A message cancelled for one of these may be wanted after all.
REVIVED = ("complete", "begun", "not_planned", "switched_off", "study_closed", "no_consent")


@dataclass(frozen=True)
class Wanted:
    """A message that the plan wants: sent at ``at``, with nothing to say from ``until`` on."""

    kind: str
    about: str
    at: datetime
    until: datetime
    covers: list[str] = field(default_factory=list)


@transaction.atomic
def plan(participant: Participant) -> list[Message]:
    """Bring the messages of ``participant`` in line with the plan; those that wait are returned."""
    participant = (
        Participant.objects.select_for_update(of=("self",))
        .select_related("study", "site")
        .get(pk=participant.pk)
    )
    rules, now = rules_of(participant), timezone.now()
    known = {(m.kind, m.about): m for m in participant.messages.order_by("round")}
    wanted = [] if why_not_at_all(participant) else list(_wanted(participant, rules, now))
    for message in wanted:
        before = known.get((message.kind, message.about))
        if message.kind == Kind.RETAKE:
            _plan_retake(participant, message)
        elif before is None:
            if message.at > now or message.kind == Kind.CONSENT_RENEW:
                make(participant, message.kind, message.about, message.at)
        else:
            _move(before, message, now)
    _cancel_unwanted(participant, {(message.kind, message.about) for message in wanted}, rules, now)
    return list(participant.messages.waiting().order_by("due_at"))


def plan_all(study: Study) -> None:
    """Plan for everybody enrolled in ``study``: its settings or its consent text have changed."""
    for participant in study.participants.filter(state=Participant.State.ENROLLED):
        plan(participant)


def tell(*, participant: Participant, kind: str, about: object = None) -> Message | None:
    """Plan one message at once, outside the protocol's schedule.

    ``about`` is what it is about: a ``Visit``, a ``Photo`` (its visit is meant), a
    ``ConsentDocument``, or a receipt's number. The same again is the same message. ``None`` when
    there is nothing to tell (any more). Photos to retake are gathered: call it for each.
    """
    if kind in (Kind.RETAKE, Kind.CONSENT_RENEW):
        plan(participant)
        return participant.messages.waiting().filter(kind=kind).order_by("-due_at").first()
    if why_not_at_all(participant) and kind != Kind.ERASURE_RECEIPT:
        return None
    with transaction.atomic():
        return make(participant, kind, _name(about), timezone.now())


# --- The plan ----------------------------------------------------------------------------------


def _wanted(participant: Participant, rules: Rules, now: datetime) -> Iterator[Wanted]:
    rows = participant.visits.select_related("definition", "participant__study")
    for visit in rows:
        visit.participant = participant
        for planned in () if visit.definition.repeat else _of_visit(visit, rules):
            possible = planned.until > now and planned.at < planned.until
            if (
                planned.kind in rules.kinds
                and possible
                and not why_no_visit(planned.kind, visit, now)
            ):
                yield planned
        yield from _retake(visit, rules, now)
    if Kind.CONSENT_RENEW in rules.kinds and consents.needs_new_consent(participant):
        document = consents.next_for(participant).document
        at = rules.after_quiet(now)
        yield Wanted(Kind.CONSENT_RENEW, f"consent:{document.pk}", at, at + timedelta(days=365))


def _of_visit(visit: Visit, rules: Rules) -> Iterator[Wanted]:
    """Opens, due, about to close, missed: each where it adds something to the one before.

    A visit whose day is that of enrolment is begun at the site, with the link in hand.
    """
    participant, about = visit.participant, f"visit:{visit.pk}"
    ends = visits.midnight(participant, visit.closes_on + timedelta(days=1))
    day_0 = participant.enrolled_on

    def at(day: date) -> datetime:
        """The first time for reminders, where the participant is, once ``day`` has begun there
        where the site counts its days."""
        begins = visits.midnight(participant, day)
        here = begins.astimezone(rules.zone).date()
        wall = clock.moment(here, rules.send_at, rules.zone)
        if wall < begins:
            wall = clock.moment(here + timedelta(days=1), rules.send_at, rules.zone)
        return rules.after_quiet(wall)

    closing = visit.closes_on - timedelta(days=rules.days_before_close)
    if day_0 is None or visit.opens_on > day_0:
        yield Wanted(Kind.VISIT_OPENS, about, at(visit.opens_on), ends)
    if visit.scheduled_on > visit.opens_on and (day_0 is None or visit.scheduled_on > day_0):
        yield Wanted(Kind.VISIT_DUE, about, at(visit.scheduled_on), ends)
    if closing > max(visit.scheduled_on, visit.opens_on):
        yield Wanted(Kind.VISIT_CLOSING, about, at(closing), ends)
    missed = max(at(visit.closes_on + timedelta(days=1)), rules.after_quiet(ends))
    yield Wanted(Kind.VISIT_MISSED, about, missed, ends + MISSED_FOR)


def _retake(visit: Visit, rules: Rules, now: datetime) -> Iterator[Wanted]:
    if Kind.RETAKE not in rules.kinds or why_no_visit(Kind.RETAKE, visit, now):
        return
    photos = [str(photo.pk) for photo in photos_to_retake(visit)]
    ends = visits.midnight(visit.participant, visit.closes_on + timedelta(days=1))
    if photos:
        at = rules.after_quiet(now + RETAKE_AFTER)
        yield Wanted(Kind.RETAKE, f"visit:{visit.pk}", at, ends, photos)


# --- The rows ----------------------------------------------------------------------------------


def make(
    participant: Participant,
    kind: str,
    about: str,
    at: datetime,
    *,
    number: int = 1,
    covers: Sequence[str] = (),
) -> Message:
    """The message planned for ``at``, in its round ``number``; one that is there stays as it is."""
    message, made = Message.objects.get_or_create(
        participant=participant,
        kind=kind,
        about=about,
        round=number,
        defaults={"planned_for": at, "due_at": at, "covers": list(covers)},
    )
    if made:
        notify_on_commit(message)
    return message


def _plan_retake(participant: Participant, wanted: Wanted) -> None:
    """One message for all photos turned down until it leaves; what it covered is not said again."""
    rows = participant.messages.filter(kind=wanted.kind, about=wanted.about)
    mentioned = {photo for row in rows.exclude(why="seen") for photo in row.covers}
    new = [photo for photo in wanted.covers if photo not in mentioned]
    if not new:
        return
    waiting = rows.waiting().filter(outcome=Outcome.PLANNED).order_by("-round").first()
    if waiting is None:
        last = rows.order_by("-round").values_list("round", flat=True).first() or 0
        make(
            participant, wanted.kind, wanted.about, wanted.at, number=last + 1, covers=wanted.covers
        )
        return
    Message.objects.filter(pk=waiting.pk, state=WorkState.QUEUED).update(
        covers=[*waiting.covers, *new], planned_for=wanted.at, due_at=wanted.at
    )


def _move(before: Message, wanted: Wanted, now: datetime) -> None:
    """Bring a planned message to its new time, or back when it is wanted after all."""
    renewal = wanted.kind == Kind.CONSENT_RENEW  # its time is now, whenever one asks
    revivable = before.outcome == Outcome.CANCELLED and before.why in REVIVED
    again = revivable and (renewal or wanted.at > now)
    moved = before.state == WorkState.QUEUED and before.planned_for != wanted.at and not renewal
    if not (again or moved):
        return
    Message.objects.filter(pk=before.pk, state=before.state).update(
        state=WorkState.QUEUED,
        outcome=Outcome.PLANNED,
        why="",
        planned_for=wanted.at,
        due_at=wanted.at,
        attempts=0,
        notified_at=None,
        finished_at=None,
    )


def _cancel_unwanted(
    participant: Participant, wanted: set[tuple[str, str]], rules: Rules, now: datetime
) -> None:
    for message in participant.messages.waiting().exclude(kind__in=ASKED):
        if (message.kind, message.about) in wanted:
            continue
        message.participant = participant
        cancel(message, why_not(message, rules, now) or "not_planned", now)


def cancel(message: Message, why: str, now: datetime) -> bool:
    """Take a message that waits out of the plan; ``False`` when a worker has it."""
    waiting = Message.objects.filter(pk=message.pk, state=WorkState.QUEUED)
    return bool(
        waiting.update(
            state=WorkState.DONE,
            outcome=Outcome.CANCELLED,
            why=why,
            finished_at=now,
            notified_at=None,
        )
    )


def weight_of(message: Message) -> int:
    """Which of several messages about one visit is sent: the heaviest."""
    return PRIORITY.get(Kind(message.kind), 0)


def _name(about: object) -> str:
    if about is None:
        return ""
    if isinstance(about, Visit):
        return f"visit:{about.pk}"
    return str(about)[:64]
