"""A questionnaire asked of the person whose phone a browser test holds."""

from functools import cache
from typing import Any

from playwright.sync_api import Page, expect

from participants.visits.models import Visit
from studies.assignments.models import Assignment
from studies.instruments.definition import Definition
from studies.instruments.reading.sheets import read_sheets
from studies.instruments.reading.writing import xform_of
from studies.instruments.reading.xlsform import read_xlsform
from studies.instruments.report import Report
from tests.browser.outbox import wait_until
from tests.studies.assignments.factories import AssignmentFactory
from tests.studies.instruments.factories import (
    FILES,
    InstrumentFactory,
    InstrumentVersionFactory,
)

KEPT = """async () => {
  const { all } = await import("/static/js/participants/answers/kept.js");
  return (await all()).map(({ sealed, ...record }) => record);
}"""
CACHED = """async (wanted) => {
  if (!navigator.serviceWorker.controller) return false;
  const paths = new Set();
  for (const name of await caches.keys()) {
    for (const request of await (await caches.open(name)).keys()) {
      paths.add(new URL(request.url).pathname);
    }
  }
  return wanted.every((path) => paths.has(path));
}"""


@cache
def skin_week() -> Definition:
    """Three languages, a repeat, a score, constraints, a slider."""
    data = (FILES / "skin_week.xlsx").read_bytes()
    return read_xlsform(read_sheets(data), Report(), file_name="skin_week")


def asked(visit: Visit, form: Definition, *, xform: str = "", **values: Any) -> Assignment:
    """``form`` in its published version, asked at the visit unless ``values`` say otherwise."""
    study = visit.participant.study
    instrument = InstrumentFactory(study=study, code=form.form_id, title=form.title)
    InstrumentVersionFactory(
        instrument=instrument,
        state="published",
        sha256=form.form_id.ljust(64, "0"),
        definition=form.model_dump(mode="json"),
        xform=xform or xform_of(form),
    )
    return AssignmentFactory(instrument=instrument, **values)


def address(assignment: Assignment, place: str = "week-0") -> str:
    return f"/my/questionnaires/{assignment.code}/{place}/"


def kept(page: Page) -> list[dict[str, Any]]:
    """What this phone holds of questionnaires, without what is sealed."""
    return list(page.evaluate(KEPT))


def states(page: Page) -> list[str]:
    return [record["state"] for record in kept(page)]


def form_ready(page: Page, assignment: Assignment, place: str = "week-0") -> None:
    """Until the phone has kept the page and the form engine."""
    wanted = [address(assignment, place), "/my/form-engine/", "/static/lib/xforms/index.js"]
    wait_until(
        page, lambda: bool(page.evaluate(CACHED, wanted)), "the questionnaire is kept", seconds=40
    )


def heading(page: Page) -> Any:
    return page.locator("[data-screen] [data-heading]")


def asks(page: Page, words: str) -> None:
    """Wait until the screen asks this; the first takes as long as the engine needs."""
    expect(heading(page)).to_have_text(words, timeout=60_000)


def press_next(page: Page) -> None:
    page.locator("[data-next]").click()
