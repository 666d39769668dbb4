"""Draws every page of the participant's for ``docs/screens/phone/``; ``make screens`` runs it.

Not a test: pytest gives it the live server, the people and the camera that the tests have.

    python -m pytest tests/browser/my_screens.py
"""

import io
from collections.abc import Iterator

import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, expect

from tests.browser.chromium import PHONE_AGENT, OpenPage
from tests.browser.my_pages import FRONT, PAGES, Someone, someone
from tests.browser.outbox import keep, wait_until, without_worker
from tests.browser.videos import FakeCamera
from tests.conftest import Team
from tests.stack import ROOT

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FOLDER = ROOT / "docs" / "screens" / "phone"
# Width and height of the window, and pixels per CSS pixel; 390 is the one that the docs show.
WINDOWS = {360: (740, 1.0), 390: (844, 1.5), 768: (1024, 1.0)}
SCHEMES = ("light", "dark")
TALLEST = 2600  # CSS pixels of a long page that are drawn
QUALITY = 50
STARTS = 60_000  # ms for the landmark engine
OTHERS = ("zh-hans", "ms", "ta", "id", "th", "vi")


@pytest.fixture
def me(team: Team) -> Someone:
    return someone(team)


class Screens:
    """The same page in each window and scheme."""

    def __init__(self, browser: Browser, address: str) -> None:
        self.pages: dict[tuple[int, str], Page] = {}
        for width, (height, ratio) in WINDOWS.items():
            for scheme in SCHEMES:
                context = browser.new_context(
                    base_url=address,
                    viewport={"width": width, "height": height},
                    device_scale_factor=ratio,
                    color_scheme="dark" if scheme == "dark" else "light",
                    reduced_motion="reduce",
                    locale="en-GB",
                    has_touch=True,
                    is_mobile=width < 700,
                    user_agent=PHONE_AGENT,
                )
                self.pages[width, scheme] = context.new_page()
                without_worker(self.pages[width, scheme])

    def close(self) -> None:
        for page in self.pages.values():
            page.context.close()

    def enter(self, token: str) -> None:
        for page in self.pages.values():
            page.goto(f"/p/{token}/")
            page.get_by_role("button", name="Open my page").click()
            page.wait_for_url("**/my/")

    def goto(self, address: str) -> None:
        for page in self.pages.values():
            page.goto(address)

    def draw(self, title: str, *, full: bool = True) -> None:
        for (width, scheme), page in self.pages.items():
            draw(page, f"{title}-{width}-{scheme}", full=full)


def draw(page: Page, name: str, *, full: bool = True) -> None:
    """Save what the page shows now, as a small WebP."""
    page.wait_for_load_state("networkidle")
    page.evaluate("document.fonts.ready")
    window = page.viewport_size
    assert window is not None
    if full:
        # A window as tall as the page: what sticks to its lower edge then covers nothing.
        tall = page.evaluate("document.documentElement.scrollHeight")
        height = min(TALLEST, max(window["height"], tall))
        page.set_viewport_size({"width": window["width"], "height": height})
    shot = Image.open(io.BytesIO(page.screenshot()))
    page.set_viewport_size(window)
    FOLDER.mkdir(parents=True, exist_ok=True)
    shot.convert("RGB").save(FOLDER / f"{name}.webp", quality=QUALITY, method=6)


@pytest.fixture
def screens(browser: Browser, site_url: str) -> Iterator[Screens]:
    made = Screens(browser, site_url)
    yield made
    made.close()


@pytest.fixture
def camera_screens(camera: FakeCamera, camera_browser: Browser, site_url: str) -> Iterator[Screens]:
    made = Screens(camera_browser, site_url)
    yield made
    made.close()


def test_every_page_in_every_state(screens: Screens, me: Someone) -> None:
    for shown in PAGES:
        screens.goto(shown.address(me))
        screens.draw(shown.title)
        if shown.name == "link":
            screens.enter(me.token)
        if shown.title == "consent":
            draw_consent(screens)


def draw_consent(screens: Screens) -> None:
    """The parts of the consent text after the first: reading, question, choices, signature."""
    some = next(iter(screens.pages.values()))
    last = some.locator("[data-step]").count()
    for title, part in {
        "section": 2,
        "question": last - 2,
        "choices": last - 1,
        "signature": last,
    }.items():
        screens.goto(f"/my/consent/review/#{part}")
        for page in screens.pages.values():
            page.reload()
        screens.draw(f"consent-{title}")


def test_what_waits_on_the_phone(screens: Screens, me: Someone) -> None:
    screens.enter(me.token)
    for page in screens.pages.values():
        page.context.route("**/my/uploads/**", lambda route: route.abort())
        keep(page, b"\xff\xd8\xff\xe0" + bytes(400_000), view="front")
        page.context.set_offline(True)
        expect(page.locator("#queue")).to_contain_text("waits on this phone")
    screens.draw("home-waiting")


def test_the_camera(camera_screens: Screens, camera: FakeCamera, me: Someone) -> None:
    camera_screens.enter(me.token)
    for (width, scheme), page in camera_screens.pages.items():
        page.goto(FRONT)
        page.evaluate("() => localStorage.setItem('camera', JSON.stringify({ auto: false }))")
        page.reload()
        camera.show("far")
        page.get_by_role("button", name="Open the camera").click()
        hint = page.locator("[data-hint]")
        expect(hint).to_have_text("Bring the phone a little closer.", timeout=STARTS)
        draw(page, f"camera-closer-{width}-{scheme}", full=False)
        camera.show("front")
        expect(hint).to_have_text("Good. Press the button.", timeout=STARTS)
        draw(page, f"camera-good-{width}-{scheme}", full=False)
        page.get_by_role("button", name="Take the photo", exact=True).click()
        verdict = page.locator("[data-verdict]")
        expect(verdict).to_have_text("A good photo", timeout=STARTS)
        draw(page, f"preview-good-{width}-{scheme}", full=False)
        camera.show("dark")
        page.get_by_role("button", name="Take it again").click()
        wait_until(page, lambda hint=hint: "Good" not in hint.inner_text(), "it is dark")  # type: ignore[misc]
        draw(page, f"camera-dark-{width}-{scheme}", full=False)
        page.get_by_role("button", name="Take the photo", exact=True).click()
        expect(verdict).to_have_text("This photo may be refused", timeout=STARTS)
        draw(page, f"preview-doubtful-{width}-{scheme}", full=False)
        page.context.close()


@pytest.mark.parametrize("language", OTHERS)
def test_other_languages(open_page: OpenPage, me: Someone, language: str) -> None:
    """Link, home and capture, in light at 390 px."""
    me.team.study.languages = ["en", *OTHERS]
    me.team.study.save()
    participant = me.visit.participant
    participant.language = language
    participant.save()
    page = open_page("phone", locale=language)
    page.goto(f"/p/{me.token}/")
    draw(page, f"link-390-light-{language}")
    page.locator("form .button--primary").last.click()
    page.wait_for_url("**/my/")
    for title, address in {"home": "/my/", "capture": FRONT}.items():
        page.goto(address)
        draw(page, f"{title}-390-light-{language}")
