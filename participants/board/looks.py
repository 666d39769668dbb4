"""How one visit looks on a day: its state in a word, late and closing soon told apart."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import F, Q, QuerySet
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participants.capture.models import Photo
from participants.visits.days_here import Days
from participants.visits.models import WAITING, Visit

CLOSING = timedelta(days=2)  # as Today has it
_OPEN = (Visit.State.DUE, Visit.State.IN_PROGRESS)

# What a board can be narrowed to; those that count the same are the overview's.
STATES: dict[str, str | Promise] = {
    "due": gettext_lazy("Open now"),
    "late": gettext_lazy("Late, still possible"),
    "closing": gettext_lazy("Closing within two days"),
    "in_progress": gettext_lazy("Begun"),
    "missed": gettext_lazy("Missed"),
    "scheduled": gettext_lazy("To come"),
    "complete": gettext_lazy("Complete"),
    "moved": gettext_lazy("Moved to another day"),
    "retake": gettext_lazy("Photo to be taken again"),
    "forms": gettext_lazy("Questionnaire to fill in"),
    "forms_over": gettext_lazy("Over, questionnaire missing"),
}


@dataclass(frozen=True)
class Look:
    """``kind`` colours it and ``words`` name it."""

    kind: str
    words: str


def look_of(visit: Visit, on: date) -> Look:
    """How ``visit`` stands on the day ``on``."""
    standing = visit.standing_on(on)
    if standing not in _OPEN:
        return Look(standing.value, str(standing.label).capitalize())
    begun = standing == Visit.State.IN_PROGRESS
    if visit.closes_on - on <= CLOSING:
        words = _("Closes today")
        if visit.closes_on > on:
            words = _("Closes %(day)s") % {"day": date_format(visit.closes_on, "j M")}
        return Look("closing", _("%(words)s, begun") % {"words": words} if begun else words)
    late = (on - visit.scheduled_on).days
    if late > 0:
        words = ngettext("%(n)s day late", "%(n)s days late", late) % {"n": late}
        return Look("late", _("%(words)s, begun") % {"words": words} if begun else words)
    return Look(standing.value, _("Begun") if begun else _("Open now"))


def in_state(visits: QuerySet[Visit], state: str, days: Days) -> QuerySet[Visit]:
    """The ``visits`` that stand so today; all of them for a state that is not known."""
    on, soon = days.told(), days.told(plus=CLOSING)
    if state == "retake":
        wanted = Photo.objects.in_use().filter(state=Photo.State.RETAKE_WANTED)
        return visits.filter(pk__in=wanted.values("visit"), participant__state="enrolled")
    open_now = Q(state__in=WAITING, opens_on__lte=on, closes_on__gte=on)
    conditions = {
        "due": open_now,
        "late": open_now & Q(scheduled_on__lt=on),
        "closing": open_now & Q(closes_on__lte=soon),
        "in_progress": open_now & Q(state=Visit.State.IN_PROGRESS),
        "missed": Q(state=Visit.State.MISSED) | Q(state__in=WAITING, closes_on__lt=on),
        "scheduled": Q(state__in=("scheduled", "due"), opens_on__gt=on),
        "complete": Q(state=Visit.State.COMPLETE),
        "moved": Q(planned_on__isnull=False) & ~Q(planned_on=F("scheduled_on")),
    }.get(state)
    return visits if conditions is None else visits.filter(conditions)
