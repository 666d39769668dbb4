"""Undoing a completion that was a mistake."""

from django.db import transaction

from participants.correcting.services.common import begin
from participants.people.models import Participant
from participants.people.services.record import record_about
from participants.visits.models import Visit
from participants.visits.signals import plans_changed
from studies.platform.actors import Actor
from studies.platform.errors import StateRefused


@transaction.atomic
def undo_completion(*, participant: Participant, reason: str, by: Actor) -> Participant:
    """Let somebody take part again who was marked as completed by mistake.

    Visits stand as they did. Links that stopped stay stopped: a new one has to be made.

    Raises:
        NotAllowed, ReasonMissing, Invalid: see ``begin``.
        StateRefused: not completed.
    """
    participant, reason = begin(participant=participant, reason=reason, by=by)
    if participant.state != Participant.State.COMPLETED:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}, so there is no completion "
            "to undo. Nothing was changed."
        )
    before = participant.state
    participant.move(Participant.State.ENROLLED, ended_at=None)
    record_about(
        participant,
        "participant.undo_completion",
        by=by,
        old={"state": before},
        new={"state": participant.state},
        reason=reason,
    )
    plans_changed.send(sender=Visit, participant=participant)
    return participant
