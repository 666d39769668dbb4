"""An upgrade from a committed older database; web and worker refuse one of another version."""

import json
import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from copy import copy
from pathlib import Path

import pytest

from studies.backup.encryption import make_key
from tests.flow.test_older_database import HELD, LOOK, OLDER, ROOT, Older

pytestmark = pytest.mark.slow

WEB = ("-m", "gunicorn", "-c", "config/gunicorn.py")
WORKER = ("-m", "celery", "--app=config", "worker", "--concurrency=1", "--without-gossip")


@pytest.fixture
def older(tmp_path: Path) -> Older:
    """The newest committed database, with a place for backups."""
    made = Older(OLDER[-1], tmp_path)
    identity, recipient = make_key()
    (tmp_path / "backup.key").write_text(identity)
    made.environment |= {
        "SECRET_KEY": "k8Zq-not-a-real-key-but-long-and-varied-enough-0123456789-ABCDEFG",
        "EMAIL_URL": "consolemail://",
        "BACKUP_URL": f"file://{tmp_path}/kept",
        "BACKUP_RECIPIENTS": recipient,
        "BIND": "127.0.0.1:0",
    }
    return made


def database(older: Older) -> sqlite3.Connection:
    return sqlite3.connect(Path(older.environment["VAR_DIR"], "gsh.sqlite3"))


def refusal(older: Older, *process: str) -> str:
    """What a process says that does not start."""
    done = subprocess.run(
        [sys.executable, *process],
        cwd=ROOT, env=older.environment, capture_output=True, text=True, timeout=240, check=False,
    )  # fmt: skip
    assert done.returncode == 4, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stdout + done.stderr


def test_web_and_worker_refuse_until_it_is_upgraded_and_nothing_is_lost(
    older: Older, tmp_path: Path
) -> None:
    for process in (WEB, WORKER):
        assert "not applied yet" in refusal(older, *process)
    told = older.manage("upgrade")
    way_back = re.search(r"The way back is the backup (\S+)\.", told)
    assert way_back, told
    assert told.index("gsh-worker") < told.index("gsh-web")
    held, pages = json.loads(older.manage("shell", "-v", "0", "-c", LOOK).splitlines()[-1])
    assert held == HELD[OLDER[-1].name.removesuffix(".sql.gz")]
    assert set(pages.values()) == {200}, pages
    assert Path(older.environment["VAR_DIR"], "static").is_dir()

    # The way back leads back: the older database, and then this version's again.
    back = copy(older)
    back.environment = {**older.environment, "VAR_DIR": str(tmp_path / "back")}
    back.manage("restore", way_back[1], "--key", str(tmp_path / "backup.key"))
    held, _ = json.loads(back.manage("shell", "-v", "0", "-c", LOOK).splitlines()[-1])
    assert held == HELD[OLDER[-1].name.removesuffix(".sql.gz")]

    with closing(database(older)) as raw, raw:
        raw.execute(
            "INSERT INTO django_migrations (app, name, applied)"
            " VALUES ('studies', '9999_from_tomorrow', '2026-01-01')"
        )
    for process in (WEB, WORKER, ("manage.py", "version")):
        assert "9999_from_tomorrow" in refusal(older, *process)
