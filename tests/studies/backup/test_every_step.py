"""The drill in small, with each of its steps left out in turn: none is missed unnoticed.

``python -m pytest tests/studies/backup/test_every_step.py -v`` names them.
"""

import json
from typing import Any

import pytest
from django.core.management import CommandError

from participants.correcting.services.photos import erase_photo
from studies.backup import ledger
from studies.backup.services import backing_up
from studies.platform import storage
from tests.conftest import Team
from tests.participants.privacy.erasing import SITI, fill
from tests.studies.backup.conftest import Elsewhere, Kept, run

pytestmark = pytest.mark.django_db

# Over there: one step left out, the restore, and whatever is found wrong afterwards.
THERE = """
import json
from importlib import import_module
from django.apps import apps
from django.core.management import CommandError, call_command
from participants.people.services.identity import unseal
from studies.platform.errors import Refusal

left_out = {left_out!r}
if left_out:
    module, name = left_out.rsplit(".", 1)
    setattr(import_module(module), name, lambda *args, **kwargs: None)
red = []

def tried(what, *words, **options):
    try:
        call_command(*words, **options)
    except (CommandError, Refusal, SystemExit) as error:
        red.append(what + ": " + str(error))

tried("restore", "restore", "--key", {key!r})
tried("files", "verify_storage")
tried("record", "verify_audit")
photos = set(map(str, apps.get_model("participants.Photo").objects.values_list("pk", flat=True)))
if photos != set({photos!r}):
    red.append("photos: " + str(len(photos)))
for identity in apps.get_model("participants.Identity").objects.select_related("participant"):
    try:
        if unseal(participant=identity.participant, sealed=bytes(identity.sealed)).name != {name!r}:
            red.append("names: another")
    except Exception as error:
        red.append("names: " + repr(error))
print("ANSWER" + json.dumps(red))
"""

HERE: list[tuple[str, Any, str, Any, str]] = [
    ("the database", backing_up, "copy_database", lambda *_, **__: 0, "backup"),
    ("the files", backing_up, "_copy", lambda name, *_: backing_up.digest_in(name), "verify"),
    ("the list of erasures", ledger, "note_photos", lambda _: 0, "photos"),
]
OVER_THERE = [
    ("the rows", "studies.backup.services.restoring._write_rows", "photos"),
    ("the files", "studies.backup.services.restoring._write_files", "files"),
    ("erasing again", "studies.backup.services.restoring._erase_again", "photos"),
]


def drill(
    team: Team, kept: Kept, elsewhere: Elsewhere, *, left_out: str = "", **settings: str
) -> list[str]:
    """Back up, erase a photo, lose the machine, restore; what was found wrong, and where."""
    filled = fill(team)
    try:
        run("backup")
    except CommandError as error:
        return [f"backup: {error}"]
    try:
        run("verify_backup", "--key", kept.key)
    except CommandError as error:
        return [f"verify: {error}"]
    gone, *left = filled.photos
    erase_photo(photo=gone, reason="It shows somebody else", by=team.amina)
    code = THERE.format(
        left_out=left_out, key=str(kept.key), name=SITI.name, photos=[str(p.pk) for p in left]
    )
    done = elsewhere.manage("shell", "-v", "0", "-c", code, **settings)
    assert "ANSWER" in done.stdout, done.stdout + done.stderr
    return list(json.loads(done.stdout.rsplit("ANSWER", 1)[1]))


def test_with_every_step_all_is_there(team: Team, kept: Kept, elsewhere: Elsewhere) -> None:
    assert drill(team, kept, elsewhere) == []


@pytest.mark.parametrize(("place", "name", "instead", "red"), [
    pytest.param(*step, id=f"{what} of the backup") for what, *step in HERE
])  # fmt: skip
def test_a_backup_without_it_is_found(
    team: Team, kept: Kept, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch,
    place: Any, name: str, instead: Any, red: str,
) -> None:  # fmt: skip
    monkeypatch.setattr(place, name, instead)
    assert [found for found in drill(team, kept, elsewhere) if found.startswith(red)]


@pytest.mark.parametrize(("left_out", "red"), [
    pytest.param(*step, id=f"{what} of the restore") for what, *step in OVER_THERE
])  # fmt: skip
def test_a_restore_without_it_is_found(
    team: Team, kept: Kept, elsewhere: Elsewhere, left_out: str, red: str
) -> None:
    found = drill(team, kept, elsewhere, left_out=left_out)
    assert [each for each in found if each.startswith(red)], found


def test_without_the_sealing_keys_no_name_is_read(
    team: Team, kept: Kept, elsewhere: Elsewhere
) -> None:
    other = "another passphrase which is long enough for a key"
    found = drill(team, kept, elsewhere, IDENTITY_KEYS=other)
    assert [each for each in found if each.startswith("names")], found
    # What was erased since is back then, and that is told.
    assert "restore: Rows and files are back, and with them what was erased since" in found[0]
    done = elsewhere.manage("verify_storage", IDENTITY_KEYS=other)
    assert (done.returncode, "Traceback" in done.stderr) == (1, False), done.stderr
    assert "bring back the earlier key" in done.stderr


def test_an_altered_file_is_found(
    team: Team, kept: Kept, elsewhere: Elsewhere, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its hash is not asked as it is read: an original that rotted would be backed up."""
    read = storage.read

    def rotten(name: str) -> bytes:
        return b"rotten" if name.startswith("originals/") else read(name)

    monkeypatch.setattr(storage, "read", rotten)
    monkeypatch.setattr(backing_up, "digest_in", lambda name: "")
    assert [each for each in drill(team, kept, elsewhere) if each.startswith("files")]
