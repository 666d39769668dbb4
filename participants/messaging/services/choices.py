"""What participants decide about their reminders: channels, quiet hours, zone, later, a test."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import time, timedelta
from zoneinfo import available_timezones

from django.db import transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participants.capture.services import progress
from participants.messaging.channels import configured
from participants.messaging.models import Message, ReminderChoice
from participants.messaging.services import clock
from participants.messaging.services.composing import address_of
from participants.messaging.services.planning import cancel, make, plan
from participants.messaging.services.rules import choice_of, zone_of
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.people.services.self_service import require_self
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, StateRefused, invalid
from studies.platform.work import WorkState
from studies.protocol.services.reminders import settings_of

CHANNEL_NAMES: dict[str, str | Promise] = {
    "push": gettext_lazy("Notification on this phone"),
    "email": gettext_lazy("E-mail"),
    "sms": gettext_lazy("Text message"),
}
TESTS_A_DAY = 5
_FIELDS = ("email", "push", "sms", "first", "quiet_from", "quiet_until")


@dataclass(frozen=True)
class Way:
    """A channel as the participant sees it; ``address`` is masked, empty when there is none."""

    name: str
    on: bool
    address: str

    @property
    def label(self) -> str | Promise:
        return CHANNEL_NAMES[self.name]


def ways_of(participant: Participant) -> list[Way]:
    """The channels that study and installation have, in the study's order."""
    study, choice, have = settings_of(participant.study), choice_of(participant), configured()
    return [
        Way(name, bool(getattr(choice, name)), masked(participant, name))
        for name in study.channels
        if name in have
    ]


def masked(participant: Participant, channel: str) -> str:
    """Enough of an address to recognise one's own: ``+65 •••• 4567``, ``s•••@example.org``."""
    to = address_of(participant, channel).to
    if channel == "email" and "@" in to:
        name, _at, host = to.rpartition("@")
        return f"{name[:1]}•••@{host}"
    if channel == "sms" and to:
        return f"{to[:3]} •••• {to[-4:]}"
    return ""


@transaction.atomic
def choose(
    *,
    participant: Participant,
    on: Collection[str],
    first: str,
    quiet: tuple[time, time] | None,
    time_zone: str,
    by: Actor,
) -> ReminderChoice:
    """Set which channels may be used and when it is quiet; ``quiet`` of ``None`` is the study's.

    Raises:
        NotAllowed: ``by`` is not the participant.
        Invalid: an unknown time zone.
    """
    _require_self(participant, by)
    if time_zone and time_zone not in available_timezones():
        words = _("Please choose a time zone from the list.")
        raise invalid(words, {"time_zone": words})
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    row = choice_of(participant)
    offered = {way.name for way in ways_of(participant)}
    before = _as_record(row, participant)
    for name in offered:
        setattr(row, name, name in on)
    row.first = first if first in offered else ""
    row.quiet_from, row.quiet_until = quiet or (None, None)
    row.save()
    zone = "" if time_zone == str(participant.zone) else time_zone
    if zone != participant.time_zone:
        participant.time_zone = zone
        participant.save(update_fields=["time_zone"])
    after = _as_record(row, participant)
    changed = [name for name in after if after[name] != before[name]]
    if changed:
        record_about(
            participant,
            "reminders.choose",
            by=by,
            target=row,
            old={name: before[name] for name in changed},
            new={name: after[name] for name in changed},
        )
        plan(participant)
    return row


@transaction.atomic
def switch_off(*, participant: Participant, channel: str, by: Actor) -> None:
    """Stop one channel, from the signed address in a message; the others go on.

    Raises:
        NotAllowed: ``by`` is not the participant.
    """
    _require_self(participant, by)
    row = choice_of(Participant.objects.select_for_update().get(pk=participant.pk))
    if channel in CHANNEL_NAMES and getattr(row, channel):
        setattr(row, channel, False)
        row.save()
        record_about(
            participant,
            "reminders.choose",
            by=by,
            target=row,
            old={channel: True},
            new={channel: False},
        )


