"""Personal links: a token is shown once and only its hash is kept."""

from datetime import datetime

from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from studies.access.models import User, scope
from studies.access.permissions import Permission


class InvitationQuerySet(QuerySet["Invitation"]):
    """Invitations, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.INVITATION_EDIT
    ) -> "InvitationQuerySet":
        """Invitations of the participants whose links ``user`` may issue."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )

    def usable(self, now: datetime) -> "InvitationQuerySet":
        """Neither revoked nor expired at ``now``."""
        return self.filter(revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """A personal link of 256 random bits; ``token_sha256`` finds it again.

    A message's link is short-lived and opens ``target``, one of the participant's own pages.
    """

    class Purpose(models.TextChoices):
        PERSONAL = "personal", "personal link"
        MESSAGE = "message", "link in a message"

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="invitations"
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(max_length=8, choices=Purpose, default=Purpose.PERSONAL)
    target = models.CharField(max_length=200, blank=True, help_text="Empty: the home page.")
    created_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    first_used_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("token_sha256"), 64), name="invitation_token_hashed"
            )
        ]

    def __str__(self) -> str:
        return f"link of {self.participant}, made {self.created_at:%Y-%m-%d}"
