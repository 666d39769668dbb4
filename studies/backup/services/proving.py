"""Proving a snapshot without restoring it."""

import gzip
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

from studies.backup import rows, target
from studies.backup.encryption import decrypt, decrypt_bytes
from studies.backup.errors import Unreadable
from studies.backup.kept_objects import KeptObjects
from studies.backup.target import Snapshot


class Problems:
    """The first of what is wrong, a sentence each, and how many: each of half a million may be."""

    KEPT = 100

    def __init__(self) -> None:
        self._number, self._first = 0, list[str]()

    def append(self, problem: str) -> None:
        """One more."""
        self._number += 1
        if len(self._first) < self.KEPT:
            self._first.append(problem)

    def extend(self, problems: Iterable[str]) -> None:
        """Some more."""
        for problem in problems:
            self.append(problem)

    def __len__(self) -> int:
        return self._number

    def __iter__(self) -> Iterator[str]:
        return iter(self._first)


@dataclass
class Proved:
    """What was looked at, and what is wrong with it."""

    rows: int = 0
    files: int = 0
    problems: Problems = field(default_factory=Problems)


def prove(
    snapshot: Snapshot,
    *,
    keys: list[Any] | None,
    folder: Path,
    seen: Callable[[int, int], None] = lambda done, of: None,
) -> Proved:
    """Look at every object of ``snapshot``; with ``keys`` open each and hash what is in it.

    ``folder`` takes the database for a while; ``seen`` hears how many files are done, of how many.
    """
    proved = Proved()
    proved.problems.extend(_outer_problems(snapshot, folder))
    if keys and not proved.problems:
        try:
            with opened_database(snapshot, keys, folder) as lines:
                contents = rows.read(lines, lambda *row: None)
            proved.rows = sum(table.rows for table in contents.tables.values())
            proved.problems.extend(_inner_problems(snapshot, keys, folder, proved, seen))
        except Unreadable as error:
            proved.problems.append(str(error))
    return proved


def _outer_problems(snapshot: Snapshot, folder: Path) -> Iterator[str]:
    whole = True
    for part, promised in snapshot.parts.items():
        name = target.part_of(snapshot.name, part)
        try:
            size, digest = target.measured(name)
        except FileNotFoundError:
            whole = False
            yield f"{name} is missing."
            continue
        if (size, digest) != (promised["size"], promised["sha256"]):
            whole = False
            yield f"{name} is not what was written."
    if whole:
        yield from _missing_objects(snapshot, folder)


def _missing_objects(snapshot: Snapshot, folder: Path) -> Iterator[str]:
    with KeptObjects(folder) as there:
        there.load(target.listed("files"))
        for line in target.text_lines(target.part_of(snapshot.name, target.OBJECTS)):
            key, size = line.split()
            found = there.size_of(key)
            if found is None:
                yield f"{key} is missing."
            elif found != int(size):
                yield f"{key} is {found} bytes long; {size} were written."


def _inner_problems(
    snapshot: Snapshot,
    keys: list[Any],
    folder: Path,
    proved: Proved,
    seen: Callable[[int, int], None],
) -> Iterator[str]:
    for name, digest in listed_files(snapshot, keys, folder):
        try:
            read_file(name, digest, keys)
        except (Unreadable, FileNotFoundError) as error:
            yield str(error)
        proved.files += 1
        seen(proved.files, snapshot.files)
    if proved.files != snapshot.files:
        yield f"The list of files names {proved.files}; {snapshot.files} were written."


# --- Reading a snapshot ------------------------------------------------------------------------


class opened_part:  # noqa: N801 - used as a context, as `open` is
    """The lines of a part of a snapshot, from a decrypted copy in ``folder`` that goes at the end.

    Raises:
        Unreadable: on entering, or at a line: it was cut off or changed, or is for other keys.
    """

    def __init__(
        self, snapshot: Snapshot, keys: list[Any], folder: Path, *, part: str, what: str
    ) -> None:
        self._name = target.part_of(snapshot.name, part)
        self._keys, self._folder, self._what = keys, folder, what

    def __enter__(self) -> Iterator[bytes]:
        self._file = tempfile.TemporaryFile(dir=self._folder)
        try:
            with target.target().open(self._name, "rb") as source:
                decrypt(source, self._file, self._keys, what=self._what)
        except BaseException:
            self._file.close()
            raise
        return self.lines()

    def lines(self) -> Iterator[bytes]:
        """The lines, from the first; may be asked for again."""
        self._file.seek(0)
        try:
            with gzip.open(self._file) as lines:
                yield from lines
        except (EOFError, gzip.BadGzipFile) as error:
            raise Unreadable(f"{self._what} is cut off or damaged.") from error

    def __exit__(self, *exception: object) -> None:
        self._file.close()


def opened_database(snapshot: Snapshot, keys: list[Any], folder: Path) -> opened_part:
    """The lines of a snapshot's database."""
    what = "The copy of the database"
    return opened_part(snapshot, keys, folder, part=target.DATABASE, what=what)


def listed_files(snapshot: Snapshot, keys: list[Any], folder: Path) -> Iterator[tuple[str, str]]:
    """Name and SHA-256 of every private file of ``snapshot``, one after the other.

    Raises:
        Unreadable: as ``opened_part``.
    """
    what = "The list of files"
    with opened_part(snapshot, keys, folder, part=target.FILES, what=what) as lines:
        for line in lines:
            digest, _space, name = line.decode().rstrip("\n").partition(" ")
            yield name, digest


def read_file(name: str, digest: str, keys: list[Any]) -> bytes:
    """The private file ``name`` as it was backed up.

    Raises:
        FileNotFoundError: the target does not have it.
        Unreadable: it was cut off or changed.
    """
    try:
        packed = target.read(target.key_of(name, digest))
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{name} is missing from the backup.") from error
    content = decrypt_bytes(packed, keys, what=name)
    if sha256(content).hexdigest() != digest:
        raise Unreadable(f"{name} is not what was backed up.")
    return content


def listed(problems: Problems | list[str], *, most: int = 20) -> str:
    """Problems as text, a line each, the first ``most`` of them."""
    more = [f"and {len(problems) - most} more"] if len(problems) > most else []
    return "\n".join([*islice(problems, most), *more])
