"""Notifications: the build of Chromium without a window refuses them to every page."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright

from tests.browser.chromium import started_chromium


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    """A browser that can be allowed to notify."""
    with started_chromium(playwright=playwright, window=True) as browser:
        yield browser
