"""One model over one photo: the run, its scores, its activation maps."""

from typing import ClassVar

from django.db import models
from django.db.models import F, Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.work import DurableWork


class RunQuerySet(QuerySet["Run"]):
    """Runs, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.SCORE_VIEW
    ) -> "RunQuerySet":
        """Runs over photos at the sites where ``user`` may see scores; none of a locked person.

        Nor of a photo that is kept out since its file is damaged, except for who sees to the work.
        """
        seen = self.filter(
            scope(
                user,
                permission,
                study="photo__visit__participant__study",
                site="photo__visit__participant__site",
            ),
            photo__visit__participant__data_use="full",
        )
        return seen if permission == Permission.WORK_VIEW else seen.filter(photo__kept_out=False)


class Run(DurableWork):
    """One model package over one photo with one recipe, done once and kept for ever.

    Holds what is needed to do it again and to know it was the same: the hashes of photo, recipe
    and model, and the runtime.
    """

    task_name: ClassVar[str] = "inference.tasks.score_run"

    photo = models.ForeignKey("participants.Photo", on_delete=models.CASCADE, related_name="runs")
    package = models.ForeignKey(
        "inference.ModelPackage", on_delete=models.PROTECT, related_name="runs"
    )
    recipe = models.CharField(max_length=60, help_text="name@version")
    recipe_sha256 = models.CharField(max_length=64)
    model_sha256 = models.CharField(max_length=64)
    photo_sha256 = models.CharField(max_length=64, help_text="Of the upright pixels' file.")
    runtime = models.CharField(
        max_length=80, blank=True, help_text="For example onnxruntime 1.32.0"
    )
    timings = models.JSONField(default=dict, help_text="Stage → milliseconds.")
    measured = models.JSONField(
        default=dict, help_text="What was measured: px_per_mm, noise_sigma, light_gains."
    )
    quality_flags = models.JSONField(default=list)
    cleaned_file = models.CharField(
        max_length=200, blank=True, help_text="A small JPEG of the photo after the recipe."
    )
    rescore = models.ForeignKey(
        "inference.Rescore", on_delete=models.PROTECT, null=True, blank=True, related_name="runs"
    )

    objects = RunQuerySet.as_manager()

    class Meta(DurableWork.Meta):
        ordering = ["-created_at"]
        indexes = [
            *DurableWork.Meta.indexes,
            models.Index(fields=["photo", "package"], name="run_of_photo"),
            models.Index(fields=["-finished_at"], name="run_latest"),
            models.Index(fields=["package", "recipe_sha256"], name="run_by_recipe"),
        ]
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["photo", "model_sha256", "recipe_sha256"], name="run_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} over {self.photo_id}"


class ScoreQuerySet(QuerySet["Score"]):
    """Scores, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.SCORE_VIEW
    ) -> "ScoreQuerySet":
        """Scores of photos at the sites where ``user`` may see scores; none of a locked person.

        Nor of a photo that is kept out since its file is damaged.
        """
        return self.filter(
            scope(
                user,
                permission,
                study="run__photo__visit__participant__study",
                site="run__photo__visit__participant__site",
            ),
            run__photo__visit__participant__data_use="full",
            run__photo__kept_out=False,
        )


class Score(models.Model):
    """One condition in one region, or over the whole face (region ``face``).

    ``severity`` is 0 to 100, higher is worse: ``100 · Σ k·p_k / (K − 1)`` over the K grades. A
    region that cannot be assessed has no grade and says why. ``severity_low`` and
    ``severity_high`` hold the true severity as often as the package's card says; empty where it
    says nothing of intervals.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="scores")
    condition = models.ForeignKey(
        "studies.Condition", on_delete=models.PROTECT, related_name="scores"
    )
    region = models.CharField(max_length=30)
    grade = models.CharField(max_length=20, blank=True)
    severity = models.FloatField(null=True)
    severity_low = models.FloatField(null=True, help_text="Lower bound of its interval.")
    severity_high = models.FloatField(null=True, help_text="Upper bound of its interval.")
    probabilities = models.JSONField(default=dict, help_text="Grade → probability.")
    regions_used = models.PositiveSmallIntegerField(default=1)
    not_assessable = models.CharField(max_length=120, blank=True)

    objects = ScoreQuerySet.as_manager()

    class Meta:
        ordering = ["condition__order", "region"]
        constraints = [
            models.UniqueConstraint(fields=["run", "condition", "region"], name="score_once"),
            models.CheckConstraint(
                condition=Q(severity=None) | Q(severity__range=(0, 100)), name="severity_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(severity=None, grade="") | ~Q(severity=None) & ~Q(grade=""),
                name="score_graded_or_not_assessable",
            ),
            models.CheckConstraint(
                condition=Q(severity_low=None, severity_high=None)
                | Q(
                    severity_low__range=(0, F("severity")),
                    severity_high__range=(F("severity"), 100),
                ),
                name="severity_within_its_interval",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.condition_id} in {self.region}: {self.grade or 'not assessable'}"

    @property
    def interval(self) -> tuple[float, float] | None:
        """The severity's bounds, None where the package fits none."""
        if self.severity_low is None or self.severity_high is None:
            return None
        return self.severity_low, self.severity_high


class ActivationMap(models.Model):
    """Where the network responded for one condition: a small 8-bit PNG in the photo's frame."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="maps")
    condition = models.ForeignKey("studies.Condition", on_delete=models.PROTECT, related_name="+")
    file = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "condition"], name="map_once_per_condition")
        ]

    def __str__(self) -> str:
        return f"map of {self.condition_id} in run {self.run_id}"
