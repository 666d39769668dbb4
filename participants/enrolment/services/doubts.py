"""What looks like a mistake at enrolment, though it may be meant: a person decides."""

from datetime import date, timedelta

from django.utils.formats import date_format

from participants.people.models import Participant
from participants.people.services import duplicates
from participants.people.services.identity import IdentityData
from participants.visits import services as visits
from participants.words.dates import full
from studies.amendments.services.reading import schedule_of, version_at
from studies.platform.actors import Actor

FAR_BACK = timedelta(days=7)


def doubts(
    *, participant: Participant, identity: IdentityData | None, day_0: date, by: Actor
) -> dict[str, str]:
    """What ``by`` has to say is meant, each by a key that holds what it is about."""
    return {
        **_day_0(participant, day_0),
        **(
            duplicates.doubts(participant=participant, identity=identity, by=by) if identity else {}
        ),
    }


def _day_0(participant: Participant, day_0: date) -> dict[str, str]:
    """A day 0 to come, far back, or so far that visits would be over before they could be made."""
    today = visits.today(participant)
    over = [
        planned
        for planned in schedule_of(participant.study, version_at(participant.site, today))
        if day_0 + timedelta(days=planned.day_offset + planned.window_after) < today
    ]
    if timedelta() <= today - day_0 <= FAR_BACK and not over:
        return {}
    sentence = f"Day 0 is {in_words(today, day_0)}."
    if day_0 > today:
        sentence += f" {participant.code} can take no photos before then."
    if over:
        names = ", ".join(definition.name for definition in over)
        sentence += f" It is too late for {names}, which will count as missed."
    return {f"day-0:{day_0.isoformat()}": sentence}


def in_words(today: date, day: date) -> str:
    """A day as a person checks it: ``Monday, 2 March 2026, 3 days ago``."""
    return f"{_weekday(day)}, {_distance(today, day)}"


def _weekday(day: date) -> str:
    """``Monday, 2 March 2026``: the day of the week tells a wrong year or month at once."""
    return f"{date_format(day, 'l')}, {full(day)}"


def _distance(today: date, day: date) -> str:
    """``3 days ahead``, ``365 days ago (1 year)``, ``4,000 days ago (10 years)``."""
    days = abs((day - today).days)
    years = round(days / 365.25)
    said = f"{days:,} day{'s' if days != 1 else ''} {'ahead' if day > today else 'ago'}"
    return f"{said} ({years} year{'s' if years != 1 else ''})" if days >= 360 else said
