"""Rows that are not what the record told: found, kept out, lifted once they are, or released."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from studies.platform.actors import SYSTEM
from studies.record.errors import RecordAway
from studies.record.models import EditedRow, RowCheck
from studies.record.services.rows import Compared, compare_rows
from studies.record.services.writing import record
from studies.record.signals import edited_changed

AT_ONCE = 200
# Where none of so many rows is as told, the record is another one's, not each row edited.
TOO_MANY_EDITED = 20
MOST_WAITING = 10_000


def check_rows(tell: Callable[[str], None]) -> RowCheck:
    """Compare every row with the record; what differs is kept out from now on, what agrees let in.

    ``tell`` hears a sentence for each thing that is wrong. Of what cannot be read with today's
    keys nothing is said but that. Done twice it does nothing more.

    Raises:
        RecordAway: not one of many rows is what was told; all were told, none was kept out.
    """
    began, done, whole = timezone.now(), RowCheck(), False
    waiting: list[Compared] = []
    rows = compare_rows()
    while some := list(islice(rows, AT_ONCE)):
        for row in some:
            for sentence in row.sentences():
                tell(sentence)
            whole = whole or not row.problems
        done.rows += len(some)
        waiting += some
        if whole:
            done.found += settle(waiting)
            waiting = []
        elif len(waiting) > MOST_WAITING:
            raise RecordAway
    if sum(not row.locked for row in waiting) > TOO_MANY_EDITED:
        raise RecordAway
    done.found += settle(waiting)
    _lift(_open().filter(seen_at__lt=began))
    done.finished_at = timezone.now()
    done.save()
    return done


@transaction.atomic
def settle(compared: Iterable[Compared]) -> int:
    """Note what is wrong with rows, and lift what is as told again; how many are wrong anew."""
    looked = {(row.kind, row.key): row for row in compared}
    now, changed, found = timezone.now(), set[str](), 0
    known = {(row.kind, row.key): row for row in _open().filter(key__in=[k for _, k in looked])}
    for place, row in looked.items():
        before, problem = known.get(place), "; ".join(row.problems)
        if before is None and (row.locked or not problem):
            continue
        if before is None:
            before = EditedRow(kind=row.kind, key=row.key, now="", found_at=now)
        elif not problem:
            before.mended_at = now
            _tell(before, "let_in", changed)
        if problem and not row.locked and before.now != row.now:
            # Also of one that was released: it says something else by now.
            found += 1
            before.released_at, before.now, before.problem = None, row.now, problem
            before.study_code, before.participant_code = row.study, row.participant
            before.photo = row.photo
            _tell(before, "keep_out", changed)
        before.seen_at = now
        before.save()
    _say(changed)
    return found


@transaction.atomic
def release(row: EditedRow) -> None:
    """Take ``row`` as it is now. For services that have checked rights and recorded why."""
    row.released_at = timezone.now()
    row.save(update_fields=["released_at"])
    _say({row.photo} - {""})


def forget(**whose: str) -> None:
    """Know nothing more of rows of an erased person or photo."""
    EditedRow.objects.filter(**whose).delete()


def in_effect() -> QuerySet[EditedRow]:
    """What is kept out now: neither as told again nor released."""
    return _open().filter(released_at=None)


def is_edited(kind: str, key: object) -> bool:
    """Whether a row is kept out."""
    return in_effect().filter(kind=kind, key=str(key)).exists()


def _open() -> QuerySet[EditedRow]:
    return EditedRow.objects.filter(mended_at=None)


@transaction.atomic
def _lift(rows: QuerySet[EditedRow]) -> None:
    """Rows that the check met no more, as of a photo that was erased."""
    changed = set[str]()
    for row in rows:
        row.mended_at = timezone.now()
        row.save(update_fields=["mended_at"])
        _tell(row, "let_in", changed)
    _say(changed)


def _tell(row: EditedRow, verb: str, changed: set[str]) -> None:
    record(
        by=SYSTEM,
        action=f"row.{verb}",
        study=row.study_code,
        participant=row.participant_code,
        new={"row": str(row), **({"problem": row.problem} if verb == "keep_out" else {})},
    )
    if row.photo:
        changed.add(row.photo)


def _say(photos: set[str]) -> None:
    if photos:
        edited_changed.send(sender=EditedRow, photos=photos)


# --- How it stands -----------------------------------------------------------------------------


@dataclass(frozen=True)
class RowsStanding:
    """When rows were last compared, over how many, and how many are kept out now."""

    last: datetime | None
    rows: int
    edited: int


def rows_standing() -> RowsStanding:
    """How the rows stand."""
    newest = RowCheck.objects.first()
    edited = in_effect().count()
    if newest is None:
        return RowsStanding(None, 0, edited)
    return RowsStanding(newest.finished_at, newest.rows, edited)
