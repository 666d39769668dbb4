"""How long a reader waits for the next photo, on a good line and on a slow one.

    python -m tests.benchmarks.reading [--cases 20] [--write-docs]

Makes a product on SQLite with an open reading study over generated photos of 12 megapixels, and
reads them in Chromium, three seconds a photo, through lines that Chromium itself makes slow (its
network emulation). Timed from the press that saves to the next photo in the viewer. Beside it the
same without pictures fetched ahead. ``--write-docs`` puts the table into ``docs/benchmarks.md``.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from playwright.sync_api import Browser, Page, Response, Route

from tests.benchmarks.marked import write_between
from tests.browser.chromium import SIZES, started_chromium
from tests.stack import ROOT, Stack

PACE_MS = 3_000  # looks at each photo
PATIENCE_MS = 120_000
ROOM = "/studies/READ-9/readings/READ-1/read/"
# Saves, and tells after how many milliseconds the next photo is drawn.
NEXT = """() => new Promise((done) => {
  const stage = document.querySelector("[data-stage]");
  const before = stage.dataset.key;
  const began = performance.now();
  const look = () => {
    if (stage.dataset.key === before || stage.dataset.state !== "ready") return;
    watch.disconnect();
    requestAnimationFrame(() => requestAnimationFrame(() => done(performance.now() - began)));
  };
  const watch = new MutationObserver(look);
  watch.observe(stage, { attributes: true });
  document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
})"""


@dataclass(frozen=True)
class Line:
    """What Chromium lets through: bytes a second down, and milliseconds there and back."""

    name: str
    bytes_a_second: int
    latency_ms: int


LINES = (
    Line("good: 4 MB/s, 40 ms", 4_000_000, 40),
    Line("slow: 100 kB/s, 300 ms", 100_000, 300),
)


@dataclass
class Session:
    """One reader's session: waits in ms, and the bytes of each picture by size."""

    waits: list[float]
    bytes: dict[str, list[int]]


# --- In the product's own process ----------------------------------------------------------------


def photo_bytes(number: int) -> bytes:
    """A generated face of 12 megapixels with grain, as the product stores it upright."""
    import numpy as np
    from PIL import Image

    from tests.browser.videos import picture

    face = Image.fromarray(np.asarray(picture("front"))).resize((3024, 4032))
    grain = np.random.default_rng(number).normal(0, 6.0, (4032, 3024, 1)).astype(np.float32)
    pixels = np.clip(np.asarray(face, np.float32) + grain, 0, 255).astype(np.uint8)
    made = BytesIO()
    Image.fromarray(pixels).save(made, "JPEG", quality=90)
    return made.getvalue()


def inside(cases: int) -> dict[str, Any]:
    """Make the study and a reader for each session; → their cookies and orders."""
    from uuid import uuid4

    from django.conf import settings
    from django.test import Client
    from django.utils import timezone

    from inference.reading.models import ReadingStudy, Scale
    from inference.reading.services.opening import open_reading_study
    from inference.reading.services.seats import add_reader
    from participants.capture.models import Photo
    from participants.people.models import Participant
    from participants.visits.models import Visit
    from studies.access.models import Membership, User
    from studies.platform.storage import store
    from studies.protocol.models import Site, Study, VisitDefinition

    now = timezone.now()
    study = Study.objects.create(code="READ-9", title="Photos to read", state="active")
    site = Site.objects.create(study=study, code="AA01", name="AA01", country="SG")
    definition = VisitDefinition.objects.create(
        study=study, code="v0", name="V0", day_offset=0, views=["front"]
    )
    manager = User.objects.create_user("manages@example.org", name="Manages")
    Membership.objects.create(user=manager, study=study, role="manager")
    for number in range(cases):
        person = Participant.objects.create(
            study=study,
            site=site,
            code=f"AA01-{number:04}",
            state="enrolled",
            year_of_birth=1980,
            sex="female",
            ethnicity="malay",
            screened_at=now,
            enrolled_on=now.date(),
        )
        visit = Visit.objects.create(
            participant=person,
            definition=definition,
            planned_on=now.date(),
            scheduled_on=now.date(),
            opens_on=now.date(),
            closes_on=now.date(),
        )
        data = photo_bytes(number)
        name, digest = store("uprights", str(uuid4()), data, suffix=".jpg")
        Photo.objects.create(
            id=uuid4(),
            visit=visit,
            view="front",
            state="accepted",
            original_file=name,
            upright_file=name,
            sha256=digest,
            upright_sha256=digest,
            size=len(data),
            width=3024,
            height=4032,
            received_at=now,
        )
    reading = ReadingStudy.objects.create(
        study=study, code="READ-1", title="Read", repeats_percent=0,
        created_by=manager, created_at=now,
    )  # fmt: skip
    grades = [{"label": str(n), "descriptor": ""} for n in range(5)]
    Scale.objects.create(
        reading_study=reading, number=1, code="all", title="Overall", kind="grades", grades=grades
    )
    readers = []
    for number in range(2 * len(LINES)):
        user = User.objects.create_user(f"reads{number}@example.org", name=f"Reads {number}")
        Membership.objects.create(user=user, study=study, role="reader")
        add_reader(study=reading, user=user, by=manager)
        readers.append(user)
    open_reading_study(study=reading, by=manager)
    sessions = []
    for user in readers:
        client = Client()
        client.force_login(user)
        cookie = client.cookies[settings.SESSION_COOKIE_NAME].value
        turns = reading.seats.get(user=user).turns.order_by("position")
        keys = [str(key) for key in turns.values_list("key", flat=True)]
        sessions.append({"cookie": cookie, "keys": keys})
    return {"cookie_name": settings.SESSION_COOKIE_NAME, "sessions": sessions}


