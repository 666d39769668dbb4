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
        self._make_folders(target.parent)
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

    def _make_folders(self, folder: Path) -> None:
        """Folders that the group may read whatever the umask: nginx is one of the group."""
        root = Path(self.location)
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        for path in reversed(missing):
            path.mkdir(exist_ok=True)
            if path == root or root in path.parents:
                path.chmod(0o750)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return name


class StorageAway(Exception):  # noqa: N818 - it names what it is
    """Private files cannot be written, or not be read back, where ``STORAGE_URL`` says."""


def reach() -> None:
    """Look whether private storage is there; nothing is written.

    Raises:
        StorageAway: it does not answer, or its folder is missing or not this user's to write in.
    """
    storage = private_storage()
    try:
        storage.exists("probe")
    except Exception as error:  # each kind of storage has its own
        raise StorageAway(f"{type(error).__name__}: {error}") from error
    if isinstance(storage, FileSystemStorage):
        there = Path(storage.location)
        nearest = next(path for path in (there, *there.parents) if path.exists())
        if not (nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK)):
            raise StorageAway(f"{nearest} is no folder that this user may write in")


def try_out() -> None:
    """Write a file to private storage, read it back and remove it.

    Raises:
        StorageAway: one of the three failed.
    """
    reach()
    storage, name, body = private_storage(), f"probe/{os.urandom(8).hex()}", os.urandom(16)
    try:
        storage.save(name, ContentFile(body))
        same = read(name) == body
        storage.delete(name)
        if isinstance(storage, FileSystemStorage):
            with suppress(OSError):  # another one tries it out at this moment
                Path(storage.path("probe")).rmdir()
    except Exception as error:
        raise StorageAway(f"{type(error).__name__}: {error}") from error
    if not same:
        raise StorageAway("what was read back is not what was written")


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


def listing(storage: Storage, prefix: str = "") -> Iterator[tuple[str, int]]:
    """Name and size (bytes) of each file of ``storage`` under the folder ``prefix``, in any order.

    What is being written just now is left out.
    """
    if isinstance(storage, FileSystemStorage):
        root = Path(storage.location)
        for entry in _entries(str(root / prefix)):
            with suppress(FileNotFoundError):  # removed meanwhile
                if entry.is_file() and not entry.name.startswith("."):
                    yield Path(entry.path).relative_to(root).as_posix(), entry.stat().st_size
        return
    at = f"{storage.location}/" if storage.location else ""  # type: ignore[attr-defined]
    under = f"{at}{prefix}/" if prefix else at
    for entry in storage.bucket.objects.filter(Prefix=under):  # type: ignore[attr-defined]
        yield entry.key.removeprefix(at), entry.size


def _entries(folder: str) -> Iterator[os.DirEntry[str]]:
    """What lies in ``folder`` and below, one after the other; ``rglob`` keeps all it yielded."""
    try:
        inside = os.scandir(folder)
    except (FileNotFoundError, NotADirectoryError):  # removed meanwhile, or never there
        return
    with inside:
        for entry in inside:
            if entry.is_dir(follow_symlinks=False):
                yield from _entries(entry.path)
            else:
                yield entry


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
