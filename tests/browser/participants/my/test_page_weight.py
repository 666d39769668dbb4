"""A page opens on a poor line: under 160 kB with all it needs; the landmark engine comes later."""

import pytest
from playwright.sync_api import Page

from participants.visits.models import Visit
from tests.browser.chromium import Pages
from tests.browser.outbox import without_worker
from tests.browser.visiting import link_of, press_open
from tests.browser.weights import LIMIT, weighed
from tests.conftest import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRONT = "/my/visits/week-0/front/"


@pytest.fixture
def address(visit: Visit, team: Team) -> str:
    return link_of(visit.participant, team)


def test_the_first_pages_weigh_less_than_160_kb(phone: Page, address: str) -> None:
    """The link's page and home together: what comes over the line until the photos can begin."""
    without_worker(phone)  # it fetches more for offline use, after the page is there
    with weighed(phone) as opened:
        press_open(phone, address)
    assert opened.resources
    assert opened.total < LIMIT, opened.told()


def test_the_capture_page_asks_for_the_engine_only_with_the_camera(
    camera_pages: Pages, address: str
) -> None:
    phone = camera_pages.open("phone")
    without_worker(phone)
    press_open(phone, address)
    with weighed(phone) as opened:
        phone.goto(FRONT)
    assert opened.engine == []
    assert opened.total < LIMIT, opened.told()
    with phone.expect_response("**/static/lib/face_mesh/*.wasm"):
        phone.locator("[data-open-camera]").click()


def test_a_page_of_participants_takes_no_style_of_staffs(phone: Page, address: str) -> None:
    press_open(phone, address)
    mine = set()
    for path in ("/my/", FRONT, "/my/data/", "/my/reminders/", "/my/language/"):
        phone.goto(path)
        mine |= set(
            phone.evaluate("[...document.styleSheets].map((sheet) => new URL(sheet.href).pathname)")
        )
    staffs = {"shell", "studies", "participants", "plots", "inference", "viewer", "data", "report"}
    assert {path.rsplit("/", 1)[1].split(".")[0] for path in mine}.isdisjoint(staffs), mine
