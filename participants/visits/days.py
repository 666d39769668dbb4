"""The days of a visit: as the protocol counts them, and where somebody has moved it."""

from collections.abc import Callable, Iterable
from datetime import date, timedelta

from django.utils.translation import gettext, override

from participants.visits.models import Visit
from participants.words.languages import LANGUAGE_NAMES
from studies.amendments.services.reading import schedule_of
from studies.protocol.models import Study, VisitDefinition


def window_of(definition: VisitDefinition, day_0: date) -> tuple[date, date, date]:
    """The scheduled, first and last day (both inclusive), counted from day 0."""
    scheduled = day_0 + timedelta(days=definition.day_offset)
    opens = scheduled - timedelta(days=definition.window_before)
    return scheduled, max(opens, day_0), scheduled + timedelta(days=definition.window_after)


def put_on(visit: Visit, day: date, day_0: date) -> bool:
    """Mean ``visit`` for ``day``; whether that lies within the protocol's window. Not saved.

    The window reaches as far as ``day`` where it lies outside. That of an unscheduled visit, of
    which no protocol speaks, goes along with it.
    """
    if visit.definition.floats:
        length = visit.closes_on - visit.scheduled_on
        study, views = visit.participant.study, visit.definition.views
        visit.definition = unscheduled_on(study, day - day_0, views)
        visit.scheduled_on = visit.opens_on = day
        visit.closes_on = day + length
        return True
    visit.planned_on, opens, closes = window_of(visit.definition, day_0)
    visit.scheduled_on = day
    visit.opens_on, visit.closes_on = min(opens, day), max(closes, day)
    return opens <= day <= closes


def count_anew(visit: Visit, day_0: date) -> bool:
    """Give ``visit`` the days that follow from ``day_0``, and save them; whether any is another.

    One that was moved to another day, or that no protocol plans, stays on its day.
    """
    if visit.definition.floats:
        put_on(visit, visit.scheduled_on, day_0)
        visit.save(update_fields=["definition"])
        return False
    before = visit.planned_on or visit.scheduled_on
    day = visit.scheduled_on if visit.is_moved else window_of(visit.definition, day_0)[0]
    put_on(visit, day, day_0)
    if visit.planned_on == before:
        return False
    visit.save(update_fields=["planned_on", "scheduled_on", "opens_on", "closes_on"])
    return True


def in_turn(visits: Iterable[Visit], day_0: date) -> list[Visit]:
    """``visits`` so that none is counted on to the day of another that has yet to go."""
    ordered = sorted(visits, key=lambda visit: visit.scheduled_on)
    later = any(
        visit.definition.floats and (visit.scheduled_on - day_0).days > visit.definition.day_offset
        for visit in ordered
    )
    return ordered[::-1] if later else ordered


def unscheduled_on(study: Study, after: timedelta, views: list[str]) -> VisitDefinition:
    """What an unscheduled visit asks for that lies ``after`` day 0, with ``views`` in their order.

    One row for each day and choice of views, so that everything that knows the day of a visit
    knows that of an unscheduled one.
    """
    letters = "".join(view[0] for view in views)
    code = f"unscheduled-{after.days}-{letters}"
    return VisitDefinition.every.get_or_create(
        study=study,
        code=code,
        defaults={
            "name": f"Unscheduled visit, day {after.days}",
            "day_offset": after.days,
            "unscheduled": True,
            "views": views,
            "translations": _words(lambda: {"name": gettext("Extra visit")}),
        },
    )[0]


def repeat_of(study: Study, version: int) -> VisitDefinition | None:
    """The first visit of this version of the protocol once more; none where no visit is planned.

    What participants read of it, to put the phone down first, is in each of their languages.
    """
    first = schedule_of(study, version).order_by("day_offset").first()
    if first is None:
        return None
    wanted = {
        "name": f"{first.name}, once more"[:100],
        "day_offset": first.day_offset,
        "window_before": first.window_before,
        "window_after": first.window_after,
        "views": first.views,
    }
    rows = VisitDefinition.every.filter(study=study, repeat=True)
    there = rows.filter(**wanted).first()
    if there is not None:
        return there
    letters = "".join(view[0] for view in first.views)
    code = f"repeat-day-{first.day_offset}-{letters}"
    if rows.filter(code=code).exists():  # of an earlier version, with another window or name
        code = f"{code}-v{version}"
    return VisitDefinition.every.get_or_create(
        study=study,
        code=code,
        defaults={
            **wanted,
            "unscheduled": True,
            "repeat": True,
            "translations": _words(_once_more),
        },
    )[0]


def _once_more() -> dict[str, str]:
    return {
        "name": gettext("Once more"),
        "instructions": gettext(
            "Please put your phone down for a moment. Then pick it up and take each photo once "
            "more: that shows how exact our measurements are. Nothing was wrong with your first "
            "photos."
        ),
    }


def _words(say: Callable[[], dict[str, str]]) -> dict[str, dict[str, str]]:
    """What participants read of it, in each of their languages."""
    words = {}
    for language in LANGUAGE_NAMES:
        with override(language):
            words[language] = say()
    return words
