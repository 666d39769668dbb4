"""Queries, what was said to them, and the work that follows from them."""

import uuid
from datetime import date, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.platform.work import DurableWork

_P = Permission
LONGEST = 1000  # characters of what one entry says


class QueryQuerySet(QuerySet["Query"]):
    """Queries, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.QUERY_VIEW
    ) -> "QueryQuerySet":
        """Those of the participants whose queries ``user`` may see, about what they may see.

        Queries about locked data are nobody's to see; what an erasure left of them, coded, is.
        """
        where = {"study": "participant__study", "site": "participant__site"}
        seen = Q(about__in=[])
        for right in set(RIGHT.values()):
            kinds = [about for about, needed in RIGHT.items() if needed == right]
            seen |= Q(about__in=kinds) & scope(user, right, **where)
        open_data = Q(participant__data_use="full") | Q(participant__state="erased")
        return self.filter(scope(user, permission, **where)).filter(seen).filter(open_data)

    def standing(self) -> "QueryQuerySet":
        """Those that nobody has closed."""
        return self.exclude(state=Query.State.CLOSED)

    def waiting(self) -> "QueryQuerySet":
        """Those that wait for the site's answer."""
        return self.filter(state__in=WAITING)


class Query(Stateful):
    """A question about one piece of a participant's data. What was said is in its ``entries``.

    ``about`` says of what kind the piece is, and which fields point at it:

    * an answer: ``submission``, and in ``field`` the question's path (``judging.flatten``); the
      form's code in ``form`` outlives the submission
    * a photo: ``photo``, the view in ``field``; ``region`` may name a part of it
    * a visit or a consent: that row
    * a detail: in ``field`` the participant's column; a screening answer: the criterion's code

    ``check`` is the code of the edit check that raised it; empty: a person did. Numbers count by
    participant, so that none tells how much there is elsewhere.
    """

    class State(models.TextChoices):
        OPEN = "open", "open"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"
        REOPENED = "reopened", "reopened"

    class About(models.TextChoices):
        ANSWER = "answer", "answer"
        DETAIL = "detail", "detail"
        SCREENING = "screening", "screening answer"
        VISIT = "visit", "visit"
        CONSENT = "consent", "consent"
        PHOTO = "photo", "photo"

    TRANSITIONS = {
        State.OPEN: frozenset({State.ANSWERED, State.CLOSED}),
        State.REOPENED: frozenset({State.ANSWERED, State.CLOSED}),
        State.ANSWERED: frozenset({State.CLOSED, State.REOPENED}),
        State.CLOSED: frozenset({State.REOPENED}),
    }

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="queries"
    )
    number = models.PositiveIntegerField()
    about = models.CharField(max_length=10, choices=About)
    submission = models.ForeignKey(
        "participants.Submission", on_delete=models.SET_NULL, null=True, related_name="queries"
    )
    form = models.CharField(max_length=40, blank=True, help_text="The assignment's code.")
    visit = models.ForeignKey(
        "participants.Visit", on_delete=models.SET_NULL, null=True, related_name="queries"
    )
    consent = models.ForeignKey(
        "participants.Consent", on_delete=models.SET_NULL, null=True, related_name="queries"
    )
    photo = models.ForeignKey(
        "participants.Photo", on_delete=models.SET_NULL, null=True, related_name="queries"
    )
    region = models.JSONField(
        null=True,
        blank=True,
        help_text="Of a photo: {x, y, width, height}, as shares of its upright picture.",
    )
    field = models.CharField(max_length=400, blank=True)
    check_code = models.CharField(max_length=40, blank=True, help_text="The edit check's.")
    state = models.CharField(max_length=10, choices=State, default=State.OPEN)
    raised_at = models.DateTimeField()
    raised_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    due_on = models.DateField(null=True, blank=True, help_text="Last day for the site's answer.")
    answered_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = QueryQuerySet.as_manager()

    class Meta:
        ordering = ["-raised_at", "-pk"]
        verbose_name = "query"
        verbose_name_plural = "queries"
        constraints = [
            models.UniqueConstraint(fields=["participant", "number"], name="query_number_once"),
            models.UniqueConstraint(
                fields=["check_code", "submission", "field"],
                condition=~Q(check_code="") & Q(submission__isnull=False),
                name="query_of_a_check_once",
            ),
            models.UniqueConstraint(
                fields=["check_code", "visit", "field"],
                condition=~Q(check_code="") & Q(submission=None, about="visit"),
                name="query_of_a_visit_check_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["open", "answered", "closed", "reopened"]),
                name="query_state_known",
            ),
            models.CheckConstraint(
                condition=Q(state="closed", closed_at__isnull=False)
                | (~Q(state="closed") & Q(closed_at=None)),
                name="query_closed_at_known",
            ),
            models.CheckConstraint(
                condition=Q(region=None) | Q(about="photo"), name="query_region_of_a_photo"
            ),
        ]
        indexes = [models.Index(fields=["state", "due_on"], name="query_waiting")]

    def __str__(self) -> str:
        return f"query {self.number} of {self.participant}"

    @property
    def waits(self) -> bool:
        """Whether the site's answer is wanted."""
        return self.state in WAITING

    @property
    def age(self) -> int:
        """Days from when it was raised until it was closed, or until now."""
        until = self.closed_at or timezone.now()
        zone = self.participant.zone
        return (until.astimezone(zone).date() - self.raised_at.astimezone(zone).date()).days

    def overdue_on(self, on: date) -> bool:
        """Whether the site's answer was due before ``on`` (a date at the participant's site)."""
        return self.waits and self.due_on is not None and self.due_on < on

    @property
    def overdue(self) -> bool:
        """Whether it is overdue today."""
        return self.overdue_on(timezone.now().astimezone(self.participant.zone).date())


