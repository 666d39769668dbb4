"""The pages of models in a real browser: side by side, compared, scored again, tried."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from pytest_django.live_server_helper import LiveServer

from inference.scoring.models import Rescore, Run
from inference.scoring.services import rescores, scoring
from inference.trials.models import Trial
from inference.trials.services import trials
from participants.capture.models import Photo
from studies.platform.work import perform
from tests.browser.chromium import (
    assert_accessible,
    assert_reads_well,
)
from tests.browser.signed_in import PageOf, sign_in
from tests.conftest import Team
from tests.inference.scoring.photos import make_visit, real_photo, score_now, tiny, use

pytestmark = pytest.mark.browser


@pytest.fixture
def photo(team: Team, tmp_path: Path, live_server: LiveServer) -> Photo:
    """A photo of SG01, scored by two versions in use side by side."""
    primary = use(team.study, tiny(tmp_path))
    primary.primary = True
    primary.save()
    use(team.study, tiny(tmp_path, seed=8, version="2.0.0"))
    found = real_photo(make_visit(team.sg01))
    score_now(found)
    return found


def test_the_pages_are_accessible_and_fit(page_of: PageOf, team: Team, photo: Photo) -> None:
    trial = trials.try_photo(package=photo.runs.earliest("pk").package, photo=photo, by=team.dewi)
    rescores.start_rescore(
        study=team.study, package=trial.package, reason="Amendment 2", by=team.dewi
    )
    assert perform(Trial, trial.pk, trials.attend)
    page = page_of(team.dewi)
    for name, path in {
        "models": "/studies/MEL-8/models/",
        "compare": "/studies/MEL-8/models/compare/",
        "packages": "/models/",
        "package": f"/models/{trial.package_id}/",
        "register": "/models/register/",
        "trial": f"/models/tries/{trial.pk}/",
    }.items():
        page.goto(path)
        assert_reads_well(page, name)


def test_a_manager_has_earlier_photos_scored_and_watches(
    desktop: Page, team: Team, photo: Photo
) -> None:
    package = photo.runs.earliest("pk").package
    waiting = real_photo(make_visit(team.sg01, visit="week-1", day=7))
    sign_in(desktop, team.dewi)
    desktop.goto("/studies/MEL-8/models/")
    desktop.get_by_text("Choose a model").click()
    form = desktop.locator("#again")
    form.get_by_label("Package").select_option(str(package.pk))
    form.get_by_label("Reason").fill("They came before the model.")
    form.get_by_role("button", name="Score the study's photos").click()
    expect(form.get_by_text("0 of 1")).to_be_visible()
    job = Rescore.objects.get()
    assert perform(Rescore, job.pk, rescores.feed)
    assert perform(Run, waiting.runs.get().pk, scoring.score)
    expect(form.get_by_text("1 of 1")).to_be_visible(timeout=20_000)
    form.get_by_role("button", name="Stop").click()
    expect(desktop.get_by_text("what was scored stays")).to_be_visible()
    expect(form.get_by_text("Stopped by Dewi")).to_be_visible()


def test_a_region_is_looked_into_and_versions_stand_side_by_side(
    desktop: Page, team: Team, photo: Photo
) -> None:
    sign_in(desktop, team.chandra)
    desktop.goto(f"/studies/MEL-8/photos/{photo.pk}/")
    expect(desktop.get_by_role("columnheader", name="tiny 2.0.0")).to_be_visible()
    desktop.get_by_role("link", name="Left cheek").click()
    expect(desktop.get_by_alt_text("Left cheek, raw").first).to_have_js_property("naturalWidth", 64)
    expect(desktop.get_by_alt_text("Left cheek, cleaned").first).to_be_visible()
    assert_accessible(desktop)


def test_a_file_is_tried_and_its_result_comes_by_itself(
    desktop: Page, team: Team, photo: Photo, tmp_path: Path
) -> None:
    sign_in(desktop, team.dewi)
    desktop.goto(f"/models/{photo.runs.earliest('pk').package_id}/")
    desktop.get_by_label("A photo of a study").select_option(str(photo.pk))
    desktop.get_by_role("button", name="Try it", exact=True).click()
    expect(desktop.get_by_text("Being scored")).to_be_visible()
    assert perform(Trial, Trial.objects.get().pk, trials.attend)
    chip = desktop.get_by_role("radio", name="Melasma")
    expect(chip).to_be_attached(timeout=20_000)
    chip.check()
    expect(desktop.locator("[data-stage][data-map=shown]")).to_be_visible()
    desktop.get_by_role("button", name="Forget it now").click()
    expect(desktop.get_by_text("are no longer kept")).to_be_visible()
