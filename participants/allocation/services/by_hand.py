"""An arm given by hand: in open studies that do not randomise."""

from django.utils import timezone

from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.people.models import Participant
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.actors import Actor
from studies.protocol.models import Arm, Study
from studies.protocol.services.rights import require
from studies.randomisation.services.schemes import scheme_of


def given_by_hand(study: Study) -> bool:
    """Whether staff choose the arm when they enrol somebody."""
    return study.masking == Study.Masking.OPEN and scheme_of(study) is None


def allocate_by_hand(*, participant: Participant, arm: Arm, by: Actor) -> Allocation:
    """Put a participant into ``arm``, within the transaction of the enrolment.

    Raises:
        NotAllowed: ``by`` does not enrol at the participant's site.
    """
    require(by, Permission.PARTICIPANT_ENROL, study=participant.study, site=participant.site)
    person = by if isinstance(by, User) else None
    row = Allocation(
        participant=participant,
        method=Allocation.Method.HAND,
        given_at=timezone.now(),
        given_by=person,
    )
    row.seal(Given(arm.code))
    row.save()
    record_about(participant, "allocation.give", by=by, target=row, new={"method": row.method})
    return row
