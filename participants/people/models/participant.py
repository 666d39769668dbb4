"""A participant by code, the identity apart and sealed, and the screening."""

import uuid
from zoneinfo import ZoneInfo

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import Membership, User, scope
from studies.access.permissions import Permission, Role
from studies.platform.states import Stateful


class ParticipantQuerySet(QuerySet["Participant"]):
    """Participants, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "ParticipantQuerySet":
        """The participants at the sites where ``user`` holds ``permission``."""
        return self.filter(scope(user, permission, study="study", site="site"))


class Participant(Stateful):
    """Someone who takes part, known by a code such as SG01-0007.

    The code, year of birth, sex, ethnicity and skin tone are coded data; name and contact live in
    ``Identity``.
    """

    class State(models.TextChoices):
        PRE_SCREENED = "pre_screened", "pre-screened"
        CONSENTING = "consenting", "consenting"
        SCREENING = "screening", "screening"
        ELIGIBLE = "eligible", "eligible"
        SCREEN_FAILURE = "screen_failure", "screen failure"
        ENROLLED = "enrolled", "enrolled"
        COMPLETED = "completed", "completed"
        WITHDRAWN = "withdrawn", "withdrawn"
        ERASED = "erased", "erased"

    class DataUse(models.TextChoices):
        FULL = "full", "in use"
        RESTRICTED = "restricted", "restricted"

    class Sex(models.TextChoices):
        FEMALE = "female", "Female"
        MALE = "male", "Male"
        OTHER = "other", "Another term"
        UNDISCLOSED = "undisclosed", "Not said"

    class Ethnicity(models.TextChoices):
        CHINESE = "chinese", "Chinese"
        MALAY = "malay", "Malay"
        INDIAN = "indian", "Indian"
        INDONESIAN = "indonesian", "Indonesian"
        THAI = "thai", "Thai"
        VIETNAMESE = "vietnamese", "Vietnamese"
        FILIPINO = "filipino", "Filipino"
        EURASIAN = "eurasian", "Eurasian"
        OTHER = "other", "Another group"
        UNDISCLOSED = "undisclosed", "Not said"

    TRANSITIONS = {
        State.PRE_SCREENED: frozenset(
            {State.CONSENTING, State.ELIGIBLE, State.SCREEN_FAILURE, State.WITHDRAWN}
        ),
        State.CONSENTING: frozenset(
            {State.SCREENING, State.ELIGIBLE, State.SCREEN_FAILURE, State.WITHDRAWN}
        ),
        State.SCREENING: frozenset({State.ELIGIBLE, State.SCREEN_FAILURE, State.WITHDRAWN}),
        # Randomised after it: a row of its own (``participants.allocation``), no state.
        State.ELIGIBLE: frozenset({State.ENROLLED, State.SCREEN_FAILURE, State.WITHDRAWN}),
        # Screened again, or found eligible once a wrong answer is corrected.
        State.SCREEN_FAILURE: frozenset({State.PRE_SCREENED, State.ELIGIBLE, State.WITHDRAWN}),
        State.ENROLLED: frozenset({State.COMPLETED, State.WITHDRAWN}),
        # What was completed by mistake is undone, with a reason.
        State.COMPLETED: frozenset({State.WITHDRAWN, State.ERASED, State.ENROLLED}),
        # Back only where nobody withdrew: a clerical error, with a reason.
        State.WITHDRAWN: frozenset(
            {
                State.PRE_SCREENED,
                State.CONSENTING,
                State.SCREENING,
                State.ELIGIBLE,
                State.SCREEN_FAILURE,
                State.ENROLLED,
                State.COMPLETED,
                State.ERASED,
            }
        ),
        State.ERASED: frozenset(),
    }

    study = models.ForeignKey(
        "studies.Study", on_delete=models.PROTECT, related_name="participants"
    )
    site = models.ForeignKey("studies.Site", on_delete=models.PROTECT, related_name="participants")
    code = models.CharField(max_length=20)
    external_id = models.CharField(
        max_length=60,
        blank=True,
        help_text="What a list calls them that was imported; never a name.",
    )
    outbox_owner = models.UUIDField(
        db_column="phone_id",
        default=uuid.uuid4,
        unique=True,
        editable=False,
        help_text="What their own phone knows them by; says nothing to anybody else.",
    )
    state = models.CharField(max_length=16, choices=State, default=State.PRE_SCREENED)
    data_use = models.CharField(
        max_length=12,
        choices=DataUse,
        default=DataUse.FULL,
        db_column="use",
        help_text="Restricted: what was collected is not scored, shown to researchers or exported.",
    )
    year_of_birth = models.PositiveSmallIntegerField(
        null=True,
        validators=[MinValueValidator(1900), MaxValueValidator(2100)],
        help_text="Empty until it is asked, and once the participant's data are erased.",
    )
    sex = models.CharField(
        max_length=12, choices=Sex, blank=True, help_text="Empty until it is asked at screening."
    )
    ethnicity = models.CharField(
        max_length=20, choices=Ethnicity, blank=True, help_text="Empty until it is asked."
    )
    fitzpatrick = models.PositiveSmallIntegerField(
        "Fitzpatrick type", null=True, blank=True, help_text="I to VI, as 1 to 6."
    )
    monk_tone = models.PositiveSmallIntegerField(
        "Monk skin tone", null=True, blank=True, help_text="1 (lightest) to 10 (darkest)."
    )
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(
        max_length=64, blank=True, help_text="Where they live; empty: the site's."
    )
    screened_at = models.DateTimeField(help_text="When the checklist was answered; before, begun.")
    enrolled_on = models.DateField(null=True, blank=True, help_text="Day 0 of the schedule.")
    ended_at = models.DateTimeField(null=True, blank=True)
    request_id = models.UUIDField(
        null=True,
        blank=True,
        unique=True,
        help_text="The form's own: sent twice, it counts once.",
    )

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.UniqueConstraint(fields=["study", "code"], name="participant_code_once"),
            models.UniqueConstraint(
                fields=["study", "external_id"],
                condition=~Q(external_id=""),
                name="participant_external_id_once",
            ),
            models.CheckConstraint(
                condition=Q(fitzpatrick=None) | Q(fitzpatrick__range=(1, 6)),
                name="fitzpatrick_1_to_6",
            ),
            models.CheckConstraint(
                condition=Q(monk_tone=None) | Q(monk_tone__range=(1, 10)), name="monk_1_to_10"
            ),
        ]

    def __str__(self) -> str:
        return self.code

    @property
    def zone(self) -> ZoneInfo:
        """Where the days of their visits begin and end: the site's zone, else the study's."""
        return ZoneInfo(self.site.time_zone or self.study.time_zone)

    @property
    def actor_kind(self) -> str:
        return "participant"

    @property
    def actor_id(self) -> str:
        return str(self.pk)

    @property
    def actor_label(self) -> str:
        return self.code


# Screen failures are on neither side: the screening log has them.
IN_SCREENING = (
    Participant.State.PRE_SCREENED,
    Participant.State.CONSENTING,
    Participant.State.SCREENING,
    Participant.State.ELIGIBLE,
)
GONE = (Participant.State.WITHDRAWN, Participant.State.ERASED)


class IdentityQuerySet(QuerySet["Identity"]):
    """Identities, as seen by a person."""

    def visible_to(self, user: User) -> "IdentityQuerySet":
        """Those of the coordinator's own sites; nobody else's, whatever their other roles."""
        held = Membership.objects.granting(user, Permission.IDENTITY_VIEW).filter(
            role=Role.COORDINATOR
        )
        return self.filter(
            Q(participant__study__in=held.filter(site=None).values("study"))
            | Q(participant__site__in=held.exclude(site=None).values("site"))
        )


class Identity(models.Model):
    """Name and contact, sealed with the keys in ``IDENTITY_KEYS`` (Fernet, first key seals).

    ``sealed`` is the encrypted JSON ``{name, email, phone}``; ``people.services.identity``
    opens it.
    """

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="identity", primary_key=True
    )
    sealed = models.BinaryField()
    sealed_at = models.DateTimeField()

    objects = IdentityQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "identities"

    def __str__(self) -> str:
        return f"identity of participant {self.participant_id}"


class IdentityDigest(models.Model):
    """A keyed digest of one part of an identity, by which a person is found again.

    ``people.services.identity_index`` makes them; they go with the identity. Of a name there is
    one as a whole and one of each word.
    """

    class Kind(models.TextChoices):
        PHONE = "phone", "phone"
        EMAIL = "email", "e-mail"
        NAME = "name", "name"
        WORD = "word", "word of the name"

    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="digests")
    kind = models.CharField(max_length=5, choices=Kind)
    digest = models.CharField(max_length=64, db_index=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["identity", "kind", "digest"], name="identity_digest_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.identity}"


class Screening(models.Model):
    """The answers to the screening checklist, as given on the day, of the attempt under way."""

    participant = models.OneToOneField(
        Participant, on_delete=models.CASCADE, related_name="screening"
    )
    answers = models.JSONField(
        help_text="A list of {code, kind, text, met}, the criteria as they were worded."
    )
    eligible = models.BooleanField()
    at = models.DateTimeField()
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"screening of {self.participant}"
