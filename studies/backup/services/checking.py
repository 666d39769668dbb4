"""Comparing stored files with their hashes, so many a night, on and on."""

import time
from datetime import UTC, datetime, timedelta
from datetime import time as clock
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from studies.backup.errors import AlreadyRunning
from studies.backup.models import FileCheck
from studies.backup.services import damage
from studies.backup.services.one_file import file_columns, is_named
from studies.backup.services.stored_files import Seen, rows_after
from studies.platform.work import Claim, WorkState

PART_SECONDS = 100.0  # of reading, then the row is given back: well under a task's limit
RENEW_SECONDS = 20.0
_LOW = (1 << 64) - 1


def plan_check() -> FileCheck | None:
    """Make sure that files are looked at by the next ``VERIFY_HOUR`` (UTC), if any are to be."""
    if settings.VERIFY_FILES_A_NIGHT < 1:
        return None
    now = timezone.now().astimezone(UTC)
    due = datetime.combine(now.date(), clock(settings.VERIFY_HOUR), tzinfo=UTC)
    due = due if due > now else due + timedelta(days=1)
    return FileCheck.objects.get_or_create(day=due.date(), defaults={"due_at": due})[0]


def check(claim: Claim[FileCheck]) -> None:
    """Look at a night's files, or at the next part of them; for ``studies.platform.work.perform``.

    What was found damaged before is looked at first: whatever was brought back is let in.

    Raises:
        AlreadyRunning: an earlier check is under way; this one is tried again.
        StoreAway, StoreEmpty: no file can be read; none is marked as damaged, it is tried again.
    """
    row = claim.row
    if row.day is not None:
        plan_check()
    _let_the_first_go_on(row)
    if not row.files and not row.at_column:
        look_again()
        _go_on_from_the_last(row)
    limit = max(1, settings.VERIFY_FILES_A_NIGHT)
    began = renewed = time.monotonic()
    seen = Seen()
    while row.files < limit and not row.round_done:
        _look_at_some(row, seen)
        row.damaged += seen.settle()
        now = time.monotonic()
        if now - renewed > RENEW_SECONDS:
            claim.renew()
            renewed = now
        if now - began > PART_SECONDS:
            with claim.pausing(until=timezone.now()):
                _keep(row)
            return
    with claim.completing():
        _keep(row)


def look_again() -> None:
    """Look once more at every file known to be damaged."""
    seen = Seen()
    for name in damage.damaged_names():
        if is_named(name):
            seen.look(name)
        else:
            damage.forget([name])
    seen.settle()


def _let_the_first_go_on(row: FileCheck) -> None:
    now = timezone.now()
    earlier = Q(started_at__lt=row.started_at) | Q(started_at=row.started_at, pk__lt=row.pk)
    under_way = Q(state=WorkState.RUNNING, lease_until__gt=now)
    between_parts = Q(state=WorkState.QUEUED, due_at__lte=now) & ~Q(at_column="")
    others = FileCheck.objects.exclude(pk=row.pk).filter(earlier)
    if others.filter(under_way | between_parts).exists():
        raise AlreadyRunning("Another check of the files is under way; this one goes on after it.")


def _go_on_from_the_last(row: FileCheck) -> None:
    done = FileCheck.objects.filter(state=WorkState.DONE).order_by("-finished_at").first()
    if done is not None and not done.round_done:
        row.at_column, row.at_key = done.at_column, done.at_key


def _look_at_some(row: FileCheck, seen: Seen) -> None:
    """The next files of the column the check is at, else it moves on to the next column."""
    columns = {f"{model._meta.label_lower}.{column}": (model, column) for model, column in _all()}
    names = list(columns)
    if row.at_column not in columns:  # not begun, or a column of an earlier version
        row.at_column, row.at_key = names[0], ""
    rows = rows_after(*columns[row.at_column], row.at_key)
    for each in rows:
        seen.look(each.name, each.kept)
    row.files += len(rows)
    row.bytes += seen.take_bytes()
    if rows:
        row.at_key = str(rows[-1].key)
        return
    place = names.index(row.at_column) + 1
    row.round_done = place == len(names)
    row.at_column, row.at_key = ("" if row.round_done else names[place]), ""


def _all() -> list[tuple[Any, str]]:
    return sorted(file_columns(), key=lambda column: (column[0]._meta.label_lower, column[1]))


def _about(key: str) -> str:
    """A place just before ``key``: of a photo's number half is kept, since erasures look for it."""
    try:
        return str(UUID(int=UUID(key).int & ~_LOW))
    except ValueError:
        return key


def _keep(row: FileCheck) -> None:
    FileCheck.objects.filter(pk=row.pk).update(
        at_column=row.at_column,
        at_key=_about(row.at_key),
        files=row.files,
        bytes=row.bytes,
        damaged=row.damaged,
        round_done=row.round_done,
    )
