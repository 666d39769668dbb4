"""Randomising many at once: each place given once, arms even, and how long it takes.

    python -m tests.benchmarks.randomising [--people 10000] [--writers 8] [--twice] [--write-docs]

A product on PostgreSQL with one study of two arms and four sites; so many consented participants
are randomised through the service, by so many processes at the same time: right, lock, place,
sealing and audit trail included. It fails where a place was given twice, where somebody got none,
or where the arms differ by more than the unfinished blocks allow. Times are of the clock, on a
machine that others use as well. With ``--twice`` each participant is reached for by two processes
at once, as by two tabs, and one of them is refused; ``--method minimisation`` minimises.
``--write-docs`` puts the table into ``docs/benchmarks.md``.
"""

import argparse
import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.benchmarks.marked import busy, write_between
from tests.servers import new_database, postgresql_server
from tests.stack import ROOT, Stack

SITES, LARGEST_BLOCK = 4, 6


def make(people: int, method: str) -> None:
    """The study, its list in force, and everybody enrolled with a consent."""
    from django.utils import timezone

    from participants.consent.models import Consent
    from participants.people.models import Participant, Screening
    from studies.access.models import Membership, User
    from studies.consent_texts.models import ConsentDocument, ConsentVersion
    from studies.protocol.models import Arm, Site, Study
    from studies.randomisation.factors import Factor
    from studies.randomisation.services import schemes

    now = timezone.now()
    study = Study.objects.create(code="RAND", title="Many", state="active", masking="blinded")
    arms = [Arm.objects.create(study=study, code=code, name=code) for code in ("A", "B")]
    codes = [f"S{place:03d}" for place in range(SITES)]
    sites = [Site.objects.create(study=study, code=code, name=code) for code in codes]
    users = {}
    for role in ("statistician", "coordinator"):
        users[role] = User.objects.create_user(f"{role}@example.org", name=role)
        Membership.objects.create(user=users[role], study=study, role=role)
    version = ConsentVersion.objects.create(study=study, number="1.0")
    document = ConsentDocument.objects.create(
        study=study, version=version, language="en", title="x", body="x", state="in_force"
    )
    made = Participant.objects.bulk_create(
        Participant(
            study=study, site=sites[n % SITES], code=f"{codes[n % SITES]}-{n // SITES + 1:05d}",
            state="enrolled", year_of_birth=1980, sex=("female", "male")[n // SITES % 2],
            ethnicity="chinese", screened_at=now, enrolled_on=now.date(),
        )
        for n in range(people)
    )  # fmt: skip
    by = users["coordinator"]
    Screening.objects.bulk_create(
        Screening(participant=one, answers=[], eligible=True, at=now, by=by) for one in made
    )
    Consent.objects.bulk_create(
        Consent(
            participant=one, document=document, document_sha256="0" * 64, choices={},
            given_at=now, recorded_by=by, state="given",
        )
        for one in made
    )  # fmt: skip
    common: dict[str, Any] = {
        "study": study,
        "factors": [Factor("site", tuple(codes)), Factor("sex", ("female", "male"))],
        "ratio": {arm.code: 1 for arm in arms},
        "by": users["statistician"],
    }
    if method == "blocks":
        rows = -(-people // (SITES * 2)) + LARGEST_BLOCK
        scheme = schemes.draft_blocks(**common, sizes=[4, LARGEST_BLOCK], rows=rows)
    else:
        scheme = schemes.draft_minimisation(**common, probability=0.8)
    schemes.put_in_force(scheme=scheme, by=users["statistician"])


def work(place: int, writers: int, *, twice: bool) -> None:
    """One writer: every so-manieth participant, one after the other."""
    from participants.allocation.errors import AlreadyRandomised
    from participants.allocation.services.randomising import randomise_participant
    from participants.people.models import Participant
    from studies.access.models import User

    by = User.objects.get(email="coordinator@example.org")
    step = writers // 2 if twice else writers
    every = Participant.objects.select_related("study", "site").order_by("pk")
    took = []
    for participant in every[place % step :: step]:
        began = time.perf_counter()
        try:
            randomise_participant(participant=participant, by=by)
        except AlreadyRandomised:
            continue
        took.append(time.perf_counter() - began)
    print(" ".join(f"{seconds * 1000:.1f}" for seconds in took), flush=True)


def judge(people: int, method: str) -> str:
    """What came of it; fails where a place was given twice or the arms are uneven."""
    from participants.allocation.models import Allocation
    from participants.allocation.services.balance import balance
    from studies.access.models import User
    from studies.protocol.models import Study
    from studies.randomisation.models import SchemeRow

    allocations = Allocation.objects.count()
    stella = User.objects.get(email="statistician@example.org")
    shown = balance(study=Study.objects.get(code="RAND"), user=stella)
    worst = max(abs(row.counts[0] - row.counts[1]) for row in shown.strata)
    if allocations != people or shown.all.total != people:
        raise SystemExit(f"{allocations} allocations for {people} people")
    if method == "blocks":
        taken = SchemeRow.objects.filter(taken=True)
        places = Allocation.objects.values("row").distinct().count()
        if taken.count() != people or places != people:
            raise SystemExit(f"{taken.count()} places taken, {places} given, {people} people")
        if worst > LARGEST_BLOCK // 2:
            raise SystemExit(f"the arms differ by {worst} in a stratum")
    return f"{shown.all.counts[0]} to {shown.all.counts[1]}, at most {worst} apart in a stratum"


def inside(step: str, chosen: argparse.Namespace) -> None:
    import django

    django.setup()
    if step == "make":
        make(chosen.people, chosen.method)
    elif step == "judge":
        print(judge(chosen.people, chosen.method))
    else:
        work(int(step), chosen.writers, twice=chosen.twice)


def measured(chosen: argparse.Namespace, environment: dict[str, str]) -> None:
    """Make, write in parallel, judge; print a line of the table."""
    words = [
        sys.executable, "-m", "tests.benchmarks.randomising", "--people", str(chosen.people),
        "--writers", str(chosen.writers), "--method", chosen.method,
        *(["--twice"] if chosen.twice else []), "--inside",
    ]  # fmt: skip
    common: dict[str, Any] = {"env": environment, "cwd": ROOT, "text": True}
    about = busy()
    subprocess.run([*words, "make"], check=True, **common)
    began = time.monotonic()
    writers = [
        subprocess.Popen([*words, str(place)], stdout=subprocess.PIPE, **common)
        for place in range(chosen.writers)
    ]
    told = [writer.communicate()[0] for writer in writers]
    seconds = time.monotonic() - began
    if any(writer.returncode for writer in writers):
        raise SystemExit("a writer failed")
    took = sorted(float(ms) for line in told for ms in line.split())
    median, late = took[len(took) // 2], took[int(len(took) * 0.95)]
    found = subprocess.run(
        [*words, "judge"], check=True, stdout=subprocess.PIPE, **common
    ).stdout.strip()
    text = "\n".join(
        [
            about,
            "",
            "| randomised | writers | seconds | a second | median, ms | 95 %, ms | arms |",
            "|---:|---:|---:|---:|---:|---:|---|",
            (
                f"| {len(took):,} | {chosen.writers} | {seconds:.0f} | {len(took) / seconds:.0f} "
                f"| {median:.0f} | {late:.0f} | {found} |"
            ),
        ]
    )
    print(text)
    if chosen.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "randomising", text)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=10_000)
    parser.add_argument("--writers", type=int, default=8)
    parser.add_argument("--method", choices=("blocks", "minimisation"), default="blocks")
    parser.add_argument("--twice", action="store_true", help="each by two writers at once")
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--inside", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        inside(chosen.inside, chosen)
        return
    with TemporaryDirectory() as folder, postgresql_server() as server:
        stack = Stack(Path(folder) / "product", {"DATABASE_URL": new_database(server)})
        stack.manage("migrate", "--verbosity=0")
        settings = {"DJANGO_SETTINGS_MODULE": "config.settings", "LOG_LEVEL": "WARNING"}
        measured(chosen, {**os.environ, **stack.environment, **settings})


if __name__ == "__main__":
    main()