# --- In the browser ------------------------------------------------------------------------------


def read_all(page: Page, keys: list[str], *, ahead: bool) -> Session:
    """Read every case; with ``ahead`` off, only the picture of the case on the screen comes."""
    now = [0]
    found = Session([], {"screen": [], "full": []})

    def heard(answer: Response) -> None:
        size = answer.url.rstrip("/").rsplit("/", 1)[-1]
        if size in found.bytes and answer.status == 200:
            found.bytes[size].append(int(answer.headers["content-length"]))

    def only_this(route: Route) -> None:
        if keys[now[0]] in route.request.url:
            route.continue_()
        else:
            route.abort()

    page.on("response", heard)
    if not ahead:
        page.route("**/read/*/*/*/", only_this)
    page.goto(ROOM, timeout=PATIENCE_MS)
    page.get_by_role("button", name="Begin").click(timeout=PATIENCE_MS)
    page.locator("[data-stage][data-state=ready]").wait_for(timeout=PATIENCE_MS)
    for number in range(len(keys) - 1):
        page.wait_for_timeout(PACE_MS)
        page.keyboard.press(str(number % 5))
        now[0] = number + 1
        found.waits.append(page.evaluate(NEXT))
    return found


@contextmanager
def throttled(browser: Browser, stack: Stack, line: Line, cookies: Any) -> Iterator[Page]:
    context = browser.new_context(base_url=stack.url, **SIZES["desktop"])
    context.set_default_timeout(PATIENCE_MS)
    context.add_cookies([{**cookies, "url": stack.url}])
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send(
        "Network.emulateNetworkConditions",
        {
            "offline": False,
            "latency": line.latency_ms,
            "downloadThroughput": line.bytes_a_second,
            "uploadThroughput": line.bytes_a_second,
        },
    )
    try:
        yield page
    finally:
        context.close()


def row(line: Line, how: str, found: Session) -> str:
    waits = sorted(found.waits)
    p95 = waits[min(len(waits) - 1, round(0.95 * (len(waits) - 1)))]
    large = len(found.bytes["full"])
    return (
        f"| {line.name} | {how} | {statistics.median(waits):.0f} | {p95:.0f} | {waits[-1]:.0f} "
        f"| {len(found.bytes['screen'])} and {large} |"
    )


def measured(stack: Stack, told: dict[str, Any]) -> Iterator[str]:
    """The lines of the page of docs."""
    sessions = iter(told["sessions"])
    rows: list[str] = []
    sizes: dict[str, list[int]] = {"screen": [], "full": []}
    with started_chromium() as browser:
        for line in LINES:
            for ahead in (True, False):
                one = next(sessions)
                cookies = {"name": told["cookie_name"], "value": one["cookie"]}
                with throttled(browser, stack, line, cookies) as page:
                    found = read_all(page, one["keys"], ahead=ahead)
                how = "fetched ahead" if ahead else "each when it is shown"
                rows.append(row(line, how, found))
                print(rows[-1], flush=True)
                for size, all_ in found.bytes.items():
                    sizes[size] += all_
    waits = len(told["sessions"][0]["keys"]) - 1
    kb = {size: statistics.median(all_) / 1000 if all_ else 0 for size, all_ in sizes.items()}
    most = {size: max(all_, default=0) / 1000 for size, all_ in sizes.items()}
    yield (
        f"{waits} waits in each row, {PACE_MS / 1000:.0f} s with each photo. Median bytes of a "
        f"picture: {kb['screen']:.0f} kB small (at most {most['screen']:.0f}), {kb['full']:.0f} kB "
        f"large (at most {most['full']:.0f}). The machine has {os.cpu_count()} cores; its load was "
        f"{os.getloadavg()[0]:.1f} at the end."
    )
    yield ""
    yield "| line | pictures | median ms | 95th percentile, ms | worst, ms | small and large sent |"
    yield "|---|---|---:|---:|---:|---:|"
    yield from rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--write-docs", action="store_true")
    parser.add_argument("--inside", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.inside:
        import django

        django.setup()
        print(json.dumps(inside(chosen.cases)), flush=True)
        return
    with TemporaryDirectory() as folder:
        stack = Stack(Path(folder) / "product", {})
        try:
            stack.manage("migrate", "--verbosity=0")
            settings = {**stack.environment, "DJANGO_SETTINGS_MODULE": "config.settings"}
            command = [sys.executable, "-m", "tests.benchmarks.reading", "--inside"]
            done = subprocess.run(
                [*command, "--cases", str(chosen.cases)],
                env={**os.environ, **settings, "LOG_LEVEL": "WARNING"},
                cwd=ROOT,
                check=True,
                stdout=subprocess.PIPE,
                text=True,
            )
            stack.start_web()
            text = "\n".join(measured(stack, json.loads(done.stdout.splitlines()[-1])))
        finally:
            stack.stop()
    print(text)
    if chosen.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "reading", text)


if __name__ == "__main__":
    main()