WAITING = (Query.State.OPEN, Query.State.REOPENED)
# What one has to be allowed to see beside queries, to see one about it.
RIGHT: dict[str, Permission] = {
    Query.About.ANSWER: _P.ANSWER_VIEW,
    Query.About.DETAIL: _P.PARTICIPANT_VIEW,
    Query.About.SCREENING: _P.PARTICIPANT_VIEW,
    Query.About.VISIT: _P.PARTICIPANT_VIEW,
    Query.About.CONSENT: _P.PARTICIPANT_VIEW,
    Query.About.PHOTO: _P.PHOTO_VIEW,
}


class QueryEntry(models.Model):
    """What was done to a query, and said: never changed. Without ``by`` the product did it.

    An erasure leaves the row and takes its ``text``.
    """

    class Act(models.TextChoices):
        RAISED = "raised", "raised"
        ANSWERED = "answered", "answered"
        CLOSED = "closed", "closed"
        REOPENED = "reopened", "reopened"

    query = models.ForeignKey(Query, on_delete=models.CASCADE, related_name="entries")
    number = models.PositiveIntegerField()
    act = models.CharField(max_length=10, choices=Act)
    text = models.CharField(max_length=LONGEST, blank=True)
    at = models.DateTimeField()
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, null=True, related_name="+")
    request_id = models.UUIDField(
        unique=True, default=uuid.uuid4, help_text="The form's own: sent twice, it counts once."
    )

    class Meta:
        ordering = ["number"]
        verbose_name_plural = "query entries"
        constraints = [
            models.UniqueConstraint(fields=["query", "number"], name="query_entry_number_once")
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.query}"


class QueryDigest(DurableWork):
    """The mail that tells one person how many queries wait for them: numbers and a link.

    One a day at most; whether it is sent is decided when it is due.
    """

    task_name: ClassVar[str] = "participants.tasks.send_query_digest"
    retry_after: ClassVar[tuple[timedelta, ...]] = tuple(
        timedelta(minutes=minutes) for minutes in (5, 15, 60, 180, 360)
    )

    study = models.ForeignKey("studies.Study", on_delete=models.CASCADE, related_name="+")
    recipient = models.ForeignKey("studies.User", on_delete=models.CASCADE, related_name="+")
    day = models.DateField(help_text="Where the study is.")
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta(DurableWork.Meta):
        constraints = [
            *DurableWork.Meta.constraints,
            models.UniqueConstraint(
                fields=["study", "recipient", "day"], name="query_digest_once_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"digest of {self.study_id} on {self.day}"


class CheckRun(DurableWork):
    """The edit checks of one form that was submitted, corrected or struck through.

    Without a ``submission``: those on the participant's visits.
    """

    task_name: ClassVar[str] = "participants.tasks.run_edit_checks"

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="check_runs"
    )
    submission = models.ForeignKey(
        "participants.Submission", on_delete=models.CASCADE, null=True, related_name="+"
    )

    def __str__(self) -> str:
        return f"edit checks of {self.participant_id}"
