"""An unscheduled visit that will not take place."""

from django.db import transaction

from participants.scheduling.services.common import lock_visit, tidy_reason
from participants.scheduling.services.moving import require_as_seen
from participants.visits import services as visits
from participants.visits.models import WAITING, Visit
from participants.visits.signals import plans_changed
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused
from studies.platform.seen import Seen


@transaction.atomic
def cancel_unscheduled(*, visit: Visit, reason: str, by: Actor, seen: Seen | None = None) -> Visit:
    """Cancel ``visit``, which no protocol plans; reminders of it stop, and its history stays.

    A withdrawal that is taken back leaves it cancelled.

    Raises:
        NotAllowed: ``by`` may not edit visits at the participant's site.
        ReasonMissing, Invalid: no reason, or one that names somebody.
        StateRefused: the protocol plans it, it has photos, or it neither waits nor is under way.
        ChangedMeanwhile: somebody has moved it since ``seen``.
    """
    visit = lock_visit(visit, by=by)
    reason = tidy_reason(
        reason, participant=visit.participant, why="Say in a few words why it is cancelled."
    )
    require_as_seen(visit, seen)
    if not visit.definition.unscheduled:
        raise StateRefused(
            "The protocol plans this visit, so it is not cancelled: mark it as missed, or move it. "
            "Nothing was changed."
        )
    if visit.state not in WAITING:
        raise StateRefused(
            f"This visit is {visit.get_state_display()}, so it is not cancelled. Nothing was "
            "changed."
        )
    if visit.photos.exists():
        raise StateRefused(
            "Photos were taken at this visit, so it took place. Nothing was changed. A photo that "
            "does not belong here can be given to another visit or excluded."
        )
    visits.move_visit(visit, Visit.State.CANCELLED, by=by, reason=reason, called_off=True)
    plans_changed.send(sender=Visit, participant=visit.participant)
    return visit
