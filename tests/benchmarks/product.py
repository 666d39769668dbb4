"""From upload to score, in both modes: the time of one photo, photos a minute, memory.

Each mode gets the same photos (generated faces, 1080 × 1440 pixels), the network that ships, and a
worker of two processes. First photos are sent one at a time to an idle product: the time from
receipt to the last score. Then many at once: photos a minute until the last score. Times are the
product's own (``Photo.received_at``, ``Run.finished_at``).
"""

import statistics
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.servers import new_database, postgresql_server, redis_server, wait_until
from tests.stack import ROOT, Stack

ALONE = 6
TOGETHER = 30


@dataclass(frozen=True)
class Result:
    """What one mode took."""

    seconds_alone: list[float]
    photos_per_minute: float
    worker_peak_mib: float
    stages: dict[str, float]


def send(stack: Stack, number: int, first: int, *, one_by_one: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "tests.benchmarks.sending", str(number), str(first)]
        + (["--one-by-one"] if one_by_one else []),
        env=stack.environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise RuntimeError(done.stderr)


def times(stack: Stack) -> list[tuple[datetime, datetime]]:
    """Receipt and last score of every scored photo, in the order of receipt."""
    rows = stack.sql(
        "SELECT p.received_at, max(r.finished_at) FROM participants_photo p "
        "JOIN inference_run r ON r.photo_id = p.id WHERE r.state = 'done' "
        "GROUP BY p.id, p.received_at ORDER BY p.received_at"
    )
    return [(_moment(a), _moment(b)) for a, b in rows]


def _moment(value: datetime | str) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def peak_mib(stack: Stack) -> float:
    """The largest resident memory any process of the worker has had, its decoders' too, MiB."""
    waiting = [stack.processes["worker"].pid]
    peaks = []
    while waiting:
        parent = waiting.pop()
        found = subprocess.run(["pgrep", "-P", str(parent)], capture_output=True, text=True)
        waiting += map(int, found.stdout.split())
        lines = Path(f"/proc/{parent}/status").read_text().splitlines()
        peaks += [int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM")]
    return max(peaks)


def measure(stack: Stack) -> Result:
    stack.manage("migrate", "--verbosity=0")
    stack.manage("load_demo", "--people-only")
    stack.start_worker(concurrency=2)
    send(stack, 2, 0, one_by_one=True)  # warm: the network is opened once per process
    send(stack, ALONE, 2, one_by_one=True)
    alone = [(end - start).total_seconds() for start, end in times(stack)][2:]
    before = ALONE + 2
    send(stack, TOGETHER, before, one_by_one=False)
    wait_until(lambda: len(times(stack)) == before + TOGETHER, seconds=600, what="the last score")
    many = times(stack)[before:]
    span = (max(end for _, end in many) - min(start for start, _ in many)).total_seconds()
    rows = stack.ask(
        "[r.timings for r in Run.objects.all()]", given="from inference.scoring.models import Run"
    )
    names = sorted({name for row in rows for name in row})
    stages = {name: statistics.median(row.get(name, 0) for row in rows) for name in names}
    return Result(alone, TOGETHER / span * 60, peak_mib(stack), stages)


def run_product(modes: tuple[str, ...] = ("embedded", "full")) -> dict[str, dict[str, Any]]:
    """Run the product in each mode; ``full`` needs PostgreSQL and Redis."""
    results: dict[str, dict[str, Any]] = {}
    for mode in modes:
        # The folder outlives what runs in it.
        with tempfile.TemporaryDirectory() as folder, ExitStack() as running:
            settings = {"LOG_LEVEL": "WARNING"}
            if mode == "full":
                server = running.enter_context(postgresql_server())
                settings["DATABASE_URL"] = new_database(server)
                settings["REDIS_URL"] = running.enter_context(redis_server(Path(folder) / "redis"))
            stack = Stack(Path(folder) / "stack", settings)
            running.callback(stack.stop)
            results[mode] = asdict(measure(stack))
    return results
