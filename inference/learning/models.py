"""Training on the consensus of a reading study, as work of a host that can train."""

from datetime import timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.work import DurableWork, WorkState

OPEN = [WorkState.QUEUED.value, WorkState.RUNNING.value]


class TrainingJobQuerySet(QuerySet["TrainingJob"]):
    """Jobs, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.MODEL_VIEW
    ) -> "TrainingJobQuerySet":
        """Those of the studies in all of which ``user`` may see models."""
        held = Membership.objects.granting(user, permission).filter(site=None)
        return self.filter(study__in=held.values("study"))


class TrainingJob(DurableWork):
    """One package trained on what readers agreed on, and evaluated on people it never saw.

    Attributes:
        choice: The code of the consent's choice without which nobody's photo is used.
        told: Numbers of the training set, and the cases of its test people, by primary key.
    """

    task_name: ClassVar[str] = "inference.tasks.train_from_readings"
    # Hours of work: what failed twice fails again, and a person looks at it.
    retry_after: ClassVar[tuple[timedelta, ...]] = (timedelta(minutes=10),)

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="+")
    reading_study = models.ForeignKey(
        "inference.ReadingStudy", on_delete=models.PROTECT, related_name="training_jobs"
    )
    choice = models.CharField(max_length=40)
    terms = models.CharField(max_length=500)
    asked_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    package = models.ForeignKey(
        "inference.ModelPackage", on_delete=models.PROTECT, null=True, related_name="+"
    )
    told: Any = models.JSONField(default=dict)

    objects = TrainingJobQuerySet.as_manager()

    class Meta(DurableWork.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["reading_study"],
                condition=Q(state__in=OPEN),
                name="training_job_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"training on {self.reading_study}"

    @property
    def open(self) -> bool:
        return self.state in OPEN
