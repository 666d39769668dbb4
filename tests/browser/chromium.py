"""What browser tests share: Chromium, pages of several sizes, axe, screenshots.

Chromium is the system's. Where it is missing the tests fail, since a skipped browser test would
let a broken page through. Debian's build of it without a window is taken where it is installed: it
draws the same pages for about half the processor time, as it carries no window's own pages.
"""

import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Locator,
    Page,
    Playwright,
    sync_playwright,
)

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
]
WITH_WINDOW = ["chromium", "chromium-browser"]
CHROMIUM = ["chromium-headless-shell", *WITH_WINDOW]
AXE_TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
PHONE_AGENT = (
    "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/140.0.0.0 Mobile Safari/537.36"
)
SIZES: dict[str, dict[str, Any]] = {
    "small": {
        "viewport": {"width": 360, "height": 740},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
        "user_agent": PHONE_AGENT,
    },
    "phone": {
        "viewport": {"width": 390, "height": 844},
        "device_scale_factor": 2,
        "has_touch": True,
        "is_mobile": True,
        "user_agent": PHONE_AGENT,
    },
    "tablet": {"viewport": {"width": 768, "height": 1024}, "has_touch": True},
    "desktop": {"viewport": {"width": 1440, "height": 900}},
}


@contextmanager
def started_chromium(
    *flags: str, playwright: Playwright | None = None, window: bool = False
) -> Iterator[Browser]:
    """The system's Chromium, headless, with these flags too; fails the test when there is none.

    A process has one driver: where one runs already, hand it over. ``window`` asks for the build
    that could show one, and what comes with it: notifications.
    """
    path = next(filter(None, map(shutil.which, WITH_WINDOW if window else CHROMIUM)), None)
    if path is None:
        pytest.fail("Browser tests need Chromium: install the package “chromium”.")
    with nullcontext(playwright) if playwright else sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=path, args=[*FLAGS, *flags])
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Pages:
    """Opens pages of a size and colour scheme, and remembers what went wrong in them.

    ``faults`` holds every uncaught error and console error, a broken Content-Security-Policy
    included. An answer of 4xx or 5xx is no fault here: tests ask for those on purpose.
    """

    browser: Browser
    base_url: str
    faults: list[str] = field(default_factory=list)
    _contexts: list[BrowserContext] = field(default_factory=list)

    def open(
        self,
        size: str = "desktop",
        *,
        scheme: str = "light",
        base_url: str | None = None,
        locale: str = "en-GB",
    ) -> Page:
        """A fresh page without cookies: ``page.goto("/…")`` is relative to ``base_url``."""
        context = self.browser.new_context(
            base_url=base_url or self.base_url,
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
            locale=locale,
            **SIZES[size],
        )
        self._contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.faults.append(f"{page.url}: {error}"))
        page.on("console", lambda message: self._hear(page, message))
        return page

    def _hear(self, page: Page, message: ConsoleMessage) -> None:
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.faults.append(f"{page.url}: {message.text}")

    def close(self) -> None:
        """Close every page opened."""
        for context in self._contexts:
            context.close()


def follow(link: Locator) -> None:
    """Press what leads to another page, and wait until that is there."""
    with link.page.expect_navigation():
        link.click()


def assert_accessible(page: Page, *, contrast: bool = True, rest: bool = True) -> None:
    """No violation of WCAG 2.2 A and AA that axe-core can find; the message names each.

    Contrast takes three quarters of the time: without it where it was measured already, and
    without the ``rest`` where only colours changed.
    """
    asked: dict[str, Any] = {"type": "tag", "values": AXE_TAGS}
    if not rest:
        asked = {"type": "rule", "values": ["color-contrast"]}
    options = {
        "runOnly": asked,
        "rules": {"color-contrast": {"enabled": contrast}},
        "resultTypes": ["violations"],
    }
    page.wait_for_load_state()
    axe = Axe() if page.evaluate("!window.axe") else Axe("null")
    results = axe.run(page, options=options)
    assert results.violations_count == 0, f"{page.url}\n{results.generate_report()}"


# What reaches past the window's edge by its box or by a word in it, innermost last.
PAST_THE_EDGE = """() => [...document.querySelectorAll("body *")]
  .filter((e) => {
    const box = e.getBoundingClientRect();
    const word = e.scrollWidth > e.clientWidth && getComputedStyle(e).overflowX === "visible";
    const right = box.left + (word ? Math.max(box.width, e.scrollWidth) : box.width);
    return right > document.documentElement.clientWidth + 0.5;
  })
  .map((e) => [e.cloneNode(false).outerHTML, e.textContent.trim()].map((w) => w.slice(0, 90)))
  .map((words) => words.join(" "))"""


def assert_no_sideways_scroll(page: Page) -> None:
    """The page is not wider than the window; what is wide scrolls within itself."""
    wide, window = page.evaluate(
        "() => [document.documentElement.scrollWidth, document.documentElement.clientWidth]"
    )
    if wide > window:
        past = "\n".join(page.evaluate(PAST_THE_EDGE)[-6:])
        pytest.fail(f"{page.url} is {wide} px wide in a window of {window} px:\n{past}")


# Colours that pass over into each other when the theme changes have arrived.
SETTLED = """() => new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)))
  .then(() => Promise.all(document.getAnimations()
    .filter((each) => each.effect.getComputedTiming().endTime < Infinity)
    .map((each) => each.finished.catch(() => {}))))
  .then(() => null)"""


def assert_reads_well(page: Page, name: str, first: str = "desktop", *others: str) -> None:
    """Accessible and within the window at each size; contrast light and dark; pictures of each.

    The page is loaded once: its window is made as wide as each size (desktop and small, where
    none is named) and its colours are changed there. It is left light, at the size it came with.
    """
    came = page.viewport_size
    sizes = [first, *others] if others or first != "desktop" else ["desktop", "small"]
    for size in sizes:
        page.set_viewport_size(SIZES[size]["viewport"])
        assert_accessible(page, contrast=size == first)
        assert_no_sideways_scroll(page)
        screenshot(page, f"{name}-{size}-light")
    page.emulate_media(color_scheme="dark")
    page.evaluate(SETTLED)
    assert_accessible(page, rest=False)
    screenshot(page, f"{name}-{sizes[-1]}-dark")
    page.emulate_media(color_scheme="light")
    if came:
        page.set_viewport_size(came)
    page.evaluate(SETTLED)


def screenshot(page: Page, name: str, *, full: bool = True) -> Path | None:
    """Save ``name``.png in the folder named by GSH_SCREENSHOTS; without it, do nothing."""
    folder = os.environ.get("GSH_SCREENSHOTS")
    if not folder:
        return None
    path = Path(folder) / f"{name}.png"
    path.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=path, full_page=full)
    return path


OpenPage = Callable[..., Page]
