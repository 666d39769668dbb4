"""Making backups: what is copied, how often, for whom, and what goes when it is outdated."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.core.management import CommandError
from django.db.models.signals import post_save
from django.utils import timezone
from pytest_django.fixtures import Settings

from config.environment import Env
from config.stores import backups
from participants.correcting.services.photos import erase_photo
from participants.people.models import Participant
from studies.backup import target
from studies.backup.ledger import note, read_ledger, read_photos
from studies.backup.models import BackupRun
from studies.backup.services import backing_up
from studies.backup.services.backing_up import plan_backup
from studies.backup.signals import ErasedPerson, ErasedPhoto
from studies.backup.tasks import make_backup
from studies.platform import storage
from studies.platform.work import WorkState, claim
from tests.conftest import Team
from tests.participants.privacy.erasing import Filled, erase, fill
from tests.s3 import s3_client, s3_server
from tests.studies.backup.conftest import Kept, run

pytestmark = pytest.mark.django_db

SHA = "0" * 64


@pytest.fixture
def filled(team: Team) -> Filled:
    return fill(team)


@pytest.fixture
def siti(filled: Filled) -> Participant:
    return filled.participant


def test_a_second_backup_copies_only_what_is_new(filled: Filled, kept: Kept) -> None:
    names = sorted(backing_up.private_names())
    assert f"{len(names)} files, of which {len(names)} were new" in run("backup")
    storage.store("originals", "p-1", b"one more photo", suffix=".jpg")
    assert f"{len(names) + 1} files, of which 1 were new" in run("backup")
    assert len(kept.objects("files/*/*.age")) == len(names) + 1
    assert [snapshot.files for snapshot in target.snapshots()] == [len(names) + 1, len(names)]


def test_nothing_can_be_read_in_a_backup_without_its_key(filled: Filled, kept: Kept) -> None:
    run("backup")
    everything = b"".join(path.read_bytes() for path in kept.objects("**/*"))
    everything += "".join(str(path) for path in kept.objects("**/*")).encode()
    photo = filled.photos[0]
    for told in (storage.read(photo.original_file), str(photo.pk).encode(), b"MEL-8", b"SG01-0001"):
        assert told not in everything


def test_a_photo_that_is_not_what_it_was_is_told_and_its_good_copy_stays(
    filled: Filled, kept: Kept
) -> None:
    run("backup")
    before = {path: path.read_bytes() for path in kept.objects("files/*/*.age")}
    name = filled.photos[0].original_file
    Path(storage.private_storage().path(name)).write_bytes(b"rotten")
    digest = backing_up.digest_in(name)
    object_path = kept.folder / target.key_of(name, digest)
    object_path.unlink()  # so that it is read again
    with pytest.raises(CommandError, match="not what they were when they were stored") as told:
        run("backup")
    assert name in str(told.value)
    assert not object_path.exists()
    assert target.snapshot("latest").damaged == [name]
    assert {path: before[path] for path in kept.objects("files/*/*.age")}.items() <= before.items()


def test_a_file_that_an_erasure_removes_meanwhile_is_left_out(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = sorted(backing_up.private_names())
    monkeypatch.setattr(backing_up, "private_names", lambda: [f"originals/gone/{SHA}.jpg", *names])
    assert f"{len(names)} files" in run("backup")


def test_an_interrupted_backup_goes_on_where_it_was(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_row = BackupRun.objects.create()
    monkeypatch.setattr(backing_up, "PART_SECONDS", -1.0)  # a file, and the time is up
    make_backup(str(run_row.pk))
    run_row.refresh_from_db()
    assert (run_row.state, run_row.copied) == (WorkState.QUEUED, 1)
    assert target.snapshots() == []
    database = target.read(target.part_of(run_row.snapshot, target.DATABASE))
    monkeypatch.setattr(backing_up, "PART_SECONDS", 100.0)
    make_backup(str(run_row.pk))
    run_row.refresh_from_db()
    assert run_row.state == WorkState.DONE
    assert run_row.copied == run_row.files == len(list(backing_up.private_names()))
    assert (
        kept.folder / target.part_of(run_row.snapshot, target.DATABASE)
    ).read_bytes() == database


def test_two_at_once_are_made_one_after_the_other(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = BackupRun.objects.create()
    monkeypatch.setattr(backing_up, "PART_SECONDS", -1.0)
    make_backup(str(first.pk))
    with pytest.raises(CommandError, match="Another backup is under way"):
        run("backup")
    assert len(kept.objects("snapshots/*/database.age")) == 1


def test_a_worker_that_was_quicker_is_waited_for(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sweep takes the command's row as soon as it is there, then copies a part and dies."""
    held: list[str] = []

    def a_second_later(seconds: float) -> None:
        held.append(BackupRun.objects.get().state)
        if len(held) == 2:
            BackupRun.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    def claimed_first(sender: object, instance: BackupRun, created: bool, **_: object) -> None:
        if created:
            assert claim(BackupRun, instance.pk)

    monkeypatch.setattr("studies.platform.following.time.sleep", a_second_later)
    post_save.connect(claimed_first, sender=BackupRun)
    try:
        said = run("backup")
    finally:
        post_save.disconnect(claimed_first, sender=BackupRun)
    assert held == [WorkState.RUNNING, WorkState.RUNNING]
    assert said.count("a worker is making it") == 1
    assert BackupRun.objects.get().state == WorkState.DONE
    assert f"{len(list(backing_up.private_names()))} files, of which" in said


