"""One row that waits, as a page shows it: of whom, what, since or until when, and what to do."""

from dataclasses import dataclass
from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from inference.dashboards.services.waiting.asked import Asked
from participants.answers.models import Alert, SeriousEvent, Submission
from participants.answers.services.waiting import missing_at
from participants.capture.models import Photo
from participants.messaging.models import Message
from participants.messaging.services.log import why_words
from participants.people.models import Participant
from participants.privacy.models import DataRequest
from participants.queries.models import Query
from participants.queries.places import place_of, told
from participants.visits.models import Visit


@dataclass(frozen=True)
class Described:
    """A row in words: ``what`` it is, ``when`` it must be or has been since, and how it is done.

    ``does`` is the address of what acts on it; ``posts`` whether that is a button that acts at
    once. ``page`` is where it is looked at by whoever may not act.
    """

    participant: Participant
    what: str
    when: str
    page: str
    does: str
    posts: bool = False


def _at(asked: Asked, name: str, participant: Participant, *more: object) -> str:
    return reverse(name, args=[asked.study.code, participant.code, *more])


def _day(day: date) -> str:
    return date_format(day, "j M Y")


def _since(asked: Asked, moment: Any, participant: Participant) -> str:
    """The day of ``moment`` where the participant's site is."""
    own = participant.site.time_zone
    day = moment.astimezone(ZoneInfo(own or asked.study.time_zone)).date()
    return _("since %(day)s") % {"day": _day(day)}


def visit(asked: Asked, row: Visit) -> Described:
    """A visit to make: how long there is time, and by how much it is late."""
    page = _at(asked, "participants:visit", row.participant, row.definition.code)
    return Described(row.participant, row.definition.name, _window(asked, row), page, page)


def _window(asked: Asked, row: Visit) -> str:
    soon = {0: _("closes today"), 1: _("closes tomorrow")}
    until = _("until %(day)s") % {"day": _day(row.closes_on)}
    today = asked.days.at(row.participant.site_id)
    closes = soon.get((row.closes_on - today).days, until)
    late = (today - row.scheduled_on).days
    if not late:
        return closes
    return f"{_late(late) if late > 0 else _planned(row.scheduled_on)}, {closes}"


def _late(days: int) -> str:
    return ngettext("%(days)s day late", "%(days)s days late", days) % {"days": days}


def _planned(day: date) -> str:
    return _("planned for %(day)s") % {"day": _day(day)}


def retake(asked: Asked, row: Photo) -> Described:
    """A photo to be taken again: which, since when it is asked for, until when it can be."""
    participant, definition = row.visit.participant, row.visit.definition
    until = _("until %(day)s") % {"day": _day(row.visit.closes_on)}
    when = f"{_since(asked, getattr(row, 'asked_at', row.received_at), participant)}, {until}"
    page = _at(asked, "participants:visit", participant, definition.code)
    return Described(
        participant, f"{definition.name}, {row.get_view_display().lower()}", when, page, page
    )


def review(asked: Asked, row: Photo) -> Described:
    """A photo to look at."""
    participant, definition = row.visit.participant, row.visit.definition
    queue = reverse("participants:photo_review", args=[asked.study.code])
    return Described(
        participant,
        f"{definition.name}, {row.get_view_display().lower()}",
        _since(asked, row.received_at, participant),
        _at(asked, "participants:visit", participant, definition.code),
        f"{queue}?photo={row.pk}",
    )


def consent(asked: Asked, row: Participant) -> Described:
    """A consent to take or to take again."""
    return _person(asked, row, "participants:consent")


def enrol(asked: Asked, row: Participant) -> Described:
    """Somebody eligible, to enrol."""
    said = _("found eligible"), _since(asked, row.screened_at, row)
    return _person(asked, row, "participants:enrol_contact", *said)


def screen(asked: Asked, row: Participant) -> Described:
    """Somebody who signed, to screen."""
    return _person(asked, row, "participants:screen_one")


def link(asked: Asked, row: Participant) -> Described:
    """A personal link to make."""
    return _person(asked, row, "participants:issue_link", posts=True)


def contact(asked: Asked, row: Participant) -> Described:
    """A phone or an e-mail to ask for."""
    return _person(asked, row, "participants:contact")


