"""The schedule as a calendar (RFC 5545): neutral titles, since calendars are shared and shown."""

from datetime import UTC, timedelta

import icalendar
from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from participants.messaging.services import clock
from participants.messaging.services.rules import Rules, rules_of
from participants.messaging.services.wording import sender
from participants.people.models import Participant
from participants.people.services.languages import reading_language
from participants.visits.models import Visit
from participants.words.dates import full

# A visit only ever moves on, so its state tells how often its entry has changed.
SEQUENCE = {
    Visit.State.SCHEDULED: 0,
    Visit.State.DUE: 0,
    Visit.State.IN_PROGRESS: 1,
    Visit.State.MISSED: 2,
    Visit.State.COMPLETE: 3,
    Visit.State.CANCELLED: 4,
}


def calendar_of(participant: Participant) -> bytes:
    """All visits as an iCalendar file, in the participant's language and zone.

    The scheduled day is an hour from the time of reminders on; the words say the whole window.
    Each entry keeps its UID, and its SEQUENCE grows when its visit moves on.
    """
    rules = rules_of(participant)
    calendar = icalendar.Calendar()
    with translation.override(reading_language(participant).code):
        calendar.add("prodid", "-//GSH//Schedule//EN")
        calendar.add("version", "2.0")
        calendar.add("calscale", "GREGORIAN")
        calendar.add("method", "PUBLISH")
        calendar.add("name", sender(rules.sender_name))
        calendar.add("x-wr-calname", sender(rules.sender_name))
        calendar.add("x-wr-timezone", str(rules.zone))
        calendar.add("refresh-interval", timedelta(hours=12), parameters={"value": "DURATION"})
        for visit in participant.visits.counted().select_related("definition"):
            calendar.add_component(_entry(visit, rules))
    return bytes(calendar.to_ical())


def _entry(visit: Visit, rules: Rules) -> icalendar.Event:
    event = icalendar.Event()
    begins = clock.moment(visit.scheduled_on, rules.send_at, rules.zone).astimezone(UTC)
    window = _("From %(first)s to %(last)s. It takes about three minutes.") % {
        "first": full(visit.opens_on),
        "last": full(visit.closes_on),
    }
    cancelled = visit.state == Visit.State.CANCELLED
    event.add("uid", f"visit-{visit.pk}@{_host()}")
    event.add("dtstamp", timezone.now())
    event.add("sequence", SEQUENCE[Visit.State(visit.state)])
    event.add("summary", _("Photos for your study"))
    event.add("description", window)
    event.add("dtstart", begins)
    event.add("duration", timedelta(hours=1))
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    event.add("transp", "TRANSPARENT")
    event.add("class", "PRIVATE")
    event.add("url", settings.SITE_URL.rstrip("/") + reverse("my:home"))
    if visit.state in (Visit.State.SCHEDULED, Visit.State.DUE, Visit.State.IN_PROGRESS):
        event.add_component(_alarm(timedelta(0)))
    return event


def _alarm(before: timedelta) -> icalendar.Alarm:
    alarm = icalendar.Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("description", _("Photos for your study"))
    alarm.add("trigger", before)
    return alarm


def _host() -> str:
    return settings.SITE_URL.split("//")[-1].split("/")[0].split(":")[0] or "localhost"
