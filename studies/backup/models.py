"""Backups and the checking of stored files as durable work, and what came of them."""

from datetime import timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Q

from studies.platform.work import DurableWork


class BackupRun(DurableWork):
    """One backup: of a day, or of nobody's but whoever asked for it.

    The database is copied first, then files in parts, so that a worker may die at any moment and
    the next one goes on.
    """

    task_name = "studies.tasks.back_up"
    retry_after: ClassVar[tuple[timedelta, ...]] = (
        timedelta(minutes=5),
        timedelta(minutes=30),
        timedelta(hours=2),
        timedelta(hours=6),
    )

    day = models.DateField(null=True, blank=True, unique=True)
    snapshot = models.CharField(max_length=40, blank=True, help_text="Its name where backups are.")
    rows = models.PositiveBigIntegerField(default=0)
    files = models.PositiveIntegerField(default=0, help_text="Private files that it names.")
    copied = models.PositiveIntegerField(default=0, help_text="Of these, copied by this backup.")
    copied_bytes = models.PositiveBigIntegerField(default=0)
    damaged = models.JSONField(default=list, help_text="Files that are not what they were.")

    class Meta(DurableWork.Meta):
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return f"backup {self.snapshot or self.pk}"


class FileCheck(DurableWork):
    """Some of the stored files read and compared with their hashes: those of one night.

    It goes on where the one before stopped, and stops after ``VERIFY_FILES_A_NIGHT`` files or at
    the last file there is. ``at_column`` (``participants.photo.upright_file``) and ``at_key`` say
    how far it is: about the last row looked at, never a photo's own number.
    """

    task_name = "studies.tasks.check_files"
    retry_after = BackupRun.retry_after

    day = models.DateField(null=True, blank=True, unique=True)
    at_column = models.CharField(max_length=80, blank=True)
    at_key = models.CharField(max_length=40, blank=True)
    files = models.PositiveIntegerField(default=0, help_text="Files that it looked at.")
    bytes = models.PositiveBigIntegerField(default=0)
    damaged = models.PositiveIntegerField(default=0, help_text="Found damaged by it, anew.")
    round_done = models.BooleanField(default=False, help_text="It came to the last file there is.")

    class Meta(DurableWork.Meta):
        ordering = ["-created_at"]
        verbose_name = "check of stored files"

    def __str__(self) -> str:
        return f"check of stored files {self.day or self.pk}"


class DamagedFile(models.Model):
    """A stored file that a row names and that is missing, or is not what was stored.

    Until ``mended_at``, which a later check fills when it is whole again, what it belongs to is
    kept out (``studies.backup.signals.damage_changed``).
    """

    class Problem(models.TextChoices):
        MISSING = "missing", "not in storage"
        ALTERED = "altered", "not what was stored"

    name = models.CharField(max_length=200)
    problem = models.CharField(max_length=8, choices=Problem)
    found_at = models.DateTimeField()
    mended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-found_at", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=Q(mended_at=None), name="damaged_file_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_problem_display()}"
