"""``make lines``: do photos arrive over a poor line, and how long does it take?

Sends generated photos of 2 to 4 MB, one after the other, from the page's own outbox in Chromium
through a line of each profile (tests/line.py), and writes how many arrived, how often and how fast
into docs/phone/measurements.md. Ends with 1 when a photo is missing, changed or there twice.
"""

import argparse
import hashlib
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

import cv2
import numpy as np
from playwright.sync_api import Page

from tests.benchmarks.__main__ import machine
from tests.benchmarks.marked import MEASUREMENTS, write_between
from tests.browser.chromium import SIZES, started_chromium
from tests.browser.opened import demonstration
from tests.browser.videos import picture
from tests.line import PROFILES, Line, Profile, line
from tests.stack import Stack

VIEWS = ("front", "left", "right")
PATIENCE = 600.0  # seconds for one photo
# The page's own outbox, the very module that its scripts use.
OUTBOX = """async () => {
  const loaded = performance.getEntriesByType("resource").map((entry) => entry.name);
  const address = loaded.find((name) => /\\/js\\/my\\/outbox\\.[^/]*js$/.test(name));
  globalThis.outbox = await import(address);
  return (await globalThis.outbox.waiting()).length === 0;
}"""
KEEP = """async ([visit, view]) => {
  const [blob] = document.querySelector("#measured").files;
  const id = await globalThis.outbox.secure({ blob, visit, view, how: {} });
  await globalThis.outbox.use(id);
  return id;
}"""
INPUT = """() => {
  document.querySelector("#measured")?.remove();
  const input = document.createElement("input");
  input.type = "file";
  input.id = "measured";
  document.body.append(input);
}"""
LEFT = "async () => (await globalThis.outbox.waiting()).length"


@dataclass
class Sent:
    """What became of one photo."""

    number: str
    sha256: str
    size: int
    seconds: float | None  # None: it did not arrive in time


def generated(folder: Path, count: int) -> list[Path]:
    """Photos of faces as a phone's camera writes them: 12 megapixels, 2 to 4 MB."""
    files = []
    for index in range(count):
        large = cv2.resize(picture(VIEWS[index % 3]), (3024, 4032), interpolation=cv2.INTER_CUBIC)
        grain = np.random.default_rng(index).normal(0, 6.0, large.shape).astype(np.float32)
        pixels = np.clip(large + grain, 0, 255).astype(np.uint8)[..., ::-1]
        quality = 88 + index % 4
        content = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])[1].tobytes()
        files.append(folder / f"{index}.jpg")
        files[-1].write_bytes(content)
    return files


def send(page: Page, visit: str, view: str, file: Path) -> Sent:
    """Give one photo to the page's outbox and wait until it has let go of it."""
    page.evaluate(INPUT)
    page.locator("#measured").set_input_files(file)
    began = time.monotonic()
    number = page.evaluate(KEEP, [visit, view])
    content = file.read_bytes()
    sent = Sent(number, hashlib.sha256(content).hexdigest(), len(content), None)
    while time.monotonic() - began < PATIENCE:
        if page.evaluate(LEFT) == 0:
            sent.seconds = time.monotonic() - began
            break
        page.wait_for_timeout(50)
    return sent


def open_home(page: Page, link: str) -> None:
    """Through the personal link; a line that fails is tried again, as a person would."""
    for _ in range(20):
        try:
            page.goto(link)
            page.get_by_role("button", name="Open my page").click()
            page.wait_for_url("**/my/", timeout=60_000)
            page.wait_for_load_state("load", timeout=60_000)
            page.locator("[data-steps]").wait_for(timeout=1000)
            assert page.evaluate(OUTBOX)
            return
        except Exception as error:
            print(f"  opening again: {str(error).splitlines()[0]}", flush=True)
    raise RuntimeError("the page did not open in twenty tries")


