"""``make bench-scale``: pages, API, exports and the record at growing numbers of scores.

Seeds a product for each size, on PostgreSQL and on SQLite, and asks the smallest and the others
for the same pages in turn, so that other work on the machine falls on all alike. Figures are
processor time, Python's and PostgreSQL's together. ``--write-docs`` puts the tables into
``docs/benchmarks.md``.
"""

import argparse
import json
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.__main__ import machine
from tests.benchmarks.marked import write_between
from tests.benchmarks.scale.addresses import PAGES
from tests.benchmarks.scale.written import written
from tests.servers import new_database, postgresql_server
from tests.stack import ROOT, Stack

FOLDER = ROOT / "var" / "benchmarks"
SIZES = (1_000, 100_000, 1_000_000)
LARGEST_ON_SQLITE = 100_000


def python(stack: Stack, module: str, *arguments: str) -> list[str]:
    return [sys.executable, "-m", f"tests.benchmarks.scale.{module}", *arguments]


def environment(stack: Stack) -> dict[str, str]:
    return {
        **stack.environment,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "LOG_LEVEL": "WARNING",
    }


def seeded(folder: Path, scores: int, server: str | None) -> Stack:
    """A product with the demonstration's people and a study of so many scores."""
    folder.mkdir(parents=True)
    stack = Stack(folder, {"DATABASE_URL": new_database(server)} if server else {})
    stack.manage("migrate", "--verbosity=0")
    stack.manage("load_demo", "--people-only")
    print(f"seeding {scores:,} scores", flush=True)
    command = python(stack, "seed", "--scores", str(scores))
    subprocess.run(command, env=environment(stack), cwd=ROOT, check=True)
    return stack


@contextmanager
def asking(stacks: dict[str, Stack]) -> "Iterator[dict[str, subprocess.Popen[str]]]":
    children = {
        name: subprocess.Popen(
            python(stack, "pages"),
            env=environment(stack),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        for name, stack in stacks.items()
    }
    try:
        yield children
    finally:
        for child in children.values():
            if child.stdin:
                child.stdin.close()
            child.wait(30)


def ask(child: "subprocess.Popen[str]", **question: Any) -> dict[str, Any]:
    assert child.stdin
    assert child.stdout
    child.stdin.write(json.dumps(question) + "\n")
    child.stdin.flush()
    answer: dict[str, Any] = json.loads(child.stdout.readline())
    return answer


def measure_pages(stacks: dict[str, Stack], rounds: int, who: str, only: str) -> dict[str, Any]:
    """Page → size → the median milliseconds, the queries, the status."""
    found: dict[str, Any] = {}
    with asking(stacks) as children:
        for name, path, fresh in PAGES:
            if only and only not in name:
                continue
            question = {"path": path, "who": who, "fresh": fresh}
            told = {size: ask(child, **question, count=True) for size, child in children.items()}
            times: dict[str, list[float]] = {size: [] for size in children}
            for _round in range(rounds):
                for size, child in children.items():
                    times[size].append(ask(child, **question)["ms"])
            found[name] = {
                size: {**told[size], "ms": statistics.median(times[size])} for size in children
            }
            line = "  ".join(
                f"{size} {one['status']} {one['queries']} queries {one['ms']:.0f} ms"
                for size, one in found[name].items()
            )
            print(f"{name:34} {line}", flush=True)
    return found


def measured(stack: Stack, module: str) -> dict[str, Any]:
    """What a child of the benchmark prints."""
    out = subprocess.run(
        python(stack, module),
        env=environment(stack),
        cwd=ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    found: dict[str, Any] = json.loads(out.splitlines()[-1])
    print(json.dumps(found), flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--only", default="", help="Pages whose name holds this; no exports.")
    parser.add_argument("--no-sqlite", action="store_true")
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    report: dict[str, Any] = {"machine": machine()}
    with TemporaryDirectory(prefix="gsh-scale-") as name, postgresql_server() as server:
        folder = Path(name)
        for kind, where in (("PostgreSQL", server), ("SQLite", None)):
            if where is None and given.no_sqlite:
                continue
            sizes = [s for s in given.sizes if where or s <= LARGEST_ON_SQLITE]
            stacks = {str(size): seeded(folder / f"{kind}-{size}", size, where) for size in sizes}
            report[kind] = {"pages": measure_pages(stacks, given.rounds, "manager", given.only)}
            if where:
                sited = measure_pages(stacks, given.rounds, "site", given.only)
                report[kind]["pages of a site"] = sited
            if not given.only:
                exports = {size: measured(stack, "exports") for size, stack in stacks.items()}
                report[kind]["exports"] = exports
                polled = {size: measured(stack, "polling") for size, stack in stacks.items()}
                report[kind]["polling"] = polled
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / "scale.json").write_text(json.dumps(report, indent=1), encoding="utf-8")
    text = written(report)
    (FOLDER / "scale.md").write_text(text, encoding="utf-8")
    if given.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "scale", text)
    print(text)


if __name__ == "__main__":
    main()
