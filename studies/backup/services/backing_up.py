"""Making a backup: the database first, then the files, which never change once they are written."""

import logging
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.apps import apps as todays_apps
from django.apps.registry import Apps
from django.conf import settings
from django.db.models import Q
from django.dispatch import Signal
from django.utils import timezone

from studies.backup import ledger, rows, target
from studies.backup.encryption import Stream, encrypt, encrypt_bytes
from studies.backup.errors import AlreadyRunning, ClockBehind
from studies.backup.frozen import frozen_database
from studies.backup.kept_objects import KeptObjects
from studies.backup.models import BackupRun
from studies.backup.services.retention import remove_outdated
from studies.backup.signals import erased_people, erased_photos
from studies.platform import storage
from studies.platform.work import Claim, WorkState

logger = logging.getLogger(__name__)

PART_SECONDS = 100.0  # of copying files, then the row is given back: well under a task's limit
RENEW_SECONDS = 20.0
CLOCK_BEHIND = timedelta(minutes=5)


@dataclass
class Copied:
    """What one part of the copying did."""

    files: int = 0
    bytes: int = 0
    damaged: list[str] = field(default_factory=list)
    whole: bool = False


def plan_backup() -> BackupRun | None:
    """Make sure that there is a backup by the next ``BACKUP_HOUR`` (UTC), where a target is set."""
    if not target.is_set():
        return None
    now = timezone.now().astimezone(UTC)
    due = datetime.combine(now.date(), clock(settings.BACKUP_HOUR), tzinfo=UTC)
    due = due if due > now else due + timedelta(days=1)
    return BackupRun.objects.get_or_create(day=due.date(), defaults={"due_at": due})[0]


def back_up(claim: Claim[BackupRun]) -> None:
    """Make one backup, or the next part of it; the work of ``studies.platform.work.perform``.

    Raises:
        AlreadyRunning: an earlier one is under way; this one is tried again.
        TargetAway, AnotherInstallation, ClockBehind: nothing was kept; it is tried again.
    """
    row = claim.row
    if row.day is not None:
        plan_backup()
    _let_the_first_go_on(row)
    with target.reaching():
        target.claim_ownership(settings.SITE_URL)
        require_clock()
        ledger.note(_erased(erased_people))
        ledger.note_photos(_erased(erased_photos))
        if not row.snapshot:
            now = timezone.now().astimezone(UTC)
            row.snapshot = f"{now:%Y-%m-%dT%H%M%SZ}-{row.pk:06d}"
            _note(row, snapshot=row.snapshot)
        if not target.objects(f"snapshots/{row.snapshot}"):
            row.rows = copy_database(claim)
            _note(row, rows=row.rows)
        done = copy_files(claim)
        _account(row, done)
        if not done.whole:
            with claim.pausing(until=timezone.now()):
                pass
            return
        finish(row)
        with working_folder() as folder:
            remove_outdated(folder)
    with claim.completing():
        pass


def _let_the_first_go_on(row: BackupRun) -> None:
    now = timezone.now()
    earlier = Q(started_at__lt=row.started_at) | Q(started_at=row.started_at, pk__lt=row.pk)
    under_way = Q(state=WorkState.RUNNING, lease_until__gt=now)
    between_parts = Q(state=WorkState.QUEUED, due_at__lte=now) & ~Q(snapshot="")
    others = BackupRun.objects.exclude(pk=row.pk).filter(earlier)
    if others.filter(under_way | between_parts).exists():
        raise AlreadyRunning("Another backup is under way; this one is made after it.")


def _erased(asked: Signal) -> Iterator[Any]:
    """What the rooms above know to be erased."""
    answers: list[tuple[Any, Any]] = asked.send(sender=BackupRun)
    for _receiver, erased in answers:
        yield from erased


def require_clock() -> None:
    """Refuse to make a backup that would count as older than one that is there.

    Raises:
        ClockBehind: this machine's clock is behind that of the newest.
    """
    for newest in target.snapshots()[:1]:
        if datetime.fromisoformat(newest.made_at) > timezone.now() + CLOCK_BEHIND:
            raise ClockBehind(newest.made_at)


def _note(row: BackupRun, **fields: Any) -> None:
    """Write how far it is; what is made before an upgrade has no row."""
    if row.pk is not None:
        BackupRun.objects.filter(pk=row.pk).update(**fields)


def _account(row: BackupRun, done: Copied) -> None:
    row.copied += done.files
    row.copied_bytes += done.bytes
    row.damaged = sorted({*row.damaged, *done.damaged})
    _note(row, copied=row.copied, copied_bytes=row.copied_bytes, damaged=row.damaged)


# --- The database ------------------------------------------------------------------------------


