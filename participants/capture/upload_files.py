"""The bytes of unfinished uploads, in ``UPLOAD_ROOT/<id>``: locked, appended, put on disk."""

import fcntl
import hashlib
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path
from typing import Protocol
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _

from participants.capture.errors import PhotoDamaged, UploadBusy
from studies.platform.storage import fsync_folder

CHUNK = 64 * 1024
CHECKPOINT = 1024 * 1024  # what a cut connection loses at most
ALGORITHMS = ("sha1", "sha256")


class Source(Protocol):
    """A request's body."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True)
class Checksum:
    """What the bytes of one chunk must hash to; ``algorithm`` is one of ``ALGORITHMS``."""

    algorithm: str
    digest: bytes


def path_of(upload_id: UUID) -> Path:
    """Where the bytes of an upload lie."""
    return Path(settings.UPLOAD_ROOT) / str(upload_id)


def size_of(upload_id: UUID) -> int:
    """How many bytes lie there; none is none."""
    try:
        return path_of(upload_id).stat().st_size
    except FileNotFoundError:
        return 0


def busy() -> UploadBusy:
    """The refusal of a second writer."""
    return UploadBusy(_("This photo is being received by another request already."))


@contextmanager
def locked(upload_id: UUID) -> Iterator[BufferedRandom]:
    """The upload's file, for this request alone.

    A lock on the file and not on a row, because the database must not be held for as long as a
    slow phone takes to send.

    Raises:
        UploadBusy: another request has it.
    """
    path = path_of(upload_id)
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _opened(path) as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise busy() from error
        if not path.exists() or not os.path.samestat(os.fstat(file.fileno()), path.stat()):
            raise busy()  # removed between opening and locking
        yield file


def _opened(path: Path) -> BufferedRandom:
    new = not path.exists()
    file = os.fdopen(os.open(path, os.O_RDWR | os.O_CREAT, 0o600), "r+b")
    try:
        if new:
            fsync_folder(path.parent)
    except BaseException:
        file.close()
        raise
    return file


def put_on_disk(file: BufferedRandom) -> None:
    """Return once what was written would survive a power cut."""
    file.flush()
    os.fsync(file.fileno())


def receive(
    file: BufferedRandom,
    source: Source,
    *,
    at: int,
    size: int,
    checksum: Checksum | None,
    promise: Callable[[int], None],
) -> int:
    """Write up to ``size`` bytes of ``source`` at ``at``; return where they end.

    What lies beyond ``at`` was never promised and is cut off first. When the connection breaks,
    what arrived stays, unless a ``checksum`` says that the chunk counts whole or not at all.
    ``promise`` is called at each checkpoint on the way. Memory: one ``CHUNK``.

    Raises:
        PhotoDamaged: the chunk does not have the checksum.
    """
    file.truncate(at)
    file.seek(at)
    digest = hashlib.new(checksum.algorithm, usedforsecurity=False) if checksum else None
    end, promised, left = at, at, size
    while left:
        try:
            chunk = source.read(min(CHUNK, left))
        except OSError:
            break  # the connection broke
        if not chunk:
            break
        file.write(chunk)
        end += len(chunk)
        left -= len(chunk)
        if digest is not None:
            digest.update(chunk)
        elif left and end - promised >= CHECKPOINT:
            promise(end)
            promised = end
    if checksum and digest and (left or digest.digest() != checksum.digest):
        file.truncate(at)
        raise PhotoDamaged(_("A part of the photo changed on the way. It will be sent again."))
    return end
