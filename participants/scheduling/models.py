"""Notes about a participant or one of their visits."""

import uuid

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission


class NoteQuerySet(QuerySet["Note"]):
    """Notes, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.HISTORY_VIEW
    ) -> "NoteQuerySet":
        """Those about the participants whose histories ``user`` may read: free text tells much."""
        where = {"study": "participant__study", "site": "participant__site"}
        return self.filter(scope(user, permission, **where))


class Note(models.Model):
    """What somebody wrote down, signed and dated. Never edited: only struck through, and why.

    It names nobody: ``people.services.identity.refuse_names_in`` has read it.
    """

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="notes"
    )
    visit = models.ForeignKey(
        "participants.Visit",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="notes",
        help_text="Empty: about the participant as a whole.",
    )
    text = models.CharField(max_length=1000)
    at = models.DateTimeField()
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")
    request_id = models.UUIDField(
        unique=True, default=uuid.uuid4, help_text="The form's own: sent twice, it counts once."
    )
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    struck_reason = models.CharField(max_length=500, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
                name="note_struck_with_a_reason",
            )
        ]

    def __str__(self) -> str:
        return f"note about {self.participant}"
