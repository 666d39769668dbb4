"""Everybody can use every page of the participant's: axe, large text, small windows, big targets.

The pages are those of ``participants/urls.py``, so a new one is not forgotten.
"""

import pytest
from playwright.sync_api import Page

from participants.urls import my
from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    assert_reads_well,
    screenshot,
)
from tests.browser.my_pages import NO_PAGES, PAGES, Someone, someone
from tests.browser.outbox import without_worker
from tests.conftest import Team

pytestmark = pytest.mark.browser
on_the_site = pytest.mark.django_db(transaction=True)

NARROW = {"width": 320, "height": 640}
SMALLEST, EASY = 24, 44  # CSS pixels: WCAG 2.5.8, and what a thumb hits
# What can be pressed and is not a link in a sentence (2.5.8 leaves those out).
TARGETS = """([smallest, easy]) => {
  const inSentence = (element) =>
    getComputedStyle(element).display === "inline" && element.closest("p, li, dd, td, label");
  const reach = (element) => {
    // A box and its label are one target.
    const label = element.labels?.[0];
    const boxes = [element, label].filter(Boolean).map((part) => part.getBoundingClientRect());
    return [Math.max(...boxes.map((box) => box.width)), Math.max(...boxes.map((b) => b.height))];
  };
  const found = [];
  for (const element of document.querySelectorAll("a[href], button, input, select, summary")) {
    if (!element.checkVisibility({ visibilityProperty: true })) continue;
    if (element.matches(".skip, [type=hidden]") || inSentence(element)) continue;
    const [width, height] = reach(element);
    if (width <= 1 || height <= 1) continue;
    const wanted = element.matches(".button, .step__link") ? easy : smallest;
    if (height < wanted || width < smallest) {
      const name = (element.textContent.trim() || element.name || element.type).slice(0, 40);
      found.push(`${name}: ${Math.round(width)} × ${Math.round(height)}`);
    }
  }
  return found;
}"""
MOVING = """() => document.getAnimations()
  .filter((one) => one.playState === "running" && one.effect.getTiming().iterations === Infinity)
  .map((one) => `${one.effect.target.className} ${one.animationName}`)"""


def test_every_page_of_the_participant_is_looked_at() -> None:
    named = {route.name for route in my}
    assert {page.name for page in PAGES} | NO_PAGES == named
    assert {page.name for page in PAGES}.isdisjoint(NO_PAGES)


@pytest.fixture
def me(team: Team) -> Someone:
    return someone(team)


def walk(page: Page, who: Someone, look) -> None:  # type: ignore[no-untyped-def]
    """Bring every page about and look at it; tell all that is wrong, not only the first."""
    wrong = []
    for shown in PAGES:
        page.goto(shown.address(who))
        try:
            look(shown.title)
        except AssertionError as fault:
            wrong.append(f"--- {shown.title}\n{fault}")
        if shown.name == "link":
            page.get_by_role("button", name="Open my page").click()
            page.wait_for_url("**/my/")
    assert not wrong, "\n".join(wrong)


@on_the_site
def test_axe_finds_nothing_on_any_page(open_page: OpenPage, me: Someone) -> None:
    phone = open_page("small")
    without_worker(phone)

    def look(title: str) -> None:
        assert_reads_well(phone, f"access-{title}", "small")

    walk(phone, me, look)


@on_the_site
def test_large_text_narrow_windows_and_thumbs(open_page: OpenPage, me: Someone) -> None:
    """Text at 200 %, a window of 320 px, targets of 24 px and buttons of 44 px, nothing moving."""
    phone = open_page("phone")
    without_worker(phone)

    def look(title: str) -> None:
        assert phone.evaluate(TARGETS, [SMALLEST, EASY]) == [], "too small to hit"
        assert phone.evaluate(MOVING) == [], "moves for ever although motion is not wanted"
        phone.evaluate("document.documentElement.style.fontSize = '200%'")
        assert_no_sideways_scroll(phone)
        assert_accessible(phone)
        screenshot(phone, f"access-{title}-large")
        phone.evaluate("document.documentElement.style.fontSize = ''")
        phone.set_viewport_size(NARROW)
        assert_no_sideways_scroll(phone)
        phone.set_viewport_size({"width": 390, "height": 844})

    walk(phone, me, look)


@on_the_site
def test_the_first_key_skips_to_the_content_and_focus_is_seen(
    open_page: OpenPage, me: Someone
) -> None:
    page = open_page("desktop")
    page.goto(f"/p/{me.token}/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.get_by_role("button", name="Open my page").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/my/")
    for _ in range(6):
        page.keyboard.press("Tab")
        seen = page.evaluate(
            "(() => { const s = getComputedStyle(document.activeElement);"
            " return s.outlineStyle !== 'none' || s.boxShadow !== 'none'; })()"
        )
        assert seen, page.evaluate("document.activeElement.outerHTML.slice(0, 200)")
