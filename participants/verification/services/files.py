"""What was verified as a file: a row for each tick, standing or ended, without any value."""

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from participants.verification.models import Tick
from participants.verification.services.reading import rows_of
from participants.verification.services.standing import Standing, plan_of, verifiables
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.csv_files import csv_lines
from studies.protocol.models import Study
from studies.protocol.services.rights import may_anywhere, require
from studies.record import services as audit

HEADER = (
    "study_id",
    "site_id",
    "participant_id",
    "part",
    "field",
    "standing",
    "verified_at",
    "verified_by",
    "ended_at",
    "ended_by",
    "ended_reason",
)


def ticks_of(study: Study, user: User) -> "list[Tick]":
    """Every tick of ``study`` that ``user`` may see, by participant and time."""
    rows = Tick.objects.visible_to(user).filter(participant__study=study)
    related = rows.select_related("participant__site", "participant__study", "by", "ended_by")
    return list(related.order_by("participant__code", "at", "pk"))


def standings(ticks: "list[Tick]") -> dict[int, str]:
    """Tick's key → ``verified`` or ``changed``; ``taken_back`` or ``renewed`` where it ended."""
    people = {tick.participant_id: tick.participant for tick in ticks}
    found: dict[int, str] = {
        tick.pk: "taken_back" if tick.ended_reason else "renewed" for tick in ticks if tick.ended_at
    }
    if len(found) == len(ticks):
        return found
    rows = rows_of(people.values())
    plan = plan_of(next(iter(people.values())).study)
    for person in people.values():
        for one in verifiables(person, rows, plan):
            for checked in one.fields if one.ticks else ():
                if checked.tick is not None:
                    found[checked.tick.pk] = checked.standing.value
    # A tick that another request ended meanwhile is none that stands.
    return {tick.pk: found.get(tick.pk, Standing.CHANGED.value) for tick in ticks}


def ticks_file(*, study: Study, by: User) -> Iterator[bytes]:
    """The ticks as CSV, line by line; that it was taken is recorded.

    Raises:
        NotAllowed: ``by`` may not see what was verified.
    """
    if not may_anywhere(by, Permission.VERIFICATION_VIEW, study=study):
        require(by, Permission.VERIFICATION_VIEW, study=study)
    ticks = ticks_of(study, by)
    audit.record(
        by=by,
        action="verification.export",
        target=study,
        study=study.code,
        new={"rows": len(ticks), "at": timezone.now().isoformat()},
    )
    return csv_lines(HEADER, _cells(study, ticks), byte_order_mark=True)


def _cells(study: Study, ticks: "list[Tick]") -> Iterator[tuple[Any, ...]]:
    stand = standings(ticks)
    for tick in ticks:
        yield (
            study.code,
            tick.participant.site.code,
            tick.participant.code,
            tick.part,
            tick.field,
            stand[tick.pk],
            tick.at,
            tick.by.name,
            tick.ended_at,
            tick.ended_by.name if tick.ended_by else None,
            tick.ended_reason,
        )
