"""A participant's phone whose visit is open, and whose link is opened."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from participants.models import Visit
from tests.browser.guided import entering, open_visit
from tests.browser.outbox import without_worker
from tests.conftest import Team

Enter = Callable[..., Page]


@pytest.fixture
def visit(team: Team) -> Visit:
    """A participant's visit that is open today."""
    return open_visit(team)


@pytest.fixture
def enter(visit: Visit, team: Team) -> Enter:
    """Open a participant's link on a page, the visit's or another's, and press its button."""

    def open_link(page: Page, whose: Visit | None = None) -> Page:
        return entering(whose or visit, team)(page)

    return open_link


@pytest.fixture
def plain(phone: Page) -> Page:
    """A phone whose browser has no service worker, so that every byte passes its pages."""
    without_worker(phone)
    return phone
