"""What every child of the benchmark shares: stages, photos asked for one by one, peak memory."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

NETWORK = "network"
# The textbook's stage that a sparing one would leave out, and the one that a fair one has instead.
UNREAD = "network, where not read"
ONE_BATCH = "network, all in one batch"
# Of a child that is to use one processor; libraries read these as they are loaded.
ONE_THREAD = {f"{name}_NUM_THREADS": "1" for name in ("OMP", "OPENBLAS", "MKL", "OPENCV_FOR")}


class Stages:
    """Milliseconds of processor time of named stages; a stage entered twice adds up."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.process_time()

    def end(self, name: str, *, elsewhere: float = 0.0) -> None:
        """End a stage; ``elsewhere`` are milliseconds that another process took for it."""
        now = time.process_time()
        spent = (now - self._last) * 1000 + elsewhere
        self.spent[name] = self.spent.get(name, 0.0) + spent
        self._last = now


def peak_mib() -> float:
    """The largest resident memory of this process so far, MiB.

    From /proc where there is one: ``ru_maxrss`` starts with that of the process that started this
    one.
    """
    status = Path("/proc/self/status")
    if status.exists():
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def serve(work: Callable[[Path], dict[str, float]]) -> None:
    """Do ``work`` on each photo that a line of standard input names; answer with a line of JSON.

    So two sides can be asked in turn, and what else the machine does falls on both alike.
    """
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    for line in sys.stdin:
        began = time.perf_counter()
        stages = work(Path(line.strip()))
        wall = (time.perf_counter() - began) * 1000
        told: dict[str, Any] = {"stages": stages, "wall_ms": wall, "peak_mib": peak_mib()}
        answers.write(json.dumps(told) + "\n")
        answers.flush()
