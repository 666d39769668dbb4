"""A product with a study and a tiny model, in both modes, whose worker the tests may kill."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.inference.tiny_package import write_tiny_package
from tests.stack import ROOT, NewStack, Stack

QUICK = {
    "WORK_LEASE_SECONDS": "8",
    "WORK_RING_AGAIN_SECONDS": "2",
    "WORK_BACKOFF_SECONDS": "0.3",
    "WORK_SWEEP_SECONDS": "0.3",
}


@pytest.fixture(params=["embedded", pytest.param("full", marks=pytest.mark.full)])
def stack(request: pytest.FixtureRequest, tmp_path: Path, new_stack: NewStack) -> Stack:
    package = write_tiny_package(tmp_path)
    made = new_stack(request.param, SHIPPED_MODEL_PACKAGE=str(package), **QUICK)
    made.manage("load_demo", "--people-only")
    return made


def send_photos(stack: Stack, people: int) -> list[str]:
    """Enrol people who each send three photos; return the photos' ids."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.faults.seeding", str(people)],
        env=stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )
    assert done.returncode == 0, done.stderr
    sent: list[str] = json.loads(done.stdout.rsplit("SENT", 1)[1])
    return sent
