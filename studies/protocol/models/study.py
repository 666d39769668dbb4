"""Study, site, arm, the conditions assessed and the screening checklist."""

from typing import ClassVar
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet
from django.utils.translation import get_language

from studies.access.models import Membership, User
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.protocol.models import codes
from studies.protocol.models.verified import validate_verified
from studies.protocol.models.versions import CURRENT, Versioned
from studies.protocol.models.zones import zone_name


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

    class Masking(models.TextChoices):
        OPEN = "open", "Open label: staff see who is in which arm"
        BLINDED = "blinded", "Blinded: only unblinded roles see who is in which arm"

    class QualityProfile(models.TextChoices):
        OFF = "off", "Off: accept any photo that shows one face"
        NORMAL = "normal", "Normal"
        STRICT = "strict", "Strict"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.ACTIVE}),
        State.ACTIVE: frozenset({State.CLOSED}),
        State.CLOSED: frozenset({State.ACTIVE}),
    }

    code = models.CharField(max_length=20, unique=True, validators=[codes.study_code])
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
    masking = models.CharField(
        max_length=8,
        choices=Masking,
        default=Masking.OPEN,
        help_text="Who may see the arms of participants while the study goes on.",
    )
    unblinded_at = models.DateTimeField(
        null=True, blank=True, editable=False, help_text="When a blinded study was opened to staff."
    )
    photo_review = models.PositiveSmallIntegerField(
        default=100,
        validators=[MaxValueValidator(100)],
        help_text="Percent of accepted photos that a person compares with the first one.",
    )
    repeat_captures = models.BooleanField(
        default=False,
        help_text="Each view of the first visit is asked for twice, to measure noise.",
    )
    verify_fields = models.JSONField(
        default=list,
        blank=True,
        validators=[validate_verified],
        help_text="What a monitor compares with the source: all, or keys such as consent, photos "
        "and answers/skin; nothing: no plan.",
    )
    verify_first = models.PositiveIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text="Of the first so many enrolled at each site; empty: of everybody.",
    )
    query_days = models.PositiveSmallIntegerField(
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(365)],
        help_text="Days within which a site answers a query; empty: queries are never due.",
    )
    prescreening_approval = models.CharField(
        max_length=300,
        blank=True,
        help_text="The ethics committee's approval of asking the screening's questions before "
        "consent; empty: nothing is asked before the signature.",
    )
    majority_age = models.PositiveSmallIntegerField(
        default=18,
        validators=[MinValueValidator(15), MaxValueValidator(25)],
        help_text="Who is younger takes part with a guardian's consent.",
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
            ),
            models.CheckConstraint(
                condition=Q(masking__in=["open", "blinded"]), name="study_masking_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def zone(self) -> ZoneInfo:
        """Where its days begin and end, but for sites with a zone of their own."""
        return ZoneInfo(self.time_zone)

    @property
    def is_blinded(self) -> bool:
        """Whether arms are kept from all but the unblinded roles."""
        return self.masking == self.Masking.BLINDED and self.unblinded_at is None

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
        validators=[codes.site_code],
    )
    name = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True, help_text="ISO 3166-1 alpha-2.")
    time_zone = models.CharField(
        max_length=64, blank=True, validators=[zone_name], help_text="Empty: the study's."
    )
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

    @property
    def zone(self) -> ZoneInfo:
        """Where the days of its participants begin and end: its own zone, else the study's."""
        return ZoneInfo(self.time_zone or self.study.time_zone)


class Arm(Versioned):
    """A group of participants treated alike. One that an amendment ended stays for who is in it."""

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="arms")
    code = models.CharField(max_length=20, validators=[codes.arm_code])
    name = models.CharField(max_length=200)

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="arm_code_once_per_study")
        ]

    def __str__(self) -> str:
        """As lists and filters name it: who is in an arm that has ended is still found by it."""
        return self.name if self.last_version is None else f"{self.name} (ended)"


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


class CriterionManager(models.Manager["EligibilityCriterion"]):
    """The criteria of the newest version; ``EligibilityCriterion.every`` has the earlier, too."""

    def get_queryset(self) -> "QuerySet[EligibilityCriterion]":
        return super().get_queryset().filter(CURRENT)


class EligibilityCriterion(Versioned):
    """One line of the screening checklist. One code names the same line in every version."""

    class Kind(models.TextChoices):
        INCLUSION = "inclusion", "Inclusion"
        EXCLUSION = "exclusion", "Exclusion"

    study = models.ForeignKey(Study, on_delete=models.PROTECT, related_name="criteria")
    code = models.SlugField(max_length=40, validators=[codes.criterion_code])
    kind = models.CharField(max_length=10, choices=Kind)
    text = models.CharField(max_length=300)
    order = models.PositiveSmallIntegerField(default=0)

    objects = CriterionManager()
    every: ClassVar[models.Manager["EligibilityCriterion"]] = models.Manager()

    class Meta:
        ordering = ["kind", "order"]
        verbose_name_plural = "eligibility criteria"
        constraints = [
            models.UniqueConstraint(
                fields=["study", "code"], condition=CURRENT, name="criterion_code_once_per_study"
            )
        ]

    def __str__(self) -> str:
        return self.text
