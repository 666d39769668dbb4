"""An installation moves from SQLite and a folder to PostgreSQL and a bucket, and back."""

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import requests

from tests.faults.conftest import send_photos
from tests.prepared import Preparing
from tests.s3 import KEYS, s3_client, s3_server
from tests.servers import free_port, new_database, wait_until
from tests.stack import ROOT, NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.faults]

GIVEN = """
from django.apps import apps
from django.conf import settings
from participants.people.services.identity import unseal
from studies.backup import rows
from studies.protocol.models import Site

def names():
    kept = apps.get_model("participants.Identity").objects.select_related("participant")
    return sorted(unseal(participant=i.participant, sealed=i.sealed).name for i in kept)

def sums():
    return {label: table.as_list() for label, table in rows.sums_of(apps, "default").items()}

def new_site():
    highest = max(Site.objects.values_list("pk", flat=True))
    made = Site.objects.create(
        study=Site.objects.first().study, code="NEW1", name="New", country="SG")
    return made.pk > highest and Site.objects.filter(pk=made.pk).delete()[0] > 0
"""

TRIED = """
from django.core.management import CommandError, call_command
from io import StringIO

def tried(*words):
    try:
        call_command("move_to", *words, stdout=StringIO())
    except CommandError as error:
        return str(error)
    return "it moved"
"""

# Somebody who writes all the while: rows that come, change and go, and files that take the place of
# others, each noted in a file once it is committed.
WRITER = """
import json, sys
from django.db import DatabaseError, transaction
from participants.capture.models import Photo
from studies.platform import storage
from studies.platform.actors import SYSTEM
from studies.protocol.models import Site, Study
from studies.record.services.writing import record

study, photo, log = Study.objects.first(), Photo.objects.first(), open({log!r}, "a", buffering=1)
number = 0
while True:
    number += 1
    try:
        with transaction.atomic():
            made = Site.objects.create(study=study, code=f"W{{number}}", name="New", country="SG")
            record(by=SYSTEM, action="site.add", study=study.code, site=made.code)
        Site.objects.filter(code=f"W{{number - 1}}").update(name="Changed")
        gone = f"W{{number - 2}}" if number % 3 == 0 else ""
        Site.objects.filter(code=gone).delete()
        was = Photo.objects.get(pk=photo.pk).thumbnail_file
        name, _ = storage.store("thumbnails", str(photo.pk), b"%d" % number, suffix=".webp")
        Photo.objects.filter(pk=photo.pk).update(thumbnail_file=name)
        if was:
            storage.private_storage().delete(was)
    except DatabaseError as error:
        log.write(json.dumps(str(error)) + "\\n")
        break
    log.write(json.dumps([made.code, gone, name]) + "\\n")
"""


