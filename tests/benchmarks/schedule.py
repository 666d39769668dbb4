"""How long the schedule board takes to answer with many participants and visits.

    python -m tests.benchmarks.schedule [--people 500] [--visits 12] [--write-docs]

Makes a product on SQLite with one study, and asks for its pages as a browser does: rights, rows and
templates included, the network not. ``--write-docs`` puts the table into ``docs/benchmarks.md``.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.benchmarks.marked import write_between
from tests.stack import ROOT, Stack

TIMES = 11
PAGES = {
    "the board, its first hundred": "schedule/",
    "the board, its last page": "schedule/?page=5",
    "narrowed to late visits": "schedule/?state=late",
    "narrowed to a site and a week": "schedule/?site=AA01&week={monday}",
    "a week": "schedule/week/",
}


def fill(people: int, visits: int) -> object:
    """A study of two sites whose people began on different days; its coordinator."""
    from django.utils import timezone

    from participants.people.models import Participant
    from participants.visits.models import Visit
    from studies.access.models import Membership, User
    from studies.protocol.models import Site, Study, VisitDefinition

    now = timezone.now()
    study = Study.objects.create(code="PLAN-1", title="A study of many visits", state="active")
    sites = [Site.objects.create(study=study, code=code, name=code) for code in ("AA01", "BB01")]
    user = User.objects.create_user("plans@example.org", name="Plans")
    Membership.objects.create(user=user, study=study, role="coordinator")
    planned = [
        VisitDefinition.objects.create(
            study=study, code=f"week-{n}", name=f"Week {n}", day_offset=7 * n, window_before=2,
            window_after=3, views=["front"],
        )
        for n in range(visits)
    ]  # fmt: skip
    made = Participant.objects.bulk_create(
        Participant(
            study=study, site=sites[n % 2], code=f"{sites[n % 2].code}-{n:05d}", state="enrolled",
            year_of_birth=1980, sex="female", ethnicity="malay", screened_at=now,
            enrolled_on=now.date() - timedelta(days=n % (7 * visits)),
        )
        for n in range(people)
    )  # fmt: skip
    rows = []
    for n, one in enumerate(made):
        for number, definition in enumerate(planned):
            day = one.enrolled_on + timedelta(days=7 * number)
            past = day + timedelta(days=3) < now.date()
            state = ("missed" if (n + number) % 9 == 0 else "complete") if past else "scheduled"
            rows.append(
                Visit(
                    participant=one, definition=definition, state=state, scheduled_on=day,
                    planned_on=day, opens_on=day - timedelta(days=2),
                    closes_on=day + timedelta(days=3),
                )
            )  # fmt: skip
    Visit.objects.bulk_create(rows, batch_size=500)
    return user


def inside(people: int, visits: int) -> Iterator[str]:
    """The rows of the table; runs where Django is set up on the product's own database."""
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client
    from django.utils import timezone

    user = fill(people, visits)
    browser = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    browser.force_login(user)
    today = timezone.now().date()
    monday = today - timedelta(days=today.weekday())
    yield "| page | median ms | slowest of 11, ms | queries | kB |"
    yield "|---|---|---|---|---|"
    for what, path in PAGES.items():
        address = f"/studies/PLAN-1/{path.format(monday=monday)}"
        answer, times = browser.get(address), []
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = browser.get(address)
            times.append(1000 * (time.perf_counter() - began))
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        connection.force_debug_cursor = True
        reset_queries()
        browser.get(address)
        queries = len(connection.queries)
        connection.force_debug_cursor = False
        told = f"{statistics.median(times):.0f} | {max(times):.0f} | {queries}"
        yield f"| {what} | {told} | {len(answer.content) // 1024} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--visits", type=int, default=12)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        import django

        django.setup()
        for line in inside(chosen.people, chosen.visits):
            print(line, flush=True)
        return
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "product", {})
        stack.manage("migrate", "--verbosity=0")
        settings = {**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", "tests.benchmarks.schedule", "--inside"]
        numbers = ["--people", str(chosen.people), "--visits", str(chosen.visits)]
        done = subprocess.run(
            [*command, *numbers],
            env={**os.environ, **settings, "LOG_LEVEL": "WARNING"},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    print(done.stdout)
    if chosen.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "schedule", done.stdout)


if __name__ == "__main__":
    main()
