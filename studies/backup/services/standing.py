"""Whether there is a backup that would be of use today."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from studies.backup import target
from studies.backup.models import BackupRun
from studies.platform.work import WorkState

# One night's backup may take hours, and be tried again for hours.
LATE = timedelta(hours=36)


@dataclass(frozen=True)
class Standing:
    """``last`` is when the newest backup was finished; ``late`` where that is too long ago."""

    last: datetime | None
    late: bool
    damaged: int = 0


def backup_standing() -> Standing | None:
    """How backups stand; None where nobody asked for any."""
    if not target.is_set():
        return None
    newest = BackupRun.objects.filter(state=WorkState.DONE).order_by("-finished_at").first()
    oldest = timezone.now() - LATE
    if newest is not None and newest.finished_at is not None:
        return Standing(newest.finished_at, newest.finished_at < oldest, len(newest.damaged))
    return Standing(None, BackupRun.objects.filter(created_at__lt=oldest).exists())
