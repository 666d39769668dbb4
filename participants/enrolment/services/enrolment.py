"""Enrolment and completion.

Only who was found eligible is enrolled. Where nothing is asked before the consent
(``participants.enrolment.services.screening``), the consent is signed by then and name and contact
are kept already; else both may come with the enrolment or after it.
"""

from datetime import date

from django.db import transaction
from django.utils import timezone

from participants.allocation.services.by_hand import allocate_by_hand
from participants.enrolment.errors import NotEligible
from participants.enrolment.services.codes import require_active
from participants.enrolment.services.doubts import doubts
from participants.enrolment.services.questions import (
    AGE,
    ROMAN,
    Details,
    Kind,
    Line,
    arms_open,
    checklist,
    details_problems,
    languages,
)
from participants.enrolment.services.screening import (
    Outcome,
    asks_before_consent,
    require_signed,
    screen_participant,
    settle,
)
from participants.people.models import Identity, Participant, Screening
from participants.people.services import invitations
from participants.people.services.identity import IdentityData, clean_identity, keep_identity
from participants.people.services.record import record_about
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.platform.confirming import Confirmed, require_confirmed
from studies.platform.errors import Invalid, StateRefused, fields_of, invalid
from studies.protocol.models import Arm
from studies.protocol.services.rights import require

__all__ = [
    "AGE",
    "ROMAN",
    "Details",
    "Kind",
    "Line",
    "arms_open",
    "checklist",
    "complete_participant",
    "day_0_problem",
    "details_problems",
    "enrol_participant",
    "languages",
    "screen_participant",
]

LONGEST_AHEAD = 10  # years to a day 0; a later one is a slip of the keyboard


@transaction.atomic
def enrol_participant(
    *,
    participant: Participant,
    identity: IdentityData | None,
    arm: Arm | None,
    by: Actor,
    enrolled_on: date | None = None,
    confirmed: Confirmed = None,
) -> Participant:
    """Enrol someone eligible: seal the identity, set day 0, plan the visits.

    ``identity`` is left out where name and contact are known since the consent.

    ``enrolled_on`` (a date in the study's zone, today when left out) is day 0 of the schedule.
    ``confirmed`` holds what ``doubts`` asked for and ``by`` says is meant.

    Raises:
        Unconfirmed: day 0 is to come or far back, or somebody enrolled has the same contact or
            name.
        NotAllowed: ``by`` does not enrol at the participant's site.
        StudyNotActive, NotEligible: as they say.
        ConsentFirst: the consent is not signed, and has to be in this study.
        StateRefused: not eligible any more; a form sent twice ends here, with one participant.
        Invalid: contact details, arm or day are wrong; ``detail`` names which.
    """
    study, site = participant.study, participant.site
    require(by, Permission.PARTICIPANT_ENROL, study=study, site=site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    if participant.state == Participant.State.SCREEN_FAILURE:
        raise NotEligible(
            f"{participant.code} was not found eligible at screening and cannot be enrolled. "
            "The screening is kept."
        )
    if participant.state != Participant.State.ELIGIBLE:
        raise StateRefused(
            f"{participant.code} is {participant.get_state_display()} already. Nothing was changed."
        )
    require_active(study)
    screening = Screening.objects.filter(participant=participant).first()
    if screening is None or not screening.eligible:
        raise NotEligible(
            f"{participant.code} was not found eligible at screening and cannot be enrolled. "
            "The screening is kept."
        )
    if not asks_before_consent(study):
        require_signed(participant)
    day_0 = enrolled_on or visits.today(participant)
    problems: dict[str, str] = {}
    arms = arms_open(site)
    if arm is None and arms.exists():
        problems["arm"] = "Choose the arm."
    elif arm is not None and arm not in arms:
        problems["arm"] = "Choose one of the arms that are open at this site."
    problems |= day_0_problem(participant, day_0)
    known = Identity.objects.filter(participant=participant).exists()
    if identity is not None or not known:
        try:
            clean_identity(identity or IdentityData(name=""))
        except Invalid as refusal:
            problems |= fields_of(refusal)
    if problems:
        raise invalid("Nothing was recorded yet; please check the form.", problems)
    said: list[str] = []
    if confirmed is not None:
        doubtful = doubts(participant=participant, identity=identity, day_0=day_0, by=by)
        said = require_confirmed(doubtful, confirmed)
    participant.move(Participant.State.ENROLLED, enrolled_on=day_0)
    settle(participant, Outcome.ENROLLED)
    if identity is not None:
        keep_identity(participant=participant, identity=identity, by=by)
    record_about(
        participant,
        "participant.enrol",
        by=by,
        old={"state": Participant.State.ELIGIBLE.value},
        new={
            "state": participant.state,
            "enrolled_on": day_0.isoformat(),
            **({"confirmed": said} if said else {}),
        },
    )
    if arm is not None:
        allocate_by_hand(participant=participant, arm=arm, by=by)
    visits.plan_visits(participant=participant, by=by)
    return participant


def day_0_problem(participant: Participant, day_0: date) -> dict[str, str]:
    """What no day 0 can be; what is only unlikely is asked about (``doubts``)."""
    born, latest = participant.year_of_birth, visits.today(participant).year + LONGEST_AHEAD
    if born is not None and day_0.year < born:
        return {"enrolled_on": f"{participant.code} was born in {born}: check the year of day 0."}
    if day_0.year > latest:
        return {"enrolled_on": f"Day 0 cannot lie after {latest}: check the year."}
    return {}


@transaction.atomic
def complete_participant(*, participant: Participant, by: Actor) -> Participant:
    """End taking part as planned: no visit waits any more, and the personal link stops.

    Raises:
        NotAllowed: ``by`` may not edit participants at the site.
        StateRefused: not enrolled, or a visit can still be made.
    """
    require(by, Permission.PARTICIPANT_EDIT, study=participant.study, site=participant.site)
    participant = Participant.objects.select_for_update().get(pk=participant.pk)
    waiting = visits.next_visit(participant, visits.today(participant))
    if waiting is not None:
        raise StateRefused(
            f"{waiting.definition.name} of {participant.code} can still be made, so taking part "
            "is not complete. Nothing was changed."
        )
    before = participant.state
    participant.move(Participant.State.COMPLETED, ended_at=timezone.now())
    invitations.revoke_all(participant=participant, by=by, reason="Taking part is complete.")
    record_about(
        participant,
        "participant.complete",
        by=by,
        old={"state": before},
        new={"state": participant.state},
    )
    return participant
