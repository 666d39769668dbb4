"""A page opens on a poor line: under 150 kB with all it needs; the landmark engine comes later."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page

from participants.models import Visit
from participants.services import invitations, visits
from tests.browser.chromium import Pages
from tests.browser.outbox import without_worker
from tests.browser.weights import LIMIT, weighed
from tests.conftest import Team
from tests.participants.phone import make_phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRONT = "/my/visits/week-0/front/"


@pytest.fixture
def visit(team: Team) -> Visit:
    today = visits.today(team.study)
    visit = make_phone(team.sg01).visit
    visit.opens_on, visit.closes_on = today - timedelta(days=1), today + timedelta(days=3)
    visit.save()
    return visit


@pytest.fixture
def address(visit: Visit, team: Team) -> str:
    issued = invitations.issue(participant=visit.participant, by=team.amina)
    return f"/p/{issued.token}/"


def enter(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url("**/my/")


def test_the_first_pages_weigh_less_than_150_kb(phone: Page, address: str) -> None:
    """The link's page and home together: what comes over the line until the photos can begin."""
    without_worker(phone)  # it fetches more for offline use, after the page is there
    with weighed(phone) as opened:
        enter(phone, address)
    assert opened.resources
    assert opened.total < LIMIT, opened.told()


def test_the_capture_page_asks_for_the_engine_only_with_the_camera(
    camera_pages: Pages, address: str
) -> None:
    phone = camera_pages.open("phone")
    without_worker(phone)
    enter(phone, address)
    with weighed(phone) as opened:
        phone.goto(FRONT)
    assert opened.engine == []
    assert opened.total < LIMIT, opened.told()
    with phone.expect_response("**/static/lib/face_mesh/*.wasm"):
        phone.locator("[data-open-camera]").click()


def test_a_page_of_participants_takes_no_style_of_staffs(phone: Page, address: str) -> None:
    enter(phone, address)
    mine = set()
    for path in ("/my/", FRONT, "/my/data/", "/my/reminders/", "/my/language/"):
        phone.goto(path)
        mine |= set(
            phone.evaluate("[...document.styleSheets].map((sheet) => new URL(sheet.href).pathname)")
        )
    staffs = {"shell", "studies", "participants", "plots", "inference", "viewer", "data", "report"}
    assert {path.rsplit("/", 1)[1].split(".")[0] for path in mine}.isdisjoint(staffs), mine