def reverify(asked: Asked, row: Participant) -> Described:
    """Somebody of whom a value is another one than a monitor has verified."""
    there = reverse("participants:verification_site", args=[asked.study.code, row.site.code])
    page = _at(asked, "participants:detail", row)
    return Described(row, "", "", page, f"{there}?show=changed&code={row.code}")


def _person(
    asked: Asked, row: Participant, does: str, what: str = "", when: str = "", posts: bool = False
) -> Described:
    if not what and row.enrolled_on:
        what = _("enrolled on %(day)s") % {"day": _day(row.enrolled_on)}
    page = _at(asked, "participants:detail", row)
    return Described(row, what, when, page, _at(asked, does, row), posts)


def request(asked: Asked, row: DataRequest) -> Described:
    """A request to answer."""
    page = reverse("participants:data_requests", args=[asked.study.code])
    when = _since(asked, row.requested_at, row.participant)
    return Described(row.participant, row.get_kind_display(), when, page, page)


def query(asked: Asked, row: Query) -> Described:
    """A query: about what, and when its answer is due, or since when it waits."""
    page = _at(asked, "participants:query", row.participant, row.number)
    due = row.waits and row.due_on
    when = _("due %(day)s") % {"day": _day(row.due_on)} if due and row.due_on else ""
    since = row.answered_at if row.state == Query.State.ANSWERED else row.raised_at
    when = when or _since(asked, since or row.raised_at, row.participant)
    return Described(row.participant, told(place_of(row)).words, when, page, page)


def message(asked: Asked, row: Message) -> Described:
    """A message that nobody got, or perhaps not."""
    what = ". ".join(filter(None, (row.get_kind_display(), why_words(row).rstrip("."))))
    page = reverse("participants:messages", args=[asked.study.code])
    does = reverse("participants:message_retry", args=[asked.study.code, row.pk])
    when = _since(asked, row.finished_at or row.created_at, row.participant)
    return Described(row.participant, what, when, f"{page}?code={row.participant.code}", does, True)


def serious(asked: Asked, row: SeriousEvent) -> Described:
    """A serious adverse event to report: when its 24 hours end, or since when they are over."""
    form = row.submission
    at = timezone.localtime(row.due_at, form.participant.zone)
    words = _("report by %(at)s") if row.due_at > asked.now else _("overdue since %(at)s")
    page = _form(asked, form)
    when = words % {"at": f"{_day(at.date())}, {date_format(at, 'H:i')}"}
    return Described(form.participant, _("number %(n)s") % {"n": form.number}, when, page, page)


def alert(asked: Asked, row: Alert) -> Described:
    """An alert to acknowledge: of which form, since when; its words."""
    form = row.submission
    page = _form(asked, form)
    what = f"{form.assignment.instrument.title}: {row.words}"
    where = form.assignment.code, form.place, row.pk
    does = _at(asked, "participants:alert_acknowledge", form.participant, *where)
    return Described(
        form.participant, what, _since(asked, row.raised_at, form.participant), page, does
    )


def forms(asked: Asked, row: Visit) -> Described:
    """The questionnaires that a visit lacks; they are opened one by one."""
    missing = missing_at(row, asked.questionnaires)
    titles = ", ".join(one.instrument.title for one in missing)
    over = row.closes_on < asked.days.at(row.participant.site_id)
    closed = _("closed on %(day)s") % {"day": _day(row.closes_on)}
    place = row.definition.code
    page = _at(asked, "participants:visit", row.participant, place)
    does = page
    if missing:
        form = missing[0].code, place
        does = _at(asked, "participants:questionnaire", row.participant, *form)
    when = closed if over else _window(asked, row)
    return Described(row.participant, f"{row.definition.name}: {titles}", when, page, does)


def diary(asked: Asked, row: Participant) -> Described:
    """Somebody's forms on days of their own."""
    return _person(asked, row, "participants:questionnaires")


def draft(asked: Asked, row: Submission) -> Described:
    """A form that somebody has begun: which, and since when."""
    page = _form(asked, row)
    since = _since(asked, row.draft_at or row.begun_at, row.participant)
    return Described(row.participant, row.assignment.instrument.title, since, page, page)


def _form(asked: Asked, row: Submission) -> str:
    form = row.assignment.code, row.place
    return _at(asked, "participants:questionnaire", row.participant, *form)
