"""What a participant agreed to, and when."""

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful


class ConsentQuerySet(QuerySet["Consent"]):
    """Consents, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "ConsentQuerySet":
        """Consents of the participants ``user`` may see."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )

    def in_force(self) -> "ConsentQuerySet":
        """Given, neither superseded nor withdrawn."""
        return self.filter(state=Consent.State.GIVEN)


class Consent(Stateful):
    """A consent to one version of the document, with the choices made in it.

    Name, signature and PDF copy say who signed, so all three are sealed like an identity
    (``participants.people.services.identity``); ``pdf_sha256`` is that of the opened PDF. Without a
    ``signature_file`` the typed name is the signature. ``recorded_by`` is empty when the
    participant gave it on their own phone. ``follows`` is the consent this one took the place of,
    and ``checks`` tells, for each check question of the document that was answered on the phone,
    how often: ``{tries, right}``.

    Of a consent on paper the copy is the pages as they were scanned; ``given_at`` is the day on
    the paper, at noon in the study's zone, and ``recorded_at`` when it was entered. Where somebody
    else signed, ``sealed_name`` is theirs.
    """

    class Act(models.TextChoices):
        AGREEMENT = "agreement", "agreement"
        CHOICES = "choices", "change of choices"

    class Medium(models.TextChoices):
        DEVICE = "device", "on a screen"
        PAPER = "paper", "on paper"

    class GivenBy(models.TextChoices):
        SELF = "self", "the participant"
        REPRESENTATIVE = "representative", "a legally authorised representative"
        GUARDIAN = "guardian", "a parent or guardian of a minor"

    class State(models.TextChoices):
        GIVEN = "given", "given"
        SUPERSEDED = "superseded", "superseded"
        WITHDRAWN = "withdrawn", "withdrawn"

    TRANSITIONS = {
        State.GIVEN: frozenset({State.SUPERSEDED, State.WITHDRAWN}),
        State.SUPERSEDED: frozenset(),
        # It was withdrawn by a clerical error.
        State.WITHDRAWN: frozenset({State.GIVEN}),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="consents"
    )
    document = models.ForeignKey(
        "studies.ConsentDocument", on_delete=models.PROTECT, related_name="consents"
    )
    document_sha256 = models.CharField(max_length=64)
    state = models.CharField(max_length=12, choices=State, default=State.GIVEN)
    choices = models.JSONField(help_text="Choice code → agreed (true or false).")
    sealed_name = models.BinaryField()
    signature_file = models.CharField(max_length=200, blank=True)
    pdf_file = models.CharField(max_length=200)
    pdf_sha256 = models.CharField(max_length=64)
    given_at = models.DateTimeField()
    recorded_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    request_id = models.UUIDField(
        null=True,
        blank=True,
        unique=True,
        help_text="The form's own: sent twice, it counts once.",
    )
    medium = models.CharField(max_length=8, choices=Medium, default=Medium.DEVICE)
    given_by = models.CharField(max_length=16, choices=GivenBy, default=GivenBy.SELF)
    relationship = models.CharField(
        max_length=60, blank=True, help_text="Of who signed for them: mother, legal guardian."
    )
    sealed_others = models.BinaryField(
        default=bytes, blank=True, help_text="Sealed JSON {witness, assent}: their names."
    )
    assented = models.BooleanField(
        null=True, blank=True, help_text="Whether the minor agreed as well; empty where not asked."
    )
    of_age_on = models.DateField(
        null=True,
        blank=True,
        help_text="First day of the month from which the minor signs for themselves.",
    )
    recorded_at = models.DateTimeField(
        null=True, blank=True, help_text="When a consent on paper was entered."
    )
    act = models.CharField(max_length=12, choices=Act, default=Act.AGREEMENT)
    follows = models.ForeignKey(
        "self", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    checks = models.JSONField(default=list, blank=True)
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        indexes = [models.Index(fields=["-given_at"], name="consent_latest")]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state="given"), name="consent_one_given"
            )
        ]

    def __str__(self) -> str:
        return f"consent of {self.participant} to {self.document}"


class ConsentReading(models.Model):
    """How far a participant is in reading a consent text on the phone; gone once they sign.

    It outlives the session and moves with them to another phone. Never a name or a signature.
    ``checks`` holds ``{tries, right, option}`` by the number of the question, ``choices`` what is
    ticked so far. Both belong to the text with ``document_sha256``; another text begins anew.
    """

    participant = models.OneToOneField(
        "participants.Participant",
        on_delete=models.CASCADE,
        related_name="consent_reading",
        primary_key=True,
    )
    document_sha256 = models.CharField(max_length=64)
    checks = models.JSONField(default=dict)
    choices = models.JSONField(default=dict)
    changed_at = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"consent being read by {self.participant}"
