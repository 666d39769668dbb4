"""The guided camera in browser tests: a visit that is open, its page, its hint and its verdict."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Locator, Page, expect

from participants.models import Visit
from participants.services import invitations, visits
from tests.conftest import Team
from tests.participants.phone import make_phone

FRONT = "/my/visits/week-0/front/"
STARTS = 60_000  # ms: the engine compiles six megabytes of code on a busy machine


def open_visit(team: Team, code: str = "SG01-0007") -> Visit:
    """A participant's visit that is open today."""
    today = visits.today(team.study)
    visit = make_phone(team.sg01, code=code).visit
    visit.opens_on, visit.closes_on = today - timedelta(days=1), today + timedelta(days=3)
    visit.save()
    return visit


def entering(visit: Visit, team: Team) -> Callable[[Page], Page]:
    """What opens the participant's link on a page and presses its button."""
    issued = invitations.issue(participant=visit.participant, by=team.amina)

    def open_link(page: Page) -> Page:
        page.goto(f"/p/{issued.token}/")
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/")
        return page

    return open_link


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
    expect(hint(page)).not_to_have_text("Getting the face finder ready…", timeout=STARTS)
