"""A participant's visits, drawn from the protocol's schedule, and the daily rollover."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.platform.work import DurableWork

WAITING = ("scheduled", "due", "in_progress")


class VisitQuerySet(QuerySet["Visit"]):
    """Visits, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "VisitQuerySet":
        """Visits of the participants ``user`` may see.

        Whoever has withdrawn stays in counts of visits; what is locked is not exported anew.
        """
        seen = self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )
        return (
            seen.filter(participant__data_use="full") if permission == Permission.EXPORT else seen
        )

    def as_of(self, on: date) -> "VisitQuerySet":
        """Annotate ``standing``: the state on the day ``on``, as ``Visit.standing_on`` gives it."""
        waiting = Q(state__in=WAITING)
        untouched = Q(state__in=("scheduled", "due"))
        return self.annotate(
            standing=Case(
                When(waiting & Q(closes_on__lt=on), then=Value("missed")),
                When(untouched & Q(opens_on__lte=on), then=Value("due")),
                When(untouched, then=Value("scheduled")),
                default=F("state"),
                output_field=models.CharField(),
            )
        )

    def due(self, on: date) -> "VisitQuerySet":
        """Visits whose window is open on ``on`` and that still lack a photo."""
        return self.filter(state__in=WAITING, opens_on__lte=on, closes_on__gte=on)

    def late(self, on: date) -> "VisitQuerySet":
        """Due visits whose scheduled day has passed: still possible, for a few days."""
        return self.due(on).filter(scheduled_on__lt=on)

    def missed(self, on: date) -> "VisitQuerySet":
        """Visits whose window closed before every view had an accepted photo."""
        return self.filter(Q(state="missed") | Q(state__in=WAITING, closes_on__lt=on))


class Visit(Stateful):
    """One visit of one participant, with its window as dates in the study's time zone.

    ``opens_on`` and ``closes_on`` are both inclusive. ``due`` and ``missed`` follow from the date:
    read ``standing_on`` (or ``as_of`` in a query), which is right on the day; ``state`` follows
    with the ``DailyRollover`` (``docs/decisions/0003-visit-states.md``).
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
        indexes = [models.Index(fields=["state", "opens_on", "closes_on"])]

    def __str__(self) -> str:
        return f"{self.definition} of {self.participant}"

    def standing_on(self, on: date) -> "Visit.State":
        """The state on the day ``on`` (a date in the study's time zone)."""
        state = Visit.State(self.state)
        if state in WAITING and self.closes_on < on:
            return Visit.State.MISSED
        if state in (Visit.State.SCHEDULED, Visit.State.DUE):
            return Visit.State.DUE if self.opens_on <= on else Visit.State.SCHEDULED
        return state


class DailyRollover(DurableWork):
    """The turn of one day in one study: visits become due or missed, once, with a record."""

    task_name: ClassVar[str] = "participants.tasks.roll_over"

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="Begins at midnight in the study's time zone.")

    class Meta(DurableWork.Meta):
        db_table = "participants_visitclock"
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(fields=["study", "day"], name="visit_clock_once_a_day"),
        ]

    def __str__(self) -> str:
        return f"{self.study} on {self.day}"
