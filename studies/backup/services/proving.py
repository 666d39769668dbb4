"""Proving a snapshot without restoring it."""

import gzip
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from studies.backup import rows, target
from studies.backup.encryption import decrypt, decrypt_bytes
from studies.backup.errors import Unreadable
from studies.backup.target import Snapshot


@dataclass
class Proved:
    """What was looked at, and what is wrong with it."""

    rows: int = 0
    files: int = 0
    problems: list[str] = field(default_factory=list)


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
    proved = Proved(problems=list(_outer_problems(snapshot)))
    if keys and not proved.problems:
        try:
            with opened_database(snapshot, keys, folder) as lines:
                contents = rows.read(lines, lambda *row: None)
            proved.rows = sum(table.rows for table in contents.tables.values())
            proved.problems += _inner_problems(snapshot, keys, proved, seen)
        except Unreadable as error:
            proved.problems.append(str(error))
    return proved


def _outer_problems(snapshot: Snapshot) -> Iterator[str]:
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
        yield from _missing_objects(snapshot)


def _missing_objects(snapshot: Snapshot) -> Iterator[str]:
    lines = target.read(target.part_of(snapshot.name, target.OBJECTS)).decode().splitlines()
    there = target.objects("files")
    for line in lines:
        key, size = line.split()
        if key not in there:
            yield f"{key} is missing."
        elif there[key] != int(size):
            yield f"{key} is {there[key]} bytes long; {size} were written."


def _inner_problems(
    snapshot: Snapshot, keys: list[Any], proved: Proved, seen: Callable[[int, int], None]
) -> Iterator[str]:
    listed = listed_files(snapshot, keys)
    for name, digest in listed.items():
        try:
            read_file(name, digest, keys)
        except (Unreadable, FileNotFoundError) as error:
            yield str(error)
        proved.files += 1
        seen(proved.files, len(listed))


# --- Reading a snapshot ------------------------------------------------------------------------


class opened_database:  # noqa: N801 - used as a context, as `open` is
    """The lines of a snapshot's database, from a decrypted copy in ``folder`` that goes at the end.

    Raises:
        Unreadable: on entering, or at a line: it was cut off or changed, or is for other keys.
    """

    def __init__(self, snapshot: Snapshot, keys: list[Any], folder: Path) -> None:
        self._name = target.part_of(snapshot.name, target.DATABASE)
        self._keys, self._folder = keys, folder

    def __enter__(self) -> Iterator[bytes]:
        self._file = tempfile.TemporaryFile(dir=self._folder)
        try:
            with target.target().open(self._name, "rb") as source:
                decrypt(source, self._file, self._keys, what="The copy of the database")
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
            raise Unreadable("The copy of the database is cut off or damaged.") from error

    def __exit__(self, *exception: object) -> None:
        self._file.close()


def listed_files(snapshot: Snapshot, keys: list[Any]) -> dict[str, str]:
    """Name and SHA-256 of every private file of ``snapshot``.

    Raises:
        Unreadable: as ``opened_database``.
    """
    packed = target.read(target.part_of(snapshot.name, target.FILES))
    listing = gzip.decompress(decrypt_bytes(packed, keys, what="The list of files")).decode()
    pairs = (line.partition(" ") for line in listing.splitlines())
    return {name: digest for digest, _space, name in pairs}


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


def listed(problems: list[str], *, most: int = 20) -> str:
    """Problems as text, a line each, the first ``most`` of them."""
    more = [f"and {len(problems) - most} more"] if len(problems) > most else []
    return "\n".join([*problems[:most], *more])