@contextmanager
def working_folder() -> Iterator[Path]:
    """A folder of this user's alone that is removed at the end, beside what the product keeps."""
    settings.VAR_DIR.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="backup-", dir=settings.VAR_DIR) as folder:
        yield Path(folder)


def copy_database(claim: Claim[BackupRun], *, registry: Apps = todays_apps) -> int:
    """Write the database of now to the target, by the models of ``registry``; how many rows."""
    counted = _Counted(claim)
    with working_folder() as folder:
        packed = folder / "database.age"
        with frozen_database(folder) as alias, packed.open("wb") as out:
            lines = counted.lines(rows.dump(alias, seen=counted.renew, registry=registry))
            encrypt(Stream(rows.compressed(lines)), out)
        claim.renew()
        with packed.open("rb") as file:
            target.write(target.part_of(claim.row.snapshot, target.DATABASE), file)
    return counted.rows


class _Counted:
    """Counts rows as they pass, and keeps the lease."""

    def __init__(self, claim: Claim[BackupRun]) -> None:
        self.rows = 0
        self._claim, self._renewed = claim, time.monotonic()

    def lines(self, lines: Iterator[bytes]) -> Iterator[bytes]:
        for line in lines:
            self.rows += line.startswith(b"[")
            yield line

    def renew(self) -> None:
        if time.monotonic() - self._renewed > RENEW_SECONDS:
            self._claim.renew()
            self._renewed = time.monotonic()


# --- Files -------------------------------------------------------------------------------------


def digest_in(name: str) -> str:
    """The SHA-256 that a stored file's name tells, or an empty text."""
    stem = Path(name).name.partition(".")[0]
    return stem if len(stem) == 64 and set(stem) <= set("0123456789abcdef") else ""


def private_names() -> Iterator[str]:
    """The name of every private file, in any order."""
    kept = storage.listing(storage.private_storage())
    return (name for name, _size in kept if not name.startswith("probe/"))


def copy_files(claim: Claim[BackupRun]) -> Copied:
    """Copy what the target does not have yet, for a while; then the list of all, at the end."""
    done, counted = Copied(), _Counted(claim)
    began = time.monotonic()
    with working_folder() as folder, KeptObjects(folder) as kept:
        kept.load(target.listed("files"))
        for name in private_names():
            digest = digest_in(name)
            if not digest or target.key_of(name, digest) not in kept:
                digest = _copy(name, kept, done)
            counted.renew()
            if digest:
                kept.enlist(name, digest, target.key_of(name, digest))
            if time.monotonic() - began > PART_SECONDS:
                return done
        _write_lists(claim.row.snapshot, kept, folder)
    done.whole = True
    return done


def _copy(name: str, kept: KeptObjects, done: Copied) -> str:
    """Copy one file, unless the target has it; returns its SHA-256, empty where it is gone."""
    try:
        content = storage.read(name)
    except FileNotFoundError:  # an erasure removed it after it was listed
        return ""
    digest, promised = sha256(content).hexdigest(), digest_in(name)
    if promised and digest != promised:
        # A good copy of before stays what a restore brings back; a bad one never takes its place.
        done.damaged.append(name)
        return promised if target.key_of(name, promised) in kept else ""
    key = target.key_of(name, digest)
    if key not in kept:
        packed = encrypt_bytes(content)
        target.write(key, packed)
        kept[key] = len(packed)
        done.files += 1
        done.bytes += len(packed)
    return digest


def _write_lists(snapshot: str, kept: KeptObjects, folder: Path) -> None:
    with (folder / "files").open("w+b") as file:
        encrypt(Stream(rows.compressed(kept.files())), file)
        file.seek(0)
        target.write(target.part_of(snapshot, target.FILES), file)
    with (folder / "objects").open("w+b") as file:
        file.writelines(kept.objects())
        file.seek(0)
        target.write(target.part_of(snapshot, target.OBJECTS), file)


def finish(row: BackupRun) -> None:
    """Prove that what was written can be read, and say that the snapshot is whole."""
    parts: dict[str, dict[str, Any]] = {}
    for part in (target.DATABASE, target.FILES, target.OBJECTS):
        size, digest = target.measured(target.part_of(row.snapshot, part))
        parts[part] = {"size": size, "sha256": digest}
    row.files = target.lines_in(target.part_of(row.snapshot, target.OBJECTS))
    _note(row, files=row.files)
    target.write_complete(
        target.Snapshot(
            name=row.snapshot,
            made_at=timezone.now().astimezone(UTC).isoformat(timespec="seconds"),
            version=settings.VERSION,
            migrations=rows.applied_migrations(),
            rows=row.rows,
            files=row.files,
            damaged=row.damaged,
            parts=parts,
        )
    )
