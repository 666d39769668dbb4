"""How much memory a web process needs once every address is loaded.

    python -m tests.benchmarks.web_memory [--write-docs]

Starts a process that loads the settings, the applications and every address, as a web worker has
when it answers its first request, and reads what the kernel says of it. The packages that only
development installs are kept out, as they are on a server. ``--write-docs`` puts the figures into
``docs/benchmarks.md``.
"""

import argparse
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions

from tests.benchmarks.marked import write_between
from tests.stack import ROOT

REQUIREMENTS = ROOT / "config" / "requirements"
KINDS = {"VmRSS": "resident", "RssAnon": "of it the process's own"}
INSIDE = """
import sys

for name in {absent!r}:
    sys.modules[name] = None
import config.wsgi
from django.urls import get_resolver

def walk(patterns):
    for one in patterns:
        walk(getattr(one, "url_patterns", []))

walk(get_resolver().url_patterns)
print(open("/proc/self/status").read())
"""


def pinned(file: str) -> set[str]:
    """The distributions that a file of requirements names, in their normalised spelling."""
    lines = (REQUIREMENTS / file).read_text().splitlines()
    return {found[1].lower() for line in lines if (found := re.match(r"([\w.-]+)==", line))}


def for_development_alone() -> list[str]:
    """The modules of packages that a server does not install."""
    served, every = pinned("base.txt"), pinned("dev.txt")
    return sorted(
        module
        for module, packages in packages_distributions().items()
        if {re.sub(r"[-_.]+", "-", name).lower() for name in packages} <= every - served
    )


def rows() -> Iterator[str]:
    """The rows of the table: what, and how many MiB."""
    told = subprocess.run(
        [sys.executable, "-c", INSIDE.format(absent=for_development_alone())],
        cwd=ROOT, capture_output=True, text=True, check=True,
        env={**os.environ, "GSH_ENV": "test"},
    ).stdout  # fmt: skip
    for kind, words in KINDS.items():
        (kibibytes,) = re.findall(rf"{kind}:\s+(\d+) kB", told)
        yield f"| {words} | {int(kibibytes) / 1024:.1f} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--write-docs", action="store_true")
    table = "\n".join(["| A web process, every address loaded | MiB |", "| --- | ---: |", *rows()])
    print(table)
    if parser.parse_args().write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "web-memory", table)


if __name__ == "__main__":
    main()
