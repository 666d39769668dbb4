"""Notes on photos: a point or a rectangle, and words."""

import uuid

from django.db import models
from django.db.models import Q, QuerySet

from participants.queries.models import LONGEST
from studies.access.models import User, scope
from studies.access.permissions import Permission


class PhotoNoteQuerySet(QuerySet["PhotoNote"]):
    """Notes on photos, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.PHOTO_VIEW
    ) -> "PhotoNoteQuerySet":
        """Those on the photos that ``user`` may see; on a locked participant's nobody's.

        Who reads an open reading study has no right to photos by their codes, and so none here.
        """
        where = "photo__visit__participant__"
        return self.filter(
            scope(user, permission, study=f"{where}study", site=f"{where}site"),
            photo__visit__participant__data_use="full",
        )


class PhotoNote(models.Model):
    """What somebody marked on a photo, signed and dated. Never edited: only struck through.

    It names neither the participant nor an arm (``queries.services.asking.tidy_words``), and goes
    with the photo. Numbers count by photo.
    """

    photo = models.ForeignKey("participants.Photo", on_delete=models.CASCADE, related_name="notes")
    number = models.PositiveIntegerField()
    region = models.JSONField(
        help_text="{x, y, width, height}, shares of the upright picture; a point reaches nowhere."
    )
    text = models.CharField(max_length=LONGEST)
    at = models.DateTimeField()
    by = models.ForeignKey("studies.User", on_delete=models.PROTECT, related_name="+")
    request_id = models.UUIDField(
        unique=True, default=uuid.uuid4, help_text="The form's own: sent twice, it counts once."
    )
    struck_at = models.DateTimeField(null=True, blank=True)
    struck_by = models.ForeignKey(
        "studies.User", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    struck_reason = models.CharField(max_length=LONGEST, blank=True)

    objects = PhotoNoteQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        verbose_name = "note on a photo"
        verbose_name_plural = "notes on photos"
        constraints = [
            models.UniqueConstraint(fields=["photo", "number"], name="photo_note_number_once"),
            models.CheckConstraint(
                condition=Q(struck_at=None, struck_by=None, struck_reason="")
                | (Q(struck_at__isnull=False, struck_by__isnull=False) & ~Q(struck_reason="")),
                name="photo_note_struck_with_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"note {self.number} on {self.photo}"
