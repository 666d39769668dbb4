"""A participant's visits, drawn from the protocol's schedule."""

from django.db import models
from django.db.models import QuerySet

from studies.models import User, scope
from studies.permissions import Permission
from studies.states import Stateful


class VisitQuerySet(QuerySet["Visit"]):
    """Visits, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "VisitQuerySet":
        """Visits of the participants ``user`` may see."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )


class Visit(Stateful):
    """One visit of one participant, with its window as dates in the study's time zone.

    ``opens_on`` and ``closes_on`` are both inclusive.
    """

    class State(models.TextChoices):
        SCHEDULED = "scheduled", "scheduled"
        DUE = "due", "due"
        IN_PROGRESS = "in_progress", "in progress"
        COMPLETE = "complete", "complete"
        MISSED = "missed", "missed"
        CANCELLED = "cancelled", "cancelled"

    TRANSITIONS = {
        State.SCHEDULED: frozenset(
            {State.DUE, State.IN_PROGRESS, State.MISSED, State.CANCELLED, State.COMPLETE}
        ),
        State.DUE: frozenset({State.IN_PROGRESS, State.COMPLETE, State.MISSED, State.CANCELLED}),
        State.IN_PROGRESS: frozenset({State.COMPLETE, State.MISSED, State.CANCELLED}),
        State.COMPLETE: frozenset({State.IN_PROGRESS}),  # a photo is turned down afterwards
        State.MISSED: frozenset({State.IN_PROGRESS, State.COMPLETE}),  # a late upload was let in
        State.CANCELLED: frozenset(),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="visits"
    )
    definition = models.ForeignKey(
        "studies.VisitDefinition", on_delete=models.PROTECT, related_name="visits"
    )
    state = models.CharField(max_length=12, choices=State, default=State.SCHEDULED)
    scheduled_on = models.DateField()
    opens_on = models.DateField()
    closes_on = models.DateField()
    started_at = models.DateTimeField(null=True, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True)

    objects = VisitQuerySet.as_manager()

    class Meta:
        ordering = ["scheduled_on"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "definition"], name="visit_once")
        ]

    def __str__(self) -> str:
        return f"{self.definition} of {self.participant}"
