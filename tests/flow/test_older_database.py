"""Databases of earlier versions, kept in ``older/``: each migrates, and nothing of it is lost.

One is added whenever a version is released, and none is ever changed. Made with ``load_demo``, some
photos checked and scored, sessions removed, and SQLite's own dump.
"""

import gzip
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OLDER = sorted((Path(__file__).parent / "older").glob("*.sql.gz"))
HELD = {
    "house-0001": {
        "participants": 3, "visits": 15, "photos": 42, "consents": 3, "scores": 218, "runs_done": 6,
        "events": 148, "conditions": 8,
    },
}  # fmt: skip
LOOK = """
import json
from django.apps import apps
from django.test import Client

def count(label, **where):
    return apps.get_model(label)._default_manager.filter(**where).count()

held = {
    "participants": count("participants.Participant"), "visits": count("participants.Visit"),
    "photos": count("participants.Photo"), "consents": count("participants.Consent"),
    "scores": count("inference.Score"), "runs_done": count("inference.Run", state="done"),
    "events": count("studies.AuditEvent"), "conditions": count("studies.Condition"),
}
client = Client()
member = apps.get_model("studies.Membership").objects.filter(role="manager").first()
client.force_login(member.user)
at = f"/studies/{member.study.code}/"
pages = ("", "protocol/", "people/", "record/", "models/", "export/")
print(json.dumps([held, {page: client.get(at + page).status_code for page in pages}]))
"""


class Older:
    """A copy of an older database, in a folder of its own."""

    def __init__(self, dump: Path, folder: Path) -> None:
        self.environment = {**os.environ, "GSH_ENV": "test", "VAR_DIR": str(folder)}
        for outside in ("DATABASE_URL", "REDIS_URL", "STORAGE_URL"):
            self.environment.pop(outside, None)
        with closing(sqlite3.connect(folder / "gsh.sqlite3")) as database:
            database.executescript(gzip.decompress(dump.read_bytes()).decode())

    def manage(self, *words: str) -> str:
        """What ``manage.py`` says; fails with its error."""
        done = subprocess.run(
            [sys.executable, "manage.py", *words],
            cwd=ROOT, env=self.environment, capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout


@pytest.fixture(params=OLDER, ids=lambda dump: dump.name.removesuffix(".sql.gz"))
def older(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[str, Older]:
    dump: Path = request.param
    return dump.name.removesuffix(".sql.gz"), Older(dump, tmp_path)


def test_there_is_one() -> None:
    assert {dump.name.removesuffix(".sql.gz") for dump in OLDER} == set(HELD)


def test_it_migrates_and_nothing_is_lost(older: tuple[str, Older]) -> None:
    name, database = older
    database.manage("migrate", "--verbosity=0")
    assert "[ ]" not in database.manage("showmigrations")
    held, pages = json.loads(database.manage("shell", "-v", "0", "-c", LOOK).splitlines()[-1])
    assert held == HELD[name]
    assert set(pages.values()) == {200}, pages


def test_who_was_screened_is_eligible_or_a_failure_by_the_answers(older: tuple[str, Older]) -> None:
    _, database = older
    path = Path(database.environment["VAR_DIR"], "gsh.sqlite3")
    with closing(sqlite3.connect(path)) as raw, raw:
        found = raw.execute("SELECT id, participant_id FROM participants_screening ORDER BY id")
        (kept, fits), (failed, fails), (gone, without) = found.fetchmany(3)
        raw.execute("UPDATE participants_screening SET eligible = 1 WHERE id = ?", [kept])
        raw.execute("UPDATE participants_screening SET eligible = 0 WHERE id = ?", [failed])
        raw.execute("DELETE FROM participants_screening WHERE id = ?", [gone])
        raw.execute(
            "UPDATE participants_participant SET state = 'screened', enrolled_on = NULL"
            " WHERE id IN (?, ?, ?)", [fits, fails, without],
        )  # fmt: skip
    database.manage("migrate", "--verbosity=0")
    with closing(sqlite3.connect(path)) as raw:
        people = dict(raw.execute("SELECT id, state FROM participants_participant").fetchall())
        log = dict(raw.execute("SELECT participant_id, outcome FROM participants_screeningattempt"))
    assert (people[fits], people[fails], people[without]) == (
        "eligible", "screen_failure", "screening",
    )  # fmt: skip
    assert (log[fits], log[fails]) == ("eligible", "failure")
    assert "screened" not in people.values()


def test_its_audit_trail_is_whole_afterwards_and_still_refuses_changes(
    older: tuple[str, Older],
) -> None:
    _, database = older
    database.manage("migrate", "--verbosity=0")
    assert database.manage("verify_audit")
    path = Path(database.environment["VAR_DIR"], "gsh.sqlite3")
    with (
        closing(sqlite3.connect(path)) as raw,
        pytest.raises(sqlite3.IntegrityError, match="append-only"),
    ):
        raw.execute("UPDATE studies_auditevent SET reason = 'another'")


def test_no_model_has_changed_without_a_migration(older: tuple[str, Older]) -> None:
    _, database = older
    told: Any = database.manage("makemigrations", "--check", "--dry-run")
    assert "No changes detected" in told
