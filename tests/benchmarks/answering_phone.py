"""A form of many questions on the phone: opened, answered one by one, taken up again, sent.

    python -m tests.benchmarks.answering_phone [--questions 500] [--slower 4] [--write-docs]

The form of ``tests.benchmarks.answering``, asked of a participant of the demonstration, in Chromium
at the size of a phone and with its processor slowed ``--slower`` times, as the middle of the phones
that people have. Each question that is asked is answered, and timed from the press of *Next* until
the next one stands there: judged, kept encrypted, drawn. Then the tab is closed and opened again,
and the answers are sent. Times are of the clock, on a machine that others use as well.
``--write-docs`` puts them into ``docs/benchmarks.md``.
"""

import argparse
import time
from statistics import median, quantiles
from typing import Any

from playwright.sync_api import BrowserContext, Page, expect

from tests.benchmarks.marked import busy, write_between
from tests.browser.chromium import SIZES, started_chromium
from tests.browser.opened import demonstration
from tests.stack import ROOT, Stack

PATIENCE = 180_000  # ms
ASKED = """
from participants.people.models import Participant
from participants.visits import services as visits
from studies.assignments.models import Assignment
from studies.instruments.models import Instrument, InstrumentVersion
from studies.instruments.reading.writing import xform_of
from tests.benchmarks.answering import form_of
from django.utils import timezone
who = Participant.objects.get(pk={who})
visit = visits.open_visit(who, visits.today(who.study))
form = form_of({questions})
instrument = Instrument.objects.create(study=visit.participant.study, code="long", title="Long")
version = InstrumentVersion.objects.create(
    instrument=instrument, number=1, state="published", published_at=timezone.now(),
    source="xlsform", source_sha256="0" * 64, imported_at=timezone.now(),
    sha256="0" * 64, definition=form.model_dump(mode="json"), xform=xform_of(form),
)
row = Assignment.objects.create(
    study=visit.participant.study, instrument=instrument, code="long",
    visits=[visit.definition.code], order="before", assigned_at=visit.participant.screened_at,
)
"""
# Answers what is asked and presses Next until the summary, or until so many were answered.
WALK = """async (most) => {
  const heading = () => document.querySelector("[data-screen] [data-heading]");
  const next = document.querySelector("[data-next]");
  const took = [];
  while (took.length < most && !next.hidden) {
    const words = heading().textContent;
    const choices = document.querySelectorAll("[data-screen] input[type=radio]");
    const field = document.querySelector("[data-screen] input:not([type=radio])");
    if (choices.length) choices[took.length % choices.length].click();
    else if (field) {
      field.value = "3";
      for (const kind of ["input", "change"]) {
        field.dispatchEvent(new Event(kind, { bubbles: true }));
      }
    }
    const begun = performance.now();
    next.click();
    while (heading()?.textContent === words) {
      if (performance.now() - begun > 60000) return { took, stuck: words };
      await new Promise((done) => requestAnimationFrame(done));
    }
    await new Promise((done) => requestAnimationFrame(done));
    took.push(performance.now() - begun);
  }
  return { took, stuck: "" };
}"""


def prepare(stack: Stack, link: str, questions: int) -> str:
    """Ask the form of whom ``link`` is for; its address."""
    told = stack.ask(
        "Participant.objects.get(invitations__token_sha256=sha256_of(token)).pk",
        given="from participants.people.models import Participant\n"
        "from studies.platform.secrets import sha256_of\n"
        f"token = {link.rstrip('/').rsplit('/', 1)[-1]!r}",
    )
    given = ASKED.format(who=told, questions=questions)
    return f"/my/questionnaires/long/{stack.ask('visit.definition.code', given=given)}/"


def opened(context: BrowserContext, address: str, slower: float) -> tuple[Page, float]:
    """A page of its own at ``address``, and the seconds until the first question stands there."""
    page = context.new_page()
    context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": slower})
    begun = time.perf_counter()
    page.goto(address)
    expect(page.locator("[data-screen] [data-heading]")).to_be_visible(timeout=PATIENCE)
    return page, time.perf_counter() - begun


def measured(questions: int, slower: float) -> dict[str, Any]:
    """The seconds of each step."""
    with demonstration() as product, started_chromium() as browser:
        link = product.links[0]
        address = product.stack.url + prepare(product.stack, link, questions)
        context = browser.new_context(locale="en-GB", **SIZES["phone"])
        page = context.new_page()
        page.goto(link)
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/", timeout=60_000)
        page.close()
        page, first = opened(context, address, slower)
        steps = page.evaluate(WALK, questions // 2)
        page.close()
        page, again = opened(context, address, slower)
        rest = page.evaluate(WALK, questions)
        if stuck := steps["stuck"] or rest["stuck"]:
            raise SystemExit(f"“{stuck}” was not left within a minute")
        begun = time.perf_counter()
        page.locator("[data-send]").click()
        expect(page.locator("[data-panel=sent]")).to_be_visible(timeout=PATIENCE)
        sent = time.perf_counter() - begun
    return {"first": first, "again": again, "sent": sent, "took": steps["took"] + rest["took"]}


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.answering_phone")
    parser.add_argument("--questions", type=int, default=500)
    parser.add_argument("--slower", type=float, default=4)
    parser.add_argument("--write-docs", action="store_true")
    given = parser.parse_args()
    about = busy()
    found = measured(given.questions, given.slower)
    took = found["took"]
    heads = ["questions", "steps, those walked again included", "opened"]
    heads += ["from one to the next, median", "95 %"]
    heads += ["slowest", "taken up again", "sent and judged"]
    cells = [f"{given.questions}", f"{len(took)}", f"{found['first']:.1f} s"]
    cells += [f"{median(took):.0f} ms", f"{quantiles(took, n=20)[-1]:.0f} ms"]
    cells += [f"{max(took):.0f} ms", f"{found['again']:.1f} s", f"{found['sent']:.1f} s"]
    how = f"{about} The processor was slowed {given.slower:g} times, as a phone's."
    table = [how, "", f"| {' | '.join(heads)} |", f"|{'---:|' * len(heads)}"]
    text = "\n".join([*table, f"| {' | '.join(cells)} |"])
    print(text)
    if given.write_docs:
        write_between(ROOT / "docs" / "benchmarks.md", "answering-phone", text)


if __name__ == "__main__":
    main()
