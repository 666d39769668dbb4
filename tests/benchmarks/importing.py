"""How long a list of people takes: to check, to take, and to send again.

    python -m tests.benchmarks.importing [--people 1000]

Makes a product on SQLite with one study, and takes a CSV file of so many people with names and
contacts through the service that the page calls: rights, sealing, blind index and record included.
"""

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.stack import ROOT, Stack


def inside(people: int) -> Iterator[str]:
    """The rows of the table; runs where Django is set up on the product's own database."""
    from participants.enrolment.services import bulk
    from studies.access.models import Membership, User
    from studies.protocol.models import Site, Study

    study = Study.objects.create(code="LIST-1", title="A study from a list", state="active")
    site = Site.objects.create(study=study, code="AA01", name="AA01", country="SG")
    user = User.objects.create_user("lists@example.org", name="Lists")
    Membership.objects.create(user=user, study=study, site=site, role="coordinator")
    rows = [f"{n},Person Bench{n},+65 {60_000_000 + n},p{n}@example.org\n" for n in range(people)]
    content = ("external_id,name,phone,email\n" + "".join(rows)).encode()
    bulk.MOST_NEW = max(bulk.MOST_NEW, people)
    yield f"| {people:,} people | seconds | of the processor |"
    yield "|---|---:|---:|"
    for what, dry in (("checked", True), ("taken", False), ("sent again", False)):
        began, worked = time.perf_counter(), time.process_time()
        report = bulk.import_participants(site=site, content=content, by=user, dry_run=dry)
        seconds, work = time.perf_counter() - began, time.process_time() - worked
        told = {"checked": report.would, "taken": report.new, "sent again": report.there}[what]
        if told != people:
            raise SystemExit(f"{what}: {told} of {people}")
        yield f"| {what} | {seconds:.1f} | {work:.1f} |"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        import django

        django.setup()
        for line in inside(chosen.people):
            print(line, flush=True)
        return
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "product", {})
        stack.manage("migrate", "--verbosity=0")
        settings = {**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", "tests.benchmarks.importing", "--inside"]
        done = subprocess.run(
            [*command, "--people", str(chosen.people)],
            env={**os.environ, **settings, "LOG_LEVEL": "WARNING"},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    print(done.stdout)


if __name__ == "__main__":
    main()
