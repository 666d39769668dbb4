"""Every private file that a row names against its SHA-256, and the files that no row names."""

import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from errno import EIO
from hashlib import sha256
from typing import Any, NamedTuple

from django.db import models
from django.utils import timezone

from studies.backup.errors import StoreAway, StoreEmpty
from studies.backup.models import DamagedFile
from studies.backup.services import damage
from studies.backup.services.backing_up import digest_in
from studies.backup.services.one_file import file_columns, is_named
from studies.platform import storage

Problem = DamagedFile.Problem
CHUNK = 1 << 20
BATCH = 200
# Where none of so many files is there, the store is away, not each of them lost.
TOO_MANY_MISSING = 20
# Kept for themselves: a probe, and who was erased, for a restore.
ROWLESS = ("probe/", "erasures/")
YOUNGEST = timedelta(days=1)  # a file is written before the row that names it
# Where a row keeps the hash of its file's bytes beside the name.
DIGESTS = {
    "participants.photo": {"original_file": "sha256", "upright_file": "upright_sha256"},
    "inference.anchor": {"file": "sha256"},
    "inference.modelpackage": {"file": "sha256"},
}


@dataclass
class Verified:
    """What was looked at, and what is wrong: a sentence each, and names of files."""

    files: int = 0
    bytes: int = 0
    missing: list[str] = field(default_factory=list)
    altered: list[str] = field(default_factory=list)
    orphans: list[str] = field(default_factory=list)
    removed: int = 0

    @property
    def damaged(self) -> int:
        return len(self.missing) + len(self.altered)


def verify_files(
    *,
    part: int = 1,
    parts: int = 1,
    remove_orphans: bool = False,
    seen: Callable[[int], None] = lambda files: None,
) -> Verified:
    """Read every file that a row names; then look for files that none names.

    Of ``parts`` machines that share the work this one does ``part``, from 1. What is damaged is
    kept out from now on, what is whole again is let in. Orphans younger than a day are not told:
    their row may be about to be written. Memory stays constant but for what is wrong.

    Raises:
        StoreEmpty: not one of many files is there; nothing more was looked at.
        StoreAway: the store does not answer.
    """
    done, looked = Verified(), Seen()
    for model, column in file_columns():
        for each in _named(model, column):
            if _mine(each.name, part, parts):
                done.files += 1
                problem = looked.look(each.name, each.kept)
                if problem == Problem.MISSING:
                    done.missing.append(each.name)
                elif problem:
                    done.altered.append(each.name)
                if len(looked.problems) >= BATCH:
                    looked.settle()
                seen(done.files)
    looked.settle()
    done.bytes = looked.take_bytes()
    with reaching_files():
        done.orphans += _orphans(part, parts)
    if remove_orphans:
        for name in done.orphans:
            if not is_named(name):  # asked again, just before
                storage.private_storage().delete(name)
                done.removed += 1
    return done


# --- Files that rows name ----------------------------------------------------------------------


class Named(NamedTuple):
    """A file that the row ``key`` names, and the hash that it keeps beside, or an empty text."""

    key: Any
    name: str
    kept: str


def rows_after(model: type[models.Model], column: str, key: Any) -> list[Named]:
    """The files that the next rows of a column name, after the row ``key`` (empty: the first)."""
    beside = DIGESTS.get(model._meta.label_lower, {}).get(column, "")
    columns = ["pk", column, *([beside] if beside else [])]
    rows = model._base_manager.exclude(**{column: ""}).order_by("pk").values_list(*columns)
    batch = (rows.filter(pk__gt=key) if key else rows)[:BATCH]
    return [Named(row[0], row[1], row[2] if beside else "") for row in batch]


def _named(model: type[models.Model], column: str) -> Iterator[Named]:
    last: Any = ""
    while batch := rows_after(model, column, last):
        yield from batch
        last = batch[-1].key


def _mine(name: str, part: int, parts: int) -> bool:
    return zlib.crc32(name.encode()) % parts == part - 1


class Seen:
    """What a check saw; ``settle`` notes it, once it is known that the store is there."""

    def __init__(self) -> None:
        self.problems: dict[str, str] = {}  # name → problem, empty for a whole one
        self._bytes = self._present = self._missing = 0

    def look(self, name: str, kept: str = "") -> str:
        """Read a file and compare it; ``kept`` is a hash that a row keeps of it. What is wrong.

        Raises:
            StoreEmpty: not one of many files is there.
            StoreAway: the store does not answer.
        """
        problem = self._problem(name, {digest_in(name), kept} - {""})
        # The worst that any row that names it has to say.
        self.problems[name] = self.problems.get(name) or problem
        if problem == Problem.MISSING:
            self._missing += 1
            if not self._present and self._missing >= TOO_MANY_MISSING:
                raise StoreEmpty
        else:
            self._present += 1
        return problem

    def settle(self) -> int:
        """Note what was seen since; returns how many are newly damaged."""
        new = damage.settle(self.problems)
        self.problems = {}
        return new

    def take_bytes(self) -> int:
        """How much was read since this was last asked."""
        read, self._bytes = self._bytes, 0
        return read

    def _problem(self, name: str, promised: set[str]) -> str:
        digest = sha256()
        try:
            with reaching_files(), storage.private_storage().open(name, "rb") as file:
                while chunk := file.read(CHUNK):
                    digest.update(chunk)
                    self._bytes += len(chunk)
        except FileNotFoundError:
            return Problem.MISSING
        except OSError:  # the disk cannot read this one
            return Problem.ALTERED
        return Problem.ALTERED if promised - {digest.hexdigest()} else ""


@contextmanager
def reaching_files() -> Iterator[None]:
    """Private storage, whose faults become one kind; what is wrong with one file stays ``OSError``.

    Raises:
        StoreAway: the store does not answer.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, FileNotFoundError) or error.errno == EIO:
            raise
        raise StoreAway(error) from error
    except Exception as error:
        if type(error).__module__.startswith(("botocore", "boto3", "urllib3")):
            raise StoreAway(error) from error
        raise


# --- Files that no row names -------------------------------------------------------------------


def _orphans(part: int, parts: int) -> Iterator[str]:
    kept = storage.private_storage()
    batch: list[str] = []
    for name, _size in storage.listing(kept):
        if _mine(name, part, parts) and not name.startswith(ROWLESS):
            batch.append(name)
        if len(batch) == BATCH:
            yield from _unnamed(batch)
            batch = []
    yield from _unnamed(batch)


def _unnamed(names: list[str]) -> Iterator[str]:
    """Those that no row names and that are older than a day."""
    left = set(names)
    for model, column in file_columns():
        rows = model._base_manager.filter(**{f"{column}__in": list(left)})
        left -= set(rows.values_list(column, flat=True))
    for name in sorted(left):
        try:
            written = storage.private_storage().get_modified_time(name)
        except FileNotFoundError:
            continue
        if written < timezone.now() - YOUNGEST:
            yield name
