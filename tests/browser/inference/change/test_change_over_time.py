"""Change over time in a browser: chosen, read, compared by arm, on a desk and on a phone."""

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import assert_reads_well
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.inference.change.changing import begun, filled

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_an_investigator_compares_arms_and_opens_a_person(
    live_server: LiveServer, team: Team, page_of: PageOf, size: str
) -> None:
    filled(begun(team))
    page = page_of(team.chandra, size)
    page.goto("/studies/MEL-8/")
    page.get_by_role("link", name="Change over time", exact=True).click()
    expect(page.get_by_role("heading", name="Melasma: whole face, front view")).to_be_visible()
    drawn = page.locator(f".change--{'desk' if size == 'desktop' else 'phone'} svg")
    other = page.locator(f".change--{'phone' if size == 'desktop' else 'desk'} svg")
    expect(drawn).to_have_count(2)
    expect(drawn.first).to_be_visible()
    expect(other.first).to_be_hidden()
    assert_reads_well(page, "change", size)

    page.get_by_label("Groups").select_option("By arm")
    page.get_by_role("button", name="Show").click()
    expect(drawn).to_have_count(3)
    expect(drawn.first.get_by_text("Shade arm")).to_be_visible()
    page.get_by_text("Every choice in words").click()
    expect(page.get_by_text("least squares")).to_be_visible()
    page.get_by_text("Each participant as a table").click()
    assert_reads_well(page, "change-by-arm", size)
    with page.expect_download() as saved:
        page.get_by_role("link", name="Figure (SVG)").first.click()
    assert saved.value.suggested_filename == "MEL-8-change-means-melasma-face-front.svg"
    page.get_by_role("link", name="SG01-0002").click()
    expect(page.get_by_role("heading", name="Change since Week 0, front view")).to_be_visible()
    assert_reads_well(page, "change-of-participant", size)
