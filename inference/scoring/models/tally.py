"""What was counted of each participant, so that no page counts a large study's rows again.

Triggers of the database note whose rows changed, whoever wrote them (``inference.scoring.marks``);
before anybody reads, those few are counted anew (``inference.scoring.services.tallies``). Site,
state and locks are asked of the participant each time, so rights are as everywhere.
"""

from django.db import models
from django.db.models import QuerySet

from participants.people.models import Participant
from studies.access.models import User, scope
from studies.access.permissions import Permission


class TallyQuerySet(QuerySet["Tally"]):
    """Tallies, as seen by a person."""

    def visible_to(self, user: User, permission: Permission) -> "TallyQuerySet":
        """Those of the participants at the sites where ``user`` holds ``permission``.

        None of a participant whose data are locked, as with photos, runs and scores.
        """
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site"),
            participant__data_use=Participant.DataUse.FULL,
        )


class Tally(models.Model):
    """The numbers of one participant; who has nothing to count has no row."""

    participant = models.OneToOneField(
        "participants.Participant",
        on_delete=models.CASCADE,
        related_name="tally",
        primary_key=True,
    )
    version = models.BigIntegerField(help_text="Grows with every counting, of whomsoever.")
    checks_done = models.PositiveIntegerField(default=0)
    runs_done = models.PositiveIntegerField(default=0)
    accepted = models.PositiveIntegerField(default=0, help_text="Accepted photos.")
    scored_photos = models.PositiveIntegerField(default=0, help_text="Accepted ones with a score.")
    scores = models.PositiveIntegerField(default=0, help_text="Of accepted photos.")
    by_package = models.JSONField(
        default=dict, help_text="Package → accepted photos it has a run over, done or not."
    )
    severities = models.JSONField(
        default=dict,
        help_text="Condition → current severity, whole face from the front, latest scored visit.",
    )

    objects = TallyQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "tallies"

    def __str__(self) -> str:
        return f"tally of participant {self.participant_id}"


class TallyMark(models.Model):
    """Somebody's rows changed since they were counted. Only triggers write it.

    Without a foreign key, and one after the other: no writer ever waits for another because of it.
    """

    participant_id = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"participant {self.participant_id} is to be counted"
