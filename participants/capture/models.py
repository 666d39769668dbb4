"""Photos: the upload in progress, the photo itself, and its check."""

import uuid
from datetime import datetime
from typing import ClassVar

from django.db import models
from django.db.models import Q, QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from participants.capture.metadata import describe
from studies.access.models import User, scope
from studies.access.permissions import Permission
from studies.platform.states import Stateful
from studies.platform.work import DurableWork, WorkState
from studies.protocol.models import View


class PhotoQuerySet(QuerySet["Photo"]):
    """Photos, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PHOTO_VIEW
    ) -> "PhotoQuerySet":
        """Photos of the participants at the sites where ``user`` may see photos.

        Those of participants whose data are locked are visible to nobody.
        """
        return self.in_use().filter(
            scope(
                user,
                permission,
                study="visit__participant__study",
                site="visit__participant__site",
            )
        )

    def in_use(self) -> "PhotoQuerySet":
        """Photos that may be shown, scored and exported: their participant's are not locked."""
        return self.filter(visit__participant__data_use="full")


class Photo(Stateful):
    """A photo of one view at one visit; its id is made on the phone, its bytes never change.

    ``original_file`` is what arrived. ``upright_file`` is rebuilt from its pixels: orientation
    applied, colours in sRGB, no tags; it is what pages show and networks read.
    """

    class State(models.TextChoices):
        RECEIVED = "received", "received"
        ACCEPTED = "accepted", "accepted"
        HELD = "held", "held for review"
        RETAKE_WANTED = "retake_wanted", "retake wanted"
        EXCLUDED = "excluded", "excluded"
        REPLACED = "replaced", "replaced"

    TRANSITIONS = {
        State.RECEIVED: frozenset(
            {State.ACCEPTED, State.HELD, State.RETAKE_WANTED, State.REPLACED}
        ),
        # Flagged by the check: a person accepts it, or turns it down.
        State.HELD: frozenset(
            {State.ACCEPTED, State.RETAKE_WANTED, State.EXCLUDED, State.REPLACED}
        ),
        State.ACCEPTED: frozenset({State.RETAKE_WANTED, State.EXCLUDED, State.REPLACED}),
        # What a person turned down, a person can take back.
        State.RETAKE_WANTED: frozenset({State.REPLACED, State.ACCEPTED}),
        State.EXCLUDED: frozenset({State.ACCEPTED}),
        State.REPLACED: frozenset(),
    }

    class TimeSource(models.TextChoices):
        PHONE = "phone", "the phone's clock, put right"
        EXIF = "exif", "the picture's own record (EXIF)"

    class ExifZone(models.TextChoices):
        FILE = "file", "the picture's own"
        PARTICIPANT = "participant", "the participant's time zone"
        STUDY = "study", "the study's time zone"

    class Review(models.TextChoices):
        WAITING = "waiting", "waits for a person"
        DONE = "done", "seen by a person"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    visit = models.ForeignKey("participants.Visit", on_delete=models.CASCADE, related_name="photos")
    view = models.CharField(max_length=8, choices=View)
    state = models.CharField(max_length=14, choices=State, default=State.RECEIVED)
    original_file = models.CharField(max_length=200)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField(help_text="Bytes.")
    received_at = models.DateTimeField()
    sent_by = models.CharField(max_length=12, default="participant")
    added_by = models.ForeignKey(
        "studies.User",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        help_text="Who of the staff took it at the clinic; empty: the participant sent it.",
    )
    capture = models.JSONField(
        default=dict, help_text="How the phone took it (participants.captures); {} when unknown."
    )
    late_arrival = models.BooleanField(
        default=False, help_text="Taken within the visit's window, arrived after it."
    )

    kept_out = models.BooleanField(
        default=False,
        help_text="A stored file of it is damaged: not shown, scored or exported until mended.",
    )

    # Filled by the check.
    upright_file = models.CharField(max_length=200, blank=True)
    upright_sha256 = models.CharField(max_length=64, blank=True)
    thumbnail_file = models.CharField(max_length=200, blank=True)
    format = models.CharField(max_length=8, blank=True)
    width = models.PositiveIntegerField(null=True, blank=True, help_text="Upright, pixels.")
    height = models.PositiveIntegerField(null=True, blank=True, help_text="Upright, pixels.")
    taken_at = models.DateTimeField(null=True, blank=True)
    taken_at_source = models.CharField(max_length=5, choices=TimeSource, blank=True)
    exif_taken_at = models.DateTimeField(
        null=True, blank=True, help_text="As the picture's own record says, kept beside taken_at."
    )
    exif_offset = models.CharField(
        max_length=6, blank=True, help_text="From UTC, by which it was read: +08:00."
    )
    exif_zone = models.CharField(
        max_length=11, choices=ExifZone, blank=True, help_text="Whose offset that is."
    )
    flags = models.JSONField(
        default=list, help_text="Codes of what a person has to look at (capture.services.flags)."
    )
    camera_make = models.CharField(max_length=60, blank=True)
    camera_model = models.CharField(max_length=60, blank=True)
    exposure = models.JSONField(null=True, blank=True, help_text="{exposure_s, f_number, iso}")
    quality = models.JSONField(null=True, blank=True, help_text="QualityReport.as_dict()")
    landmarks_file = models.CharField(max_length=200, blank=True, help_text="float32 (468, 3), npy")

    # Filled by a person who accepted it, turned it down or took that back, or by the check.
    retake_reasons = models.JSONField(default=list, help_text="A list of {code, message}.")
    review = models.CharField(
        max_length=7, choices=Review, blank=True, help_text="Empty: no person is asked."
    )
    reviewed_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)

    objects = PhotoQuerySet.as_manager()

    class Meta:
        ordering = ["received_at"]
        indexes = [
            models.Index(fields=["-received_at"], name="photo_latest"),
            # The few that a person has to see to, found without a look at the others.
            models.Index(
                fields=["visit"], condition=Q(state="retake_wanted"), name="photo_to_retake"
            ),
            models.Index(fields=["sha256"], name="photo_by_sha256"),
            models.Index(fields=["upright_sha256"], name="photo_by_upright_sha256"),
            models.Index(
                fields=["review"], condition=Q(review="waiting"), name="photo_to_be_reviewed"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["visit", "view"],
                condition=Q(state="accepted"),
                name="photo_one_accepted_per_view",
            ),
            models.CheckConstraint(condition=Exact(Length("sha256"), 64), name="photo_hashed"),
        ]

    def __str__(self) -> str:
        return f"{self.get_view_display()} of {self.visit}"

    @property
    def check_stopped(self) -> bool:
        """Whether no worker will decide on it any more, for whatever cause: a person has to."""
        if self.state != Photo.State.RECEIVED:
            return False
        check: PhotoCheck | None = getattr(self, "check_work", None)
        return check is not None and check.state == WorkState.QUARANTINED

    @property
    def recorded_at(self) -> datetime | None:
        """When its own record says it was taken, with the offset by which that was read."""
        return recorded_at(self.exif_taken_at, self.exif_offset)

    @property
    def turned_down_by_a_person(self) -> bool:
        """Whether a person turned it down, who may have been mistaken: it can be taken back."""
        turned_down = (Photo.State.RETAKE_WANTED, Photo.State.EXCLUDED)
        return self.state in turned_down and self.reviewed_by_id is not None

    @property
    def how_taken(self) -> list[str]:
        """How the phone took it, and whether it arrived late, in a few words each."""
        late = ["arrived late: taken in time, sent after the visit closed"]
        return [*describe(self.capture), *(late if self.late_arrival else [])]


