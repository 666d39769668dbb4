"""Instruments in the protocol: at visits, on days of their own, or as needed."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.models import Study


class AssignmentQuerySet(QuerySet["Assignment"]):
    """Assignments, as seen by a person."""

    def visible_to(self, user: User) -> "AssignmentQuerySet":
        """Those of the studies that ``user`` may see."""
        return self.filter(study__in=Study.objects.visible_to(user, Permission.STUDY_VIEW))

    def asked(self) -> "AssignmentQuerySet":
        """Those that are still given to participants; answers to the others stay."""
        return self.filter(ended_at=None)


class Assignment(models.Model):
    """One instrument, asked at ``visits``, on ``days`` counted from day 0, or as needed.

    It names the instrument and no version: who begins a form is given the version that is
    published then, and keeps it. ``visits`` holds codes, which name the same visit in every version
    of the protocol. Of ``days``, the first is ``first_day`` (0 is enrolment), then every
    ``every``-th up to ``last_day`` (empty: for as long as somebody takes part); a form is open on
    its day and ``open_days`` days after.

    ``role`` says what the answers are to the study: what an erasure takes depends on it, and a
    serious adverse event is told at once.
    """

    class Timing(models.TextChoices):
        VISITS = "visits", "at visits"
        DAYS = "days", "on days of its own"
        AS_NEEDED = "as_needed", "as needed"

    class FilledBy(models.TextChoices):
        PARTICIPANT = "participant", "participants, on their phone"
        STAFF = "staff", "staff"

    class Order(models.TextChoices):
        BEFORE = "before", "before the photos"
        AFTER = "after", "after the photos"

    class Role(models.TextChoices):
        QUESTIONNAIRE = "questionnaire", "questionnaire"
        ADVERSE_EVENT = "adverse_event", "adverse events"
        MEDICATION = "medication", "concomitant medication"
        DEVIATION = "deviation", "deviations"

    study = models.ForeignKey("studies.Study", on_delete=models.PROTECT, related_name="assignments")
    instrument = models.ForeignKey(
        "studies.Instrument", on_delete=models.PROTECT, related_name="assignments"
    )
    code = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"\A(?!(?:add|new)\Z)[A-Za-z_][A-Za-z0-9_-]*\Z",
                "Use letters, digits, _ and -, a letter first.",
            )
        ],
        help_text="In addresses and exports.",
    )
    timing = models.CharField(max_length=10, choices=Timing, default=Timing.VISITS)
    visits = models.JSONField(default=list, blank=True, help_text="Codes of planned visits.")
    first_day = models.IntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    last_day = models.IntegerField(null=True, blank=True, validators=[MinValueValidator(0)])
    every = models.PositiveSmallIntegerField(default=1, validators=[MinValueValidator(1)])
    open_days = models.PositiveSmallIntegerField(
        default=0, help_text="Days after its own on which it can still be filled in."
    )
    filled_by = models.CharField(max_length=12, choices=FilledBy, default=FilledBy.PARTICIPANT)
    order = models.CharField(max_length=6, choices=Order, default=Order.AFTER)
    required = models.BooleanField(default=False, help_text="Without it a visit is not complete.")
    role = models.CharField(max_length=14, choices=Role, default=Role.QUESTIONNAIRE)
    position = models.PositiveSmallIntegerField(default=1)
    assigned_at = models.DateTimeField(
        default=timezone.now, editable=False, help_text="What closed before is asked of nobody."
    )
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when nobody new is asked."
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["position", "code"]
        constraints = [
            models.UniqueConstraint(
                fields=["study", "code"], name="assignment_code_once_per_study"
            ),
            models.CheckConstraint(
                condition=Q(timing__in=["visits", "days", "as_needed"]),
                name="assignment_timing_known",
            ),
            models.CheckConstraint(
                condition=~Q(timing="days") | Q(first_day__isnull=False),
                name="assignment_days_begin",
            ),
            models.CheckConstraint(
                condition=Q(required=False) | Q(timing="visits"),
                name="assignment_required_at_visits",
            ),
        ]

    def __str__(self) -> str:
        return self.code


class AlertRuleQuerySet(QuerySet["AlertRule"]):
    """Rules, as seen by a person."""

    def visible_to(self, user: User) -> "AlertRuleQuerySet":
        """Those of the studies that ``user`` may see."""
        return self.filter(assignment__in=Assignment.objects.visible_to(user))

    def in_force(self) -> "AlertRuleQuerySet":
        """Those that new answers are held against."""
        return self.filter(ended_at=None)


def _known_readers(value: Any) -> None:
    if not value or set(value) - set(AlertRule.Told.values):
        raise ValidationError("Choose at least one of those who can be told.")


class AlertRule(models.Model):
    """When answers raise an alert: ``expression``, in the language of forms, is true of them.

    ``words`` say what is the matter, and are shown to those who may see answers; the mail to
    ``told`` repeats neither them nor an answer.
    """

    class Told(models.TextChoices):
        COORDINATOR = "coordinator", "coordinators of the site"
        SAFETY_READER = "safety_reader", "safety readers of the site"

    assignment = models.ForeignKey(Assignment, on_delete=models.CASCADE, related_name="alert_rules")
    code = models.CharField(
        max_length=40,
        validators=[
            RegexValidator(
                r"\A(?!(?:add|new)\Z)[A-Za-z_][A-Za-z0-9_-]*\Z",
                "Use letters, digits, _ and -, a letter first.",
            )
        ],
    )
    expression = models.CharField(max_length=2000)
    words = models.CharField(max_length=200)
    told = models.JSONField(default=list, validators=[_known_readers])
    ended_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="Since when it raises no alert."
    )

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "code"], name="alert_rule_code_once_an_assignment"
            )
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def told_words(self) -> list[str]:
        """Who is told, as a page says it."""
        return [str(self.Told(one).label) for one in self.told]