def test_a_worker_that_was_quicker_and_failed_is_told_of(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def claimed_first(sender: object, instance: BackupRun, created: bool, **_: object) -> None:
        if created:
            assert claim(BackupRun, instance.pk)

    def fails(seconds: float) -> None:
        later = timezone.now() + timedelta(minutes=5)
        BackupRun.objects.update(state=WorkState.QUEUED, due_at=later, last_error="no room there")

    monkeypatch.setattr("studies.platform.following.time.sleep", fails)
    post_save.connect(claimed_first, sender=BackupRun)
    try:
        with pytest.raises(CommandError, match="not finished: no room there"):
            run("backup")
    finally:
        post_save.disconnect(claimed_first, sender=BackupRun)


def test_the_backups_of_another_installation_are_left_alone(
    filled: Filled, kept: Kept, settings: Settings
) -> None:
    run("backup")
    settings.SITE_URL = "https://other.example.org"
    with pytest.raises(CommandError, match="Name another folder or bucket"):
        run("backup")
    assert len(target.snapshots()) == 1


@pytest.mark.parametrize(
    "fault", [OSError(28, "No space left on device"), PermissionError(13, "no")]
)
def test_a_target_that_goes_away_is_said_and_tried_again(
    filled: Filled, kept: Kept, monkeypatch: pytest.MonkeyPatch, fault: OSError
) -> None:
    write = target.write

    def refused(name: str, content: object) -> None:
        if name.startswith("files/"):
            raise fault
        write(name, content)  # type: ignore[arg-type]

    monkeypatch.setattr(target, "write", refused)
    with pytest.raises(CommandError, match="A worker tries again"):
        run("backup")
    row = BackupRun.objects.get()
    assert row.state == WorkState.QUEUED
    assert str(fault) in row.last_error
    assert target.snapshots() == []
    monkeypatch.setattr(target, "write", write)
    BackupRun.objects.update(due_at=timezone.now())
    make_backup(str(row.pk))
    assert [snapshot.name for snapshot in target.snapshots()] == [row.snapshot]


def test_a_bucket_takes_them_too(
    filled: Filled, kept: Kept, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    with s3_server("safe") as endpoint:
        client = s3_client(endpoint)
        monkeypatch.setenv("BACKUP_ACCESS_KEY", "key")
        monkeypatch.setenv("BACKUP_SECRET_KEY", "secret")
        monkeypatch.setenv("BACKUP_URL", f"s3://safe/gsh?endpoint={endpoint}&region=us-east-1")
        settings.STORAGES = {**settings.STORAGES, **backups(Env())}
        run("backup")
        assert "files opened" in run("verify_backup", "--key", kept.key)
        lost = next(iter(target.objects("files")))
        client.delete_object(Bucket="safe", Key=f"gsh/{lost}")
        with pytest.raises(CommandError, match=f"{lost} is missing"):
            run("verify_backup")
        assert "of which 1 were new" in run("backup")


# --- Every night -------------------------------------------------------------------------------


def test_each_nights_backup_plans_the_next(filled: Filled, kept: Kept, settings: Settings) -> None:
    first = plan_backup()
    assert first is not None
    assert plan_backup() == first
    assert (first.due_at.hour, first.due_at > timezone.now()) == (settings.BACKUP_HOUR, True)
    BackupRun.objects.update(due_at=timezone.now(), day=timezone.now().date())
    make_backup(str(first.pk))
    following = BackupRun.objects.exclude(pk=first.pk).get()
    assert (following.state, following.day) == (WorkState.QUEUED, following.due_at.date())


def test_without_a_target_none_is_planned(db: None) -> None:
    assert plan_backup() is None


@pytest.mark.parametrize("url", [True, False])
def test_a_target_without_keys_and_keys_without_a_target_are_refused(
    kept: Kept, settings: Settings, url: bool
) -> None:
    if url:
        settings.BACKUP_RECIPIENTS = []
    else:
        storages = {**settings.STORAGES}
        del storages["backups"]
        settings.STORAGES = storages
    with pytest.raises(CommandError, match="BACKUP_RECIPIENTS" if url else "BACKUP_URL"):
        run("backup")


# --- What is kept no longer --------------------------------------------------------------------


def test_a_clock_in_the_past_makes_no_backup_that_would_count_as_older(
    filled: Filled, kept: Kept
) -> None:
    run("backup")
    refused = pytest.raises(CommandError, match="by this machine's clock, so none was made")
    with time_machine.travel(timezone.now() - timedelta(days=2)), refused:
        run("backup")
    assert len(target.snapshots()) == 1


def test_outdated_backups_go_with_the_files_that_only_they_needed(
    siti: Participant, filled: Filled, kept: Kept, settings: Settings
) -> None:
    run("backup")
    old = target.snapshot("latest")
    erase(siti)
    run("backup")
    assert len(target.snapshots()) == 2
    path = kept.folder / target.part_of(old.name, target.COMPLETE)
    told = json.loads(path.read_text())
    told["made_at"] = (
        timezone.now() - timedelta(days=settings.BACKUP_KEEP_DAYS, hours=1)
    ).isoformat()
    path.write_text(json.dumps(told))
    run("backup")
    assert old.name not in {snapshot.name for snapshot in target.snapshots()}
    assert kept.objects(f"snapshots/{old.name}/*") == []
    assert len(kept.objects("files/*/*.age")) == target.snapshot("latest").files


def test_the_last_backup_stays_however_old_it_is(
    filled: Filled, kept: Kept, settings: Settings
) -> None:
    settings.BACKUP_KEEP_DAYS = -1
    run("backup")
    assert len(target.snapshots()) == 1


# --- Who was erased ----------------------------------------------------------------------------


def test_an_erasure_leaves_its_entry_at_once(siti: Participant, kept: Kept) -> None:
    erase(siti)
    assert list(read_ledger(kept.keys)) == [ErasedPerson("MEL-8", "SG01-0001")]
    assert b"SG01" not in b"".join(path.read_bytes() for path in kept.objects("erased/*"))
    assert note([ErasedPerson("MEL-8", "SG01-0001")]) == 0


def test_a_photo_erased_alone_leaves_its_entry_apart_and_each_backup_writes_it_again(
    team: Team, filled: Filled, kept: Kept
) -> None:
    photo = filled.photos[0]
    erase_photo(photo=photo, reason="It shows somebody else", by=team.amina)
    entry = ErasedPhoto("MEL-8", str(photo.pk))
    assert list(read_photos(kept.keys)) == [entry]
    assert list(read_ledger(kept.keys)) == []
    for path in kept.objects("erased-photos/*"):
        path.unlink()
    run("backup")
    assert list(read_photos(kept.keys)) == [entry]


def test_where_the_ledger_cannot_be_written_the_erasure_ends_and_a_backup_follows(
    siti: Participant, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = target.write

    def away(name: str, content: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(target, "write", away)
    erase(siti)
    siti.refresh_from_db()
    assert siti.state == "erased"
    monkeypatch.setattr(target, "write", write)
    make_backup(str(BackupRun.objects.get().pk))
    assert list(read_ledger(kept.keys)) == [ErasedPerson("MEL-8", "SG01-0001")]
