"""An installation whose backups go to a folder, and another one to restore them into."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from pytest_django.fixtures import Settings

from studies.backup.encryption import identities, make_key
from tests.prepared import Preparing

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Kept:
    """Where backups go, and the file with the key that opens them."""

    folder: Path
    key: Path
    recipient: str

    @property
    def keys(self) -> list[Any]:
        return identities(self.key.read_text())

    def objects(self, pattern: str) -> list[Path]:
        return sorted(path for path in self.folder.glob(pattern) if path.is_file())


@pytest.fixture
def kept(tmp_path: Path, settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Kept:
    """Backups are set up, and see what the test's own transaction has written."""
    identity, recipient = make_key()
    kept = Kept(tmp_path / "backups", tmp_path / "backup.key", recipient)
    kept.key.write_text(f"# a comment\n{identity}\n")
    storage = settings.STORAGES["private"]
    backups = {**storage, "OPTIONS": {"location": str(kept.folder)}}
    settings.STORAGES = {**settings.STORAGES, "backups": backups}
    settings.BACKUP_RECIPIENTS = [recipient]
    settings.BACKUP_URL_SHOWN = "the folder"
    settings.VAR_DIR = tmp_path / "var"

    @contextmanager
    def as_it_is(folder: Path) -> Iterator[str]:
        yield "default"

    monkeypatch.setattr("studies.backup.services.backing_up.frozen_database", as_it_is)
    return kept


def run(command: str, *words: Any, **options: Any) -> str:
    """What a command says."""
    said = StringIO()
    call_command(command, *map(str, words), stdout=said, **options)
    return said.getvalue()


@dataclass(frozen=True)
class Elsewhere:
    """Another machine, with nothing on it but, at most, empty tables."""

    folder: Path
    environment: dict[str, str]

    def manage(self, *words: str, **more: str) -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, str(ROOT / "manage.py"), *words],
            env={**self.environment, **more}, cwd=ROOT, capture_output=True, text=True, timeout=240,
        )  # fmt: skip

    def ask(self, expression: str) -> Any:
        """The value of an expression there, by way of JSON."""
        code = (
            "import json\nfrom django.apps import apps\n"
            f"print('ANSWER' + json.dumps({expression}, default=str))"
        )
        done = self.manage("shell", "-v", "0", "-c", code)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout.rsplit("ANSWER", 1)[1])


@pytest.fixture
def elsewhere(bare: Elsewhere, preparing: Preparing) -> Elsewhere:
    """With the tables that a restore would make first, which takes longer than all the rest."""
    made = preparing.get(people=False, server=None).stack.folder / "var"
    bare.folder.mkdir()
    for file in made.glob("gsh.sqlite3*"):
        shutil.copy(file, bare.folder)
    return bare


@pytest.fixture
def bare(kept: Kept, tmp_path: Path, settings: Settings) -> Elsewhere:
    folder = tmp_path / "elsewhere"
    inherited = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return Elsewhere(
        folder,
        {
            **inherited,
            "GSH_ENV": "test",
            "ENV_FILE": os.devnull,
            "VAR_DIR": str(folder),
            "IDENTITY_KEYS": ",".join(settings.IDENTITY_KEYS),
            "BACKUP_URL": f"file://{kept.folder}",
            "BACKUP_RECIPIENTS": kept.recipient,
        },
    )
