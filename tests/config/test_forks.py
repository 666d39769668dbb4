"""SQLite is never open in a process that forks: the worker's sweep holds forks back meanwhile.

A child that inherits the open file drops its locks when it closes its copy, and the database of
the others is torn (https://www.sqlite.org/howtocorrupt.html, 2.6).
"""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
FORKS = 150
# A thread uses the database all the time, as the sweep does; each child says what it inherited.
LOAD = """
import contextlib, os, sys, threading
import django
django.setup()
from django.core.management import call_command
from django.db import connections
from config.celery import NoConnectionWhenForking
from studies.platform import work

call_command("migrate", verbosity=0)
connections.close_all()
guard = NoConnectionWhenForking() if sys.argv[1] == "held" else contextlib.nullcontext()
over = threading.Event()

def sweep():
    while not over.is_set():
        with guard:
            work.beat("one")
            work.sweep()

thread = threading.Thread(target=sweep)
thread.start()
inherited = 0
for _ in range(int(sys.argv[2])):
    pid = os.fork()
    if pid == 0:
        files = [os.path.realpath(f"/proc/self/fd/{one}") for one in os.listdir("/proc/self/fd")]
        os._exit(any("gsh.sqlite3" in file for file in files))
    inherited += os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with guard:
        pass
over.set()
thread.join()
print("INHERITED", inherited)
"""


def inherited(tmp_path: Path, how: str) -> int:
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", LOAD, how, str(FORKS)],
        cwd=ROOT, capture_output=True, text=True, timeout=120, check=False,
        env={
            "PATH": os.environ["PATH"], "GSH_ENV": "test", "VAR_DIR": str(tmp_path),
            "ENV_FILE": os.devnull, "DJANGO_SETTINGS_MODULE": "config.settings",
        },
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return int(done.stdout.rpartition("INHERITED")[2])


def test_no_child_inherits_the_open_database(tmp_path: Path) -> None:
    assert inherited(tmp_path, "held") == 0
    assert inherited(tmp_path, "free") > 0, "nothing was open in the way that is guarded against"
