"""A phone that sends from its pages alone."""

import pytest
from playwright.sync_api import Page

from tests.browser.outbox import without_worker


@pytest.fixture
def plain(phone: Page) -> Page:
    """A phone whose browser has no service worker, so that every byte passes its pages."""
    without_worker(phone)
    return phone
