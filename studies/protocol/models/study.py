"""Study, site, arm, the conditions assessed and the screening checklist."""

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.states import Stateful

CODE = RegexValidator(
    r"^[A-Z][A-Z0-9-]{0,19}$", "Use capital letters, digits and hyphens, starting with a letter."
)


class StudyQuerySet(QuerySet["Study"]):
    """Studies, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.STUDY_VIEW
    ) -> "StudyQuerySet":
        """The studies in which ``user`` holds ``permission`` at any site."""
        return self.filter(pk__in=Membership.objects.granting(user, permission).values("study"))


class Study(Stateful):
    """A protocol under way. ``code`` names it in addresses and exports."""

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        ACTIVE = "active", "active"
        CLOSED = "closed", "closed"

    class QualityProfile(models.TextChoices):
        OFF = "off", "Off: accept any photo that shows one face"
        NORMAL = "normal", "Normal"
        STRICT = "strict", "Strict"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.ACTIVE}),
        State.ACTIVE: frozenset({State.CLOSED}),
        State.CLOSED: frozenset({State.ACTIVE}),
    }

    code = models.CharField(max_length=20, unique=True, validators=[CODE])
    title = models.CharField(max_length=200)
    titles = models.JSONField(
        default=dict, blank=True, help_text="Language → title, as participants read it."
    )
    summary = models.TextField(blank=True)
    sponsor = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    time_zone = models.CharField(max_length=64, default="Asia/Singapore")
    languages = models.JSONField(default=list, help_text="Language codes offered to participants.")
    quality_profile = models.CharField(
        max_length=10, choices=QualityProfile, default=QualityProfile.NORMAL
    )
    min_age = models.PositiveSmallIntegerField(default=18)
    max_age = models.PositiveSmallIntegerField(null=True, blank=True)
    conditions: "models.ManyToManyField[Condition, StudyCondition]" = models.ManyToManyField(
        "Condition", related_name="studies", through="StudyCondition"
    )
    created_at = models.DateTimeField(auto_now_add=True)

    objects = StudyQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        verbose_name_plural = "studies"
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "active", "closed"]), name="study_state_known"
            )
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def local_title(self) -> str:
        """The title in the language of the page, else as the protocol words it."""
        return str(self.titles.get(get_language() or "", "")) or self.title

    def ordered_conditions(self) -> "QuerySet[Condition]":
        """The conditions assessed, the one the study is about first."""
        return Condition.objects.filter(in_studies__study=self).order_by(
            "in_studies__position", "order"
        )

    def has_participants(self) -> bool:
        """Whether a participant code was ever given out: from then on the schedule is fixed."""
        return self.sites.filter(last_participant_number__gt=0).exists()


class SiteQuerySet(QuerySet["Site"]):
    """Sites, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.STUDY_VIEW
    ) -> "SiteQuerySet":
        """The sites at which ``user`` holds ``permission``."""
        held = Membership.objects.granting(user, permission)
        return self.filter(
            Q(study__in=held.filter(site=None).values("study"))
            | Q(pk__in=held.exclude(site=None).values("site"))
        )


class Site(models.Model):
    """A place that enrols. ``code`` starts every participant code, for example SG01."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="sites")
    code = models.CharField(
        max_length=8,
        validators=[RegexValidator(r"^[A-Z]{2,4}[0-9]{2}$", "For example SG01.")],
    )
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    contact_phone = models.CharField(max_length=40, blank=True)
    contact_email = models.EmailField(blank=True)
    enrolment_target = models.PositiveIntegerField(default=0)
    last_participant_number = models.PositiveIntegerField(default=0, editable=False)

    objects = SiteQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="site_code_once_per_study")
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


class Arm(models.Model):
    """A group of participants treated alike."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="arms")
    code = models.CharField(max_length=20, validators=[CODE])
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="arm_code_once_per_study")
        ]

    def __str__(self) -> str:
        return self.name


class Condition(models.Model):
    """A condition of facial skin that can be graded; filled with the eight of the mission."""

    code = models.SlugField(primary_key=True, max_length=20)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=300)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["order"]

    def __str__(self) -> str:
        return self.name


class StudyCondition(models.Model):
    """A condition that a study assesses; ``position`` 0 is the one it is about."""

    study = models.ForeignKey(Study, on_delete=models.CASCADE, related_name="study_conditions")
    condition = models.ForeignKey(Condition, on_delete=models.PROTECT, related_name="in_studies")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(fields=["study", "condition"], name="study_condition_once")
        ]

    def __str__(self) -> str:
        return f"{self.condition_id} in {self.study_id}"


class EligibilityCriterion(models.Model):
    """One line of the screening checklist."""

    class Kind(models.TextChoices):
        INCLUSION = "inclusion", "Inclusion"
        EXCLUSION = "exclusion", "Exclusion"

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="criteria")
    code = models.SlugField(max_length=40)
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=300)
    order = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["kind", "order"]
        verbose_name_plural = "eligibility criteria"
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="criterion_code_once_per_study")
        ]

    def __str__(self) -> str:
        return self.text
