"""A participant's visits, drawn from the protocol's schedule, and the daily rollover."""

from datetime import date
from typing import ClassVar

from django.db import models
from django.db.models import Case, F, Q, QuerySet, Value, When

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.platform.work import DurableWork

Day = date | Case  # one for all, or by the site: ``Days.told``
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

    def counted(self) -> "VisitQuerySet":
        """Those that the protocol's rules count: no repeats, which only measure noise."""
        return self.filter(definition__repeat=False)

    def as_of(self, on: Day) -> "VisitQuerySet":
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

    def due(self, on: Day) -> "VisitQuerySet":
        """Visits whose window is open on ``on`` and that still lack a photo."""
        return self.filter(state__in=WAITING, opens_on__lte=on, closes_on__gte=on)

    def late(self, on: Day) -> "VisitQuerySet":
        """Due visits whose scheduled day has passed: still possible, for a few days."""
        return self.due(on).filter(scheduled_on__lt=on)

    def missed(self, on: Day) -> "VisitQuerySet":
        """Visits whose window closed before every view had an accepted photo."""
        return self.filter(Q(state="missed") | Q(state__in=WAITING, closes_on__lt=on))


class Visit(Stateful):
    """One visit of one participant, with its window as dates in the site's time zone.

    ``planned_on`` is the day that the protocol counts from day 0; ``scheduled_on`` the day it is
    meant for now, another one where somebody has moved it. The window then reaches to that day.

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
        # Back to scheduled: day 0 was corrected to a later one.
        State.DUE: frozenset(
            {State.IN_PROGRESS, State.COMPLETE, State.MISSED, State.CANCELLED, State.SCHEDULED}
        ),
        State.IN_PROGRESS: frozenset({State.COMPLETE, State.MISSED, State.CANCELLED}),
        State.COMPLETE: frozenset({State.IN_PROGRESS}),  # a photo is turned down afterwards
        # A late upload was let in; or day 0 was corrected, and the window is not over.
        State.MISSED: frozenset({State.IN_PROGRESS, State.COMPLETE, State.SCHEDULED, State.DUE}),
        # A withdrawal that was a clerical error is taken back.
        State.CANCELLED: frozenset({State.SCHEDULED, State.DUE, State.IN_PROGRESS, State.MISSED}),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="visits"
    )
    definition = models.ForeignKey(
        "studies.VisitDefinition", on_delete=models.PROTECT, related_name="visits"
    )
    protocol_version = models.PositiveSmallIntegerField(
        default=1,
        help_text="The version of the protocol it opened under, is to open under, or was taken "
        "out by.",
    )
    state = models.CharField(max_length=12, choices=State, default=State.SCHEDULED)
    scheduled_on = models.DateField()
    planned_on = models.DateField(
        null=True, blank=True, help_text="By the protocol; empty for an unscheduled visit."
    )
    marked_missed = models.BooleanField(
        default=False, help_text="A person said so; no date takes it back."
    )
    called_off = models.BooleanField(
        default=False, help_text="A person cancelled it by itself; nothing else takes it back."
    )
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
        indexes = [
            models.Index(fields=["state", "opens_on", "closes_on"]),
            models.Index(fields=["-completed_at"], name="visit_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.definition} of {self.participant}"

    @property
    def is_moved(self) -> bool:
        """Whether it is meant for another day than the protocol's."""
        return self.planned_on is not None and self.planned_on != self.scheduled_on

    def standing_on(self, on: date) -> "Visit.State":
        """The state on the day ``on`` (a date where the participant's site is)."""
        state = Visit.State(self.state)
        if state in WAITING and self.closes_on < on:
            return Visit.State.MISSED
        if state in (Visit.State.SCHEDULED, Visit.State.DUE):
            return Visit.State.DUE if self.opens_on <= on else Visit.State.SCHEDULED
        return state


class DailyRollover(DurableWork):
    """The turn of one day at the sites of one zone: visits become due or missed, once, recorded.

    With a ``participant`` it is the part of that one, whose turn failed while the others' went on.
    """

    task_name: ClassVar[str] = "participants.tasks.roll_over"

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="Begins at midnight in the zone.")
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="Of sites with one of their own; empty: the study's."
    )
    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(DurableWork.Meta):
        db_table = "participants_visitclock"
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["study", "time_zone", "day"],
                condition=models.Q(participant=None),
                name="rollover_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["participant", "day"], name="rollover_once_a_day_of_one"
            ),
        ]

    def __str__(self) -> str:
        whose = f"{self.study}, {self.participant}" if self.participant else f"{self.study}"
        return f"{whose} on {self.day}"
