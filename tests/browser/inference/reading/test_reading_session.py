"""A whole reading session in a browser: by keyboard and by touch, with a line that drops."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from inference.reading.models import Case, Reading, ReadingStudy
from inference.reading.services.opening import close_reading_study
from inference.reading.services.seats import remove_reader
from studies.access.models import User
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll, screenshot
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.inference.reading.making import make_open, make_photos, make_reader, read_next, seat
from tests.inference.reading.pictured import give_pictures

pytestmark = pytest.mark.browser

LIST = "/studies/MEL-8/my-reading/"
ROOM = "/studies/MEL-8/readings/READ-1/read/"
SAVES = re.compile(r"/read/[0-9a-f-]{36}/$")


@pytest.fixture
def una(team: Team, live_server: object) -> User:
    return make_reader(team, "Una")


def opened(team: Team, una: User, cases: int = 4, **fields: object) -> ReadingStudy:
    give_pictures(make_photos(team, cases))
    study: ReadingStudy = make_open(team, una, **fields)
    return study


def enter(page: Page) -> None:
    """To the first case, past what is told at the beginning."""
    page.goto(ROOM)
    page.get_by_role("button", name="Begin").click()
    ready(page)


def ready(page: Page) -> None:
    for stage in page.locator("[data-stage]").all():
        expect(stage).to_have_attribute("data-state", "ready")


def key_of(page: Page) -> str:
    return page.locator("[data-stage]").first.get_attribute("data-key") or ""


def far(page: Page, words: str) -> None:
    expect(page.locator("[data-far]")).to_have_text(words)


def all_sent(page: Page) -> None:
    expect(page.locator("[data-reading]")).to_have_attribute("data-unsent", "0")


def test_a_whole_session_by_keyboard(team: Team, una: User, page_of: PageOf) -> None:
    opened(team, una)
    page = page_of(una)
    page.goto("/")
    page.get_by_role("link", name="MEL-8").click()
    expect(page.get_by_role("heading", name="My reading")).to_be_visible()
    screenshot(page, "my-reading")
    page.get_by_role("link", name="Start").click()
    page.get_by_role("button", name="Begin").click()
    ready(page)
    far(page, "Case 1 of 4")
    screenshot(page, "reading-desktop", full=False)
    keys = []
    for number, grade in enumerate("0213", start=1):
        far(page, f"Case {number} of 4")
        ready(page)
        keys.append(key_of(page))
        page.keyboard.press(grade)
        page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="All read, thank you")).to_be_visible()
    assert len(set(keys)) == 4
    said = Reading.objects.standing().order_by("saved_at")
    assert [one.values["wrinkles"] for one in said] == [0, 2, 1, 3]
    assert all(0 < one.active_ms < 60_000 for one in said)
    assert [str(one.turn.key) for one in said] == keys


def test_the_last_answer_is_taken_back_once_by_a_key(
    team: Team, una: User, page_of: PageOf
) -> None:
    study = opened(team, una)
    page = page_of(una)
    enter(page)
    page.keyboard.press("1")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 4")
    ready(page)
    all_sent(page)
    page.keyboard.press("z")
    far(page, "Case 1 of 4")
    expect(page.get_by_role("radio", name="Mild")).to_be_checked()
    page.keyboard.press("2")
    page.keyboard.press("Enter")
    far(page, "Case 2 of 4")
    all_sent(page)
    rows = Reading.objects.filter(turn__seat=seat(study, una)).order_by("pk")
    assert [(one.values["wrinkles"], bool(one.undone_at)) for one in rows] == [
        (1, True),
        (2, False),
    ]
