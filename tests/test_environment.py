"""What somebody set for a product of theirs, tests neither read nor touch."""

import os
import subprocess
import sys
from pathlib import Path

from django.conf import settings

from tests import environment
from tests.stack import ROOT

SHOWN = """
import os
from tests import environment
print(environment.VAR_DIR)
print(dict(os.environ))
environment.pytest_unconfigure()
"""


def started(**variables: str) -> tuple[Path, dict[str, str]]:
    """The folder and the environment of tests in a shell with these variables."""
    done = subprocess.run(
        [sys.executable, "-c", SHOWN],
        env={"PATH": os.environ["PATH"], **variables},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    folder, told = done.stdout.splitlines()
    return Path(folder), eval(told)  # noqa: S307 - a dictionary that we printed


def test_variables_of_a_product_are_dropped(tmp_path: Path) -> None:
    theirs = {
        "DATABASE_URL": "postgres://gsh@db/gsh",
        "EMAIL_URL_FILE": str(tmp_path / "mail"),
        "GSH_ENV": "production",
        "VAR_DIR": str(tmp_path),
    }
    folder, seen = started(**theirs, HOME="/root", LANG="C.UTF-8")
    assert not {"DATABASE_URL", "EMAIL_URL_FILE"} & set(seen)
    assert (seen["HOME"], seen["GSH_ENV"], seen["VAR_DIR"]) == ("/root", "test", str(folder))
    assert list(tmp_path.iterdir()) == []
    assert not folder.exists()


def test_every_process_has_a_folder_of_its_own() -> None:
    assert started()[0] != started()[0]
    assert Path(environment.VAR_DIR) == settings.VAR_DIR


def test_the_settings_are_searched_for_their_variables() -> None:
    found = set(environment.names())
    assert {"DATABASE_URL", "REDIS_URL", "VAPID_PRIVATE_KEY", "API_RATE"} <= found
    assert len(found) > 40
