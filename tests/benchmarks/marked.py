"""Figures in a page of the docs, between marks that say which command wrote them."""

import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from tests.stack import ROOT

MEASUREMENTS = ROOT / "docs" / "phone" / "measurements.md"


def write_between(path: Path, name: str, text: str) -> None:
    """Replace what stands between ``<!-- name: start -->`` and ``<!-- name: end -->``.

    Raises:
        ValueError: the page has no such marks.
    """
    start, end = f"<!-- {name}: start -->", f"<!-- {name}: end -->"
    before, _, rest = path.read_text(encoding="utf-8").partition(start)
    _, mark, after = rest.partition(end)
    if not mark:
        raise ValueError(f"{path} has no {start} and {end}")
    path.write_text(f"{before}{start}\n\n{text.strip()}\n\n{end}{after}", encoding="utf-8")


def busy() -> str:
    """When, on which machine, and how busy it is before anything is measured: a sentence or two."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if platform.system() == "Linux" else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    cores, load = len(os.sched_getaffinity(0)), os.getloadavg()[0]
    about = f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, {names[0] if names else platform.machine()}"
    shared = ""
    if load > cores / 2:
        shared = f" The machine was shared: its load was {load:.1f} when the run began, so times "
        shared += "are longer than on an idle one."
    return f"{about}, {cores} cores.{shared}"
