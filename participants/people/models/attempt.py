"""Each time somebody was screened: the rows of the screening log (ICH E6(R3) C.3.4)."""

from django.db import models
from django.db.models import QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission


class ScreeningAttemptQuerySet(QuerySet["ScreeningAttempt"]):
    """Attempts, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "ScreeningAttemptQuerySet":
        """Attempts of the participants ``user`` may see."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )


class ScreeningAttempt(models.Model):
    """One attempt to screen a participant, from pre-screening to its outcome.

    ``number`` counts a participant's attempts from 1. The checklist of the one under way is
    ``Screening``; ``answers`` keeps that of an attempt once a later one has begun.
    """

    class Outcome(models.TextChoices):
        OPEN = "open", "under way"
        ELIGIBLE = "eligible", "eligible"
        FAILURE = "failure", "screen failure"
        ENROLLED = "enrolled", "enrolled"

    class Failure(models.TextChoices):
        CRITERIA = "criteria", "Does not meet the criteria"
        DECLINED = "declined", "Did not want to take part"
        UNREACHABLE = "unreachable", "Could not be reached any more"
        OTHER = "other", "Another reason"

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="attempts"
    )
    number = models.PositiveSmallIntegerField(default=1)
    began_on = models.DateField()
    reason = models.CharField(
        max_length=300, blank=True, help_text="Why they are considered, or screened again."
    )
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.OPEN)
    decided_at = models.DateTimeField(null=True, blank=True)
    failure = models.CharField(max_length=12, choices=Failure, blank=True)
    failure_reason = models.CharField(max_length=500, blank=True)
    answers = models.JSONField(default=list, blank=True)
    begun_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    objects = ScreeningAttemptQuerySet.as_manager()

    class Meta:
        ordering = ["participant__code", "number"]
        constraints = [
            models.UniqueConstraint(fields=["participant", "number"], name="screening_attempt_once")
        ]

    def __str__(self) -> str:
        return f"screening {self.number} of {self.participant}"
