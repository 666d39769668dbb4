"""A new version of the protocol takes effect at a site."""

import logging
from datetime import date
from typing import Any

from django.db import transaction

from participants.amending.models import CarryOver
from participants.amending.services.steps import Step, What, steps
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits.days import put_on, repeat_of, window_of
from participants.visits.models import Visit
from participants.visits.services import move_visit, plan_visit, today
from participants.visits.signals import plans_changed
from studies.amendments.models import Amendment
from studies.amendments.services.approving import take_effect
from studies.amendments.services.reading import schedule_of, version_at
from studies.platform.actors import SYSTEM, Actor
from studies.platform.work import Claim
from studies.protocol.models import VisitDefinition

logger = logging.getLogger(__name__)
ENROLLED = Participant.State.ENROLLED


class NotCarriedOverError(RuntimeError):
    """Somebody's visits could not be brought in line; the others' were."""


def carry_over(claim: Claim[CarryOver]) -> None:
    """Bring the visits of the site's participants in line, one after the other, and tell phones.

    Done again after it was cut short, it finds those who follow already as they should be. One
    person's data that cannot be worked on hold up nobody else; the work is then tried again.

    Raises:
        NotCarriedOverError: with the codes of those whose visits could not be brought in line.
    """
    approval = claim.row.approval
    take_effect(approval)
    amendment, site = approval.amendment, approval.site
    failed = []
    for participant in Participant.objects.filter(site=site, state=ENROLLED).order_by("code"):
        claim.renew()
        try:
            with transaction.atomic():
                _carry_one(participant, amendment)
        except Exception:
            logger.exception("%s cannot follow %s; the others do", participant.code, amendment)
            failed.append(participant.code)
    if failed:
        raise NotCarriedOverError(f"Not carried over to {', '.join(failed)}.")
    with claim.completing():
        pass


def _carry_one(participant: Participant, amendment: Amendment) -> None:
    if amendment.reach == Amendment.Reach.ENROLLED:
        follow_version(participant=participant, version=amendment.number, by=SYSTEM)
    else:
        plans_changed.send(sender=CarryOver, participant=participant)  # a consent to renew, say


def follow_site(*, participant: Participant, by: Actor) -> list[Step]:
    """Bring the visits of somebody who came from another site in line with the one they are at.

    Nothing changes where that follows an older version, or one that reaches no one enrolled before.
    For services that have checked rights.
    """
    version = version_at(participant.site, today(participant))
    amendment = Amendment.objects.filter(study=participant.study, number=version).first()
    if amendment is None or amendment.reach != Amendment.Reach.ENROLLED:
        return []
    return follow_version(participant=participant, version=version, by=by)


@transaction.atomic
def follow_version(*, participant: Participant, version: int, by: Actor) -> list[Step]:
    """Let the visits of ``participant`` whose window has not opened follow ``version``.

    For services that have checked rights. Returns what became of each visit.
    """
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    participant = rows.get(pk=participant.pk)
    day_0 = participant.enrolled_on
    if participant.state != ENROLLED or day_0 is None:
        return []
    own = participant.visits.select_related("definition").order_by("pk")
    visits = list(own.select_for_update(of=("self",)))
    if any(visit.protocol_version > version for visit in visits):
        return []
    on = today(participant)
    schedule = list(schedule_of(participant.study, version))
    taken = steps(visits, schedule, day_0=day_0, on=on)
    _apply(participant, taken, version, by, day_0=day_0, on=on)
    plans_changed.send(sender=Visit, participant=participant)
    return taken


def _apply(
    participant: Participant, found: list[Step], version: int, by: Actor, *, day_0: date, on: date
) -> None:
    reason = f"Version {version} of the protocol"
    old: dict[str, Any] = {}
    new: dict[str, Any] = {}
    for step in found:
        visit, definition = step.visit, step.definition
        if visit is not None:
            visit.participant = participant
        if step.what == What.NEW and definition is not None:
            made = plan_visit(participant, definition, version, day_0, on)
            new[step.code] = made.scheduled_on.isoformat()
        elif step.what == What.DROPPED and visit is not None:
            to = Visit.State.CANCELLED
            move_visit(visit, to, by=by, reason=reason, protocol_version=version)
        elif step.what == What.CHANGED and visit is not None and definition is not None:
            old = {"protocol_version": visit.protocol_version, **old}
            old[step.code] = visit.scheduled_on.isoformat()
            _follow(visit, definition, version, day_0)
            new[step.code] = visit.scheduled_on.isoformat()
            if visit.standing_on(on) != visit.state:
                move_visit(visit, visit.standing_on(on), by=by, reason=reason)
        elif step.what == What.SAME and visit is not None and _waits(visit, on):
            visit.protocol_version = version
            visit.definition = definition or visit.definition
            visit.save(update_fields=["protocol_version", "definition"])
    again = _follow_repeat(participant, version, by, day_0=day_0, on=on)
    if again is not None:
        new[again.definition.code] = again.scheduled_on.isoformat()
    if old or new:
        record_about(
            participant,
            "visit.amend",
            by=by,
            old=old or None,
            new={"protocol_version": version, **new},
            reason=reason,
        )


def _follow_repeat(
    participant: Participant, version: int, by: Actor, *, day_0: date, on: date
) -> Visit | None:
    """Let the first visit's photos asked for once more follow it, views and window; or none."""
    rows = participant.visits.filter(definition__repeat=True, opens_on__gt=on)
    visit = rows.filter(state__in=(Visit.State.SCHEDULED, Visit.State.DUE)).first()
    definition = repeat_of(participant.study, version)
    if visit is None or definition is None or visit.definition_id == definition.pk:
        return None
    first = participant.visits.filter(
        definition__unscheduled=False, definition__day_offset=definition.day_offset
    ).first()
    visit.participant = participant
    visit.definition, visit.protocol_version = definition, version
    put_on(visit, first.scheduled_on if first else window_of(definition, day_0)[0], day_0)
    visit.save()
    if visit.standing_on(on) != visit.state:
        reason = f"Version {version} of the protocol"
        move_visit(visit, visit.standing_on(on), by=by, reason=reason)
    return visit


def _waits(visit: Visit, on: date) -> bool:
    return visit.standing_on(on) == Visit.State.SCHEDULED


def _follow(visit: Visit, definition: VisitDefinition, version: int, day_0: date) -> None:
    day = visit.scheduled_on if visit.is_moved else window_of(definition, day_0)[0]
    visit.definition, visit.protocol_version = definition, version
    put_on(visit, day, day_0)
    visit.save()
