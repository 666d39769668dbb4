"""What the results of a large reading study cost: computing them once, and showing the page.

    python -m tests.benchmarks.agreement_page [--readings 50000] [--write-docs]

Makes a product on SQLite with one closed reading study of five readers, a tenth of its cases read
twice, a scale of grades and a line, and a primary network that has scored every photo. Beside it
the primary coefficient alone is computed with the plain core, over the same numbers.
"""

import argparse
import os
import statistics
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from uuid import uuid4

from tests.benchmarks.marked import write_between
from tests.stack import ROOT, Stack

READERS, VISITS, TIMES = 5, 16, 5


def fill(readings: int) -> tuple[Any, Any]:
    """The closed reading study, and its manager."""
    import numpy as np
    from django.utils import timezone

    from inference.packages.models import ModelPackage, StudyModel
    from inference.reading.models import Case, Reading, ReadingStudy, Scale, Seat, Turn
    from inference.reading.services import consensus
    from inference.scoring.models import Run, Score
    from participants.capture.models import Photo
    from participants.visits.models import Visit
    from studies.access.models import User
    from studies.protocol.models import Study
    from tests.benchmarks import schedule

    now, rng = timezone.now(), np.random.default_rng(1)
    cases_wanted = int(readings / (READERS * 1.1))
    schedule.fill(-(-cases_wanted // VISITS), VISITS)
    study = Study.objects.get(code="PLAN-1")
    manager = User.objects.create_user("reads@example.org", name="Reads")
    manager.memberships.create(study=study, role="manager")
    visits = list(Visit.objects.select_related("definition").order_by("pk")[:cases_wanted])
    photos = Photo.objects.bulk_create(
        (Photo(visit=visit, view="front", state="accepted", original_file="x", size=1,
               sha256="0" * 64, received_at=now, camera_make="Example", camera_model=f"E{n % 4}")
         for n, visit in enumerate(visits)), batch_size=500,
    )  # fmt: skip
    reading = ReadingStudy.objects.create(
        study=study, code="READ-1", title="Many", state="closed", created_by=manager,
        created_at=now, opened_at=now, closed_at=now,
    )  # fmt: skip
    grades = [{"label": label, "descriptor": ""} for label in ("None", "Mild", "More", "Most")]
    common = {"reading_study": reading, "condition_id": "wrinkles"}
    Scale.objects.create(number=1, code="grades", title="Wrinkles", kind="grades", grades=grades,
                         primary="kappa_quadratic", **common)  # fmt: skip
    Scale.objects.create(number=2, code="line", title="Wrinkles, line", kind="line",
                         primary="icc_2_1", **common)  # fmt: skip
    cases = Case.objects.bulk_create(
        (Case(reading_study=reading, number=n, participant_id=visit.participant_id, photo=photo,
              visit=visit.definition.code, view="front", photo_sha256="0" * 64)
         for n, (visit, photo) in enumerate(zip(visits, photos, strict=True), 1)), batch_size=500,
    )  # fmt: skip
    truth = rng.uniform(0, 3, len(cases))
    for number in range(1, READERS + 1):
        user = User.objects.create_user(f"reader{number}@example.org", name=f"Reader {number}")
        seat = Seat.objects.create(reading_study=reading, user=user, number=number, added_at=now)
        order = [(int(row), False) for row in rng.permutation(len(cases))]
        order += [(row, True) for row, _ in order[: len(cases) // 10]]
        turns = Turn.objects.bulk_create(
            (Turn(seat=seat, case=cases[row], position=place, is_repeat=again, state="read")
             for place, (row, again) in enumerate(order, 1)), batch_size=500,
        )  # fmt: skip
        said = np.clip(truth[[row for row, _ in order]] + rng.normal(0, 0.5, len(order)), 0, 3)
        Reading.objects.bulk_create(
            (Reading(turn=turn, values={"grades": float(round(one)), "line": round(one * 33, 1)},
                     shown_at=now, saved_at=now, active_ms=2500, request_id=uuid4())
             for turn, one in zip(turns, said.tolist(), strict=True)), batch_size=500,
        )  # fmt: skip
    consensus.write(reading)
    package = ModelPackage.objects.create(
        name="bench", version="1", sha256="1" * 64, file="x", size=1, card={}, recipe="none@1",
        registered_at=now,
    )  # fmt: skip
    package.conditions.add("wrinkles")
    StudyModel.objects.create(study=study, package=package, activated_at=now, primary=True)
    runs = Run.objects.bulk_create(
        (Run(photo=photo, package=package, recipe="none@1", recipe_sha256="2" * 64, state="done",
             model_sha256="1" * 64, photo_sha256="0" * 64, finished_at=now) for photo in photos),
        batch_size=500,
    )  # fmt: skip
    names = ("none", "mild", "moderate", "severe")
    Score.objects.bulk_create(
        (Score(run=run, condition_id="wrinkles", region="face", severity=min(one * 33, 100.0),
               grade=names[round(one)]) for run, one in zip(runs, truth.tolist(), strict=True)),
        batch_size=500,
    )  # fmt: skip
    return reading, manager


def inside(readings: int) -> Iterator[str]:
    """The rows of the table; runs where Django is set up on the product's own database."""
    from django.conf import settings
    from django.db import connection, reset_queries
    from django.test import Client

    from inference.agreement.chance_corrected import CohenKappa
    from inference.agreement.intervals import estimate
    from inference.agreement.several import MeanOfPairs
    from inference.results.models import ReadingResults
    from inference.results.services.frame import frame_of
    from inference.results.services.results import stamp_of
    from inference.results.tasks import compute_results

    reading, manager = fill(readings)
    row = ReadingResults.objects.create(
        study=reading.study, reading_study=reading, stamp=stamp_of(reading)
    )
    connection.force_debug_cursor = True
    reset_queries()
    began, worked = time.perf_counter(), time.process_time()
    compute_results(str(row.pk))
    computing, queries = time.perf_counter() - began, len(connection.queries)
    cpu = time.process_time() - worked
    connection.force_debug_cursor = False
    frame = frame_of(reading)
    ratings = frame.ratings(frame.scales[0])
    began, worked = time.perf_counter(), time.process_time()
    estimate(MeanOfPairs(CohenKappa.weighted("quadratic", 4), READERS), ratings)
    plain, plain_cpu = time.perf_counter() - began, time.process_time() - worked
    tracemalloc.start()
    ReadingResults.objects.update(state="queued", attempts=0)
    compute_results(str(row.pk))
    memory = tracemalloc.get_traced_memory()[1] / 2**20
    tracemalloc.stop()
    row.refresh_from_db()
    if row.figures is None:
        raise SystemExit(row.last_error)
    yield "| what | seconds | of the processor | queries | MiB |"
    yield "|---|---|---|---|---|"
    what = f"every figure of {row.figures['readings']:,} readings, once"
    yield f"| {what} | {computing:.1f} | {cpu:.1f} | {queries} | {memory:.0f} |"
    what = "the primary coefficient alone, by the plain core"
    yield f"| {what} | {plain:.2f} | {plain_cpu:.2f} | | |"
    browser = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    browser.force_login(manager)
    for what, query in (("grades", ""), ("line", "?scale=line")):
        address = f"/studies/PLAN-1/readings/READ-1/results/{query}"
        answer, times, worked = browser.get(address), [], time.process_time()
        for _ in range(TIMES):
            began = time.perf_counter()
            answer = browser.get(address)
            times.append(time.perf_counter() - began)
        cpu = (time.process_time() - worked) / TIMES
        if answer.status_code != 200:
            raise SystemExit(f"{address} answered {answer.status_code}")
        connection.force_debug_cursor = True
        reset_queries()
        browser.get(address)
        queries = len(connection.queries)
        connection.force_debug_cursor = False
        size = len(answer.content) / 2**20
        told = f"{statistics.median(times):.2f} | {cpu:.2f} | {queries} | {size:.2f}"
        yield f"| the page, scale of {what} (size of the page) | {told} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readings", type=int, default=50_000)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        import django

        django.setup()
        for line in inside(chosen.readings):
            print(line, flush=True)
        return
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "product", {})
        stack.manage("migrate", "--verbosity=0")
        settings = {**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
        command = [sys.executable, "-m", "tests.benchmarks.agreement_page", "--inside"]
        done = subprocess.run(
            [*command, "--readings", str(chosen.readings)],
            env={**os.environ, **settings, "LOG_LEVEL": "WARNING"},
            cwd=ROOT,
            check=True,
            stdout=subprocess.PIPE,
            text=True,
        )
    print(done.stdout)
    if chosen.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "agreement-page", done.stdout)


if __name__ == "__main__":
    main()
