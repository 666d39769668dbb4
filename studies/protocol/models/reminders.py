"""When a study reminds its participants, and through what."""

from datetime import time

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models

KINDS: dict[str, str] = {
    "visit_opens": "A visit opens",
    "visit_due": "A visit is due",
    "visit_closing": "A visit closes soon",
    "visit_missed": "A visit was missed",
    "retake": "A photo is to be taken again",
    "consent_renew": "Consent is to be renewed",
}
CHANNELS: dict[str, str] = {
    "push": "Notification on the phone",
    "email": "E-mail",
    "sms": "Text message (SMS)",
}


def every_kind() -> list[str]:
    """All kinds, the start of a new study."""
    return list(KINDS)


def every_channel() -> list[str]:
    """All channels, in the order they are tried."""
    return list(CHANNELS)


class ReminderSettings(models.Model):
    """A study's settings of reminders; participants may choose other quiet hours for themselves.

    Times are wall-clock times where the participant is. ``channels`` are tried in their order.
    """

    study = models.OneToOneField(
        "studies.Study", on_delete=models.CASCADE, related_name="reminders", primary_key=True
    )
    kinds = models.JSONField(default=every_kind, blank=True)
    channels = models.JSONField(default=every_channel, blank=True)
    send_at = models.TimeField(default=time(9, 0))
    days_before_close = models.PositiveSmallIntegerField(
        default=1, validators=[MaxValueValidator(30)]
    )
    quiet_from = models.TimeField(default=time(21, 0))
    quiet_until = models.TimeField(default=time(8, 0))
    hours_between = models.PositiveSmallIntegerField(default=4, validators=[MaxValueValidator(48)])
    max_per_week = models.PositiveSmallIntegerField(
        default=6, validators=[MinValueValidator(1), MaxValueValidator(50)]
    )
    sender_name = models.CharField(max_length=30, blank=True)

    class Meta:
        verbose_name_plural = "reminder settings"

    def __str__(self) -> str:
        return f"reminders of {self.study}"
