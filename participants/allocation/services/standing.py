"""How a participant stands with the randomisation, for their page; the same words for any arm."""

from dataclasses import dataclass, field

from participants.allocation.errors import AlreadyRandomised, NoScheme
from participants.allocation.models import Allocation, AllocationNote, Unblinding
from participants.allocation.services.randomising import why_not
from participants.allocation.services.reading import arm_of
from participants.people.models import Participant
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.services.rights import may
from studies.randomisation.services.schemes import scheme_of


@dataclass(frozen=True)
class Standing:
    """``arm`` is empty where ``user`` may not know it; ``waits`` says why not randomised yet."""

    allocation: Allocation | None = None
    arm: str = ""
    kit: str = ""
    waits: str = ""
    ready: bool = False
    may_randomise: bool = False
    may_unblind: bool = False
    notes: list[AllocationNote] = field(default_factory=list)
    unblindings: list[Unblinding] = field(default_factory=list)

    @property
    def shown(self) -> bool:
        """Whether there is anything to say."""
        return self.allocation is not None or self.ready or bool(self.waits)


def standing(participant: Participant, *, user: User) -> Standing:
    """What the participant's page says of the randomisation."""
    study, site = participant.study, participant.site
    allocation = Allocation.objects.filter(participant=participant).first()
    may_randomise = may(user, Permission.RANDOMISE, study=study, site=site)
    if allocation is None:
        return _waiting(participant, may_randomise)
    randomised = allocation.method != Allocation.Method.HAND
    opens = may(user, Permission.UNBLIND, study=study, site=site)
    return Standing(
        allocation=allocation,
        arm=arm_of(participant, user=user),
        kit=_kit(allocation, user),
        may_randomise=may_randomise and randomised,
        may_unblind=opens and study.is_blinded,
        notes=list(
            AllocationNote.objects.visible_to(user)
            .filter(allocation=allocation)
            .select_related("by")
        ),
        unblindings=list(
            Unblinding.objects.visible_to(user).filter(participant=participant).select_related("by")
        ),
    )


def _waiting(participant: Participant, may_randomise: bool) -> Standing:
    if participant.state != Participant.State.ENROLLED or scheme_of(participant.study) is None:
        return Standing()
    refusal = why_not(participant)
    if refusal is None:
        return Standing(ready=True, may_randomise=may_randomise)
    quiet = isinstance(refusal, NoScheme | AlreadyRandomised)
    return Standing(waits="" if quiet else refusal.message, may_randomise=may_randomise)


def _kit(allocation: Allocation, user: User) -> str:
    """The kit to hand out: for who randomises or hands out; its number says nothing of the arm."""
    participant = allocation.participant
    rights = (Permission.RANDOMISE, Permission.ALLOCATION_VIEW)
    hands_out = any(
        may(user, right, study=participant.study, site=participant.site) for right in rights
    )
    return allocation.opened().kit if hands_out else ""
