"""Which workers are alive, and whether this database is the one that is in use."""

from datetime import timedelta

from django.db import models
from django.utils import timezone


class WorkerHeartbeatQuerySet(models.QuerySet["WorkerHeartbeat"]):
    """Workers by when they were last seen."""

    def alive(self, *, within: timedelta = timedelta(seconds=30)) -> "WorkerHeartbeatQuerySet":
        """Those whose sweep wrote a sign of life lately."""
        return self.filter(seen_at__gte=timezone.now() - within)


class WorkerHeartbeat(models.Model):
    """One worker's last sign of life, written by its sweep."""

    name = models.CharField(max_length=120, primary_key=True)
    seen_at = models.DateTimeField()

    objects = WorkerHeartbeatQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.name} at {self.seen_at:%H:%M:%S}"


class DatabaseMove(models.Model):
    """This database was moved elsewhere, or is being filled from elsewhere: nobody may use it.

    ``other`` is the address of the other database, without its password. There is one row at most;
    it is never copied. ``studies.backup.services.moving`` writes it, and a process that is about to
    use the database reads it (``studies.platform.versions``).
    """

    class Kind(models.TextChoices):
        LEFT = "left", "moved elsewhere"
        ARRIVING = "arriving", "being filled"

    kind = models.CharField(max_length=8, choices=Kind)
    other = models.CharField(max_length=400)
    files = models.CharField(max_length=400, help_text="Where private files are moved to.")
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.other}"
