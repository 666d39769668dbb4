"""A value of a participant that was corrected: what it was, what it is, why, by whom."""

from django.db import models
from django.db.models import QuerySet

from participants.people.models.participant import Participant
from studies.access.models import User, scope
from studies.access.permissions import Permission


class CorrectionQuerySet(QuerySet["Correction"]):
    """Corrections, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PARTICIPANT_VIEW
    ) -> "CorrectionQuerySet":
        """Those of the participants ``user`` may see."""
        where = {"study": "participant__study", "site": "participant__site"}
        return self.filter(scope(user, permission, **where))


class Correction(models.Model):
    """One value corrected. Coded values only: of name and contact nothing is kept in the open.

    ``field`` is the name of the participant's column, or ``answer:`` with a criterion's code.
    """

    participant = models.ForeignKey(
        Participant, on_delete=models.CASCADE, related_name="corrections"
    )
    field = models.CharField(max_length=80)
    old = models.CharField(max_length=200, blank=True)
    new = models.CharField(max_length=200, blank=True)
    reason = models.CharField(max_length=500)
    at = models.DateTimeField()
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.field} of {self.participant}"
