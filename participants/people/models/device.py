"""A phone that may go on sending photos after its session is over."""

from datetime import datetime

from django.db import models
from django.db.models import QuerySet
from django.db.models.functions import Length
from django.db.models.lookups import Exact

from studies.access.models import User, scope
from studies.access.permissions import Permission


class DeviceQuerySet(QuerySet["Device"]):
    """Devices, as seen by a person."""

    def visible_to(
        self, user: User, permission: Permission = Permission.INVITATION_EDIT
    ) -> "DeviceQuerySet":
        """Those of the participants whose links ``user`` may issue."""
        return self.filter(
            scope(user, permission, study="participant__study", site="participant__site")
        )

    def usable(self, now: datetime) -> "DeviceQuerySet":
        """Neither ended nor expired at ``now``, nor opened by a link that was stopped."""
        return self.filter(revoked_at=None, expires_at__gt=now, invitation__revoked_at=None)


class Device(models.Model):
    """The right of one browser to send photos and to see the day's views, and nothing else.

    It is held by a cookie of 256 random bits that no script reads; ``secret_sha256`` finds it.
    It ends with the visit's window, with sign-out, with the link that opened it, or when revoked.
    """

    participant = models.ForeignKey(
        "participants.Participant", on_delete=models.CASCADE, related_name="devices"
    )
    invitation = models.ForeignKey(
        "participants.Invitation", on_delete=models.CASCADE, related_name="devices"
    )
    secret_sha256 = models.CharField(max_length=64, unique=True)
    name = models.CharField(max_length=40, help_text="What kind of phone, as it says itself.")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = DeviceQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Exact(Length("secret_sha256"), 64), name="device_secret_hashed"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.participant}"
