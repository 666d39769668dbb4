"""A product with a study and a tiny model, in both modes, whose worker the tests may kill."""

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.inference.tiny_package import write_tiny_package
from tests.servers import postgresql_server, redis_server
from tests.stack import ROOT, Stack

QUICK = {
    "WORK_LEASE_SECONDS": "8",
    "WORK_RING_AGAIN_SECONDS": "2",
    "WORK_BACKOFF_SECONDS": "0.3",
    "WORK_SWEEP_SECONDS": "0.3",
}


def new_stack(mode: str, folder: Path, servers: ExitStack, **settings: str) -> Stack:
    """A migrated product with the demonstration's people, not yet running."""
    environment = {**QUICK, **settings}
    if mode == "full":
        environment["DATABASE_URL"] = servers.enter_context(postgresql_server(folder / "pg"))
        environment["REDIS_URL"] = servers.enter_context(redis_server(folder / "redis"))
    stack = Stack(folder / "stack", environment)
    servers.callback(stack.stop)
    stack.manage("migrate", "--verbosity=0")
    return stack


@pytest.fixture(params=["embedded", pytest.param("full", marks=pytest.mark.full)])
def stack(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stack]:
    package = write_tiny_package(tmp_path)
    with ExitStack() as servers:
        made = new_stack(request.param, tmp_path, servers, SHIPPED_MODEL_PACKAGE=str(package))
        made.manage("load_demo", "--people-only")
        yield made


def send_photos(stack: Stack, people: int) -> list[str]:
    """Enrol people who each send three photos; return the photos' ids."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.seeding", str(people)],
        env=stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    sent: list[str] = json.loads(done.stdout.rsplit("SENT", 1)[1])
    return sent
