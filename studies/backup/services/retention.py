"""Removing what is kept no longer: an erased participant must not live on in backups for ever."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.utils import timezone

from studies.backup import target
from studies.backup.kept_objects import KeptObjects

UNFINISHED_DAYS = 3


def remove_outdated(folder: Path) -> int:
    """Remove snapshots older than ``BACKUP_KEEP_DAYS``, and files that none of the rest needs.

    The newest finished snapshot always stays. ``folder`` takes a list of what is needed for a
    while. Returns how many objects were removed.
    """
    finished = target.snapshots()
    oldest = timezone.now() - timedelta(days=settings.BACKUP_KEEP_DAYS)
    outdated = {old.name for old in finished[1:] if datetime.fromisoformat(old.made_at) < oldest}
    kept = [snapshot.name for snapshot in finished if snapshot.name not in outdated]
    removed = 0
    for name in outdated | _given_up({snapshot.name for snapshot in finished}):
        for part in sorted(target.objects(f"snapshots/{name}")):  # complete.json goes first
            target.remove(part)
            removed += 1
    with KeptObjects(folder) as needed:
        for name in kept:
            needed.load((key, 0) for key in _objects_of(name))
        for key, _size in target.listed("files"):
            if key not in needed:
                target.remove(key)
                removed += 1
    return removed


def _given_up(finished: set[str]) -> set[str]:
    """Snapshots that were begun days ago and never finished."""
    begun = {name.split("/")[1] for name in target.objects("snapshots")} - finished
    oldest = timezone.now().astimezone(UTC) - timedelta(days=UNFINISHED_DAYS)
    return {name for name in begun if name < f"{oldest:%Y-%m-%dT%H%M%SZ}"}


def _objects_of(name: str) -> Iterator[str]:
    lines = target.text_lines(target.part_of(name, target.OBJECTS))
    return (line.split()[0] for line in lines)
