"""What holds for one participant's messages: the study's settings and their own choices."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from participants.messaging.models import ReminderChoice
from participants.messaging.services import clock
from participants.people.models import Participant
from studies.protocol.services.reminders import settings_of


@dataclass(frozen=True)
class Rules:
    """Times are wall-clock times in ``zone``; ``channels`` are those wanted, in their order."""

    zone: ZoneInfo
    kinds: frozenset[str]
    channels: tuple[str, ...]
    send_at: time
    days_before_close: int
    quiet_from: time
    quiet_until: time
    between: timedelta
    max_per_week: int
    sender_name: str

    def after_quiet(self, at: datetime) -> datetime:
        """``at``, or the end of the quiet hours it lies in."""
        return clock.after_quiet(at, self.zone, self.quiet_from, self.quiet_until)


def choice_of(participant: Participant) -> ReminderChoice:
    """The participant's choices, or the defaults; nothing is saved."""
    reminder_choice = ReminderChoice.objects.filter(participant=participant).first()
    return reminder_choice or ReminderChoice(participant=participant)


def zone_of(participant: Participant) -> ZoneInfo:
    """The zone the participant lives in; the site's unless they said another."""
    return ZoneInfo(participant.time_zone) if participant.time_zone else participant.zone


def rules_of(participant: Participant) -> Rules:
    """The rules for ``participant``: what the study offers, where they did not choose otherwise."""
    study, choice = settings_of(participant.study), choice_of(participant)
    on = [name for name in study.channels if getattr(choice, name)]
    quiet = study.quiet_from, study.quiet_until
    if choice.quiet_from is not None and choice.quiet_until is not None:
        quiet = choice.quiet_from, choice.quiet_until
    return Rules(
        zone=zone_of(participant),
        kinds=frozenset(study.kinds),
        channels=tuple(sorted(on, key=lambda name: name != choice.first)),
        send_at=study.send_at,
        days_before_close=study.days_before_close,
        quiet_from=quiet[0],
        quiet_until=quiet[1],
        between=timedelta(hours=study.hours_between),
        max_per_week=study.max_per_week,
        sender_name=study.sender_name,
    )