def recorded_at(moment: datetime | None, offset: str) -> datetime | None:
    """``moment`` as the clock of the camera showed it: at ``offset`` from UTC (+08:00)."""
    if moment is None:
        return None
    return moment.astimezone(datetime.strptime(offset, "%z").tzinfo)


class PhotoCheck(DurableWork):
    """The work of decoding and judging one photo."""

    task_name: ClassVar[str] = "participants.tasks.check_photo"

    photo = models.OneToOneField(Photo, on_delete=models.CASCADE, related_name="check_work")

    class Meta(DurableWork.Meta):
        verbose_name = "photo check"

    def __str__(self) -> str:
        return f"check of {self.photo_id}"


class Upload(models.Model):
    """A resumable upload (tus 1.0) of a photo not yet whole; ``id`` becomes the photo's.

    The bytes so far lie in ``UPLOAD_ROOT/<id>``; ``offset`` is what has been fsynced.
    """

    id = models.UUIDField(primary_key=True)
    visit = models.ForeignKey(
        "participants.Visit", on_delete=models.CASCADE, related_name="uploads"
    )
    view = models.CharField(max_length=8, choices=View)
    length = models.PositiveBigIntegerField()
    offset = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64)
    capture = models.JSONField(default=dict, help_text="As Photo.capture.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()

    class Meta:
        ordering = ["created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(offset__lte=models.F("length")), name="upload_not_beyond_length"
            )
        ]

    def __str__(self) -> str:
        return f"upload {self.id} at {self.offset} of {self.length}"
