"""The drill: backed up while photos are scored, all killed, restored into the other database."""

import os
import shutil
import signal
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pytest

from studies.backup.encryption import make_key
from tests.faults.conftest import QUICK, send_photos
from tests.prepared import Preparing
from tests.servers import new_database, wait_until
from tests.stack import NewStack, Stack

pytestmark = [pytest.mark.full, pytest.mark.faults]

GIVEN = """
from django.apps import apps
from django.conf import settings
from participants.people.services.identity import unseal
from studies.backup import rows

def names():
    kept = apps.get_model("participants.Identity").objects.select_related("participant")
    return sorted(unseal(participant=i.participant, sealed=i.sealed).name for i in kept)

def photos():
    return sorted(str(pk) for pk in apps.get_model("participants.Photo").objects.values_list("pk", flat=True))
"""  # noqa: E501 - a line of a program
SCORED = "select count(*) from inference_run where state = 'done'"


def kill_all(stack: Stack) -> None:
    for process in stack.processes.values():
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    stack.processes.clear()


def files_of(stack: Stack) -> dict[str, bytes]:
    root = stack.folder / "var" / "files"
    return {p.relative_to(root).as_posix(): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.fixture
def elsewhere(postgresql: str, tmp_path: Path) -> Iterator[Stack]:
    """A machine with nothing on it but an empty PostgreSQL."""
    stack = Stack(tmp_path / "elsewhere", {"DATABASE_URL": new_database(postgresql)})
    yield stack
    stack.stop()


def test_what_was_there_at_the_backup_is_there_after_the_machine_is_lost(
    new_stack: NewStack, elsewhere: Stack, preparing: Preparing, tmp_path: Path
) -> None:
    identity, recipient = make_key()
    key = tmp_path / "backup.key"
    key.write_text(identity)
    kept = {"BACKUP_URL": f"file://{tmp_path}/kept", "BACKUP_RECIPIENTS": recipient}
    alike = {"SITE_URL": "http://drill.test", **QUICK, **kept}
    lost = new_stack("embedded", people=True, **alike)
    before = send_photos(lost, 2)
    lost.start_worker()
    wait_until(lambda: lost.sql(SCORED)[0][0] > 0, seconds=240, what="photos to be scored")
    lost.manage("backup")  # while the worker writes
    after = {*send_photos(lost, 3)} - {*before}  # these are in no backup
    assert after
    kill_all(lost)
    keys, names = lost.ask("[settings.IDENTITY_KEYS, names()]", given=GIVEN)
    assert "opened" in lost.manage("verify_backup", "--key", str(key)).stdout

    elsewhere.settings |= {**alike, "IDENTITY_KEYS": ",".join(keys)}
    elsewhere.settings["SHIPPED_MODEL_PACKAGE"] = lost.settings["SHIPPED_MODEL_PACKAGE"]
    elsewhere.manage("restore", "--key", str(key))

    photos, names_there = elsewhere.ask("[photos(), names()]", given=GIVEN)
    assert photos == sorted(before)
    assert set(names_there) <= set(names)
    restored = files_of(elsewhere)
    assert restored
    for name, body in restored.items():
        digest = Path(name).name.partition(".")[0]
        assert len(digest) < 64 or sha256(body).hexdigest() == digest, name
    elsewhere.manage("verify_audit")

    # What waited for a score is scored there, and back into SQLite nothing is lost either.
    elsewhere.start_worker()
    wait_until(lambda: elsewhere.sql(SCORED)[0][0] >= len(before), seconds=240, what="all scores")
    kill_all(elsewhere)
    elsewhere.manage("backup")
    sums = "{label: table.as_list() for label, table in rows.sums_of(apps, 'default').items()}"
    there = elsewhere.ask(sums, given=GIVEN)
    back = Stack(tmp_path / "back", {**elsewhere.settings, "DATABASE_URL": ""})
    (back.folder / "var").mkdir(parents=True)
    empty = preparing.get(people=False, server=None).stack.folder / "var" / "gsh.sqlite3"
    shutil.copy(empty, back.folder / "var")
    back.manage("restore", "--key", str(key))
    here = back.ask(sums, given=GIVEN)
    # The backup itself was still under way in its own copy; permissions are numbered anew.
    same = there.keys() - {"studies.backuprun"}
    assert {label: here[label] for label in same} == {label: there[label] for label in same}
