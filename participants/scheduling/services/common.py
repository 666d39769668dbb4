"""What every act on a visit does: rights, states, a reason that names nobody."""

from participants.people.models import Participant
from participants.people.services import identity
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.errors import Invalid, ReasonMissing, StateRefused
from studies.protocol.models import Study
from studies.protocol.services.rights import require

LONGEST_REASON = 500


def lock_participant(participant: Participant, *, permission: Permission, by: Actor) -> Participant:
    """The participant with the row locked, the first of all rows, as in every act on their visits.

    Raises:
        NotAllowed: ``by`` does not hold ``permission`` at the site they are at now.
    """
    rows = Participant.objects.select_for_update(of=("self",)).select_related("study", "site")
    locked = rows.get(pk=participant.pk)
    require(by, permission, study=locked.study, site=locked.site)
    return locked


def lock_visit(visit: Visit, *, by: Actor) -> Visit:
    """The visit, locked, of somebody who takes part in a study under way.

    Raises:
        NotAllowed: ``by`` may not edit visits at the participant's site.
        StateRefused: nobody's visits are arranged here any more.
    """
    participant = lock_participant(visit.participant, permission=Permission.VISIT_EDIT, by=by)
    require_taking_part(participant)
    rows = Visit.objects.select_for_update(of=("self",)).select_related("definition")
    locked = rows.get(pk=visit.pk, participant=participant)
    locked.participant = participant
    return locked


def require_taking_part(participant: Participant) -> None:
    """Refuse for whoever has left, and in a study that is not under way.

    Raises:
        StateRefused: with which of them it is.
    """
    if participant.state != Participant.State.ENROLLED:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()}: visits are arranged for "
            "those who take part. Nothing was changed."
        )
    if participant.study.state != Study.State.ACTIVE:
        raise StateRefused(
            f"{participant.study.code} is {participant.study.get_state_display()}: visits are "
            "arranged while a study is active. Nothing was changed."
        )


def tidy_reason(reason: str, *, participant: Participant, why: str) -> str:
    """The reason without stray spaces; ``why`` is the sentence that asks for one.

    Raises:
        ReasonMissing: nobody says why.
        Invalid: it names the participant, or is too long.
    """
    reason = " ".join(reason.split())
    if not reason:
        raise ReasonMissing(why, detail={"fields": {"reason": [why]}})
    if len(reason) > LONGEST_REASON:
        message = f"Say it in at most {LONGEST_REASON} characters."
        raise Invalid(message, detail={"fields": {"reason": [message]}})
    identity.refuse_names_in(reason, participant=participant, field="reason")
    return reason
