"""Half a million files: a backup and a check take as much memory as for a few."""

import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from participants.capture.models import Photo
from studies.backup import target
from studies.backup.models import BackupRun
from studies.backup.services import backing_up, stored_files
from studies.backup.services.before_upgrade import Unclaimed
from studies.backup.services.proving import listed_files
from studies.platform import storage
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.studies.backup.conftest import Kept

pytestmark = pytest.mark.django_db

FEW, MANY = 500, 10_000
# What each file may cost beyond a few: a name alone is more than a hundred bytes.
BYTES_A_FILE = 20


def names(number: int) -> Iterator[str]:
    for one in range(number):
        owner = f"{one:08d}-0000-4000-8000-000000000000"
        yield f"originals/{owner}/{sha256(str(one).encode()).hexdigest()}.jpg"


def peak(do: Any, *words: Any) -> int:
    """The most memory that Python's objects took at once, in bytes."""
    tracemalloc.start()
    try:
        do(*words)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def backed_up(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a backup all of whose files are kept already."""
    keys = ((target.key_of(name, backing_up.digest_in(name)), 7) for name in names(number))
    monkeypatch.setattr(target, "listed", lambda prefix: keys)
    monkeypatch.setattr(backing_up, "private_names", lambda: names(number))
    row = BackupRun(snapshot=f"of-{number}")
    done = backing_up.copy_files(Unclaimed(row=row, token=0))
    assert (done.whole, done.files) == (True, 0)


def test_a_backup(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    backed_up(FEW, monkeypatch)  # what is loaded once
    few = peak(backed_up, FEW, monkeypatch)
    many = peak(backed_up, MANY, monkeypatch)
    assert many - few < BYTES_A_FILE * (MANY - FEW)
    made = target.Snapshot(f"of-{FEW}", "", "", [], 0, 0)
    listed = listed_files(made, kept.keys)
    assert list(listed) == sorted(names(FEW))
    assert target.lines_in(target.part_of(f"of-{MANY}", target.OBJECTS)) == MANY


def test_a_check_of_stored_files(
    team: Team, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    name, digest = storage.store("originals", "one", b"a photo", suffix=".jpg")
    first = PhotoFactory(original_file=name, sha256=digest)
    Photo.objects.exclude(pk=first.pk).delete()

    def rows(number: int) -> None:
        read = stored_files.rows_after
        column = (Photo, "original_file")
        monkeypatch.setattr(stored_files, "file_columns", lambda: iter([column]))
        batches = iter([stored_files.BATCH] * (number // stored_files.BATCH) + [0])

        def repeated(model: Any, column: str, key: Any) -> list[stored_files.Named]:
            [one] = read(model, column, "")
            return [stored_files.Named(one.key, one.name, one.kept)] * next(batches)

        monkeypatch.setattr(stored_files, "rows_after", repeated)
        try:
            assert stored_files.verify_files().files == number
        finally:
            monkeypatch.setattr(stored_files, "rows_after", read)

    few, many = 5 * stored_files.BATCH, 25 * stored_files.BATCH
    rows(few)
    assert peak(rows, many) - peak(rows, few) < BYTES_A_FILE * (many - few)
