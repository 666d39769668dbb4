"""Private files, or anchors, from one store to another, while they are in use."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, Storage

from studies.backup.errors import CannotMove, NotWhole
from studies.backup.services.backing_up import digest_in
from studies.platform import storage

Say = Callable[[str], None]
PROBE = "probe/"
THREADS = 4
TOLD_EVERY = 1000


@dataclass
class Files:
    """Private files, or anchors, on their way; ``proved`` are there and have been read back.

    ``late`` came while rows were already followed. A row may have named one of them, and another
    before and after, between two looks at it: no row tells that such a file went again.
    """

    former: Storage
    new: Storage
    proved: set[str] = field(default_factory=set)
    late: set[str] = field(default_factory=set)
    altered: set[str] = field(default_factory=set)

    @property
    def same(self) -> bool:
        """Whether they stay where they are."""
        return place_of(self.former) == place_of(self.new)

    def copy(self, say: Say, *, under: str = "") -> int:
        """Copy what is not proved yet, each read back against its SHA-256; returns how many.

        ``under`` names a folder, where not all are meant.

        Raises:
            NotWhole: what was read back is not what was written.
        """
        if self.same:
            return 0
        there = dict(storage.listing(self.new, under))
        wanted = [
            name
            for name, _size in storage.listing(self.former, under)
            if name not in self.proved and not name.startswith(PROBE)
        ]
        with ThreadPoolExecutor(THREADS) as pool:
            done = pool.map(lambda name: self._copy(name, there=name in there), wanted)
            for number, name in enumerate(done, start=1):
                if name:
                    self.proved.add(name)
                    self.late.add(name)
                if number % TOLD_EVERY == 0:
                    say(f"{number} of {len(wanted)} files …")
        return len(wanted)

    def copy_these(self, names: Iterable[str]) -> None:
        """Copy those of ``names`` that are not proved yet; one that was removed goes here, too.

        What came late is looked at with them. Raises as ``copy``.
        """
        if not self.same:
            with ThreadPoolExecutor(THREADS) as pool:
                list(pool.map(self._follow, sorted(self.late.union(names))))

    def _follow(self, name: str) -> None:
        if not self.former.exists(name):
            self.new.delete(name)
            self.proved.discard(name)
        elif name not in self.proved and self._copy(name, there=self.new.exists(name)):
            self.proved.add(name)

    def _copy(self, name: str, *, there: bool) -> str:
        """Copy one file; returns its name, empty where an erasure removed it meanwhile."""
        try:
            with self.former.open(name, "rb") as file:
                content = bytes(file.read())
        except FileNotFoundError:
            return ""
        digest = sha256(content).hexdigest()
        if digest_in(name) not in {"", digest}:
            self.altered.add(name)
        if there and self._digest_there(name) == digest:
            return name
        if there:
            self.new.delete(name)
        self.new.save(name, ContentFile(content))
        if self._digest_there(name) != digest:
            raise NotWhole(f"{name} is not what was written; is the new storage sound?")
        return name

    def _digest_there(self, name: str) -> str:
        with self.new.open(name, "rb") as file:
            return sha256(file.read()).hexdigest()

    def remove_gone(self) -> None:
        """Remove what was copied and has been erased over there since."""
        if self.same:
            return
        left = {name for name, _size in storage.listing(self.former)}
        for name, _size in list(storage.listing(self.new)):
            if name not in left and not name.startswith(PROBE):
                self.new.delete(name)

    def require_apart(self) -> None:
        """Refuse a folder inside the other one.

        Raises:
            CannotMove: it is.
        """
        both = (self.former, self.new)
        if self.same or not all(isinstance(each, FileSystemStorage) for each in both):
            return
        former, new = (Path(each.location).resolve() for each in both)  # type: ignore[attr-defined]
        if former in new.parents or new in former.parents:
            raise CannotMove(f"{new} and {former} are one inside the other; name a folder apart.")


def place_of(kept: Storage) -> tuple[Any, ...]:
    if isinstance(kept, FileSystemStorage):
        return (str(Path(kept.location).resolve()),)
    return kept.endpoint_url, kept.bucket_name, kept.location.strip("/")  # type: ignore[attr-defined]
