"""A participant whose visit is open today, their personal link, and the press that opens it."""

from collections.abc import Callable
from datetime import timedelta

from playwright.sync_api import Page

from participants.people.models import Participant
from participants.people.services import invitations
from participants.visits import services as visits
from participants.visits.models import Visit
from tests.conftest import Team
from tests.participants.phone import make_phone

Enter = Callable[..., Page]


def open_visit(team: Team, code: str = "SG01-0007") -> Visit:
    """A participant's visit that is open today."""
    today = visits.today(team.study)
    visit = make_phone(team.sg01, code=code).visit
    visit.opens_on, visit.closes_on = today - timedelta(days=1), today + timedelta(days=3)
    visit.save()
    return visit


def link_of(participant: Participant, team: Team) -> str:
    """The path of a new personal link."""
    return f"/p/{invitations.issue(participant=participant, by=team.amina).token}/"


def press_open(page: Page, link: str) -> Page:
    """Open a personal link and press its button, as a person does."""
    page.goto(link)
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url("**/my/")
    return page
