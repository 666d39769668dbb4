"""Half a million files: backup, proof, restore and check take as much memory as for a few."""

import gc
import sys
import tracemalloc
from collections.abc import Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import FileSystemStorage

from participants.capture.models import Photo
from studies.backup import target
from studies.backup.models import BackupRun
from studies.backup.services import backing_up, proving, restoring, retention, stored_files
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
    """The most memory that Python's objects took at once, in bytes.

    What is there already is put aside, since cycles are looked for the less the more there is.
    Parts of paths are not interned meanwhile: the table of the process would grow by megabytes at
    once, now and then.
    """
    gc.collect()
    gc.freeze()
    intern, sys.intern = sys.intern, str
    tracemalloc.start()
    try:
        do(*words)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        gc.unfreeze()
        sys.intern = intern


def backed_up(number: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """The list of a backup all of whose files are kept already."""
    keys = ((target.key_of(name, backing_up.digest_in(name)), 7) for name in names(number))
    monkeypatch.setattr(target, "listed", lambda prefix: keys)
    monkeypatch.setattr(backing_up, "private_names", lambda: names(number))
    row = BackupRun(snapshot=f"of-{number}")
    done = backing_up.copy_files(Unclaimed(row=row, token=0))
    assert (done.whole, done.files) == (True, 0)


def test_a_backup(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    backed_up(FEW, monkeypatch)  # what is loaded once
    few = peak(backed_up, FEW, monkeypatch)
    many = peak(backed_up, MANY, monkeypatch)
    assert many - few < BYTES_A_FILE * (MANY - FEW)
    made = target.Snapshot(f"of-{FEW}", "", "", [], 0, 0)
    listed = listed_files(made, kept.keys, tmp_path)
    assert [name for name, _digest in listed] == sorted(names(FEW))
    assert target.lines_in(target.part_of(f"of-{MANY}", target.OBJECTS)) == MANY


def snapshot_of(number: int) -> target.Snapshot:
    return target.Snapshot(f"of-{number}", "", "", [], 0, number)


def at_once(number: int, folder: Path) -> Path:
    made = folder / f"work-{number}-{len(list(folder.iterdir()))}"
    made.mkdir()
    return made


def test_a_proof_of_a_backup(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (FEW, MANY):
        backed_up(number, monkeypatch)
    monkeypatch.setattr(proving, "read_file", lambda *words: b"")

    def proved(number: int, *, without: int = 0) -> proving.Problems:
        keys = ((target.key_of(n, backing_up.digest_in(n)), 7) for n in names(number - without))
        monkeypatch.setattr(target, "listed", lambda prefix: keys)
        snapshot, folder, done = snapshot_of(number), at_once(number, tmp_path), proving.Proved()
        done.problems.extend(proving._missing_objects(snapshot, folder))
        inner = proving._inner_problems(snapshot, kept.keys, folder, done, lambda done, of: None)
        done.problems.extend(inner)
        assert done.files == number
        return done.problems

    assert not len(proved(FEW))
    few = peak(proved, FEW)
    assert peak(proved, MANY) - few < BYTES_A_FILE * (MANY - FEW)
    lost = proved(MANY, without=MANY - FEW)
    assert (len(lost), len(list(lost))) == (MANY - FEW, proving.Problems.KEPT)
    assert f"and {MANY - FEW - 20} more" in proving.listed(lost)


def test_a_restore_of_files(kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (FEW, MANY):
        backed_up(number, monkeypatch)

    class Nowhere:
        def save(self, name: str, content: object) -> None: ...

        def delete(self, name: str) -> None: ...

    monkeypatch.setattr(restoring, "read_file", lambda *words: b"")
    monkeypatch.setattr(storage, "private_storage", Nowhere)

    def restored(number: int) -> None:
        # Half of them are there, of another content.
        there = ((name, 1) for name in names(number // 2))
        monkeypatch.setattr(storage, "listing", lambda kept, prefix="": there)
        monkeypatch.setattr(storage, "read", lambda name: b"")
        done = restoring.Restored(snapshot_of(number))
        folder = at_once(number, tmp_path)
        restoring._write_files(done, kept.keys, folder, lambda said: None)
        assert (done.files, len(done.problems)) == (number, 0)

    restored(FEW)
    few = peak(restored, FEW)
    assert peak(restored, MANY) - few < BYTES_A_FILE * (MANY - FEW)


def test_what_backups_need_no_longer(
    kept: Kept, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def removed(number: int) -> None:
        backed_up(number, monkeypatch)
        snapshot = snapshot_of(number)
        every = ((target.key_of(n, backing_up.digest_in(n)), 7) for n in names(number))
        gone: list[str] = []
        monkeypatch.setattr(target, "snapshots", lambda: [snapshot])
        monkeypatch.setattr(target, "objects", lambda prefix: {})
        monkeypatch.setattr(target, "listed", lambda prefix: chain(every, [("files/no", 1)]))
        monkeypatch.setattr(target, "remove", gone.append)
        assert retention.remove_outdated(at_once(number, tmp_path)) == 1
        assert gone == ["files/no"]

    removed(FEW)
    few = peak(removed, FEW)
    assert peak(removed, MANY) - few < BYTES_A_FILE * (MANY - FEW)


def test_a_folder_of_many_files_is_listed_one_by_one(tmp_path: Path) -> None:
    for owner in range(MANY // 5):
        (tmp_path / f"{owner:08d}").mkdir()
        (tmp_path / f"{owner:08d}" / f"{owner:064d}.jpg").touch()
    (tmp_path / "00000000" / ".draft").touch()
    folder = FileSystemStorage(str(tmp_path))

    def listed() -> None:
        assert sum(1 for _ in storage.listing(folder)) == MANY // 5

    listed()
    assert peak(listed) < BYTES_A_FILE * MANY // 5
    assert list(storage.listing(folder, "00000007")) == [(f"00000007/{7:064d}.jpg", 0)]
    assert not list(storage.listing(folder, "none"))


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
