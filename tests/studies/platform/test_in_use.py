"""Nobody is served by a process of another version than the database, nor during an upgrade."""

import fcntl
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from django.db import DatabaseError, connection
from django.test import Client
from django.utils import timezone
from pytest_django.asserts import assertNumQueries

from config import celery
from studies.backup.models import BackupRun
from studies.platform import in_use, versions, work
from tests.conftest import Team

pytestmark = pytest.mark.django_db

BEHIND = versions.Standing(newer=(("studies", "9999_new"),), absent=(), empty=False)
TODAY = versions.Standing(newer=(), absent=(), empty=False)


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """This process asks, as web and workers do; SQLite's locks lie in a folder."""
    if connection.vendor == "sqlite":
        monkeypatch.setitem(connection.settings_dict, "NAME", str(tmp_path / "gsh.sqlite3"))
    monkeypatch.setattr(in_use, "_watch", in_use._Watch())
    in_use.watch(known=True)


@pytest.fixture
def upgraded(watched: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody applied a migration that this process does not know."""
    monkeypatch.setattr(versions, "standing", lambda: BEHIND)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO django_migrations (app, name, applied) VALUES ('studies', '9999_new', %s)",
            [timezone.now()],
        )


def test_an_upgrade_waits_for_who_is_inside_and_keeps_others_out(watched: None) -> None:
    with in_use.using(), pytest.raises(in_use.StillUsed), in_use.shut(seconds=0.2):
        pass
    with in_use.using():  # it gave up, so all may go in again
        pass
    with in_use.shut(seconds=1):
        assert in_use.refusal() is not None
        with pytest.raises(in_use.StillUsed), in_use.shut(seconds=0.2):
            pass  # two upgrades at once
    assert in_use.refusal() is None


def test_who_waits_for_those_inside_is_not_overtaken(watched: None) -> None:
    """The door is shut while somebody is inside still."""
    name = connection.settings_dict["NAME"]
    with in_use.using():
        door = os.open(f"{name}.door", os.O_RDONLY)
        fcntl.flock(door, fcntl.LOCK_EX)
        assert in_use.refusal() is not None
        os.close(door)


def test_a_place_is_given_back_though_a_forked_child_holds_a_copy_of_the_file(
    watched: None,
) -> None:
    read, write = os.pipe()
    with in_use.using():
        child = os.fork()
        if not child:
            os.read(read, 1)
            os._exit(0)
    with in_use.shut(seconds=0.2):
        pass
    os.write(write, b".")
    os.waitpid(child, 0)


def test_another_migration_that_does_no_harm_stops_nobody(
    upgraded: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert in_use.refusal() is not None
    monkeypatch.setattr(versions, "standing", lambda: TODAY)
    assert in_use.refusal() is None


def test_while_the_database_is_away_nothing_is_refused(
    watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise DatabaseError("away")

    monkeypatch.setattr(in_use, "_fingerprint", away)
    assert in_use.refusal() is None


def test_commands_and_tests_are_not_watched(upgraded: None) -> None:
    in_use._watch.on = False
    assert in_use.refusal() is None


# --- What people, phones, programs and workers see ------------------------------------------------


def test_it_is_said_in_words_on_every_kind_of_page(
    upgraded: None, team: Team, as_person: Callable[..., Client]
) -> None:
    client = as_person(team.amina)
    in_use._watch.known = (0, 0)
    staff = client.get("/studies/MEL-8/")
    assert staff.status_code == 503
    assert staff["Retry-After"] == "60"
    assert "Everything saved before is there" in staff.content.decode()
    mine = client.get("/my/", headers={"accept-language": "ms"})
    assert mine.status_code == 503
    assert '<html lang="ms"' in mine.content.decode()
    assert "Our system is being worked on" not in mine.content.decode()
    script = client.post("/my/uploads/", headers={"sec-fetch-mode": "cors"})
    assert script.status_code == 503
    assert script.json()["type"] == "urn:gsh:problem:paused"
    api = client.get("/api/v1/studies/")
    assert (api.status_code, api["Content-Type"]) == (503, "application/problem+json")
    assert api.json()["detail"] == in_use.ANOTHER
    health = client.get("/health/")
    assert (health.status_code, health.json()["version"]) == (503, "other")
    assert client.get("/health/all/").status_code == 503


def test_the_page_asks_the_database_nothing_but_its_version(watched: None, client: Client) -> None:
    with in_use.shut(seconds=1), assertNumQueries(0):
        assert client.get("/my/").status_code == 503
        assert client.get("/studies/MEL-8/").status_code == 503


def test_work_stays_as_it_is_for_a_worker_of_the_new_version(upgraded: None) -> None:
    row = BackupRun.objects.create()
    done: list[BackupRun] = []
    assert not work.perform(BackupRun, row.pk, lambda claim: done.append(claim.row))
    row.refresh_from_db()
    assert (done, row.state, row.attempts) == ([], work.WorkState.QUEUED, 0)


def test_what_was_under_way_is_not_written_to_a_database_of_another_version(
    watched: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = BackupRun.objects.create()

    def do(claim: work.Claim[BackupRun]) -> None:
        monkeypatch.setattr(versions, "standing", lambda: BEHIND)
        in_use._watch.known = (0, 0)
        with claim.completing():
            BackupRun.objects.filter(pk=row.pk).update(rows=7)

    assert not work.perform(BackupRun, row.pk, do)
    row.refresh_from_db()
    assert (row.rows, row.state) == (0, work.WorkState.RUNNING)  # taken up when its lease is over


def test_a_worker_says_that_it_waits_and_gives_no_sign_of_life(
    watched: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    sweep = object.__new__(celery.Sweep)
    waited: list[float] = []

    class Stop:
        def wait(self, seconds: float) -> bool:
            waited.append(seconds)
            return len(waited) > 2

    class Database:
        def __enter__(self) -> None: ...
        def __exit__(self, *exception: object) -> None: ...

    sweep._stop, sweep._database, sweep._name = Stop(), Database(), "one@here"  # type: ignore[assignment]
    monkeypatch.setattr(celery, "close_old_connections", lambda: None)
    monkeypatch.setattr(work, "beat", lambda name: pytest.fail("it gave a sign of life"))
    with in_use.shut(seconds=1):
        sweep._run()
    assert "this worker waits" in caplog.text
    assert celery.PAUSED_SECONDS in waited
