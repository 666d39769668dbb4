"""What is graded, and by which scales."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet

from inference.reading.scales import Kind
from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.states import Stateful


class ReadingStudyQuerySet(QuerySet["ReadingStudy"]):
    """Reading studies, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.READING_VIEW
    ) -> "ReadingStudyQuerySet":
        """Those of the studies in all of which ``user`` holds ``permission``."""
        held = Membership.objects.granting(user, permission)
        # A reading study is of all sites: a right at one of them is too little.
        return self.filter(study__in=held.filter(site=None).values("study"))

    def read_by(self, user: User) -> "ReadingStudyQuerySet":
        """Open ones in which ``user`` has a seat and still may read."""
        may = Membership.objects.granting(user, Permission.READ_BLIND).values("study")
        seated = self.filter(seats__user=user, seats__removed_at=None)  # one seat a person
        return seated.filter(study__in=may, state=ReadingStudy.State.OPEN)


class ReadingStudy(Stateful):
    """Photos of a study, graded blind. Fixed when it opens; what was read is shown when it closes.

    ``views`` and ``visits`` are codes, empty for all. ``strata`` draws more of what is rare:
    ``{"condition": code, "edges": [20, 40, 60]}`` takes as many participants from each class of
    the primary network's severity. ``repeats_percent`` of the cases come a second time, at least
    ``repeat_distance`` cases after the first.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        OPEN = "open", "open"
        CLOSED = "closed", "closed"

    class Shown(models.TextChoices):
        SINGLE = "single", "one photo at a time"
        PAIRS = "pairs", "two visits of one person, in an order nobody is told"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.OPEN}),
        State.OPEN: frozenset({State.CLOSED}),
        State.CLOSED: frozenset(),
    }

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="reading_studies"
    )
    code = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    instructions = models.TextField(max_length=4000, blank=True)
    state = models.CharField(max_length=6, choices=State, default=State.DRAFT)
    shown = models.CharField(max_length=6, choices=Shown, default=Shown.SINGLE)
    views = models.JSONField(default=list)
    visits = models.JSONField(default=list)
    sample = models.PositiveIntegerField(null=True, blank=True, help_text="Cases; empty: all.")
    strata = models.JSONField(null=True, blank=True)
    repeats_percent = models.PositiveSmallIntegerField(
        default=10, validators=[MaxValueValidator(50)]
    )
    repeat_distance = models.PositiveSmallIntegerField(
        default=20, validators=[MinValueValidator(1)]
    )
    calibration_needs = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MaxValueValidator(100)],
        help_text="Per cent of calibration cases graded within one step; empty: no bar.",
    )
    idle_seconds = models.PositiveSmallIntegerField(
        default=60, help_text="A pause longer than this is not counted as work."
    )
    brightness = models.BooleanField(
        default=False, help_text="Readers may change brightness and contrast; it is recorded."
    )
    seed = models.CharField(max_length=64, blank=True, help_text="Of all orders; drawn at opening.")
    created_by = models.ForeignKey(
        "studies.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Empty: by a protocol file.",
    )
    created_at = models.DateTimeField()
    opened_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closing_reason = models.CharField(max_length=500, blank=True)

    objects = ReadingStudyQuerySet.as_manager()

    class Meta:
        ordering = ["study", "code"]
        verbose_name_plural = "reading studies"
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="reading_study_code_once"),
            models.CheckConstraint(
                condition=Q(repeats_percent__lte=50), name="reading_study_repeats_half_at_most"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.study_id} {self.code}"

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN

    @property
    def is_closed(self) -> bool:
        return self.state == self.State.CLOSED


class Scale(models.Model):
    """What readers say of each case, in one of the kinds of ``scales.Kind``.

    ``grades`` are ``[{"label": …, "descriptor": …}]`` from least to most, for grades only. Without
    a ``condition`` the scale is of the manager's own wording and no network is held against it.
    """

    reading_study = models.ForeignKey(ReadingStudy, on_delete=models.CASCADE, related_name="scales")
    number = models.PositiveSmallIntegerField()
    code = models.CharField(max_length=24)
    title = models.CharField(max_length=120)
    question = models.CharField(max_length=300, blank=True)
    condition = models.ForeignKey(
        "studies.Condition", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    region = models.CharField(max_length=24, blank=True, help_text="Empty: the whole face.")
    kind = models.CharField(max_length=8, choices=[(kind.value, kind.label) for kind in Kind])
    grades = models.JSONField(default=list)
    primary = models.CharField(max_length=24, help_text="The coefficient reported first.")
    adjudicate_beyond = models.FloatField(
        null=True, blank=True, help_text="A third reader decides above this difference."
    )

    class Meta:
        ordering = ["reading_study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["reading_study", "code"], name="scale_code_once"),
            models.UniqueConstraint(fields=["reading_study", "number"], name="scale_number_once"),
        ]

    def __str__(self) -> str:
        return self.title


class Anchor(models.Model):
    """A picture beside the scale that shows what a grade looks like; from outside the cases."""

    scale = models.ForeignKey(Scale, on_delete=models.CASCADE, related_name="anchors")
    value = models.FloatField()
    caption = models.CharField(max_length=200, blank=True)
    licence = models.CharField(max_length=200, help_text="What allows showing it here.")
    file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)

    class Meta:
        ordering = ["scale", "value", "pk"]

    def __str__(self) -> str:
        return f"{self.scale} {self.value}"