def over(profile: Profile, product: Stack, link: str, files: list[Path], page: Page) -> list[Sent]:
    """Send every file over this line; print each as it arrives."""
    with line(profile, product.port) as used:
        open_home(page, link.replace(product.url, used.url))
        visit = page.locator("[data-steps]").get_attribute("data-visit") or ""
        found = []
        for index, file in enumerate(files):
            found.append(send(page, visit, VIEWS[index % 3], file))
            print(
                f"  {profile.name}: {found[-1].size / 1e6:.1f} MB {found[-1].seconds}", flush=True
            )
            if index % 3 == 2:
                take_again(product)
        tell(used)
    return found


def tell(used: Line) -> None:
    print(f"  {used.profile.name}: {used.requests} requests, {used.cut_off} cut off", flush=True)


def take_again(product: Stack) -> None:
    """Have every photo that arrived asked for again, so that the visit can go on."""
    product.ask(
        "Photo.objects.filter(state='received').update(state='retake_wanted')",
        given="from participants.capture.models import Photo",
    )


def wrong(product: Stack, sent: list[Sent]) -> list[str]:
    """Which photos are not on the server, once, as they were."""
    stored: dict[str, str] = product.ask(
        "{str(p.pk): p.sha256 for p in Photo.objects.all()}",
        given="from participants.capture.models import Photo",
    )
    faults = [f"{p.number} did not arrive" for p in sent if p.seconds is None]
    faults += [f"{p.number} is not what was sent" for p in sent if stored.get(p.number) != p.sha256]
    copies = sorted(stored.values())
    faults += [f"{p.number} is there twice" for p in sent if copies.count(p.sha256) != 1]
    return faults


def row_of(profile: Profile, sent: list[Sent], faults: list[str]) -> str:
    times = sorted(p.seconds for p in sent if p.seconds is not None)
    sizes = [p.size / 1e6 for p in sent]
    arrived = len({p.number for p in sent} - {fault.split()[0] for fault in faults})
    spread = f"{median(times):.1f} s ({times[0]:.1f} to {times[-1]:.1f})" if times else "–"
    ideal = median(sizes) * 8000 / profile.kilobits
    cells = [
        f"{profile.name}: {profile.told()}",
        f"{len(sent)} ({min(sizes):.1f} to {max(sizes):.1f} MB)",
        f"{arrived} of {len(sent)}, each once",
        spread,
        f"{ideal:.1f} s",
    ]
    return f"| {' | '.join(cells)} |"


def measured(photos: int, names: list[str]) -> tuple[dict[str, Any], list[str]]:
    """A row of the table for each profile, and what went wrong."""
    rows, faults = {}, []
    with tempfile.TemporaryDirectory() as folder, demonstration() as product:
        chosen = [profile for profile in PROFILES if profile.name in names]
        with started_chromium() as browser:
            for place, profile in enumerate(chosen):
                # Other bytes for each profile: the server knows a photo by its hash.
                files = generated(Path(folder), photos * len(chosen))[place :: len(chosen)]
                context = browser.new_context(locale="en-GB", **SIZES["phone"])
                sent = over(profile, product.stack, product.links[0], files, context.new_page())
                found = wrong(product.stack, sent)
                rows[profile.name] = row_of(profile, sent, found)
                faults += found
                context.close()
    return rows, faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--photos", type=int, default=9, help="for each line")
    parser.add_argument("--only", choices=[p.name for p in PROFILES], action="append")
    given = parser.parse_args()
    about = machine()
    rows, faults = measured(given.photos, given.only or [p.name for p in PROFILES])
    how = f"{about['when']}, {about['processor']}, {about['cores']} cores."
    heads = ["Line (each way, there and back)", "Photos", "Arrived"]
    heads += ["From kept to confirmed: median (range)", "The bytes alone"]
    head = f"| {' | '.join(heads)} |"
    table = "\n".join([how, "", head, "|---|---:|---:|---:|---:|", *rows.values()])
    print(table, *faults, sep="\n")
    if not given.only:
        write_between(MEASUREMENTS, "lines", table)
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
