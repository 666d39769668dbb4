"""The pages of scores in a real browser: charts drawn, maps laid over, live parts, accessible."""

import pytest
from playwright.sync_api import Page, expect

from inference.scoring.models import Run
from inference.scoring.services import runs, scoring
from participants.capture.models import Photo
from studies.platform.work import perform
from tests.browser.chromium import (
    assert_reads_well,
)
from tests.browser.signed_in import PageOf, sign_in
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo

pytestmark = pytest.mark.browser

PARTICIPANT = "/studies/MEL-8/participants/SG01-0001"


def test_every_page_is_accessible_and_fits(page_of: PageOf, team: Team, scored: Photo) -> None:
    page = page_of(team.dewi)
    package = Run.objects.filter(photo=scored).get().package_id
    for name, address in {
        "overview": "/studies/MEL-8/",
        "scores": "/studies/MEL-8/participants/SG01-0001/scores/",
        "photo": f"/studies/MEL-8/photos/{scored.pk}/",
        "beside": f"{PARTICIPANT}/views/front/",
        "work": "/studies/MEL-8/work/",
        "models": "/studies/MEL-8/models/",
        "package": f"/models/{package}/",
        "register": "/models/register/",
    }.items():
        page.goto(address)
        for details in page.locator("main details").all():
            details.evaluate("element => { element.open = true }")
        assert_reads_well(page, f"inference-{name}")


@pytest.mark.parametrize("where", ["scores/", ""])
def test_charts_are_drawn_with_a_gap_and_a_view_can_be_hidden(
    desktop: Page, team: Team, scored: Photo, where: str
) -> None:
    sign_in(desktop, team.chandra)
    desktop.goto(f"/studies/MEL-8/participants/SG01-0001/{where}")
    expect(desktop.locator("canvas[data-condition]")).to_have_count(3)
    expect(desktop.locator("[data-drawn]")).to_have_count(1)
    severities = desktop.evaluate(
        "Chart.getChart(document.querySelector('canvas')).data.datasets[0].data.map(p => p.y)"
    )
    assert [value is None for value in severities] == [False, True, False]
    shown = "Chart.getChart(document.querySelector('canvas')).isDatasetVisible(0)"
    assert desktop.evaluate(shown) is True
    desktop.get_by_role("checkbox", name="Front").uncheck()
    assert desktop.evaluate(shown) is False


def test_the_overview_goes_on_by_itself_when_a_run_ends(
    desktop: Page, team: Team, scored: Photo
) -> None:
    (again,) = runs.queue_runs(real_photo(make_visit(team.sg01, code="SG01-0002")))
    sign_in(desktop, team.dewi)
    desktop.goto("/studies/MEL-8/")
    spread = desktop.locator("#spreads li").first
    expect(spread).to_contain_text("n = 1")
    expect(desktop.locator("#live")).to_contain_text("Under way")
    assert perform(Run, again.pk, scoring.score)
    expect(spread).to_contain_text("n = 2", timeout=15_000)
    expect(desktop.locator("#live")).not_to_contain_text("Under way")


def test_the_photos_page_shows_its_scores_when_they_are_there(
    desktop: Page, team: Team, scored: Photo
) -> None:
    photo = real_photo(make_visit(team.sg01, code="SG01-0003"))
    (run,) = runs.queue_runs(photo)
    sign_in(desktop, team.dewi)
    desktop.goto(f"/studies/MEL-8/photos/{photo.pk}/")
    expect(desktop.get_by_text("Being scored")).to_be_visible()
    assert perform(Run, run.pk, scoring.score)
    expect(desktop.get_by_role("radio", name="Melasma")).to_be_attached(timeout=15_000)


def test_work_is_tried_again_by_keyboard(desktop: Page, team: Team, scored: Photo) -> None:
    sign_in(desktop, team.amina)
    desktop.goto("/studies/MEL-8/work/")
    expect(desktop.get_by_text("The network gave NaN for melasma.")).to_be_visible()
    desktop.get_by_role("button", name="Try again", exact=True).focus()
    desktop.keyboard.press("Enter")
    expect(desktop.get_by_text("It will be tried again now")).to_be_visible()
    assert not Run.objects.filter(state="quarantined").exists()
