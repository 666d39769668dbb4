"""The guided camera in browser tests: a visit that is open, its page, its hint and its verdict."""

from playwright.sync_api import Locator, Page, expect

FRONT = "/my/visits/week-0/front/"
STARTS = 60_000  # ms: the engine compiles six megabytes of code on a busy machine


def open_camera(page: Page, address: str = FRONT) -> None:
    """Open a view's page and its camera."""
    page.goto(address)
    page.get_by_role("button", name="Open the camera").click()
    expect(page.locator("#camera video")).to_be_visible()


def hint(page: Page) -> Locator:
    """The one sentence over the live picture."""
    return page.locator("[data-hint]")


def verdict(page: Page) -> Locator:
    """The heading of the sheet with the still."""
    return page.locator("[data-verdict]")


def engine_ready(page: Page) -> None:
    """Wait until faces are looked for."""
    expect(page.locator("#camera")).to_have_attribute("data-mode", "landmarks", timeout=STARTS)
