"""Photos that arrive after their visit closed, because the phone had no connection.

The phone says when the photo was taken, by a clock that was compared with ours at the last
contact. The claim lets a photo in only where nothing speaks against it.
"""

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from participants.capture.metadata import claimed_at
from participants.visits.models import Visit
from participants.visits.services import midnight

# What is left of a clock's error after it was put right, and of a slow answer.
SLACK = timedelta(minutes=5)


def taken_on(visit: Visit, capture: Mapping[str, Any]) -> date | None:
    """The day within ``visit``'s window on which the photo was taken, if that is plausible.

    Not in the future, not before the window opened nor after it closed (in the site's zone), and
    the window closed no longer than ``LATE_ARRIVAL_HOURS`` ago.
    """
    at = plausible_moment(capture)
    if at is None:
        return None
    day = at.astimezone(visit.participant.zone).date()
    if not visit.opens_on <= day <= visit.closes_on:
        return None
    closed = midnight(visit.participant, visit.closes_on + timedelta(days=1))
    if timezone.now() > closed + timedelta(hours=settings.LATE_ARRIVAL_HOURS):
        return None
    return day


def plausible_moment(capture: Mapping[str, Any]) -> datetime | None:
    """When the photo was taken by the phone's corrected clock; not later than now."""
    at = claimed_at(capture)
    now = timezone.now()
    if at is None or at > now + SLACK or at.year < 2000:
        return None
    return min(at, now)
