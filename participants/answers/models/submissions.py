"""Submissions of questionnaires and case report forms, with every revision of their answers."""

from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful


class SubmissionQuerySet(QuerySet["Submission"]):
    """Submissions, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.ANSWER_VIEW
    ) -> "SubmissionQuerySet":
        """Those of the participants whose answers ``user`` may see.

        Locked answers are nobody's to see; what an erasure left, coded, is.
        """
        where = {"study": "participant__study", "site": "participant__site"}
        open_data = Q(participant__data_use="full") | Q(participant__state="erased")
        return self.filter(scope(user, permission, **where)).filter(open_data)

    def counted(self) -> "SubmissionQuerySet":
        """Those with answers that count: neither drafts nor struck through."""
        return self.filter(state__in=COUNTED)


class Submission(Stateful):
    """One form of one participant: of an assignment at a visit, of a day, or by a number.

    ``version`` is that of the form when it was begun, kept ever after. ``number`` counts what is
    asked as needed (the second adverse event); it is 1 elsewhere. The answers are in the
    ``revisions``, the newest of which counts; a draft that staff has saved is in ``sealed_draft``,
    also beside answers that somebody else submitted meanwhile.
    """

    class State(models.TextChoices):
        DRAFT = "draft", "draft"
        SUBMITTED = "submitted", "submitted"
        CORRECTED = "corrected", "corrected"
        STRUCK = "struck", "struck through"

    TRANSITIONS = {
        State.DRAFT: frozenset({State.SUBMITTED}),
        State.SUBMITTED: frozenset({State.CORRECTED, State.STRUCK}),
        State.CORRECTED: frozenset({State.CORRECTED, State.STRUCK}),
        State.STRUCK: frozenset(),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="submissions"
    )
    assignment = models.ForeignKey(
        "studies.Assignment", on_delete=models.PROTECT, related_name="submissions"
    )
    version = models.ForeignKey(
        "studies.InstrumentVersion", on_delete=models.PROTECT, related_name="submissions"
    )
    visit = models.ForeignKey(
        "participants.Visit",
        on_delete=models.CASCADE,
        null=True,
        blank=True,
        related_name="submissions",
    )
    day = models.DateField(null=True, blank=True, help_text="Of a form on days of its own.")
    number = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=10, choices=State, default=State.DRAFT)
    begun_at = models.DateTimeField()
    submitted_at = models.DateTimeField(null=True, blank=True)
    sealed_draft = models.BinaryField(default=b"", help_text="JSON {values, repeats}, sealed.")
    draft_at = models.DateTimeField(null=True, blank=True)
    draft_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    struck_at = models.DateTimeField(null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        ordering = ["begun_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["assignment", "visit"],
                condition=Q(visit__isnull=False),
                name="submission_once_a_visit",
            ),
            models.UniqueConstraint(
                fields=["participant", "assignment", "day"],
                condition=Q(day__isnull=False),
                name="submission_once_a_day",
            ),
            models.UniqueConstraint(
                fields=["participant", "assignment", "number"],
                condition=Q(visit=None, day=None),
                name="submission_number_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "corrected", "struck"]),
                name="submission_state_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.assignment} of {self.participant}"

    @property
    def place(self) -> str:
        """What tells it from the other forms of its assignment, in an address: the visit's code,
        the day (ISO) or the number."""
        if self.visit is not None:
            return str(self.visit.definition.code)
        return self.day.isoformat() if self.day is not None else str(self.number)

    @property
    def latest(self) -> "Revision":
        """The revision that counts. Raises Revision.DoesNotExist of a draft."""
        return self.revisions.order_by("-number")[:1].get()


COUNTED = (Submission.State.SUBMITTED, Submission.State.CORRECTED)


class Revision(models.Model):
    """The answers of a submission as they were sent once: never changed, only followed by others.

    ``sealed`` holds, as JSON, ``{xml, answers, reason}``: what was sent, its answers by path
    (``judging.flatten``), and why a correction was made. ``finished_at`` is what the clock of the
    phone said, ``filled_at`` the same put right by what that clock was off when it was sent.
    """

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="revisions")
    number = models.PositiveSmallIntegerField()
    request_id = models.UUIDField(unique=True, help_text="The form's own: sent twice, counts once.")
    sealed = models.BinaryField()
    sha256 = models.CharField(max_length=64, help_text="Of the XML as it was sent.")
    engine = models.CharField(max_length=40, help_text="The form engine that judged it.")
    finished_at = models.DateTimeField()
    filled_at = models.DateTimeField()
    received_at = models.DateTimeField()
    clock_off = models.IntegerField(
        default=0, help_text="Seconds by which the phone's clock was behind ours (ahead: negative)."
    )
    zone = models.CharField(max_length=64)
    by_kind = models.CharField(max_length=12, help_text="participant or staff.")
    by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )

    NOTED: ClassVar = 300  # seconds: a clock that is off by more is shown to staff

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["submission", "number"], name="revision_number_once"),
            models.CheckConstraint(
                condition=Q(by_kind="participant", by=None) | Q(by_kind="staff", by__isnull=False),
                name="revision_by_somebody",
            ),
        ]

    def __str__(self) -> str:
        return f"revision {self.number} of {self.submission}"

    @property
    def clock_wrong(self) -> bool:
        """Whether the phone's clock was off by more than a slow line explains."""
        return abs(self.clock_off) > self.NOTED
