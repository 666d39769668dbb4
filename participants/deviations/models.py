"""A departure from the protocol: what, of whom, and since when."""

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission


class DeviationQuerySet(QuerySet["Deviation"]):
    """Deviations, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.HISTORY_VIEW
    ) -> "DeviationQuerySet":
        """Those of the participants whose histories ``user`` may read."""
        where = {"study": "participant__study", "site": "participant__site"}
        return self.filter(scope(user, permission, **where))


class Deviation(models.Model):
    """One departure from the protocol (ICH E6(R3), protocol deviation), found by the product.

    It says what happened by code and days, never in words of a person: why is in the audit trail.
    It is not removed when it holds no longer: ``over_at`` says since when.
    """

    class Kind(models.TextChoices):
        VISIT_OUTSIDE_WINDOW = "visit_outside_window", "Visit moved outside its window"
        VISIT_MADE_OUTSIDE = "visit_made_outside", "Visit made outside its window"
        PHOTO_BEFORE_CONSENT = "photo_before_consent", "Photo taken before the consent"

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="deviations"
    )
    visit = models.ForeignKey(
        "participants.Visit", on_delete=models.CASCADE, related_name="deviations"
    )
    kind = models.CharField(max_length=24, choices=Kind)
    about = models.CharField(
        max_length=36, blank=True, help_text="The photo's id, where it is one's."
    )
    detail = models.CharField(max_length=200, help_text="Days and codes, in words.")
    at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)

    objects = DeviationQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "kind", "about"],
                condition=Q(over_at=None),
                name="deviation_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.participant}"
