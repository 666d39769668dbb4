"""Who grades what, in which order."""

import uuid

from django.db import models
from django.db.models import Q, QuerySet

from inference.reading.models.study import ReadingStudy


class SeatQuerySet(QuerySet["Seat"]):
    """Readers' seats."""

    def standing(self) -> "SeatQuerySet":
        return self.filter(removed_at=None)


class Seat(models.Model):
    """A person who reads, or who decides where readers differ, in one reading study.

    Whoever leaves keeps the seat with what they graded; their cases end with it.
    """

    class Role(models.TextChoices):
        READER = "reader", "reader"
        ADJUDICATOR = "adjudicator", "adjudicator"

    reading_study = models.ForeignKey(ReadingStudy, on_delete=models.CASCADE, related_name="seats")
    user = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")
    role = models.CharField(max_length=11, choices=Role, default=Role.READER)
    number = models.PositiveSmallIntegerField(help_text="By which files and figures name it.")
    added_at = models.DateTimeField()
    calibrated_at = models.DateTimeField(null=True, blank=True)
    removed_at = models.DateTimeField(null=True, blank=True)
    removed_because = models.CharField(max_length=300, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["reading_study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["reading_study", "number"], name="seat_number_once"),
            models.UniqueConstraint(
                fields=["reading_study", "user"],
                condition=Q(removed_at=None),
                name="seat_once_a_person",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.number}"

    @property
    def name(self) -> str:
        """As figures and files name it: no person's name."""
        return f"{self.get_role_display()} {self.number}".capitalize()


class Case(models.Model):
    """What is graded once by each reader: a photo, or two of one person.

    An erasure takes ``photo`` and ``second``; what was said of them stays, coded. ``expected`` is
    ``{scale code: value}`` of training and calibration cases.
    """

    class Use(models.TextChoices):
        MAIN = "main", "case"
        TRAINING = "training", "training case"
        CALIBRATION = "calibration", "calibration case"

    reading_study = models.ForeignKey(ReadingStudy, on_delete=models.CASCADE, related_name="cases")
    number = models.PositiveIntegerField()
    use = models.CharField(max_length=11, choices=Use, default=Use.MAIN)
    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.PROTECT, related_name="+"
    )
    photo = models.ForeignKey(
        "participants.Photo", on_delete=models.SET_NULL, null=True, related_name="+"
    )
    second = models.ForeignKey(
        "participants.Photo", on_delete=models.SET_NULL, null=True, blank=True, related_name="+"
    )
    visit = models.CharField(max_length=40, help_text="Its code, when the case was drawn.")
    view = models.CharField(max_length=8)
    photo_sha256 = models.CharField(max_length=64, help_text="Of what readers saw.")
    stratum = models.CharField(max_length=40, blank=True)
    expected = models.JSONField(null=True, blank=True)
    feedback = models.CharField(max_length=500, blank=True)
    gone_at = models.DateTimeField(null=True, blank=True, help_text="Its photo was erased.")

    class Meta:
        ordering = ["reading_study", "number"]
        constraints = [
            models.UniqueConstraint(fields=["reading_study", "number"], name="case_number_once")
        ]

    def __str__(self) -> str:
        return f"case {self.number} of {self.reading_study}"


class Turn(models.Model):
    """A case in a reader's order, fixed when the study opens. Its ``key`` is all the page tells."""

    class State(models.TextChoices):
        WAITING = "waiting", "waiting"
        READ = "read", "read"
        DROPPED = "dropped", "dropped"

    seat = models.ForeignKey(Seat, on_delete=models.CASCADE, related_name="turns")
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="turns")
    position = models.PositiveIntegerField()
    is_repeat = models.BooleanField(default=False)
    swapped = models.BooleanField(default=False, help_text="Of a pair: the second photo is left.")
    key = models.UUIDField(unique=True, default=uuid.uuid4)
    state = models.CharField(max_length=7, choices=State, default=State.WAITING)
    shown_at = models.DateTimeField(null=True, blank=True)
    dropped_because = models.CharField(max_length=120, blank=True)

    class Meta:
        ordering = ["seat", "position"]
        constraints = [
            models.UniqueConstraint(fields=["seat", "position"], name="turn_position_once"),
            models.UniqueConstraint(fields=["seat", "case", "is_repeat"], name="turn_case_once"),
        ]

    def __str__(self) -> str:
        return f"{self.seat}, place {self.position}"
