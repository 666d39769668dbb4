"""The results of a reading study in a real browser: they fit at both widths and can be read."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inference.reading.models import ReadingStudy
from inference.results.models import ReadingResults
from inference.results.tasks import compute_results
from tests.browser.chromium import assert_accessible, assert_reads_well
from tests.browser.signed_in import PageOf, sign_in
from tests.conftest import Team
from tests.inference.packages.factories import ModelPackageFactory
from tests.inference.reading.making import GRADES, make_photos
from tests.inference.results.making import computed, make_closed
from tests.inference.results.test_figures_of_results import scored
from tests.inference.scoring.factories import StudyModelFactory

pytestmark = pytest.mark.browser
PATH = "/studies/MEL-8/readings/READ-1/results/"


@pytest.fixture
def closed(team: Team, live_server: LiveServer) -> ReadingStudy:
    """Three readers, grades and a line, repeats, a network, groups large enough to be shown."""
    photos = make_photos(team, 24, visits=2)
    rng = np.random.default_rng(5)
    truth = rng.integers(0, 4, 48)

    def read() -> Any:
        return np.clip(truth[:, None] + rng.choice([-1, 0, 0, 0, 1], (48, 3)), 0, 3) * 1.0

    first, again = read(), read()
    again[10:] = np.nan
    package = ModelPackageFactory()
    package.conditions.add("wrinkles")
    StudyModelFactory(study=team.study, package=package, primary=True)
    scored(photos, np.clip(truth * 30 + rng.normal(0, 12, 48), 0, 100).tolist(), package)
    noise = rng.normal(0, 5, (48, 3))
    lines = np.clip(truth[:, None] * 30 + noise, 0, 100)
    line = {"kind": "line", "grades": [], "primary": "icc_2_1", "title": "Wrinkles, on a line"}
    return make_closed(
        team, photos, first, lines, scales=[{"grades": GRADES}, line], again=[again, again * 30],
        repeats_percent=20,
    )  # fmt: skip


def test_the_results_fit_and_are_accessible(
    page_of: PageOf, team: Team, closed: ReadingStudy
) -> None:
    computed(closed)
    page = page_of(team.dewi)
    for name, path in {"results": PATH, "results-line": f"{PATH}?scale=scale-2#shown"}.items():
        page.goto(path)
        assert_reads_well(page, name)
    page.goto(PATH.replace("results", "learning"))
    assert_reads_well(page, "learning")


def test_the_page_waits_for_a_worker_and_shows_the_figures(
    desktop: Page, team: Team, closed: ReadingStudy
) -> None:
    sign_in(desktop, team.dewi)
    desktop.goto(PATH)
    expect(desktop.get_by_text("Being computed")).to_be_visible()
    compute_results(str(ReadingResults.objects.get().pk))
    heading = desktop.get_by_role("heading", name="All coefficients")
    expect(heading).to_be_visible(timeout=20_000)
    numbers = desktop.locator("#figure-pairs details")
    numbers.get_by_text("Its numbers").click()
    expect(numbers.get_by_role("rowheader", name="Reader 1 and Reader 3")).to_be_visible()
    with desktop.expect_download() as saved:
        desktop.get_by_label("SVG of Wrinkles: each two readers").click()
    assert Path(saved.value.path()).read_text().startswith("<svg ")
    assert_accessible(desktop)
