"""Where backups are kept: a folder or a bucket, and what lies where in it.

* ``backup.json``: whose backups these are.
* ``snapshots/NAME/``: ``database.age``; ``files.age``, the list of private files and their SHA-256;
  ``objects.txt``, which objects those are, so that what no snapshot needs can be removed by who
  cannot decrypt; ``complete.json``, written last, with size and SHA-256 of the others.
* ``files/ab/KEY.age``: a private file, once. KEY is the SHA-256 of its name and content.
* ``erased/KEY.age``: who was erased, for a restore that brings them back.
"""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from hashlib import sha256
from typing import IO, Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage, storages

from studies.backup.errors import AnotherInstallation, NoSnapshot, NoTarget, TargetAway
from studies.platform.storage import listing

FORMAT = 1
OWNER = "backup.json"
DATABASE, FILES, OBJECTS, COMPLETE = "database.age", "files.age", "objects.txt", "complete.json"


@dataclass(frozen=True)
class Snapshot:
    """One finished snapshot, as its ``complete.json`` tells."""

    name: str
    made_at: str
    version: str
    migrations: list[list[str]]
    rows: int
    files: int
    damaged: list[str] = field(default_factory=list)
    parts: dict[str, dict[str, Any]] = field(default_factory=dict)


def is_set() -> bool:
    """Whether an installation keeps backups by itself."""
    return "backups" in settings.STORAGES


def target() -> Storage:
    """The storage of ``BACKUP_URL``.

    Raises:
        NoTarget: it is not set.
    """
    if not is_set():
        raise NoTarget("BACKUP_URL")
    return storages["backups"]


@contextmanager
def reaching() -> Iterator[Storage]:
    """The target, whose faults become one kind.

    Raises:
        NoTarget, TargetAway
    """
    kept = target()
    try:
        yield kept
    except OSError as error:
        raise TargetAway(f"{settings.BACKUP_URL_SHOWN}: {error}") from error
    except Exception as error:
        if type(error).__module__.startswith(("botocore", "boto3", "urllib3")):
            raise TargetAway(f"{settings.BACKUP_URL_SHOWN}: {error}") from error
        raise


def key_of(name: str, digest: str) -> str:
    """The object that keeps the private file ``name`` whose content has the SHA-256 ``digest``."""
    key = sha256(f"{name}\n{digest}".encode()).hexdigest()
    return f"files/{key[:2]}/{key}.age"


def part_of(snapshot: str, part: str) -> str:
    """The object of one part of a snapshot."""
    return f"snapshots/{snapshot}/{part}"


def write(name: str, content: bytes | IO[bytes]) -> None:
    """Write an object, or replace it."""
    file = ContentFile(content) if isinstance(content, bytes) else File(content)
    target().save(name, file)


def read(name: str) -> bytes:
    """The bytes of an object.

    Raises:
        FileNotFoundError: there is none.
    """
    with target().open(name, "rb") as file:
        return bytes(file.read())


def measured(name: str) -> tuple[int, str]:
    """Size (bytes) and SHA-256 of an object as it lies there.

    Raises:
        FileNotFoundError: there is none.
    """
    digest, size = sha256(), 0
    with target().open(name, "rb") as file:
        while part := file.read(1 << 20):
            digest.update(part)
            size += len(part)
    return size, digest.hexdigest()


def lines_in(name: str) -> int:
    """How many lines an object has."""
    with target().open(name, "rb") as file:
        return sum(part.count(b"\n") for part in iter(lambda: file.read(1 << 20), b""))


def text_lines(name: str) -> Iterator[str]:
    """The lines of an object, one after the other.

    Raises:
        FileNotFoundError: there is none.
    """
    with target().open(name, "rb") as file:
        for line in file:
            yield line.decode().rstrip("\n")


def remove(name: str) -> None:
    """Remove an object; one that is gone stays gone."""
    target().delete(name)


def objects(prefix: str) -> dict[str, int]:
    """Name and size (bytes) of every object that begins with ``prefix``, a folder."""
    return dict(listed(prefix))


def listed(prefix: str) -> Iterator[tuple[str, int]]:
    """As ``objects``, one after the other."""
    return listing(target(), prefix)


def claim_ownership(installation: str) -> None:
    """Make the target this installation's.

    Raises:
        AnotherInstallation: it is another's: each would remove what only the other needs.
    """
    if not target().exists(OWNER):
        write(OWNER, json.dumps({"format": FORMAT, "installation": installation}).encode())
        return
    owner = json.loads(read(OWNER)).get("installation", "")
    if owner != installation:
        raise AnotherInstallation(
            f"The backups there are of {owner}, not of {installation}. Name another folder or "
            "bucket in BACKUP_URL."
        )


def snapshots() -> list[Snapshot]:
    """Every finished snapshot, the newest first."""
    names = [name.split("/")[1] for name in objects("snapshots") if name.endswith(f"/{COMPLETE}")]
    return [_snapshot(name) for name in sorted(names, reverse=True)]


def snapshot(name: str) -> Snapshot:
    """The finished snapshot ``name``, or the newest for ``latest``.

    Raises:
        NoSnapshot: there is none.
    """
    if name == "latest":
        kept = snapshots()
        if not kept:
            raise NoSnapshot("There is no finished backup here.")
        return kept[0]
    if not target().exists(part_of(name, COMPLETE)):
        raise NoSnapshot(
            f"There is no finished backup {name} here; manage.py verify_backup --list names them."
        )
    return _snapshot(name)


def _snapshot(name: str) -> Snapshot:
    return Snapshot(**json.loads(read(part_of(name, COMPLETE))))


def write_complete(snapshot: Snapshot) -> None:
    """Say that a snapshot is whole."""
    write(part_of(snapshot.name, COMPLETE), json.dumps(asdict(snapshot), indent=1).encode())
