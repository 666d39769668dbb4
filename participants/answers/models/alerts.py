"""Alerts that answers raised, and the mails about them."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from participants.answers.models.submissions import Submission
from studies.access.models import User
from studies.platform.work import DurableWork

LONGEST_NOTE = 500


class AlertQuerySet(QuerySet["Alert"]):
    """Alerts, as seen by a person."""

    def visible_to(self, user: User) -> "AlertQuerySet":
        """Those of the forms that ``user`` may see."""
        seen = Submission.objects.visible_to(user)
        return self.filter(submission__in=seen.values("pk"))

    def waiting(self) -> "AlertQuerySet":
        """Those that nobody has acknowledged, of answers that were not struck through."""
        return self.filter(acknowledged_at=None, over_at=None)


class Alert(models.Model):
    """What a rule of the protocol has to say about the answers of one form.

    ``revision`` is the number of the answers that raised it, ``sure`` false where the rule could
    not be worked out for them, so that somebody has to read. ``corrected_at``: later answers no
    longer fulfil the rule, which by itself settles nothing. ``over_at``: the form was struck
    through. The words of the rule as they were then are in ``words``.
    """

    class State(models.TextChoices):
        """How an alert stands; worked out from its moments, and no column."""

        WAITING = "waiting", "waits to be acknowledged"
        ACKNOWLEDGED = "acknowledged", "acknowledged"
        OVER = "struck_through", "its answers were struck through"

    rule = models.ForeignKey("studies.AlertRule", on_delete=models.PROTECT, related_name="alerts")
    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="alerts")
    revision = models.PositiveSmallIntegerField()
    words = models.CharField(max_length=200)
    sure = models.BooleanField(default=True)
    raised_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True, blank=True)
    over_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    acknowledged_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    note = models.CharField(max_length=LONGEST_NOTE, blank=True, help_text="What was done.")

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["raised_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["rule", "submission"], name="alert_once_a_form"),
            models.CheckConstraint(
                condition=Q(acknowledged_at=None, acknowledged_by=None, note="")
                | (Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False) & ~Q(note="")),
                name="alert_acknowledged_with_words",
            ),
        ]
        indexes = [models.Index(fields=["acknowledged_at", "raised_at"], name="alert_waiting")]

    def __str__(self) -> str:
        return f"alert {self.rule} of {self.submission}"

    @property
    def standing(self) -> State:
        """How it stands: acknowledged where somebody said what was done, whatever came after."""
        if self.acknowledged_at is not None:
            return self.State.ACKNOWLEDGED
        return self.State.OVER if self.over_at is not None else self.State.WAITING

    @property
    def place(self) -> str:
        """Where its form is in an address (``Slot.place``)."""
        return self.submission.place


class AlertNotice(DurableWork):
    """The mail that tells somebody of an alert, by code only.

    One row without a recipient makes one for each who is told; each of those is sent, and tried
    again for a day, by itself. ``revision`` tells the alert of a later correction apart.
    """

    task_name: ClassVar[str] = "participants.tasks.send_alert_notice"
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)
    )

    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="notices")
    revision = models.PositiveSmallIntegerField()
    recipient = models.ForeignKey(
        "studies.User", on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["alert", "revision"],
                condition=Q(recipient=None),
                name="alert_notices_made_once",
            ),
            models.UniqueConstraint(
                fields=["alert", "revision", "recipient"], name="alert_notice_once_for_each"
            ),
        ]

    def __str__(self) -> str:
        return f"notice of alert {self.alert_id}"
