"""An allocation: one participant, one arm, sealed; given once and never changed."""

from django.db import models
from django.db.models import Q, QuerySet

from participants.allocation.sealed import Given, opened, seal
from participants.people.models import Participant
from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.protocol.models import Study


def whose(participant_id: int) -> str:
    """What an allocation is sealed as: put into another row, it does not open."""
    return f"allocation of participant {participant_id}"


class AllocationQuerySet(QuerySet["Allocation"]):
    """Allocations, as seen by a person."""

    def visible_to(self, user: User, permission: Permission | None = None) -> "AllocationQuerySet":
        """Those whose arm ``user`` may know: by one right while blinded, else by another."""
        if permission is not None:
            return self.filter(
                scope(user, permission, study="participant__study", site="participant__site")
            )
        blinded = Q(participant__study__masking=Study.Masking.BLINDED)
        blinded &= Q(participant__study__unblinded_at=None)
        paths = {"study": "participant__study", "site": "participant__site"}
        return self.filter(
            (blinded & scope(user, Permission.ALLOCATION_VIEW, **paths))
            | (~blinded & scope(user, Permission.ARM_VIEW, **paths))
        )


class Allocation(models.Model):
    """What a participant was given. The arm and the kit are sealed; who reads the row alone
    learns that there is one, when it was given, and how."""

    class Method(models.TextChoices):
        HAND = "hand", "given by hand"
        LIST = "list", "next row of a list"
        MINIMISATION = "minimisation", "minimisation"

    participant = models.OneToOneField(
        Participant, on_delete=models.PROTECT, related_name="allocation"
    )
    method = models.CharField(max_length=12, choices=Method)
    sealed = models.BinaryField(help_text="Arm and kit, encrypted; all of one length.")
    given_at = models.DateTimeField(
        null=True, blank=True, help_text="Empty: before the moment was kept."
    )
    given_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")

    objects = AllocationQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(method__in=["hand", "list", "minimisation"]),
                name="allocation_method_known",
            )
        ]

    def __str__(self) -> str:
        return f"allocation of participant {self.participant_id}"

    def seal(self, given: Given) -> None:
        """Hold ``given``, under the first key."""
        self.sealed = seal(whose(self.participant_id), given)

    def opened(self) -> Given:
        """Arm and kit. Whoever calls asks for the right first (``visible_to``)."""
        return opened(whose(self.participant_id), bytes(self.sealed))
