"""A worker is killed in the middle of every step of an erasure, and each erasure ends all the same.

The processes are real and die by SIGKILL; what they leave is found again by another worker when
the lease is over. The search of every store at the end is the product's own.
"""

import json
import signal
import subprocess
import sys

import pytest

from tests.servers import wait_until
from tests.stack import ROOT, Stack

pytestmark = [pytest.mark.faults, pytest.mark.slow]

STEPS = ("uses", "files", "rows", "searched")


def run(stack: Stack, *arguments: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.erasing", *arguments],
        env=stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=180,
    )


def states(stack: Stack) -> list[str]:
    return [row[0] for row in stack.sql("SELECT state FROM participants_requestwork")]


@pytest.mark.parametrize(
    "stack",
    ["embedded", pytest.param("full", marks=[pytest.mark.full, pytest.mark.prove])],
    indirect=True,
)
def test_killed_in_every_step_each_erasure_is_finished_by_another_worker(stack: Stack) -> None:
    for number, step in enumerate(STEPS):
        died = run(stack, step, str(number))
        assert died.returncode == -signal.SIGKILL, died.stderr
    assert states(stack) == ["running"] * len(STEPS)

    stack.start_worker()
    wait_until(
        lambda: set(states(stack)) == {"done"},
        seconds=120,
        what=f"the erasures: {states(stack)}\n{stack.log('worker')}",
    )

    left = run(stack)
    assert left.returncode == 0, left.stderr
    assert json.loads(left.stdout.rsplit("LEFT", 1)[1]) == []
    people = "SELECT count(*) FROM participants_participant WHERE state = 'erased'"
    assert stack.sql(people) == [(len(STEPS),)]
    events = "SELECT count(*) FROM studies_auditevent WHERE action = 'participant.erase'"
    assert stack.sql(events) == [(len(STEPS),)]
    assert stack.manage("verify_audit").returncode == 0
