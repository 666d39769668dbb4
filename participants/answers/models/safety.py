"""Serious adverse events with their clock, and the mails about them."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from participants.answers.models.submissions import Submission
from studies.access.models import User
from studies.platform.work import DurableWork


class SeriousEventQuerySet(QuerySet["SeriousEvent"]):
    """Serious adverse events, as seen by a person."""

    def visible_to(self, user: User) -> "SeriousEventQuerySet":
        """Those of the forms that ``user`` may see."""
        seen = Submission.objects.visible_to(user)
        return self.filter(submission__in=seen.values("pk"))

    def running(self) -> "SeriousEventQuerySet":
        """Those that nobody has marked as reported, and that are serious still."""
        return self.filter(reported_at=None, over_at=None)


class SeriousEvent(models.Model):
    """A serious adverse event and its clock: from ``known_at`` to report it, until ``due_at``.

    ``known_at`` is when the site knew, by the form, and never later than its arrival. ``over_at``:
    a correction says that it is not serious, or the form was struck through.
    """

    CLOCK: ClassVar = timedelta(hours=24)

    submission = models.OneToOneField(
        Submission, on_delete=models.CASCADE, related_name="serious_event"
    )
    known_at = models.DateTimeField()
    due_at = models.DateTimeField()
    reported_at = models.DateTimeField(null=True, blank=True)
    reported_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    over_at = models.DateTimeField(null=True, blank=True)

    objects = SeriousEventQuerySet.as_manager()

    class Meta:
        ordering = ["due_at"]
        indexes = [models.Index(fields=["reported_at", "due_at"], name="serious_running")]

    def __str__(self) -> str:
        return f"serious event {self.submission}"


class SafetyNotice(DurableWork):
    """The mail that tells a safety reader of a serious event, by code only.

    One row without a recipient makes one for each; each of those is sent, and tried again for a
    day, by itself.
    """

    task_name: ClassVar[str] = "participants.tasks.send_safety_notice"
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)
    )

    event = models.ForeignKey(SeriousEvent, on_delete=models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(
        "studies.User", on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["event"], condition=Q(recipient=None), name="safety_notices_made_once"
            ),
            models.UniqueConstraint(
                fields=["event", "recipient"], name="safety_notice_once_for_each"
            ),
        ]

    def __str__(self) -> str:
        return f"notice of {self.event_id}"
