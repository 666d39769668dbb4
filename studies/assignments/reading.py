"""Assignments in words, for the pages that list them."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from studies.assignments.models import Assignment
from studies.protocol.models import Study


@dataclass(frozen=True)
class Line:
    """An assignment, and when it is asked in a sentence."""

    row: Assignment
    when: str
    alerts: int = 0  # rules that raise one


def lines_of(study: Study) -> list[Line]:
    """What is asked in ``study``, in its order."""
    rows = Assignment.objects.asked().filter(study=study).select_related("instrument")
    return [described(row) for row in rows]


def described(row: Assignment) -> Line:
    """``row`` with when it is asked: the visits' names, the days, or as needed."""
    return Line(row, _when(row), row.alert_rules.in_force().count())


def _when(row: Assignment) -> str:
    if row.timing == Assignment.Timing.AS_NEEDED:
        return _("as needed")
    if row.timing == Assignment.Timing.VISITS:
        names = dict(row.study.visit_definitions.values_list("code", "name"))
        return ", ".join(names.get(code, code) for code in row.visits)
    every = ngettext("every day", "every %(n)d days", row.every) % {"n": row.every}
    if row.last_day is None:
        return _("%(every)s from day %(first)d on") % {"every": every, "first": row.first_day}
    return _("%(every)s, day %(first)d to %(last)d") % {
        "every": every,
        "first": row.first_day,
        "last": row.last_day,
    }
