"""The part of a protocol file that says when participants are reminded."""

from datetime import time
from typing import Any

from studies.protocol.models.reminders import CHANNELS, KINDS, ReminderSettings
from studies.protocol_file.reading import (
    list_of,
    matching,
    one_of,
    optional,
    record,
    text,
    whole_number,
)

TIMES = ("send_at", "quiet_from", "quiet_until")
_TIME = matching(r"([01][0-9]|2[0-3]):[0-5][0-9]", 'a time in quotes, such as "09:00"')


def reminders_part(row: ReminderSettings) -> dict[str, Any]:
    """The settings as they stand in a file."""
    names = (
        "kinds", "channels", "send_at", "days_before_close", "quiet_from", "quiet_until",
        "hours_between", "max_per_week", "sender_name",
    )  # fmt: skip
    values = {name: getattr(row, name) for name in names}
    return {
        name: value.isoformat("minutes") if isinstance(value, time) else value
        for name, value in values.items()
    }


def reminders_values(part: dict[str, Any]) -> dict[str, Any]:
    """The settings of a file as their service takes them."""
    return {
        name: time.fromisoformat(value) if name in TIMES else value for name, value in part.items()
    }


def usual() -> dict[str, Any]:
    """What holds where a file says nothing."""
    return reminders_part(ReminderSettings())


REMINDERS = record(
    {
        "kinds": optional(list_of(one_of(*KINDS), what="kinds"), lambda: usual()["kinds"]),
        "channels": optional(
            list_of(one_of(*CHANNELS), what="channels"), lambda: usual()["channels"]
        ),
        "send_at": optional(_TIME, lambda: usual()["send_at"]),
        "days_before_close": optional(whole_number(0, 30), lambda: usual()["days_before_close"]),
        "quiet_from": optional(_TIME, lambda: usual()["quiet_from"]),
        "quiet_until": optional(_TIME, lambda: usual()["quiet_until"]),
        "hours_between": optional(whole_number(0, 48), lambda: usual()["hours_between"]),
        "max_per_week": optional(whole_number(1, 50), lambda: usual()["max_per_week"]),
        "sender_name": optional(text(30, empty=True), str),
    }
)
