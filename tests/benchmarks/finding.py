"""How long a search by name or contact takes among many names.

    python -m tests.benchmarks.finding [--names 20000] [--write-docs]

Makes a product on SQLite with one study of so many enrolled people of two sites, whose names are
put together from ``FIRST`` and ``LAST``, and searches through the service that the page calls:
rights, limits and the record included. ``--write-docs`` puts the table into ``docs/benchmarks.md``.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.marked import write_between
from tests.stack import ROOT, Stack

FIRST = ("Siti", "Noor", "Wei", "Mei", "Arun", "Priya", "Linh", "Putri", "Jose", "Grace", "Ravi")
LAST = ("Rahman", "Tan", "Lim", "Nguyen", "Suksai", "Kumar", "Aziz", "Wong", "Pratama", "Santos")
TIMES = 25


def inside(names: int) -> Iterator[str]:
    """The rows of the table; runs where Django is set up on the product's own database."""
    from django.utils import timezone

    from participants.people.models import Identity, Participant
    from participants.people.services import finding, identity_index
    from participants.people.services.sealed_identity import IdentityData, seal
    from studies.access.models import Membership, User
    from studies.protocol.models import Site, Study

    now = timezone.now()
    study = Study.objects.create(code="FIND-1", title="A study of many names", state="active")
    sites = [
        Site.objects.create(study=study, code=code, name=code, country="SG")
        for code in ("AA01", "BB01")
    ]
    user = User.objects.create_user("finds@example.org", name="Finds")
    Membership.objects.create(user=user, study=study, site=sites[0], role="coordinator")
    people = Participant.objects.bulk_create(
        [
            Participant(
                study=study,
                site=sites[n % 2],
                code=f"{sites[n % 2].code}-{n:05d}",
                state="enrolled",
                year_of_birth=1950 + n % 50,
                sex="female",
                ethnicity="malay",
                screened_at=now,
                enrolled_on=now.date(),
            )
            for n in range(names)
        ],
        batch_size=500,
    )
    finding.PER_MINUTE = finding.PER_DAY = 10**9

    def search(text: str) -> int:
        return len(finding.find_participants(study=study, text=text, by=user).participants)

    began = time.perf_counter()
    rows = []
    for n, one in enumerate(people):
        said = IdentityData(
            f"{FIRST[n % len(FIRST)]} {LAST[n % len(LAST)]} Bench{n}",
            f"person{n}@example.org",
            f"+65 {60_000_000 + n}",
        )
        sealed = seal(participant=one, identity=said)
        rows.append(Identity(participant=one, sealed=sealed, sealed_at=now))
    Identity.objects.bulk_create(rows, batch_size=500)
    sealed_in = time.perf_counter() - began
    began = time.perf_counter()
    identity_index.complete_index(Identity.objects.all())
    indexed_in = time.perf_counter() - began
    yield f"Indexing {names:,} sealed names once took {indexed_in:.0f} s (sealing {sealed_in:.0f})."
    yield ""
    yield "| looked for | found (50 shown at most) | median ms | slowest of 25, ms |"
    yield "|---|---|---|---|"
    asked: dict[str, str] = {
        "a word of one name": "bench10000",
        "a word of many names": "rahman",
        "two words of many names": "siti rahman",
        "a phone number": "6001 0000",
        "an e-mail address": "person10000@example.org",
        "nobody": "unheard",
        "a code": "AA01-10000",
    }
    for what, text in asked.items():
        found, times = _timed(lambda text=text: search(text))  # type: ignore[misc]
        yield f"| {what} | {found} | {statistics.median(times):.0f} | {max(times):.0f} |"


def _timed(do: Callable[[], int]) -> tuple[int, list[float]]:
    found, times = do(), []
    for _ in range(TIMES):
        began = time.perf_counter()
        found = do()
        times.append(1000 * (time.perf_counter() - began))
    return found, times


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--names", type=int, default=20_000)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        import django

        django.setup()
        for line in inside(chosen.names):
            print(line, flush=True)
        return
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "product", {})
        stack.manage("migrate", "--verbosity=0")
        settings = {**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", "tests.benchmarks.finding", "--inside"]
        done = subprocess.run(
            [*command, "--names", str(chosen.names)],
            env={**os.environ, **settings, "LOG_LEVEL": "WARNING"},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    print(done.stdout)
    if chosen.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "finding", done.stdout)


if __name__ == "__main__":
    main()
