"""What a participant agreed to, and when."""

from django.db import models
from django.db.models import Q, QuerySet

from studies.models import User, scope
from studies.permissions import Permission
from studies.states import Stateful


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
    (``participants.services.identity``); ``pdf_sha256`` is that of the opened PDF. Without a
    ``signature_file`` the typed name is the signature.
    """

    class State(models.TextChoices):
        GIVEN = "given", "given"
        SUPERSEDED = "superseded", "superseded"
        WITHDRAWN = "withdrawn", "withdrawn"

    TRANSITIONS = {
        State.GIVEN: frozenset({State.SUPERSEDED, State.WITHDRAWN}),
        State.SUPERSEDED: frozenset(),
        State.WITHDRAWN: frozenset(),
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
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawal_reason = models.TextField(blank=True)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        ordering = ["-given_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant"], condition=Q(state="given"), name="consent_one_given"
            )
        ]

    def __str__(self) -> str:
        return f"consent of {self.participant} to {self.document}"
