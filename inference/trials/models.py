"""A package tried on one photo by one person: shown to them, then forgotten."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User
from studies.platform.work import DurableWork
from studies.protocol.models import View


class TrialQuerySet(QuerySet["Trial"]):
    """Trials, as seen by a person."""

    def visible_to(self, user: User) -> "TrialQuerySet":
        """One's own: nobody else, not even an administrator, is shown the picture."""
        return self.filter(asked_by=user) if user.is_active else self.none()


class Trial(DurableWork):
    """One photo through one package, outside the scores of any study.

    The row is worked on twice: once to score, once when it expires, to forget. ``upload_file`` is a
    file sent for this alone; ``photo`` a study's photo the person may see.
    """

    task_name: ClassVar[str] = "inference.tasks.try_package"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    package = models.ForeignKey(
        "inference.ModelPackage", on_delete=models.PROTECT, related_name="trials"
    )
    asked_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, related_name="model_trials"
    )
    view = models.CharField(max_length=8, choices=View)
    profile = models.CharField(max_length=12, help_text="How strictly the quality is judged.")
    photo = models.ForeignKey(
        # The row outlives an erased photo, so that it still removes its own file.
        "participants.Photo",
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
    )
    upload_file = models.CharField(max_length=200, blank=True)
    result_file = models.CharField(max_length=200, blank=True, help_text="What is shown, as JSON.")
    refused = models.TextField(blank=True, help_text="Why it was not scored, in words.")
    answered_at = models.DateTimeField(null=True, blank=True)
    expires_at = models.DateTimeField()

    objects = TrialQuerySet.as_manager()

    class Meta(DurableWork.Meta):
        ordering = ["-created_at"]
        constraints = [
            *DurableWork.Meta.constraints,
            models.CheckConstraint(
                condition=Q(photo=None) | Q(upload_file=""), name="trial_of_one_photo"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} tried by {self.asked_by}"
