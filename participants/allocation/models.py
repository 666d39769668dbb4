"""An allocation: one participant, one arm, sealed; given once and never changed. Unblindings."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from participants.allocation.sealed import Given, opened, seal
from participants.people.models import Participant
from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.work import DurableWork
from studies.protocol.models import Study
from studies.randomisation.models import Scheme, SchemeRow


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
    scheme = models.ForeignKey(
        Scheme, on_delete=models.PROTECT, null=True, related_name="allocations"
    )
    row = models.OneToOneField(
        SchemeRow,
        on_delete=models.PROTECT,
        null=True,
        related_name="allocation",
        help_text="The place of the list: each is given once.",
    )
    position = models.PositiveIntegerField(null=True, help_text="Of minimisation, from 1.")
    stratum = models.CharField(
        max_length=300, blank=True, help_text="Site and levels, as they were when it was given."
    )
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
            ),
            models.UniqueConstraint(fields=["scheme", "position"], name="allocation_position_once"),
        ]

    def __str__(self) -> str:
        return f"allocation of participant {self.participant_id}"

    def seal(self, given: Given) -> None:
        """Hold ``given``, under the first key."""
        self.sealed = seal(whose(self.participant_id), given)

    def opened(self) -> Given:
        """Arm and kit. Whoever calls asks for the right first (``visible_to``)."""
        return opened(whose(self.participant_id), bytes(self.sealed))


class AllocationNoteQuerySet(QuerySet["AllocationNote"]):
    """Annotations, as seen by a person."""

    def visible_to(self, user: User) -> "AllocationNoteQuerySet":
        """Those of participants whom ``user`` may see: they say nothing of an arm."""
        return self.filter(
            scope(
                user,
                Permission.PARTICIPANT_VIEW,
                study="allocation__participant__study",
                site="allocation__participant__site",
            )
        )


class AllocationNote(models.Model):
    """That an allocation was a mistake, in words. It stays given: its place is not used again."""

    allocation = models.ForeignKey(Allocation, on_delete=models.PROTECT, related_name="notes")
    text = models.CharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()

    objects = AllocationNoteQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"note on allocation {self.allocation_id}"


class UnblindingQuerySet(QuerySet["Unblinding"]):
    """Unblindings, as seen by a person."""

    def visible_to(self, user: User) -> "UnblindingQuerySet":
        """Those of participants whom ``user`` may see: that it was done, never the arm."""
        return self.filter(
            scope(
                user,
                Permission.PARTICIPANT_VIEW,
                study="participant__study",
                site="participant__site",
            )
        )


class Unblinding(models.Model):
    """That somebody was told one participant's arm in an emergency, why and when."""

    participant = models.ForeignKey(
        Participant, on_delete=models.PROTECT, related_name="unblindings"
    )
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = models.CharField(max_length=500)

    objects = UnblindingQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"unblinding of participant {self.participant_id}"


class UnblindingNotice(DurableWork):
    """The mail that tells the managers of an unblinding at once, without the arm.

    One row without a recipient makes one for each manager; each of those is sent by itself.
    """

    task_name: ClassVar[str] = "participants.tasks.send_unblinding_notice"
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)
    )

    unblinding = models.ForeignKey(Unblinding, on_delete=models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(User, on_delete=models.CASCADE, null=True, related_name="+")

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["unblinding"],
                condition=Q(recipient=None),
                name="unblinding_notices_made_once",
            ),
            models.UniqueConstraint(
                fields=["unblinding", "recipient"], name="unblinding_notice_once_for_each"
            ),
        ]

    def __str__(self) -> str:
        return f"notice of unblinding {self.unblinding_id}"
