"""The other end of a move: fills this installation, which is the new one, from the former.

It runs in a process of its own that has the new settings, so that what is filled and proved is what
web and workers will find. It is told what to do a line at a time (``Move``), and answers in lines
of JSON.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import Any

from django.apps import apps
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, DatabaseError, connection, transaction

from studies.backup import rows
from studies.backup.errors import CannotMove, NotWhole, Unreadable
from studies.backup.loading import Loader
from studies.backup.services.moving_files import PROBE, Files, place_of
from studies.backup.services.one_file import file_columns
from studies.backup.services.restoring import has_data
from studies.platform import storage, versions
from studies.platform.models import DatabaseMove
from studies.record.services.anchors import Anchored, AnchorsUnread, number_of_anchors, read_anchors
from studies.record.services.proof import Ends, ends, find_breaks

Say = Callable[[str], None]
Tables = dict[str, list[Any]]
ERASURES = "erasures"  # no row names what is kept there
Kind = DatabaseMove.Kind


class Arrival:
    """The new installation, filled: rows and files again and again, the last changes, the end."""

    def __init__(self, *, other: str, say: Say) -> None:
        self._other, self._say = other, say
        self.files = Files(storages["former"], storages["private"])
        self.anchors = Files(storages["former_anchors"], storages["anchors"])
        self._sums: dict[str, rows.Table] = {}
        self._ends: Ends = {}
        self._anchored: Anchored | None = None
        self._names: set[str] = set()  # files of rows that changed since all were looked at

    def begin(self) -> None:
        """Make the tables, and note that this database is being filled.

        Raises:
            CannotMove: there is data in the database or the storage, or another version made it.
            StorageAway, django.db.DatabaseError: one of them does not answer.
        """
        storage.try_out()
        for files in (self.files, self.anchors):
            files.require_apart()
        standing = versions.standing()
        if standing.newer:
            raise CannotMove(f"DATABASE_URL of the target: {standing.words} {standing.mend}")
        if not self._goes_on(standing.moved):
            self._require_nothing_there()
        call_command("migrate", verbosity=0)
        with transaction.atomic():
            DatabaseMove.objects.all().delete()
            where = storage_shown()
            DatabaseMove.objects.create(kind=Kind.ARRIVING, other=self._other, files=where)

    def _goes_on(self, move: DatabaseMove | None) -> bool:
        """Whether a move from the same place into the same store was interrupted here."""
        if move is None or move.kind != Kind.ARRIVING:
            return False
        return (move.other, move.files) == (self._other, storage_shown())

    def _require_nothing_there(self) -> None:
        if has_data():
            raise CannotMove(
                "The database to move to holds data, so nothing was moved. Name an empty one."
            )
        for files in (self.files, self.anchors):
            names = (name for name, _size in storage.listing(files.new))
            if not files.same and any(not name.startswith(PROBE) for name in names):
                raise CannotMove(
                    "There are files already where they are to be moved to, so nothing was moved. "
                    "Name an empty folder, or another prefix of the bucket."
                )

    def copy_files(self) -> int:
        """Copy what is not there yet; returns how many were looked at."""
        return self.files.copy(self._say) + self.anchors.copy(self._say)

    def held(self) -> Iterator[tuple[str, Any, bytes]]:
        """Label, key and hash of each row that is here: migrations wrote it, or an earlier try."""
        for label, model in rows.tables_of(apps).items():
            for key, line in rows.keyed_lines(model, DEFAULT_DB_ALIAS):
                yield label, key, sha256(line).digest()

    def take_all(self, lines: Iterable[bytes]) -> Tables:
        """Write the rows of ``lines``, read all back and prove them and the audit trail.

        Returns the number of rows and checksum of each table, as they were read back.

        Raises:
            NotWhole, Unreadable: what is here is not what was sent; no row of it was kept.
        """
        with transaction.atomic():
            taken = self._take(lines, follow=False)
            self._sums = rows.sums_of(apps, DEFAULT_DB_ALIAS)
            self._require(taken)
            self._prove(after={})
        self.files.late.clear()  # what comes from now on may go again without a row that tells it
        return self._tables()

    def take_changes(self, lines: Iterable[bytes], *, last: bool = False) -> Tables:
        """Write the rows that changed; what all add up to follows from these alone.

        With ``last`` numbers go on after the last row, the files that these rows name are copied,
        and what was written to the audit trail since is proved. Raises as ``take_all``.
        """
        with transaction.atomic():
            taken = self._take(lines, follow=True)
            taken.settle(self._sums)
            self._require(taken)
            if last:
                Loader(apps, DEFAULT_DB_ALIAS).number_on()
        self._names |= taken.names
        if last:
            self.files.copy_these(self._names)
            self.files.copy(self._say, under=ERASURES)
            self.anchors.copy(self._say)
            self._prove(after=self._ends)
        return self._tables()

    def settle(self) -> None:
        """All files as they are by now; from here on only those of changed rows are looked at."""
        self._names.clear()
        self.copy_files()
        self.files.remove_gone()

    def _take(self, lines: Iterable[bytes], *, follow: bool) -> "Taken":
        taken = Taken(follow=follow)
        try:
            taken.read(lines)
            if not follow or connection.vendor != "sqlite":  # which reads all of it anew
                connection.check_constraints()
        except DatabaseError as error:
            raise NotWhole(f"The rows do not fit together: {error}") from error
        if taken.migrations != rows.applied_migrations():
            raise NotWhole("The two databases are of different versions.")
        return taken

    def _require(self, taken: "Taken") -> None:
        present = self._tables()
        if wrong := [label for label in present if taken.promised.get(label) != present[label]]:
            raise NotWhole(f"What was written is not what was read: {', '.join(wrong)}.")

    def _tables(self) -> Tables:
        return {label: table.as_list() for label, table in self._sums.items()}

    def _prove(self, *, after: Ends) -> None:
        for problem in find_breaks(after=after, kept=self._kept_anchors()):
            raise NotWhole(
                f"The audit trail is not whole over here: {problem.chain} {problem.sequence} "
                f"{problem.problem}."
            )
        self._ends = ends()

    def _kept_anchors(self) -> Anchored | None:
        """What the anchors say, read anew where there are others; None where they cannot be."""
        try:
            if self._anchored is None or number_of_anchors() != self._anchored.number:
                self._anchored = read_anchors()
        except AnchorsUnread:
            self._anchored = None
        return self._anchored

    def end(self) -> None:
        """Let this database be used."""
        DatabaseMove.objects.all().delete()


def storage_shown() -> str:
    """Where private files lie, without keys."""
    return ":".join(str(part) for part in place_of(storages["private"]) if part)


class Taken:
    """Rows as they come, written one after the other; ``follow`` keeps what they change."""

    def __init__(self, *, follow: bool) -> None:
        self.migrations: list[list[str]] = []
        self.promised: Tables = {}
        self.names: set[str] = set()  # of files, of rows that are and that were
        self._follow = follow
        self._loader = Loader(apps, DEFAULT_DB_ALIAS)
        self._tables = rows.tables_of(apps)
        self._gone = defaultdict[str, list[bytes]](list)
        self._new = defaultdict[str, list[Any]](list)
        self._label, self._columns = "", list[str]()
        self._key, self._files = 0, list[int]()

    def read(self, lines: Iterable[bytes]) -> None:
        """Write all.

        Raises:
            Unreadable: the lines are cut off, or no lines of ours.
            django.db.DatabaseError: the rows do not fit.
        """
        for line in lines:
            try:
                value = json.loads(line)
            except ValueError as error:
                raise Unreadable("What was sent is damaged.") from error
            if isinstance(value, list):
                self._take(value)
            elif "table" in value:
                self._begin(value["table"], value["columns"], value["remove"])
            elif "end" in value:
                self.promised = value["end"]
            else:
                self.migrations = value["migrations"]
        if not self.promised:
            raise Unreadable("What was sent is cut off.")
        self._loader.flush()

    def settle(self, sums: dict[str, rows.Table]) -> None:
        """Have ``sums`` follow, with what was written read back."""
        for label, digests in self._gone.items():
            for digest in digests:
                sums[label].take_off(digest)
        for label, keys in self._new.items():
            for _key, line in rows.lines_with(self._tables[label], DEFAULT_DB_ALIAS, keys):
                sums[label].add(line)

    def _begin(self, label: str, columns: list[str], remove: list[Any]) -> None:
        if label not in self._tables:
            raise Unreadable(f"There is no table {label} to put rows into.")
        model = self._tables[label]
        named = {column for owner, column in file_columns() if owner is model}
        self._label, self._columns = label, columns
        self._key = columns.index(str(model._meta.pk.column))
        self._files = [place for place, column in enumerate(columns) if column in named]
        if self._follow:
            for _key, line in rows.lines_with(model, DEFAULT_DB_ALIAS, remove):
                self._gone[label].append(sha256(line).digest())
                self._note_files(json.loads(line))
        self._loader.remove(label, remove)

    def _take(self, values: list[Any]) -> None:
        self._loader.take(self._label, self._columns, values)
        if self._follow:
            self._new[self._label].append(values[self._key])
            self._note_files(values)

    def _note_files(self, values: list[Any]) -> None:
        self.names.update(values[place] for place in self._files if values[place])