@transaction.atomic
def new_feed(*, participant: Participant, by: Actor) -> ReminderChoice:
    """Give the calendar a new address; the earlier ones show nothing any more."""
    _require_self(participant, by)
    row = choice_of(Participant.objects.select_for_update().get(pk=participant.pk))
    row.feed_round += 1
    row.save()
    record_about(participant, "calendar.new_address", by=by, target=row)
    return row


@transaction.atomic
def remind_later(*, participant: Participant, choice: str, by: Actor) -> Message:
    """Remind of the visit that is open at a time of ``clock.LATER``; a later wish replaces it.

    Raises:
        NotAllowed: ``by`` is not the participant.
        StateRefused: nothing is to be done at the moment.
        Invalid: the choice is not offered now, or lies after the visit's last day.
    """
    _require_self(participant, by)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    visit = visit_to_do(participant)
    if visit is None:
        raise StateRefused(_("There is nothing to do at the moment, so there is no reminder."))
    now = timezone.now()
    try:
        at = clock.later(choice, now, zone_of(participant))
    except ValueError:
        raise Invalid(_("Please choose one of the times shown.")) from None
    if at >= visits.midnight(participant, visit.closes_on + timedelta(days=1)):
        raise Invalid(_("That would be too late for these photos. Please choose an earlier time."))
    about = f"visit:{visit.pk}"
    rows = participant.messages.filter(kind=Message.Kind.LATER, about=about)
    waiting = rows.waiting().first()
    if waiting is not None:
        Message.objects.filter(pk=waiting.pk, state=WorkState.QUEUED).update(
            planned_for=at, due_at=at, notified_at=None
        )
        waiting.refresh_from_db()
        return waiting
    return make(participant, Message.Kind.LATER, about, at, number=rows.count() + 1)


@transaction.atomic
def forget_later(*, participant: Participant, by: Actor) -> bool:
    """Take back the wish to be reminded later; whether there was one."""
    _require_self(participant, by)
    rows = participant.messages.waiting().filter(kind=Message.Kind.LATER)
    return sum(cancel(row, "not_planned", timezone.now()) for row in rows) > 0


def waiting_later(participant: Participant) -> Message | None:
    """The reminder that the participant asked for and that has not come yet."""
    return participant.messages.waiting().filter(kind=Message.Kind.LATER).first()


def visit_to_do(participant: Participant) -> Visit | None:
    """The visit that is open today and lacks a photo."""
    visit = visits.open_visit(participant, visits.today(participant))
    return visit if visit is not None and progress.missing_views(visit) else None


@transaction.atomic
def send_test(*, participant: Participant, channel: str, by: Actor) -> Message:
    """Send a test by one channel, at once, whatever the hour.

    Raises:
        NotAllowed: ``by`` is not the participant.
        Invalid: the channel is not offered or reaches nobody.
        StateRefused: there were many tests today.
    """
    _require_self(participant, by)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    offered = {way.name for way in ways_of(participant)}
    if channel not in offered or not address_of(participant, channel):
        raise Invalid(_("This way cannot be used at the moment. Please choose another one."))
    now = timezone.now()
    tests = participant.messages.filter(kind=Message.Kind.TEST)
    if tests.filter(created_at__gt=now - timedelta(days=1)).count() >= TESTS_A_DAY:
        raise StateRefused(_("That was the last test for today. Please try again tomorrow."))
    message = make(participant, Message.Kind.TEST, "", now, number=tests.count() + 1)
    Message.objects.filter(pk=message.pk).update(wished=channel)
    return message


def _as_record(row: ReminderChoice, participant: Participant) -> dict[str, object]:
    values = {name: getattr(row, name) for name in _FIELDS}
    shown = {name: str(v) if isinstance(v, time) else v for name, v in values.items()}
    return {**shown, "time_zone": participant.time_zone}


def _require_self(participant: Participant, by: Actor) -> None:
    require_self(by, participant, "Only the participant decides about their reminders.")
