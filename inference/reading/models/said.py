"""What readers said, and what stands in the end."""

import uuid
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from inference.reading.models.orders import Case, Seat, Turn
from inference.reading.models.study import ReadingStudy, Scale
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.states import Stateful


class ReadingQuerySet(QuerySet["Reading"]):
    """What readers said."""

    def standing(self) -> "ReadingQuerySet":
        return self.filter(undone_at=None)

    def visible_to(
        self, user: User, permission: Permission = Permission.READING_VIEW
    ) -> "ReadingQuerySet":
        """Those of closed reading studies that ``user`` may see: none before.

        Nor those of participants whose data may not be used; of erased ones the grades stay.
        """
        closed = ReadingStudy.objects.visible_to(user, permission).filter(
            state=ReadingStudy.State.CLOSED
        )
        locked = Q(turn__case__participant__data_use="restricted", turn__case__gone_at=None)
        return self.filter(turn__seat__reading_study__in=closed).exclude(locked)


class Reading(models.Model):
    """What a reader said of a case: never changed. Undone before the next, it stays, undone.

    Attributes:
        values: Scale code → number: a grade's place from 0, a place on the line, a count, a score.
        parts: Scale code → what a score was computed from.
        unreadable: Why nothing was graded; then ``values`` are empty.
        active_ms: Time at work, without pauses longer than the study's ``idle_seconds``.
        viewing: How the picture was changed to look at it, where the study allows.
    """

    class Unreadable(models.TextChoices):
        BLURRED = "blurred", "blurred"
        DARK = "dark", "too dark or too bright"
        COVERED = "covered", "covered by hair, hand, glasses or make-up"
        CUT_OFF = "cut_off", "not all of it is in the picture"
        COLOUR = "colour", "colours cannot be right"
        OTHER = "other", "something else"

    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="readings")
    values: Any = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    unreadable = models.CharField(max_length=8, choices=Unreadable, blank=True)
    viewing = models.JSONField(default=dict)
    shown_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    active_ms = models.PositiveIntegerField()
    request_id = models.UUIDField(unique=True)
    undone_at = models.DateTimeField(null=True, blank=True)

    objects: ClassVar[Any] = ReadingQuerySet.as_manager()

    class Meta:
        ordering = ["saved_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["turn"], condition=Q(undone_at=None), name="reading_stands_once"
            )
        ]

    def __str__(self) -> str:
        return f"reading of {self.turn}"


class Adjudication(Stateful):
    """A case on whose ``scales`` (codes) readers differ; an adjudicator decides, once."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        CLAIMED = "claimed", "being decided"
        DECIDED = "decided", "decided"
        DROPPED = "dropped", "dropped"

    TRANSITIONS = {
        State.WAITING: frozenset({State.CLAIMED, State.DROPPED}),
        State.CLAIMED: frozenset({State.WAITING, State.DECIDED, State.DROPPED}),
        State.DECIDED: frozenset(),
        State.DROPPED: frozenset(),
    }

    case = models.OneToOneField(Case, on_delete=models.CASCADE, related_name="adjudication")
    scales = models.JSONField()
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    seat = models.ForeignKey(Seat, on_delete=models.PROTECT, null=True, related_name="+")
    claimed_at = models.DateTimeField(null=True, blank=True)
    values: Any = models.JSONField(default=dict)
    parts = models.JSONField(default=dict)
    unreadable = models.CharField(max_length=8, choices=Reading.Unreadable, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["case"]

    def __str__(self) -> str:
        return f"adjudication of {self.case}"


class Consensus(models.Model):
    """What a closed reading study says of a case on a scale, and how that came about."""

    class How(models.TextChoices):
        MEDIAN = "median", "median of the readers"
        ADJUDICATED = "adjudicated", "decided by an adjudicator"

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consensus")
    scale = models.ForeignKey(Scale, on_delete=models.CASCADE, related_name="+")
    value = models.FloatField(null=True, help_text="Empty: unreadable.")
    how = models.CharField(max_length=11, choices=How)
    readers = models.PositiveSmallIntegerField()

    class Meta:
        ordering = ["case", "scale"]
        verbose_name_plural = "consensus"
        constraints = [
            models.UniqueConstraint(fields=["case", "scale"], name="consensus_once_a_case")
        ]

    def __str__(self) -> str:
        return f"{self.scale} of {self.case}"
