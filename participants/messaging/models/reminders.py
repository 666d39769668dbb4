"""How a participant wants to be reminded, and the phones that take Web Push."""

from django.db import models
from django.db.models import Q


class ReminderChoice(models.Model):
    """A participant's own choices; where they made none, the study's settings hold.

    A time that is empty is the study's. ``feed_round`` is part of the signed address of the
    calendar: raising it makes earlier addresses useless.
    """

    participant = models.OneToOneField(
        "participants.Participant",
        on_delete=models.CASCADE,
        related_name="reminder_choice",
        primary_key=True,
    )
    email = models.BooleanField(default=True)
    push = models.BooleanField(default=True)
    sms = models.BooleanField(default=True)
    first = models.CharField(max_length=8, blank=True, help_text="Tried before the others.")
    quiet_from = models.TimeField(null=True, blank=True)
    quiet_until = models.TimeField(null=True, blank=True)
    feed_round = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(quiet_from=None, quiet_until=None)
                | Q(quiet_from__isnull=False, quiet_until__isnull=False),
                name="reminder_quiet_both_or_none",
            )
        ]

    def __str__(self) -> str:
        return f"reminders of {self.participant}"


class PushSubscription(models.Model):
    """A browser that takes Web Push. ``sealed`` is its endpoint and keys as encrypted JSON."""

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="push_subscriptions"
    )
    endpoint_sha256 = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    created_at = models.DateTimeField()
    worked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["created_at"]

    def __str__(self) -> str:
        return f"a phone of {self.participant}"
