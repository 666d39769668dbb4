"""Correcting the day on which a visit was made."""

from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Min
from django.utils.formats import date_format

from participants.correcting.errors import NothingDiffers
from participants.correcting.services.common import begin, keep
from participants.deviations.models import Deviation
from participants.deviations.services import end_deviation, note_deviation
from participants.visits import services as visits
from participants.visits.days import window_of
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import StateRefused, invalid
from studies.platform.seen import Seen
from studies.protocol.services.rights import require
from studies.record.unchanged import require_unchanged

CORRECTED = "visit.correct_day"
_OUTSIDE = Deviation.Kind.VISIT_MADE_OUTSIDE


def made_on(visit: Visit) -> dict[str, Any]:
    """What the form shows: the day it was made, where the site is."""
    at = visit.completed_at
    return {"made_on": at.astimezone(visit.participant.zone).date() if at else None}


@transaction.atomic
def correct_visit_day(
    *,
    visit: Visit,
    made_on: date,
    reason: str,
    by: Actor,
    seen: Seen | None = None,
    confirmed: Confirmed = None,
) -> Visit:
    """Say that ``visit`` was made on another day; when its photos arrived stays as it was.

    Outside the protocol's window that is noted as a deviation; corrected back within it, the
    deviation is over.

    Raises:
        NotAllowed: ``by`` may not edit participants and visits at the site.
        ReasonMissing, Invalid: no reason, or a day on which it cannot have been made.
        StateRefused: it is not complete, or the participant is erased.
        ChangedMeanwhile: somebody has corrected it since ``seen``.
        NothingDiffers: it is that day already.
        Unconfirmed: the day lies outside the protocol's window, or before the first consent.
    """
    participant, reason = begin(participant=visit.participant, reason=reason, by=by)
    require(by, Permission.VISIT_EDIT, study=participant.study, site=participant.site)
    rows = Visit.objects.select_related("definition").select_for_update(of=("self",))
    visit = rows.get(pk=visit.pk)
    visit.participant = participant
    if visit.state != Visit.State.COMPLETE or visit.completed_at is None:
        raise StateRefused(
            f"This visit is {visit.get_state_display()}: the day is corrected of one that is "
            "complete. Nothing was changed."
        )
    former = _day(visit)
    require_unchanged(
        seen, {"made_on": former}, study=participant.study.code, actions=(CORRECTED,), target=visit
    )
    if problem := _problem(visit, made_on):
        raise invalid("Nothing was corrected yet; please check the day.", {"made_on": problem})
    if made_on == former:
        raise NothingDiffers("It was made on that day already, so nothing was corrected.")
    inside, asked = _window(visit, made_on)
    asked |= _before_consent(visit, made_on)
    said = require_confirmed(asked, confirmed)
    at = visit.completed_at.astimezone(participant.zone)
    visit.completed_at = datetime.combine(made_on, at.time(), tzinfo=participant.zone)
    visit.started_at = min(visit.started_at or visit.completed_at, visit.completed_at)
    visit.save(update_fields=["completed_at", "started_at"])
    code = visit.definition.code
    keep(
        participant=participant,
        old={f"{code}.made_on": former.isoformat()},
        new={f"{code}.made_on": made_on.isoformat()},
        reason=reason,
        by=by,
        action=CORRECTED,
        also={"confirmed": said} if said else None,
    )
    if inside:
        end_deviation(visit=visit, kind=_OUTSIDE)
    else:
        note_deviation(
            visit=visit,
            kind=_OUTSIDE,
            detail=f"{visit.definition.name}: made {date_format(made_on, 'j M Y')}",
        )
    return visit


def _day(visit: Visit) -> date:
    day: date = made_on(visit)["made_on"]
    return day


def _problem(visit: Visit, day: date) -> str:
    day_0 = visit.participant.enrolled_on
    if day > visits.today(visit.participant):
        return "This day is still to come."
    if day_0 is not None and day < day_0:
        return f"Choose a day from day 0 on, which is {date_format(day_0, 'j F Y')}."
    return ""


def _before_consent(visit: Visit, day: date) -> dict[str, str]:
    first = visit.participant.consents.aggregate(first=Min("given_at"))["first"]
    if first is None or day >= (agreed := first.astimezone(visit.participant.zone).date()):
        return {}
    return {
        f"before-consent:{day.isoformat()}": f"The consent was signed on "
        f"{date_format(agreed, 'j F Y')}, after this day: a visit made before it may not be used."
    }


def _window(visit: Visit, day: date) -> tuple[bool, dict[str, str]]:
    """Whether ``day`` lies in the protocol's window; if not, what a person has to say is meant."""
    day_0 = visit.participant.enrolled_on
    if visit.definition.floats or day_0 is None:
        return True, {}
    _planned, opens, closes = window_of(visit.definition, day_0)
    if opens <= day <= closes:
        return True, {}
    return False, {
        f"outside:{day.isoformat()}": f"{date_format(day, 'j F Y')} is outside the window of the "
        f"protocol ({date_format(opens, 'j M')} to {date_format(closes, 'j M Y')}). It is noted as "
        "a deviation."
    }
