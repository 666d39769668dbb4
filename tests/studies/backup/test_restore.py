"""Proving and restoring backups: on another machine, in another database, with what goes wrong."""

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from django.core.management import CommandError
from django.db import OperationalError, connection

from participants.correcting.services.photos import erase_photo
from participants.people.models import Participant
from studies.backup import rows, target
from studies.backup.encryption import Stream, encrypt, make_key
from studies.backup.loading import Loader
from studies.backup.services import backing_up, restoring
from studies.platform import storage
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, erase, fill
from tests.studies.backup.conftest import Elsewhere, Kept, run

pytestmark = pytest.mark.django_db
Change = Callable[[list[bytes]], list[bytes]]


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


@pytest.fixture
def siti(filled: Filled) -> Participant:
    return filled.participant


def files_under(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


# --- Restored ----------------------------------------------------------------------------------


def test_what_was_backed_up_is_restored_elsewhere_and_who_was_erased_since_is_erased_again(
    siti: Participant, filled: Filled, kept: Kept, bare: Elsewhere
) -> None:
    elsewhere = bare
    run("backup")
    here = rows.sums_of(rows.todays_apps, "default")
    stored = files_under(Path(storage.private_storage().location))
    erase(siti)

    done = elsewhere.manage("restore", "--key", str(kept.key))

    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 people are erased again" in done.stdout
    back = files_under(elsewhere.folder / "files")
    assert {name: back[name] for name in stored} == stored
    there = elsewhere.ask(
        "{label: table.rows for label, table in "
        "__import__('studies.backup.rows', fromlist=['rows']).sums_of(apps, 'default').items()}"
    )
    for label in ("participants.photo", "participants.consent", "studies.user", "studies.site"):
        assert there[label] == here[label].rows
    assert there["studies.auditevent"] > here["studies.auditevent"].rows
    audit = elsewhere.manage("verify_audit")
    assert audit.returncode == 0, audit.stdout + audit.stderr
    assert elsewhere.ask("apps.get_model('participants.DataRequest').objects.get().kind") == "erase"


def test_a_restore_that_lost_files_goes_on_and_a_later_one_erases_a_photo_again(
    team: Team, filled: Filled, kept: Kept, elsewhere: Elsewhere
) -> None:
    run("backup")
    name = filled.photos[0].original_file
    lost = kept.folder / target.key_of(name, backing_up.digest_in(name))
    body = lost.read_bytes()
    lost.unlink()
    first = elsewhere.manage("restore", "--key", str(kept.key))
    assert first.returncode == 1
    assert f"{name} is missing from the backup" in first.stderr
    lost.write_bytes(body)
    again = elsewhere.manage("restore", "--key", str(kept.key))
    assert again.returncode == 0, again.stderr
    assert "1 files written" in again.stdout
    assert (elsewhere.folder / "files" / name).exists()

    # What is restored is data now: a second restore is refused, or sets it aside.
    refused = elsewhere.manage("restore", "--key", str(kept.key))
    assert refused.returncode == 1
    assert "The database holds data, so nothing was restored" in refused.stderr

    # A photo that was erased alone since the backup does not come back.
    gone = filled.photos[1]
    erase_photo(photo=gone, reason="It shows somebody else", by=team.amina)
    replaced = elsewhere.manage("restore", "--key", str(kept.key), "--replace")
    assert replaced.returncode == 0, replaced.stderr
    assert list(elsewhere.folder.glob("gsh.sqlite3.before-restore-*"))
    assert "and 1 photos that were erased alone" in replaced.stdout
    assert elsewhere.ask("apps.get_model('participants.Photo').objects.count()") == 2
    assert not [n for n in files_under(elsewhere.folder / "files") if str(gone.pk) in n]


def test_after_a_restore_by_other_means_the_list_beside_the_backups_erases_again(
    team: Team, filled: Filled, kept: Kept
) -> None:
    """As after PostgreSQL's own archive: rows of before, which know nothing of the erasure."""
    gone = filled.photos[1]
    row = {field.attname: getattr(gone, field.attname) for field in gone._meta.concrete_fields}
    erase_photo(photo=gone, reason="It shows somebody else", by=team.amina)
    assert f"MEL-8 photo {gone.pk}" in run("reapply_erasures", "--list")
    with connection.cursor() as cursor:
        cursor.execute("DROP TRIGGER audit_event_no_delete")
        cursor.execute("DELETE FROM studies_auditevent WHERE action = 'photo.erase'")
    type(gone)(**row).save(force_insert=True)
    assert "0 photos" in run("reapply_erasures")  # nothing here knows of it
    assert "1 photos" in run("reapply_erasures", "--key", kept.key)
    assert not type(gone).objects.filter(pk=row["id"]).exists()


@pytest.mark.parametrize("line", ["MEL-8", "MEL-8 picture 1", "MEL-8 photo 1 2"])
def test_a_list_that_is_none_erases_nobody(db: None, tmp_path: Path, line: str) -> None:
    (tmp_path / "erased.txt").write_text(f"MEL-8 SG01-0001\n{line}\n")
    with pytest.raises(CommandError, match="Line 2 is not as --list prints it"):
        run("reapply_erasures", str(tmp_path / "erased.txt"))


def repacked(kept: Kept, change: Change) -> None:
    """The newest backup with another database in it."""
    newest = target.snapshot("latest")
    name = target.part_of(newest.name, target.DATABASE)
    lines = list(rows.dump("default"))
    with (kept.folder / name).open("wb") as out:
        encrypt(Stream(rows.compressed(change(lines))), out)
    size, digest = target.measured(name)
    parts = {**newest.parts, target.DATABASE: {"size": size, "sha256": digest}}
    target.write_complete(type(newest)(**{**vars(newest), "parts": parts}))


def test_a_backup_of_a_newer_version_is_refused_before_anything_is_changed(
    filled: Filled, kept: Kept, elsewhere: Elsewhere
) -> None:
    run("backup")
    newest = target.snapshot("latest")
    migrations = [*newest.migrations, ["studies", "0999_of_next_year"]]
    target.write_complete(type(newest)(**{**vars(newest), "migrations": migrations}))
    done = elsewhere.manage("restore", "--key", str(kept.key))
    assert done.returncode == 1
    assert "studies.0999_of_next_year" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (elsewhere.folder / "files").exists()


def test_rows_that_point_nowhere_are_not_kept(
    filled: Filled, kept: Kept, elsewhere: Elsewhere
) -> None:
    run("backup")

    def without_sites(lines: list[bytes]) -> list[bytes]:
        changed, skipping = [], False
        for line in lines[:-1]:
            if line.startswith(b"{"):
                skipping = b'"studies.site"' in line
            if not (skipping and line.startswith(b"[")):
                changed.append(line)
        end = json.loads(lines[-1])
        end["end"]["studies.site"] = [0, "0" * 64]
        return [*changed, json.dumps(end).encode() + b"\n"]

    repacked(kept, without_sites)
    done = elsewhere.manage("restore", "--key", str(kept.key))
    assert done.returncode == 1
    assert "do not fit together" in done.stderr
    assert elsewhere.ask("apps.get_model('studies.User').objects.count()") == 0


def test_two_restores_at_once_are_refused(kept: Kept) -> None:
    with restoring.alone("restore.lock", "…"), pytest.raises(CommandError) as raised:
        run("restore", "--key", kept.key)
    assert "Another restore is under way on this machine" in str(raised.value)


@pytest.mark.parametrize(
    ("place", "fault", "words"),
    [
        (
            "studies.platform.storage.DurableFileSystemStorage._save",
            OSError(28, "No space left on device"),
            "cannot be written: .* No space left on device.* files that are there are not written",
        ),
        (
            "studies.backup.services.restoring._write_files",
            OperationalError("database or disk is full"),
            "It was interrupted: database or disk is full. Rows are written all or none",
        ),
    ],
    ids=["files", "rows"],
)
def test_a_disk_that_fills_in_the_middle_is_said_in_words(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch,
    place: str, fault: Exception, words: str,
) -> None:  # fmt: skip
    def full(*_args: object) -> None:
        raise fault

    run("backup")
    storage.private_storage().delete(filled.photos[0].original_file)
    monkeypatch.setattr(restoring, "_rows_are_in", lambda snapshot: True)
    monkeypatch.setattr(restoring, "call_command", lambda *words, **options: None)
    monkeypatch.setattr(place, full)
    with pytest.raises(CommandError, match=words):
        run("restore", "--key", kept.key)


# --- Proved ------------------------------------------------------------------------------------


def test_a_whole_backup_is_proved_with_and_without_its_key(filled: Filled, kept: Kept) -> None:
    run("backup")
    number = len(list(backing_up.private_names()))
    assert f"{number} files. With --key" in run("verify_backup")
    assert f"{number} files opened" in run("verify_backup", "--key", kept.key)
    assert target.snapshot("latest").name in run("verify_backup", "--list")


def flip(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(bytes(body))


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize("spoil", [flip, cut, Path.unlink])
@pytest.mark.parametrize(
    "pattern",
    [
        "snapshots/*/database.age",
        "snapshots/*/files.age",
        "snapshots/*/objects.txt",
        "files/*/*.age",
    ],
)
def test_whatever_is_spoilt_is_found(
    filled: Filled, kept: Kept, pattern: str, spoil: Callable[[Path], None]
) -> None:
    run("backup")
    spoil(kept.objects(pattern)[0])
    with pytest.raises(CommandError, match="could not be restored whole"):
        run("verify_backup", "--key", kept.key)
    if pattern.startswith("snapshots") or spoil is not flip:
        with pytest.raises(CommandError, match="could not be restored whole"):
            run("verify_backup")


def test_the_wrong_key_and_what_is_no_key_are_said(filled: Filled, kept: Kept) -> None:
    run("backup")
    other = kept.key.with_name("other.key")
    other.write_text(make_key()[0])
    with pytest.raises(CommandError, match="this key does not open it"):
        run("verify_backup", "--key", other)
    other.write_text("password\n")
    with pytest.raises(CommandError, match="holds no age secret key"):
        run("verify_backup", "--key", other)
    with pytest.raises(CommandError, match="No such file"):
        run("verify_backup", "--key", kept.key.with_name("missing.key"))


def test_an_unknown_or_unfinished_backup_is_said(filled: Filled, kept: Kept) -> None:
    with pytest.raises(CommandError, match="no finished backup here"):
        run("verify_backup")
    run("backup")
    with pytest.raises(CommandError, match="no finished backup 2020"):
        run("verify_backup", "2020")


# --- Rows --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],  # cut off
        lambda lines: [*lines[:5], *lines[6:]],  # a row is missing
        lambda lines: [*lines[:-1], lines[-1].replace(b'"end"', b'"ends"')],
        lambda lines: [lines[0].replace(b'"format":1', b'"format":9'), *lines[1:]],
        lambda lines: [*lines[:3], lines[3][:-9], *lines[4:]],
    ],
)
def test_a_dump_that_is_not_what_was_written_is_found(
    filled: Filled, kept: Kept, change: Change
) -> None:
    lines = list(rows.dump("default"))
    assert rows.read(lines, lambda *row: None).tables
    with pytest.raises(rows.Unreadable):
        rows.read(change(lines), lambda *row: None)


