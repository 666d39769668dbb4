"""A product with a study and a tiny model, in both modes, whose worker the tests may kill."""

import json
import subprocess
import sys

import pytest

from tests.stack import ROOT, NewStack, Stack

QUICK = {
    "WORK_LEASE_SECONDS": "8",
    "WORK_NOTIFY_AGAIN_SECONDS": "2",
    "WORK_BACKOFF_SECONDS": "0.3",
    "WORK_SWEEP_SECONDS": "0.3",
}


@pytest.fixture(params=["embedded", pytest.param("full", marks=pytest.mark.full)])
def stack(request: pytest.FixtureRequest, new_stack: NewStack) -> Stack:
    return new_stack(request.param, people=True, **QUICK)


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
