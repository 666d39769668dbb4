"""Allocations, as tests start from them."""

from participants.allocation.models import Allocation
from participants.allocation.sealed import Given
from participants.people.models import Participant
from studies.protocol.models import Arm
from tests.factories import NOW


def allocate(participant: Participant, arm: Arm, *, kit: str = "") -> Allocation:
    """The participant in ``arm``, as if by hand."""
    row = Allocation(participant=participant, method=Allocation.Method.HAND, given_at=NOW)
    row.seal(Given(arm.code, kit))
    row.save()
    return row