def test_a_dump_is_gzip_that_others_can_read(filled: Filled, kept: Kept) -> None:
    packed = b"".join(rows.compressed(rows.dump("default")))
    first = json.loads(gzip.decompress(packed).splitlines()[0])
    assert first["format"] == rows.FORMAT


def test_marks_of_whom_to_count_anew_are_the_other_databases_own(db: None) -> None:
    """Its triggers make them as rows arrive, so that a copy of them would be too many."""
    assert "inference.tallymark" not in rows.tables_of(rows.todays_apps)
    loader = Loader(rows.todays_apps, "default")
    loader.take("inference.tallymark", ["id", "participant_id"], [1, 2])  # of an earlier version
    loader.flush()
    assert not rows.todays_apps.get_model("inference.TallyMark").objects.exists()


# --- One file ----------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["altered", "missing"])
def test_one_damaged_file_is_brought_back_and_nothing_else_is_touched(
    filled: Filled, kept: Kept, harm: str
) -> None:
    run("backup")
    name = filled.photos[0].original_file
    path = Path(storage.private_storage().path(name))
    before = files_under(Path(storage.private_storage().location))
    if harm == "altered":
        path.write_bytes(b"rotten")
    else:
        path.unlink()
    run("backup")  # a newer one, which keeps the good copy where it has one
    assert "is back as it was stored" in run("restore", "--file", name, "--key", kept.key)
    assert files_under(Path(storage.private_storage().location)) == before
    assert "nothing was changed" in run("restore", "--file", name, "--key", kept.key)


def test_a_file_of_somebody_erased_is_not_brought_back(
    siti: Participant, filled: Filled, kept: Kept
) -> None:
    run("backup")
    name = filled.photos[0].original_file
    erase(siti)
    with pytest.raises(CommandError, match="so it was not restored"):
        run("restore", "--file", name, "--key", kept.key)
    assert not storage.private_storage().exists(name)


def test_a_file_that_no_backup_holds_is_refused_in_words(filled: Filled, kept: Kept) -> None:
    run("backup")
    photo = filled.photos[0]
    photo.original_file = f"originals/{photo.pk}/{'1' * 64}.jpg"
    photo.save()
    with pytest.raises(CommandError, match="No backup here holds"):
        run("restore", "--file", photo.original_file, "--key", kept.key)
