"""Which workers are alive: what pages and the demo need to say that photos wait safely."""

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
