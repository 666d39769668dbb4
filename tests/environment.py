"""Loaded by pytest before Django's settings: the tests' environment, before anything reads it.

Every process of a run has a ``VAR_DIR`` of its own, gone with it, and takes nothing from the
variables or the ``.env`` that somebody has for a product of theirs: no database, no mail server.
"""

import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

CONFIG = Path(__file__).resolve().parents[1] / "config"
READ = re.compile(r"""\b[Ee]nv(?:\(\))?\.\w+\(\s*"([A-Z_]+)\"""")


def names() -> Iterator[str]:
    """The variables that the settings read."""
    for file in ("settings.py", "api_settings.py", "stores.py"):
        yield from READ.findall((CONFIG / file).read_text(encoding="utf-8"))


for name in names():
    os.environ.pop(name, None)
    os.environ.pop(f"{name}_FILE", None)
VAR_DIR = tempfile.mkdtemp(prefix="gsh-tests-")
os.environ |= {"GSH_ENV": "test", "ENV_FILE": os.devnull, "VAR_DIR": VAR_DIR}
Path(VAR_DIR, "static").mkdir()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--clock",
        type=datetime.fromisoformat,
        help="when each test's clock sets out: 2026-12-31T23:59:59+08:00; 2 March 2026 by default",
    )


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Say how to run the tests in this order again, under ``-q`` too."""
    if seed := config.getoption("randomly_seed", None):
        terminalreporter.write_line(f"In the order of --randomly-seed={seed}.")


def pytest_unconfigure() -> None:
    shutil.rmtree(VAR_DIR, ignore_errors=True)
