"""Products to begin with: migrated, or with the demonstration's people; made once and then copied.

Migrating takes seconds and the people some more; copying a folder or a database takes none.
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.inference.pipeline.tiny_package import write_tiny_package
from tests.servers import new_database
from tests.stack import Stack


@dataclass(frozen=True)
class Prepared:
    """What is copied: the folder of a stack, and on PostgreSQL the name of its database."""

    stack: Stack
    database: str

    def new_stack(self, folder: Path, settings: dict[str, str], server: str | None) -> Stack:
        """A stack of its own with the same content; ``server`` where it is on PostgreSQL."""
        given = {**self.stack.settings, **settings}
        if server is not None:
            given["DATABASE_URL"] = new_database(server, template=self.database)
        if (kept := self.stack.folder / "var").exists():
            shutil.copytree(kept, folder / "var")
        return Stack(folder, given)


class Preparing:
    """Makes each kind of product when it is first wanted, in a folder for this test process."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: dict[tuple[bool, str | None], Prepared] = {}

    def get(self, *, people: bool, server: str | None) -> Prepared:
        """Migrated, and with the demonstration's people and a tiny network when so asked."""
        key = people, server
        if key not in self._made:
            self._made[key] = self._make(people=people, server=server)
        return self._made[key]

    def _make(self, *, people: bool, server: str | None) -> Prepared:
        folder = self._folder / f"{'people' if people else 'empty'}-{len(self._made)}"
        folder.mkdir(parents=True)
        settings = {}
        if server is not None:
            settings["DATABASE_URL"] = new_database(server)
        if people:
            settings["SHIPPED_MODEL_PACKAGE"] = str(write_tiny_package(folder))
        stack = Stack(folder, settings)
        stack.manage("migrate", "--verbosity=0")
        if people:
            stack.manage("load_demo", "--people-only")
        return Prepared(stack, settings.get("DATABASE_URL", "").rpartition("/")[2])
