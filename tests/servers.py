"""PostgreSQL and Redis for the tests: started on free ports of 127.0.0.1, stopped by their id."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

_held: list[socket.socket] = []


def free_port() -> int:
    """A port of 127.0.0.1 that belongs to this process until it ends.

    It stays bound, so that the system gives it to nobody else, but silent: on Linux the server it
    is meant for can listen there all the same, since servers set ``SO_REUSEADDR`` as we do here.
    """
    held = socket.socket()
    held.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    held.bind(("127.0.0.1", 0))
    _held.append(held)
    return int(held.getsockname()[1])


def wait_until(true: Callable[[], object], *, seconds: float, what: str) -> None:
    """Wait for a condition; fail with ``what`` when it does not come true in time."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if true():
            return
        time.sleep(0.05)
    raise AssertionError(f"waited {seconds:.0f} s in vain for {what}")


def answers(port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(0.3)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def program(name: str, *places: str) -> str:
    """The path of a program the tests cannot do without."""
    found = shutil.which(name, path=os.pathsep.join([os.environ["PATH"], "/usr/sbin", *places]))
    assert found, f"{name} is not installed; tests/install-servers.sh installs it"
    return found


def stop(process: "subprocess.Popen[bytes]", how: int = signal.SIGTERM, wait: float = 15) -> None:
    if process.poll() is None:
        process.send_signal(how)
        try:
            process.wait(wait)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(5)


@contextmanager
def redis_server(folder: Path, *, port: int = 0) -> Iterator[str]:
    """A Redis of its own; yields its URL."""
    port = port or free_port()
    folder.mkdir(parents=True, exist_ok=True)
    command = [program("redis-server"), "--port", str(port), "--bind", "127.0.0.1"]
    command += ["--save", "", "--appendonly", "no", "--dir", str(folder)]
    with (folder / "redis.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    try:
        wait_until(lambda: answers(port), seconds=10, what="Redis")
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        stop(process)


@contextmanager
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL cluster of its own in /tmp; yields the address that database names go behind.

    PostgreSQL refuses to run as root; then it runs as the system's ``postgres`` user.
    """
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    places = [str(path) for path in versions]
    initdb, postgres = program("initdb", *places), program("postgres", *places)
    prefix: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="gsh-postgresql-"))
    if os.geteuid() == 0:
        prefix = [program("setpriv"), "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        shutil.chown(folder, "postgres", "postgres")
    data, port = folder / "data", free_port()
    made = subprocess.run(
        [*prefix, initdb, "-D", str(data), "-U", "gsh", "--auth=trust", "-E", "UTF8", "--no-sync"],
        capture_output=True,
        text=True,
        cwd=folder,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    command = [*prefix, postgres, "-D", str(data), "-p", str(port), "-k", "", "-h", "127.0.0.1"]
    with (folder / "postgres.log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
    try:
        server = f"postgres://gsh@127.0.0.1:{port}"
        wait_until(lambda: _accepts(server), seconds=30, what="PostgreSQL")
        yield server
    finally:
        stop(process, signal.SIGINT)
        shutil.rmtree(folder, ignore_errors=True)


def _accepts(server: str) -> bool:
    try:
        psycopg.connect(f"{server}/postgres").close()
    except psycopg.OperationalError:
        return False
    return True


def new_database(server: str, *, template: str = "template1") -> str:
    """A copy of the database ``template`` (an empty one) on a running server; returns its URL."""
    name = f"gsh_{uuid.uuid4().hex[:12]}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(create.format(sql.Identifier(name), sql.Identifier(template)))
    return f"{server}/{name}"
