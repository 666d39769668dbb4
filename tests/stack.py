"""The product as its users run it: real web and worker processes, in either mode.

``embedded`` is SQLite and the in-memory broker; ``full`` is PostgreSQL and Redis. The processes
get their settings from the environment alone, as in production.
"""

import json
import os
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import psycopg

from tests.servers import free_port, stop, wait_until

ROOT = Path(__file__).resolve().parent.parent


@dataclass
class Stack:
    """A running copy of the product in a folder of its own."""

    folder: Path
    settings: dict[str, str] = field(default_factory=dict)
    port: int = field(default_factory=free_port)
    processes: dict[str, "subprocess.Popen[bytes]"] = field(default_factory=dict)
    as_user: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        inherited = {k: os.environ[k] for k in ("PATH", "HOME", "LANG") if k in os.environ}
        return {
            **inherited,
            "GSH_ENV": "test",
            "ENV_FILE": os.devnull,
            "PYTHONPATH": str(ROOT),
            "PYTHONUNBUFFERED": "1",
            "VAR_DIR": str(self.folder / "var"),
            "BIND": f"127.0.0.1:{self.port}",
            "SITE_URL": self.url,
            "OMP_NUM_THREADS": "1",
            **self.settings,
        }

    def manage(self, *arguments: str, check: bool = True) -> "subprocess.CompletedProcess[str]":
        """Run a management command to its end."""
        done = subprocess.run(
            [*self.as_user, sys.executable, str(ROOT / "manage.py"), *arguments],
            env=self.environment,
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=900,
        )
        if check:
            assert done.returncode == 0, done.stdout + done.stderr
        return done

    def ask(self, expression: str, *, given: str = "") -> Any:
        """The value of a Python expression inside the product, by way of JSON."""
        code = f"import json\n{given}\nprint('ANSWER' + json.dumps({expression}, default=str))"
        out = self.manage("shell", "-v", "0", "-c", code).stdout
        return json.loads(out.rsplit("ANSWER", 1)[1])

    def sql(self, query: str) -> list[tuple[Any, ...]]:
        """The rows of a query, straight from the database: quick enough to watch work with."""
        if "DATABASE_URL" in self.settings:
            with psycopg.connect(self.settings["DATABASE_URL"]) as connection:
                return connection.execute(query).fetchall()  # type: ignore[arg-type]
        path = self.folder / "var" / "gsh.sqlite3"
        with closing(sqlite3.connect(path, timeout=20)) as embedded:
            return embedded.execute(query).fetchall()

    def _start(self, name: str, *command: str, **extra: str) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / f"{name}.log").open("ab") as log:
            self.processes[name] = subprocess.Popen(
                [*self.as_user, sys.executable, "-m", *command],
                env={**self.environment, **extra},
                cwd=ROOT,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def start_web(self) -> None:
        self._start("web", "gunicorn", "-c", str(ROOT / "config" / "gunicorn.py"))
        wait_until(self._healthy, seconds=60, what=f"the web server\n{self.log('web')}")

    def start_worker(self, name: str = "worker", *, concurrency: int = 1) -> None:
        self._start(
            name,
            "celery",
            "--app=config",
            "worker",
            f"--concurrency={concurrency}",
            "--loglevel=INFO",
            f"--hostname={name}@test",
            "--without-gossip",
            "--without-mingle",
        )
        wait_until(
            lambda: "ready." in self.log(name), seconds=60, what=f"the worker\n{self.log(name)}"
        )

    def _healthy(self) -> bool:
        assert self.processes["web"].poll() is None, self.log("web")
        try:
            with urllib.request.urlopen(f"{self.url}/health/", timeout=2) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill_children(self, name: str, signal_number: int) -> int:
        """Signal the pool processes of a worker; return how many."""
        parent = self.processes[name].pid
        found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True)
        children = [int(pid) for pid in found.stdout.split()]
        for pid in children:
            os.kill(pid, signal_number)
        return len(children)

    def kill(self, name: str, signal_number: int) -> None:
        """Signal a process and all it started, at once."""
        process = self.processes.pop(name)
        os.killpg(process.pid, signal_number)
        process.wait(20)

    def stop(self) -> None:
        for process in self.processes.values():
            stop(process)
        self.processes.clear()


class NewStack(Protocol):
    """The ``new_stack`` fixture: a migrated product, not yet running.

    With ``people``, the demonstration's people are in it, and a tiny network.
    """

    def __call__(self, mode: str, *, people: bool = False, **settings: str) -> Stack: ...
