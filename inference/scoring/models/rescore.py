"""Scoring a study's photos again with one package, as work in the background."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.work import DurableWork, WorkState

OPEN = [WorkState.QUEUED.value, WorkState.RUNNING.value]


class RescoreQuerySet(QuerySet["Rescore"]):
    """Rescores, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.MODEL_VIEW
    ) -> "RescoreQuerySet":
        """Those of studies in which ``user`` may see models, at any site."""
        return self.filter(scope(user, permission, study="study", site="study__sites")).distinct()


class Rescore(DurableWork):
    """A package over all accepted photos of a study: hands out runs, a few at a time.

    The row stays queued until its last run has ended, so that its state is the whole job's.
    """

    task_name: ClassVar[str] = "inference.tasks.feed_rescore"

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="rescores")
    package = models.ForeignKey(
        "inference.ModelPackage", on_delete=models.PROTECT, related_name="rescores"
    )
    reason = models.CharField(max_length=500)
    asked_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    cursor = models.UUIDField(null=True, help_text="The last photo looked at, by primary key.")
    skipped = models.PositiveIntegerField(default=0, help_text="Photos without consent to scoring.")
    stopped_at = models.DateTimeField(null=True, blank=True)
    stopped_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = RescoreQuerySet.as_manager()

    class Meta(DurableWork.Meta):
        ordering = ["-created_at", "-pk"]
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["study", "package"],
                condition=Q(state__in=OPEN),
                name="rescore_one_at_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} over {self.study.code}"

    @property
    def open(self) -> bool:
        return self.state in OPEN
