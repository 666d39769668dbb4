"""Private files: written once, durable before they are answered for, named by their content."""

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import FileSystemStorage, Storage, storages


class DurableFileSystemStorage(FileSystemStorage):
    """Local files that survive a power cut: temp file, fsync, rename, fsync of the folder.

    Django's own storage writes in place and does not fsync. A name is written once; writing the
    same name again replaces it by (the same) whole file.
    """

    def _save(self, name: str, content: File) -> str:  # type: ignore[type-arg]
        target = Path(self.path(name))
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = target.with_name(f".{target.name}.{os.getpid()}.{os.urandom(4).hex()}")
        try:
            with draft.open("xb") as out:
                for chunk in content.chunks():
                    out.write(chunk)
                out.flush()
                os.fsync(out.fileno())
            draft.chmod(0o640)
            draft.replace(target)
        finally:
            draft.unlink(missing_ok=True)
        fsync_folder(target.parent)
        return name

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


def fsync_folder(folder: Path) -> None:
    """Make names that were created, renamed or removed in ``folder`` survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def private_storage() -> Storage:
    """Where photos, derivatives, maps, consents and packages live."""
    return storages["private"]


def store(kind: str, owner: str, content: bytes | IO[bytes], *, suffix: str) -> tuple[str, str]:
    """Store ``content`` once; return its name and its SHA-256 (hex).

    The name is ``kind/owner/sha256suffix``: opaque, private, and found again by its owner when the
    owner must be erased. The same content stored again is the same name.
    """
    body = content if isinstance(content, bytes) else content.read()
    digest = hashlib.sha256(body).hexdigest()
    name = f"{kind}/{owner}/{digest}{suffix}"
    storage = private_storage()
    if not storage.exists(name):
        storage.save(name, ContentFile(body))
    return name, digest


def read(name: str) -> bytes:
    """The bytes stored under ``name``.

    Raises:
        FileNotFoundError: nothing is stored under it.
    """
    with private_storage().open(name, "rb") as file:
        return bytes(file.read())


# --- Finding and removing ----------------------------------------------------------------------


def stored_names() -> Iterator[str]:
    """The name of everything in private storage, one flat list; of local files folders too.

    Folders are named by owner (``kind/owner``), so an empty one still tells of its owner.
    """
    storage = private_storage()
    if isinstance(storage, FileSystemStorage):
        root = Path(storage.location)
        for path in sorted(root.rglob("*")):
            yield path.relative_to(root).as_posix()
        return
    prefix = f"{storage.location}/" if storage.location else ""  # type: ignore[attr-defined]
    for entry in storage.bucket.objects.filter(Prefix=prefix):  # type: ignore[attr-defined]
        yield entry.key.removeprefix(prefix)


def owners(kind: str) -> list[str]:
    """The owners of files of ``kind``."""
    with suppress(FileNotFoundError):
        return sorted(private_storage().listdir(kind)[0])
    return []


def kinds() -> list[str]:
    """The kinds of files there are."""
    with suppress(FileNotFoundError):
        return sorted(private_storage().listdir("")[0])
    return []


def remove_owner(kind: str, owner: str) -> int:
    """Remove every file of ``owner`` of ``kind``, and their folder; return how many files.

    Doing it again does nothing.
    """
    storage, folder = private_storage(), f"{kind}/{owner}"
    try:
        files = storage.listdir(folder)[1]
    except FileNotFoundError:
        return 0
    for file in files:
        storage.delete(f"{folder}/{file}")
    if isinstance(storage, FileSystemStorage):
        with suppress(OSError):  # somebody writes there at this moment: found by the search
            Path(storage.path(folder)).rmdir()
        fsync_folder(Path(storage.path(kind)))
    return len(files)
