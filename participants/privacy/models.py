"""What participants ask about their own data, and the work of carrying it out."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.platform.work import DurableWork


class DataRequestQuerySet(QuerySet["DataRequest"]):
    """Requests, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.DATA_REQUEST_VIEW
    ) -> "DataRequestQuerySet":
        """Requests of the participants at the sites where ``user`` may see requests."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )

    def open(self) -> "DataRequestQuerySet":
        """Neither carried out, nor taken back, nor refused."""
        return self.filter(state=DataRequest.State.OPEN)


class DataRequest(Stateful):
    """One wish of a participant about their data; ``requested_by`` empty when by themselves.

    The receipt's address is known to whoever asked: only its token's hash is kept, and the token
    itself sealed (``people.services.identity``) until an erasure, so that it can be shown
    again. ``counts`` says what was there when an erasure began; ``sealed_reason`` is the
    participant's own words, for the coordinators of the site.
    """

    class Kind(models.TextChoices):
        STOP = "stop", "Stop"
        STOP_KEEP = "stop_keep", "Stop and keep"
        ERASE = "erase", "Erase"
        COPY = "copy", "Copy of the photos"

    class State(models.TextChoices):
        OPEN = "open", "open"
        CARRIED_OUT = "carried_out", "carried out"
        TAKEN_BACK = "taken_back", "taken back"
        REFUSED = "refused", "refused"

    TRANSITIONS = {
        State.OPEN: frozenset({State.CARRIED_OUT, State.TAKEN_BACK, State.REFUSED}),
        State.CARRIED_OUT: frozenset(),
        State.TAKEN_BACK: frozenset(),
        State.REFUSED: frozenset(),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="data_requests"
    )
    number = models.CharField(max_length=16, unique=True, help_text="On the receipt; says nothing.")
    kind = models.CharField(max_length=10, choices=Kind)
    state = models.CharField(max_length=12, choices=State, default=State.OPEN)
    language = models.CharField(max_length=10, default="en")
    requested_at = models.DateTimeField()
    requested_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    sealed_reason = models.BinaryField(blank=True, default=b"")
    due_at = models.DateTimeField(help_text="An erasure may be taken back until then.")
    settled_at = models.DateTimeField(null=True, blank=True)
    settled_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    refusal = models.CharField(max_length=300, blank=True, help_text="Why a copy is not given.")
    counts = models.JSONField(default=dict, help_text="What an erasure removed: noun → number.")
    verified_at = models.DateTimeField(
        null=True, blank=True, help_text="Every store was searched and nothing was found."
    )
    token_sha256 = models.CharField(max_length=64, unique=True)
    sealed_token = models.BinaryField(blank=True, default=b"")

    objects = DataRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["participant", "kind"],
                condition=Q(state="open"),
                name="data_request_one_open_per_kind",
            ),
            models.CheckConstraint(
                condition=Q(kind="copy") | ~Q(state="refused"), name="data_request_copy_refused"
            ),
            models.CheckConstraint(
                condition=Q(kind="erase") | ~Q(state="taken_back"),
                name="data_request_erase_taken_back",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}, {self.number}"


class RequestWork(DurableWork):
    """The carrying out of one request.

    ``sealed_plan`` is what an erasure must find nowhere afterwards (name, contact, ids and hashes
    of photos), encrypted; it is emptied when the search found nothing. ``step`` is the last one
    that ended, for people to read: every step may be done again.
    """

    task_name: ClassVar[str] = "participants.tasks.carry_out_request"

    request = models.OneToOneField(DataRequest, on_delete=models.CASCADE, related_name="work")
    step = models.CharField(max_length=20, blank=True)
    sealed_plan = models.BinaryField(blank=True, default=b"")

    class Meta(DurableWork.Meta):
        verbose_name = "data request"

    def __str__(self) -> str:
        return f"work of {self.request_id}"


class RequestNotice(DurableWork):
    """The mail that tells the site's coordinators that a request has come, by code only.

    One row without a recipient makes one for each coordinator; each of those is sent, and tried
    again for a day, by itself.
    """

    task_name: ClassVar[str] = "participants.tasks.send_request_notice"
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (1, 5, 15, 60, 180, 360, 720)
    )

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="notices")
    recipient = models.ForeignKey(
        "studies.User", on_delete=models.CASCADE, null=True, related_name="+"
    )

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["request"], condition=Q(recipient=None), name="request_notices_made_once"
            ),
            models.UniqueConstraint(
                fields=["request", "recipient"], name="request_notice_once_for_each"
            ),
        ]

    def __str__(self) -> str:
        return f"notice of {self.request_id}"
