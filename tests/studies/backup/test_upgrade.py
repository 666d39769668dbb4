"""`manage.py upgrade` changes nothing unless there is a way back and nobody is at work."""

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError
from django.utils import timezone
from pytest_django.fixtures import Settings

from studies.backup import rows, target
from studies.backup.commands import upgrade
from studies.platform import versions
from studies.platform.commands import doctor
from studies.platform.models import WorkerHeartbeat
from tests.studies.backup.conftest import Kept, run

pytestmark = pytest.mark.django_db

TODAY = versions.Standing(newer=(), absent=(), empty=False)
BEHIND = versions.Standing(newer=(), absent=(("studies", "9999_new"),), empty=False)
AHEAD = versions.Standing(newer=(("studies", "9999_from_tomorrow"),), absent=(), empty=False)
EMPTY = versions.Standing(newer=(), absent=(("studies", "0001_initial"),), empty=True)
Done = list[str]


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch, settings: Settings) -> Done:
    """What was carried out; the database is behind, and all else is well."""
    carried_out: Done = []
    settings.SECRET_KEY = "k8Zq-not-a-real-key-but-long-and-varied-enough-0123456789-ABCDE"
    monkeypatch.setattr(versions, "standing", lambda: BEHIND)
    monkeypatch.setattr(upgrade, "call_command", lambda name, **_: carried_out.append(name))
    monkeypatch.setattr(time, "sleep", lambda seconds: None)
    return carried_out


def keep_backup(*, age: timedelta, without_last: bool = False) -> None:
    made_at = (datetime.now(UTC) - age).isoformat()
    migrations = rows.applied_migrations()[: -1 if without_last else None]
    target.write_complete(target.Snapshot("one", made_at, "0.0.9", migrations, 1, 0))


def refused(match: str, *words: str) -> None:
    with pytest.raises(CommandError, match=match) as error:
        call_command("upgrade", *words, stdout=StringIO())
    assert "Nothing was changed" in str(error.value)


@pytest.mark.parametrize(
    "prepare",
    [
        lambda: None,
        lambda: keep_backup(age=timedelta(hours=5)),
        lambda: keep_backup(age=timedelta(), without_last=True),
    ],
    ids=["none", "old", "of another version"],
)
def test_it_makes_a_backup_where_there_is_no_fresh_one_of_this_very_database(
    done: Done, kept: Kept, prepare: Callable[[], None]
) -> None:
    prepare()
    before = len(target.snapshots())
    said = run("upgrade")
    assert done == ["migrate", "collectstatic"]
    assert len(target.snapshots()) == before + 1
    [made] = [each for each in target.snapshots() if each.name.endswith("-upgrade")]
    assert f"The way back is the backup {made.name}" in said
    assert made.migrations == rows.applied_migrations()
    assert "rows" in run("verify_backup", made.name, "--key", kept.key)


def test_a_fresh_backup_is_good_enough(done: Done, kept: Kept) -> None:
    keep_backup(age=timedelta(minutes=5))
    assert "The way back is the backup one." in run("upgrade")
    assert "systemctl start gsh-web" in run("upgrade")
    assert len(target.snapshots()) == 1


def test_a_place_for_backups_that_is_away_or_full_stops_it(
    done: Done, kept: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(name: str, content: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(target, "write", full)
    refused("No space left on device")
    assert done == []


def test_without_a_place_for_backups_somebody_has_to_say_so(done: Done) -> None:
    refused("BACKUP_URL is not set")
    assert done == []
    run("upgrade", "--without-backup")
    assert done == ["migrate", "collectstatic"]


@pytest.mark.parametrize("standing", [TODAY, EMPTY])
def test_what_changes_no_row_needs_no_backup(
    done: Done, monkeypatch: pytest.MonkeyPatch, standing: versions.Standing
) -> None:
    monkeypatch.setattr(versions, "standing", lambda: standing)
    run("upgrade")
    assert done == ["migrate", "collectstatic"]


def test_a_newer_database_is_left_alone(done: Done, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "standing", lambda: AHEAD)
    refused("Install that version", "--without-backup")
    assert done == []


def test_a_fault_stops_it_and_its_mend_is_told(done: Done, settings: Settings) -> None:
    settings.SECRET_KEY = "short"
    refused("Make one of 50 random characters", "--without-backup")
    assert done == []


def test_what_it_mends_itself_does_not_stop_it(
    done: Done, settings: Settings, tmp_path: Path
) -> None:
    settings.STATIC_ROOT = tmp_path  # nothing is collected there
    assert "static files" in {each.subject for each in doctor.examine() if each.state == "fault"}
    run("upgrade", "--without-backup")
    assert done == ["migrate", "collectstatic"]


def test_it_refuses_beside_a_worker_that_goes_on_and_not_beside_one_that_waits(
    done: Done, monkeypatch: pytest.MonkeyPatch
) -> None:
    WorkerHeartbeat.objects.create(name="one", seen_at=timezone.now())
    run("upgrade", "--without-backup")
    assert done == ["migrate", "collectstatic"]
    done.clear()

    def beat(seconds: float) -> None:
        WorkerHeartbeat.objects.update(seen_at=timezone.now() + timedelta(seconds=1))

    monkeypatch.setattr(time, "sleep", beat)
    refused("a worker is at work", "--without-backup")
    assert done == []


def test_nothing_is_refused_while_the_database_is_away(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Web and workers start without it, and go on when it is back."""

    def away() -> versions.Standing:
        raise DatabaseError("away")

    monkeypatch.setattr(versions, "connection", type("Nothing", (), {"close": lambda: None}))
    monkeypatch.setattr(versions, "standing", away)
    versions.require_this_version()
    monkeypatch.setattr(versions, "standing", lambda: AHEAD)
    with pytest.raises(SystemExit) as ended:
        versions.require_this_version()
    assert ended.value.code == 4
    assert "9999_from_tomorrow" in capsys.readouterr().err
