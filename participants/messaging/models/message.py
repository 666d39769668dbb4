"""Messages to participants: what is to be said and when, never the words or the address."""

import uuid
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.work import DurableWork, WorkState


class MessageQuerySet(QuerySet["Message"]):
    """Messages, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.MESSAGE_VIEW
    ) -> "MessageQuerySet":
        """Messages to the participants at the sites where ``user`` may see messages."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )

    def waiting(self) -> "MessageQuerySet":
        """Planned and not yet begun, or waiting for another try."""
        return self.filter(state=WorkState.QUEUED)

    def sent_or_unknown(self) -> "MessageQuerySet":
        """Those that left, as far as anybody knows."""
        return self.filter(outcome__in=("sent", "unknown"))


class Message(DurableWork):
    """One message to one participant: its kind and what it is about, sent once.

    ``about`` is ``visit:<pk>``, ``consent:<pk>``, a receipt's number, or empty. ``round`` counts
    messages of one kind about one thing (a photo turned down again, a reminder asked for again).
    Text, address and link exist only while a worker sends it.
    """

    task_name: ClassVar[str] = "participants.tasks.send_message"

    class Kind(models.TextChoices):
        VISIT_OPENS = "visit_opens", "Visit opens"
        VISIT_DUE = "visit_due", "Visit is due"
        VISIT_CLOSING = "visit_closing", "Visit closes soon"
        VISIT_MISSED = "visit_missed", "Visit was missed"
        RETAKE = "retake", "Photo to retake"
        CONSENT_RENEW = "consent_renew", "Consent to renew"
        LATER = "later", "Asked to be reminded later"
        REMINDER = "reminder", "Reminder by the study team"
        LINK = "link", "Link by the study team"
        ERASURE_RECEIPT = "erasure_receipt", "Receipt of an erasure"
        TEST = "test", "Test"

    class Outcome(models.TextChoices):
        PLANNED = "planned", "planned"
        SENT = "sent", "sent"
        UNKNOWN = "unknown", "perhaps sent"
        COMBINED = "combined", "said in another message"
        CANCELLED = "cancelled", "no longer needed"
        FAILED = "failed", "not sent"

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="messages"
    )
    kind = models.CharField(max_length=16, choices=Kind)
    about = models.CharField(max_length=64, blank=True)
    round = models.PositiveSmallIntegerField(default=1)
    covers = models.JSONField(default=list, help_text="Ids of the photos it asks for again.")
    planned_for = models.DateTimeField(help_text="What the plan says; due_at may be later.")
    wished = models.CharField(max_length=8, blank=True, help_text="The one channel of a test.")
    outcome = models.CharField(max_length=10, choices=Outcome, default=Outcome.PLANNED)
    why = models.CharField(max_length=20, blank=True, help_text="A code: why it was not sent.")
    channel = models.CharField(max_length=8, blank=True, help_text="Chosen at sending.")
    provider_id = models.CharField(max_length=200, blank=True)
    sent_at = models.DateTimeField(null=True, blank=True)
    retried_at = models.DateTimeField(null=True, blank=True, help_text="By a person.")

    objects = MessageQuerySet.as_manager()

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["participant", "kind", "about", "round"], name="message_once"
            ),
        ]
        indexes = [*DurableWork.Meta.indexes, models.Index(fields=["participant", "outcome"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} to {self.participant}"


class MessageAttempt(models.Model):
    """One handing over to one channel, written before it happens.

    ``sending`` under an older ``token`` than the message's is a worker that died on the way:
    nobody knows whether it was sent, and it is not sent that way again.
    """

    class State(models.TextChoices):
        SENDING = "sending", "sending"
        ACCEPTED = "accepted", "accepted"
        FAILED = "failed", "failed"
        REFUSED = "refused", "refused"
        UNKNOWN = "unknown", "unknown"

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="tries")
    channel = models.CharField(max_length=8)
    key = models.UUIDField(default=uuid.uuid4, help_text="Given to the provider: same key, once.")
    token = models.PositiveIntegerField(help_text="The message's fencing token.")
    state = models.CharField(max_length=10, choices=State, default=State.SENDING)
    code = models.CharField(max_length=40, blank=True, help_text="Why it failed, as a code.")
    parts = models.PositiveSmallIntegerField(default=0, help_text="Of a text message, as billed.")
    begun_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["begun_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["message"], condition=Q(state="sending"), name="message_one_try_at_a_time"
            )
        ]

    def __str__(self) -> str:
        return f"{self.channel}: {self.state}"


class RetakeSeen(models.Model):
    """The participant has seen that this photo was turned down, on their own page."""

    photo = models.OneToOneField(
        "participants.Photo", on_delete=models.CASCADE, related_name="retake_seen", primary_key=True
    )
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.photo_id} seen"
