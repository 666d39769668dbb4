"""What it takes to back up, prove and restore an installation, and to move one.

``python -m tests.benchmarks.keeping``: a study of so many scores (``--scores``) moved from SQLite
to PostgreSQL; then a backup of the demonstration's people, and one with so many small photos more
(``--photos``), each proved with its key and restored into an empty folder, and every stored file
compared with its hash; 0 leaves one out. ``TMPDIR=/dev/shm`` keeps all in memory, which leaves a
disk's own time out. Times are those of a clock, and of processors; memory is the largest that the
command's process had.
``--write-docs`` puts the tables into ``docs/benchmarks.md``.
"""

import argparse
import os
import random
import re
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import UUID

from studies.backup.encryption import make_key
from tests.benchmarks.__main__ import machine
from tests.benchmarks.marked import write_between
from tests.benchmarks.scale.__main__ import seeded
from tests.benchmarks.tables import table
from tests.servers import new_database, postgresql_server
from tests.stack import ROOT, Stack

PHOTO_BYTES = 20_000
# A row for each file, as of photos that were replaced by later ones.
ROWS = """
from django.utils import timezone
from inference.demo import actions, story
from participants.capture.models import Photo
from participants.visits.models import Visit
from studies.platform import storage
from studies.protocol.models import Study
if not Visit.objects.exists():
    actions.enrol(Study.objects.get(code=story.STUDY), story.character(0))
visit, now = Visit.objects.first(), timezone.now()
known = set(Photo.objects.values_list("original_file", flat=True))
named = (name for name in storage.stored_names() if name.endswith(".jpg") and "originals/" in name)
Photo.objects.bulk_create((
    Photo(visit=visit, view="front", state="replaced", original_file=name, size=1, received_at=now,
        sha256=name.split("/")[2][:64])
    for name in named if name not in known), batch_size=2000)
"""
KEEPS = ["", "seconds", "of processors", "largest memory, MiB", "kept there, MB"]
MOVES = ["moved", "rows", "files", *KEEPS[1:4], "nobody could write, s"]


@dataclass(frozen=True)
class Took:
    """Seconds by the clock and of processors, the largest memory (MiB), what the command said."""

    seconds: float
    processor: float
    memory: float
    said: str

    @property
    def cells(self) -> list[str]:
        return [f"{self.seconds:,.1f}", f"{self.processor:,.1f}", f"{self.memory:,.0f}"]


def took(stack: Stack, *words: str) -> Took:
    """Run a command of the product to its end.

    Raises:
        RuntimeError: it failed; with what it said.
    """
    began = time.monotonic()
    with (stack.folder / "said.log").open("w+b") as log:
        process = subprocess.Popen(
            [sys.executable, "manage.py", *words],
            env=stack.environment, cwd=ROOT, stdout=log, stderr=subprocess.STDOUT,
        )  # fmt: skip
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        log.seek(0)
        said = log.read().decode(errors="replace")
    if process.returncode:
        raise RuntimeError(said)
    processor = usage.ru_utime + usage.ru_stime  # of processes it started, too
    return Took(time.monotonic() - began, processor, usage.ru_maxrss / 1024, said)


def make_photos(folder: Path, number: int) -> None:
    """So many files, stored as photos are: by owner and SHA-256, the same each time."""
    chance = random.Random(7)
    for _ in range(number):
        body = b"\xff\xd8\xff" + chance.randbytes(PHOTO_BYTES - 3)
        owner = folder / "originals" / str(UUID(int=chance.getrandbits(128)))
        owner.mkdir(parents=True)
        (owner / f"{sha256(body).hexdigest()}.jpg").write_bytes(body)


def bytes_under(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def kept(folder: Path, photos: int) -> list[list[str]]:
    """The rows of the table: the demonstration's people, then with ``photos`` more."""
    identity, recipient = make_key()
    key = folder / "backup.key"
    key.write_text(identity)
    backups = folder / "backups"
    settings = {"BACKUP_URL": f"file://{backups}", "BACKUP_RECIPIENTS": recipient}
    stack = Stack(folder / "here", settings)
    stack.manage("migrate", "--verbosity=0")
    stack.manage("load_demo", "--people-only")
    stack.settings["IDENTITY_KEYS"] = ",".join(
        stack.ask("settings.IDENTITY_KEYS", given="from django.conf import settings")
    )
    lines = []
    for what, more in (("the demonstration's people", 0), (f"and {photos:,} photos", photos)):
        make_photos(stack.folder / "var" / "files", more)
        stack.ask("0", given=ROWS)
        print(f"backing up {what}", flush=True)
        backup = took(stack, "backup")
        again = took(stack, "backup")
        proof = took(stack, "verify_backup", "--key", str(key))
        verified = took(stack, "verify_storage")
        there = Stack(folder / "there", stack.settings)
        there.folder.mkdir()
        restored = took(there, "restore", "--key", str(key))
        shutil.rmtree(there.folder)
        megabytes = f"{bytes_under(backups) / 1e6:,.1f}"
        for act, each in (
            ("backup", backup), ("backup, nothing new", again),
            ("verify_backup with the key", proof), ("restore", restored),
            ("verify_storage", verified),
        ):  # fmt: skip
            lines.append([f"{what}: {act}", *each.cells, megabytes])
    return lines


def moved(folder: Path, scores: int) -> list[list[str]]:
    """The row of the table: a study of ``scores`` from SQLite to PostgreSQL."""
    with postgresql_server() as server:
        stack = seeded(folder / "move", scores, None)
        done = took(stack, "move_to", new_database(server), f"file://{folder}/moved/files")
        told = re.search(r"(\d+) rows and (\d+) files .* for ([\d.]+) s\.", done.said)
        if told is None:
            raise RuntimeError(done.said)
    rows, files, still = told.groups()
    return [[f"{scores:,} scores", f"{int(rows):,}", files, *done.cells, still]]


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.keeping", description=__doc__)
    parser.add_argument("--photos", type=int, default=50_000)
    parser.add_argument("--scores", type=int, default=100_000)
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    with TemporaryDirectory(prefix="gsh-keeping-") as name:
        if given.scores:
            head = measured_on()
            rows = moved(Path(name), given.scores)
            tell("moving", head, table(MOVES, rows), write=given.write_docs)
        if given.photos:
            head = measured_on()
            rows = kept(Path(name), given.photos)
            tell("keeping", head, table(KEEPS, rows), write=given.write_docs)


def measured_on() -> str:
    here = machine()
    return (
        f"{here['when']}, {here['processor']}, {here['cores']} cores; load {here['load']} when it "
        "began: where that is above 0.5, times are longer than on an idle machine."
    )


def tell(block: str, *parts: str, write: bool) -> None:
    text = "\n\n".join(parts)
    print(text)
    if write:
        write_between(ROOT / "docs" / "benchmarks.md", block, text)


if __name__ == "__main__":
    main()
