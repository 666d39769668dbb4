"""What every child of the benchmark shares: stages, repeats, the peak of its memory."""

import json
import resource
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

# The textbook's stage that a sparing one would leave out.
UNREAD = "network, where not read"


class Stages:
    """Milliseconds of named stages; a stage entered twice adds up."""

    def __init__(self) -> None:
        self.spent: dict[str, float] = {}
        self._last = time.perf_counter()

    def end(self, name: str) -> None:
        now = time.perf_counter()
        self.spent[name] = self.spent.get(name, 0.0) + (now - self._last) * 1000
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


def repeat(work: Callable[[Any], dict[str, float]], photos: list[Any], rounds: int) -> None:
    """Do ``work`` on every photo that many times after one to warm up; print what it took.

    One line of JSON: median milliseconds of a photo and of each stage, the processor time of a
    photo over all cores (which other work on the machine hardly changes), the peak memory.
    """
    work(photos[0])
    began = time.process_time()
    rows = [work(photo) for _ in range(rounds) for photo in photos]
    busy = (time.process_time() - began) * 1000 / len(rows)
    names = list(rows[0])
    report = {
        "milliseconds": statistics.median(sum(row.values()) for row in rows),
        "stages": {name: statistics.median(row[name] for row in rows) for name in names},
        "processor_ms": busy,
        "photos": len(rows),
        "peak_mib": peak_mib(),
    }
    sys.stdout.write(json.dumps(report) + "\n")
