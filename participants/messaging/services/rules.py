"""What holds for one participant's messages: the study's settings and their own choices."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from participants.messaging.models import ReminderChoice
from participants.messaging.services import clock
from participants.people.models import Participant
from studies.protocol.models import ReminderSettings, Study


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


def settings_of(study: Study) -> ReminderSettings:
    """The study's settings, or the defaults where it has none yet; nothing is saved."""
    return ReminderSettings.objects.filter(study=study).first() or ReminderSettings(study=study)


def choice_of(participant: Participant) -> ReminderChoice:
    """The participant's choices, or the defaults; nothing is saved."""
    found = ReminderChoice.objects.filter(participant=participant).first()
    return found or ReminderChoice(participant=participant)


def zone_of(participant: Participant) -> ZoneInfo:
    """The zone the participant lives in; the study's unless they said another."""
    return ZoneInfo(participant.time_zone or participant.study.time_zone)


def wanted_channels(study: ReminderSettings, choice: ReminderChoice) -> tuple[str, ...]:
    """The study's channels that are not switched off, the participant's first one first."""
    on = [name for name in study.channels if getattr(choice, name)]
    return tuple(sorted(on, key=lambda name: name != choice.first))


def rules_of(participant: Participant) -> Rules:
    """The rules for ``participant``."""
    study, choice = settings_of(participant.study), choice_of(participant)
    own = choice.quiet_from is not None and choice.quiet_until is not None
    return Rules(
        zone=zone_of(participant),
        kinds=frozenset(study.kinds),
        channels=wanted_channels(study, choice),
        send_at=study.send_at,
        days_before_close=study.days_before_close,
        quiet_from=choice.quiet_from if own and choice.quiet_from else study.quiet_from,
        quiet_until=choice.quiet_until if own and choice.quiet_until else study.quiet_until,
        between=timedelta(hours=study.hours_between),
        max_per_week=study.max_per_week,
        sender_name=study.sender_name,
    )
