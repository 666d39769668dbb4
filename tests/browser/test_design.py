"""Every part of the design holds WCAG 2.2 AA, in both themes, on a phone and on a desk."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, Route
from pytest_django.fixtures import Settings

from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    assert_reads_well,
)

pytestmark = pytest.mark.browser

FRAMES = ["/gallery/", "/gallery/mine/", "/gallery/entrance/"]
ERRORS = [
    "/gallery/refused/",
    "/gallery/error/errors/csrf.html",
    "/gallery/error/404.html",
    "/gallery/error/403.html",
    "/gallery/error/429.html",
    "/gallery/error/500.html",
]


@pytest.fixture(autouse=True)
def gallery(settings: Settings) -> None:
    settings.ROOT_URLCONF = "tests.browser.gallery"
    engine = dict(settings.TEMPLATES[0])
    engine["DIRS"] = [*engine["DIRS"], Path(__file__).parent / "templates"]
    settings.TEMPLATES = [engine]


@pytest.mark.parametrize("address", [*FRAMES, *ERRORS])
def test_every_component_and_page_of_what_went_wrong_is_accessible_and_fits(
    desktop: Page, address: str
) -> None:
    desktop.goto(address)
    name = address.strip("/").replace("/", "-").replace(".html", "")
    assert_reads_well(desktop, name, "desktop", "tablet", "small")


@pytest.mark.parametrize("address", [*FRAMES, *ERRORS])
def test_nothing_is_wider_than_a_phone(open_page: OpenPage, address: str) -> None:
    page = open_page("small")
    page.goto(address)
    assert_no_sideways_scroll(page)


def test_the_first_tab_stop_skips_to_the_content(desktop: Page) -> None:
    desktop.goto("/gallery/")
    desktop.keyboard.press("Tab")
    assert desktop.evaluate("document.activeElement.className") == "skip"
    desktop.keyboard.press("Enter")
    assert desktop.evaluate("document.activeElement.id") == "main"


def test_the_user_menu_opens_by_keyboard_and_closes_on_escape(desktop: Page) -> None:
    desktop.goto("/gallery/")
    button = desktop.locator("summary.menu__button")
    button.focus()
    desktop.keyboard.press("Enter")
    assert desktop.get_by_role("button", name="Sign out").is_visible()
    assert_accessible(desktop)
    desktop.keyboard.press("Tab")
    desktop.keyboard.press("Escape")
    assert not desktop.get_by_role("button", name="Sign out").is_visible()
    assert button.evaluate("summary => document.activeElement === summary")


def test_a_form_is_sent_once_however_often_the_button_is_pressed(desktop: Page) -> None:
    desktop.goto("/gallery/entrance/")
    desktop.fill("input[name=code]", "SG01")
    desktop.check("input[name=agree]")
    sent: list[str] = []

    def stay(route: Route) -> None:
        sent.append(route.request.method)
        route.fulfill(status=204)  # the browser stays on the page, as while an answer is awaited

    desktop.route("**/gallery/entrance/", stay)
    with desktop.expect_response("**/gallery/entrance/"):
        desktop.get_by_role("button", name="Sign in").click()
    again = desktop.get_by_role("button", name="Working…")
    again.click(force=True)
    desktop.keyboard.press("Enter")
    assert again.get_attribute("aria-disabled") == "true"
    assert sent == ["POST"]


def test_times_are_told_relative_to_now_and_keep_the_full_date(desktop: Page) -> None:
    desktop.goto("/gallery/")
    time = desktop.locator("time[data-relative]")
    desktop.wait_for_function("document.querySelector('time[data-relative]').title !== ''")
    assert time.get_attribute("title") == "2 March 2026, 09:00"
    assert "ago" in time.inner_text() or "last" in time.inner_text()
