"""Moments in a participant's own day: wall-clock times, quiet hours, and clocks that are changed.

Local times become moments (UTC) through ``zoneinfo``: a time that a spring night skips is taken
with the offset before it, as PEP 495 has it, and a time that an autumn night has twice is the
first of the two.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LATER = ("hour", "evening", "tomorrow")
EVENING = time(19, 0)
MORNING = time(9, 0)


def moment(day: date, at: time, zone: ZoneInfo) -> datetime:
    """The moment (UTC) when clocks in ``zone`` show ``at`` on ``day``."""
    return datetime.combine(day, at, tzinfo=zone).astimezone(UTC)


def is_quiet(at: datetime, zone: ZoneInfo, quiet_from: time, quiet_until: time) -> bool:
    """Whether ``at`` lies in the quiet hours; they may span midnight. Equal times: never."""
    shown = at.astimezone(zone).time()
    if quiet_from <= quiet_until:
        return quiet_from <= shown < quiet_until
    return shown >= quiet_from or shown < quiet_until


def after_quiet(at: datetime, zone: ZoneInfo, quiet_from: time, quiet_until: time) -> datetime:
    """``at``, or the end of the quiet hours that ``at`` lies in."""
    if not is_quiet(at, zone, quiet_from, quiet_until):
        return at
    local = at.astimezone(zone)
    over = quiet_from > quiet_until and local.time() >= quiet_from
    return moment(local.date() + timedelta(days=over), quiet_until, zone)


def later(choice: str, now: datetime, zone: ZoneInfo) -> datetime:
    """When ``choice`` of ``LATER`` is: in an hour, at 19:00 today, at 9:00 tomorrow.

    Raises:
        ValueError: the choice is not offered now.
    """
    if choice not in offered_later(now, zone):
        raise ValueError(choice)
    local = now.astimezone(zone)
    if choice == "hour":
        return now + timedelta(hours=1)
    if choice == "evening":
        return moment(local.date(), EVENING, zone)
    return moment(local.date() + timedelta(days=1), MORNING, zone)


def offered_later(now: datetime, zone: ZoneInfo) -> list[str]:
    """What can be chosen now: no evening that is here already or within the hour."""
    evening = moment(now.astimezone(zone).date(), EVENING, zone)
    far = evening - now > timedelta(hours=1)
    return [choice for choice in LATER if choice != "evening" or far]