def moved_under_a_writer(stack: Stack, database: str, files: str, log: Path) -> list[list[str]]:
    """Move while somebody writes; what they committed: a site each, one that went, a file."""
    code = WRITER.format(log=str(log))
    writer = subprocess.Popen(
        [sys.executable, "manage.py", "shell", "-v", "0", "-c", code],
        env=stack.environment, cwd=ROOT, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        wait_until(lambda: log.exists() and log.read_text().count("\n") > 2, seconds=60, what="it")
        told = stack.manage("move_to", database, files).stdout
        words = writer.communicate(timeout=60)[1].decode()
    finally:
        writer.kill()
    assert "changes meanwhile have followed" in told
    assert "They are what was moved" in told
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert "moved elsewhere" in str(lines[-1]) or "locked" in str(lines[-1]), words
    return lines[:-1]


def assert_nothing_is_lost(there: Stack, written: list[list[str]]) -> None:
    gone = {each[1] for each in written}
    sites = dict(there.sql("SELECT code, name FROM studies_site WHERE code LIKE 'W%'"))
    # A round that was cut off is not noted, and may have removed the site of two rounds before.
    sure = written[:-2]
    assert {code for code, _, _ in sure} - gone <= sites.keys()
    assert not gone & sites.keys()
    assert all(sites[code] == "Changed" for code, _, _ in sure if code in sites)
    assert len(sites) - len({code for code, _, _ in written} - gone) in {-1, 0, 1}
    assert "whole" in there.manage("verify_audit").stdout
    there.manage("verify_storage")  # fails where a file is missing
    given = "from studies.platform import storage"
    names = there.ask("[*storage.stored_names()]", given=given)
    assert not {name for _, _, name in sure} & set(names)


def test_under_somebody_who_writes_all_the_while_nothing_is_lost_either_way(
    stack: Stack, tables: str, preparing: Preparing, tmp_path: Path
) -> None:
    send_photos(stack, 1)
    database, folder = tables, f"file://{tmp_path}/there/files"
    written = moved_under_a_writer(stack, database, folder, tmp_path / "there.log")
    there = moved(stack, tmp_path / "there", DATABASE_URL=database, STORAGE_URL=folder)
    assert there.ask("sums()", given=GIVEN) == stack.ask("sums()", given=GIVEN)
    assert_nothing_is_lost(there, written)
    assert not stack.sql("SELECT name FROM sqlite_master WHERE name LIKE '%moving_%'")

    there.sql("DELETE FROM studies_site WHERE code LIKE 'W%' RETURNING 1")
    url, home = f"sqlite:///{tmp_path}/back.sqlite3", f"file://{tmp_path}/back/files"
    empty = preparing.get(people=False, server=None).stack.folder / "var" / "gsh.sqlite3"
    shutil.copy(empty, tmp_path / "back.sqlite3")
    written = moved_under_a_writer(there, url, home, tmp_path / "back.log")
    back = moved(there, tmp_path / "back", DATABASE_URL=url, STORAGE_URL=home)
    back.settings.pop("DATABASE_URL")
    (tmp_path / "back" / "var").mkdir(parents=True)
    (tmp_path / "back.sqlite3").rename(tmp_path / "back" / "var" / "gsh.sqlite3")
    assert_nothing_is_lost(back, written)


@pytest.fixture
def tables(preparing: Preparing, postgresql: str) -> str:
    """A database on the server that has its tables already: making them takes the longest."""
    made = preparing.get(people=False, server=postgresql)
    return new_database(postgresql, template=made.database)


@pytest.fixture
def endpoint() -> Iterator[str]:
    with s3_server("skin") as endpoint:
        yield endpoint


@pytest.fixture
def stack(new_stack: NewStack) -> Stack:
    return new_stack("embedded", people=True, **KEYS)


def files_in(folder: Path) -> dict[str, bytes]:
    # Without what a killed process was writing.
    paths = (path for path in folder.rglob("[!.]*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def refused(stack: Stack, *words: str) -> str:
    done = stack.manage("move_to", *words, check=False)
    assert done.returncode == 1, done.stdout
    assert "Traceback" not in done.stderr
    return done.stderr


def identity_key(stack: Stack) -> str:
    return (stack.folder / "var" / "identity_key").read_text().strip()


def moved(stack: Stack, folder: Path, **settings: str) -> Stack:
    """The installation that the settings name now."""
    keys = stack.settings.get("IDENTITY_KEYS") or identity_key(stack)
    return Stack(folder, {**stack.settings, "IDENTITY_KEYS": keys, **settings})


def test_there_and_back_all_is_the_same_and_the_former_one_takes_nothing_more(
    stack: Stack, postgresql: str, endpoint: str, tmp_path: Path
) -> None:
    sent = send_photos(stack, 1)
    stack.manage("anchor_audit")
    stack.start_web()
    before, names = stack.ask("[sums(), names()]", given=GIVEN)
    files = files_in(stack.folder / "var" / "files")
    database, bucket = new_database(postgresql), f"s3://skin/there?endpoint={endpoint}&region=x"

    told = stack.manage("move_to", database, bucket).stdout

    assert "counted and hashed on both sides; the audit trail is whole" in told
    assert f"STORAGE_URL={bucket}" in told
    there = moved(stack, tmp_path / "there", DATABASE_URL=database, STORAGE_URL=bucket)
    assert there.ask("[sums(), names()]", given=GIVEN) == [before, names]
    assert there.ask("new_site()", given=GIVEN) is True
    assert "whole. It agrees with 1 anchors" in there.manage("verify_audit").stdout
    keys = [one["Key"] for one in s3_client(endpoint).list_objects_v2(Bucket="skin")["Contents"]]
    assert {key for key in keys if key.startswith("there/")} == {f"there/{name}" for name in files}
    assert [key for key in keys if key.startswith("there-anchors/")]

    # The former one is read, and takes nothing more: neither from web nor from a new process.
    assert requests.get(f"{stack.url}/health/", timeout=30).status_code == 200
    with pytest.raises(Exception, match="moved elsewhere"):
        stack.sql("UPDATE studies_site SET name = 'Another' RETURNING id")
    assert "was moved to postgres://" in stack.manage("version", check=False).stdout
    late = stack.manage("create_administrator", "late@example.org", "Late", check=False)
    assert "moved elsewhere" in late.stderr
    again = stack.manage("move_to", database, bucket).stdout
    assert "All was moved before" in again
    assert "was moved to" in refused(stack, new_database(postgresql), bucket)

    back = tmp_path / "back"
    url, folder = f"sqlite:///{back}/var/gsh.sqlite3", f"file://{back}/var/files"
    back.joinpath("var").mkdir(parents=True)
    there.manage("move_to", url, folder)
    home = moved(stack, back)
    assert home.ask("[sums(), names()]", given=GIVEN) == [before, names]
    assert files_in(back / "var" / "files") == files
    assert home.ask("new_site()", given=GIVEN) is True
    with psycopg.connect(database) as connection, pytest.raises(psycopg.Error, match="moved"):
        connection.execute("UPDATE studies_site SET name = 'Another'")
    scored = "SELECT count(*) FROM inference_run WHERE state = 'done'"
    try:
        home.start_worker()
        wait_until(lambda: home.sql(scored)[0][0] >= len(sent), seconds=240, what="the scores")
    finally:
        home.stop()

    # Whoever thinks better of it goes on with the former one.
    assert "in use again" in stack.manage("move_to", "--undo").stdout
    assert stack.sql("UPDATE studies_site SET name = 'Another' RETURNING id")


def test_a_move_that_was_killed_has_changed_nothing_here_and_goes_on(
    stack: Stack, tables: str, tmp_path: Path
) -> None:
    send_photos(stack, 1)
    before = stack.ask("sums()", given=GIVEN)
    database, folder = tables, f"file://{tmp_path}/there"
    process = subprocess.Popen(
        [sys.executable, "manage.py", "move_to", database, folder],
        env=stack.environment, cwd=ROOT, start_new_session=True,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    there = moved(stack, tmp_path / "new", DATABASE_URL=database, STORAGE_URL=folder)

    def arriving() -> bool:
        try:
            return bool(there.sql("SELECT 1 FROM studies_databasemove"))
        except psycopg.Error:
            return False

    wait_until(arriving, seconds=120, what="the other end to begin")
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()

    assert stack.ask("sums()", given=GIVEN) == before
    assert stack.ask("new_site()", given=GIVEN) is True
    half = there.manage("version", check=False).stdout
    assert "is being filled from sqlite3" in half
    stack.manage("move_to", database, folder)
    assert there.ask("sums()", given=GIVEN) == before
    assert files_in(tmp_path / "there") == files_in(stack.folder / "var" / "files")


def test_what_cannot_be_moved_to_is_refused_in_words_and_nothing_changes(
    stack: Stack, postgresql: str, tmp_path: Path
) -> None:
    before = stack.ask("sums()", given=GIVEN)
    full, empty = tmp_path / "full", f"file://{tmp_path}/empty"
    full.mkdir()
    (full / "somebody's").write_text("file")
    database, away = new_database(postgresql), f"postgres://gsh@127.0.0.1:{free_port()}/gsh"
    here = f"sqlite:///{stack.folder}/var/gsh.sqlite3"
    inside = f"file://{stack.folder}/var/files/inside"
    bucket = f"s3://skin/there?endpoint=http://127.0.0.1:{free_port()}&region=x"
    cases: list[tuple[str, str, str]] = [
        ("mysql://host/name", empty, "is no DATABASE_URL"),
        (database, "/folder", "is no STORAGE_URL"),
        (away, empty, "The database to move to"),
        (database, bucket, "The storage to move to"),
        (here, empty, "holds data"),
        (database, f"file://{full}", "There are files already"),
        (database, inside, "one inside the other"),
    ]
    tried = "[tried(*case) for case in " + json.dumps([case[:2] for case in cases]) + "]"
    for case, said in zip(cases, stack.ask(tried, given=TRIED), strict=True):
        assert case[2] in said, case
    assert stack.ask("sums()", given=GIVEN) == before
    assert stack.ask("new_site()", given=GIVEN) is True
