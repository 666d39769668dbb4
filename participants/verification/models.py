"""That a monitor compared one field with the source: in which version, who, and when."""

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission


class TickQuerySet(QuerySet["Tick"]):
    """Ticks, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.VERIFICATION_VIEW
    ) -> "TickQuerySet":
        """Those of participants at the sites where ``user`` may see what was verified.

        What is locked is shown to nobody.
        """
        where = {"study": "participant__study", "site": "participant__site"}
        return self.filter(scope(user, permission, **where), participant__data_use="full")

    def standing(self) -> "TickQuerySet":
        """Those that nobody has taken back, or given again over a change."""
        return self.filter(ended_at=None)


class Tick(models.Model):
    """One field of one participant, verified against the source (ICH E6(R3), 3.11.4.5.4).

    ``part`` is what it belongs to (``parts.Part.key``), ``field`` its name there. ``version`` is
    that of the value at the time: the revision of an answer, or a SHA-256; where the field has
    another one now, it changed since. A tick is never removed: ``ended_at`` says that it was taken
    back, or given again after a change, and why.
    """

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="ticks"
    )
    part = models.CharField(max_length=120)
    field = models.CharField(max_length=300)
    version = models.CharField(max_length=64)
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    ended_reason = models.CharField(
        max_length=500, blank=True, help_text="Why it was taken back; empty: verified again."
    )

    objects = TickQuerySet.as_manager()

    class Meta:
        ordering = ["at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "part", "field"],
                condition=Q(ended_at=None),
                name="tick_once",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ended_by=None)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
                name="tick_ended_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.part} {self.field} of {self.participant_id}"
