"""Registered model packages and the studies that use them."""

from django.db import models
from django.db.models import Q, QuerySet

from inference.pipeline.grades import GRADES
from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.states import Stateful


class ModelPackageQuerySet(QuerySet["ModelPackage"]):
    """Packages, as seen by a person."""

    def visible_to(self, user: User) -> "ModelPackageQuerySet":
        """Every package, for anyone who may see models in some study, and for administrators."""
        if user.is_superuser:
            return self.all()
        held = Membership.objects.granting(user, Permission.MODEL_VIEW)
        return self.all() if held.exists() else self.none()


class ModelPackage(Stateful):
    """An ONNX file with its card, checked and pinned by its hash."""

    class State(models.TextChoices):
        REGISTERED = "registered", "registered"
        RETIRED = "retired", "retired"

    TRANSITIONS = {
        State.REGISTERED: frozenset({State.RETIRED}),
        State.RETIRED: frozenset({State.REGISTERED}),
    }

    name = models.CharField(max_length=80)
    version = models.CharField(max_length=40)
    sha256 = models.CharField(max_length=64, unique=True)
    file = models.CharField(max_length=200)
    size = models.PositiveBigIntegerField()
    card = models.JSONField()
    check_report = models.JSONField(default=dict, help_text="CheckResult.as_dict()")
    conditions = models.ManyToManyField(
        "studies.Condition", related_name="packages", help_text="Those its card gives grades of."
    )
    report = models.JSONField(null=True, blank=True, help_text="The evaluation report, if any.")
    recipe = models.CharField(max_length=60)
    demonstrator = models.BooleanField(default=False)
    state = models.CharField(max_length=12, choices=State, default=State.REGISTERED)
    milliseconds_per_crop = models.FloatField(null=True)
    registered_at = models.DateTimeField()
    registered_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    retired_at = models.DateTimeField(null=True, blank=True)
    retired_because = models.CharField(max_length=500, blank=True)

    objects = ModelPackageQuerySet.as_manager()

    class Meta:
        ordering = ["name", "-registered_at"]
        constraints = [
            models.UniqueConstraint(fields=["name", "version"], name="package_version_once")
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.version}"

    @property
    def retired(self) -> bool:
        return self.state == self.State.RETIRED

    def grades_of(self, condition: str) -> list[str]:
        """The grades of ``condition`` from none to worst, as the card orders them."""
        outputs = self.card.get("outputs", [])
        ordered = (output["grades"] for output in outputs if output["condition"] == condition)
        return list(next(ordered, GRADES))


class StudyModel(models.Model):
    """A package at work in a study, from one moment to another; changing it is an act.

    Several may be at work side by side. One of them is the primary: its scores are those that
    pages, exports and the API call current.
    """

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="study_models"
    )
    package = models.ForeignKey(ModelPackage, on_delete=models.PROTECT, related_name="studies")
    activated_at = models.DateTimeField()
    activated_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    deactivated_at = models.DateTimeField(null=True, blank=True)
    primary = models.BooleanField(default=False)

    class Meta:
        ordering = ["study", "-activated_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["study"], condition=Q(primary=True), name="study_model_one_primary"
            ),
            models.CheckConstraint(
                condition=Q(primary=False) | Q(deactivated_at=None),
                name="study_model_primary_is_in_use",
            ),
            models.UniqueConstraint(
                fields=["study", "package"],
                condition=Q(deactivated_at=None),
                name="study_model_active_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.package} in {self.study.code}"
