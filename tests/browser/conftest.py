"""Fixtures of browser tests: ``phone`` and ``desktop`` pages, and ``open_page`` for any other;
``camera_phone`` and ``camera_pages`` with a camera that shows what ``camera`` says (videos.py).

Pages start at ``site_url``, which is pytest-django's ``live_server``. Tests against real server
processes override that one fixture, or give ``open_page`` a ``base_url``.
"""

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import connection
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from participants.visits.models import Visit
from studies.access.models import User
from tests.browser.chromium import OpenPage, Pages, started_chromium
from tests.browser.signed_in import PageOf, sign_in
from tests.browser.videos import FakeCamera, camera_chromium
from tests.browser.visiting import Enter, link_of, open_visit, press_open
from tests.conftest import Team

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """In CI alone, try a browser test once more before it fails, and name it in the summary (R).

    On a developer's machine it fails at once. CONTRIBUTING.md tells which were not steady, and why.
    """
    if os.environ.get("CI"):
        for item in items:
            if item.path.is_relative_to(HERE):
                item.add_marker(pytest.mark.flaky(reruns=1))


@pytest.fixture(scope="session")
def beside_an_event_loop() -> Iterator[None]:
    """Playwright's synchronous API keeps an event loop running in this thread, which makes Django
    refuse the database although nothing here is asynchronous.

    Told to Django in this process alone: the variable that Django reads for it would reach every
    process that a later test starts, and a real installation refuses to be upgraded with it.
    """

    def none_running() -> NoReturn:
        raise RuntimeError("no running event loop")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.utils.asyncio.get_running_loop", none_running)
        yield


@pytest.fixture(scope="session")
def playwright(beside_an_event_loop: None) -> Iterator[Playwright]:
    """One driver for every Chromium of this process."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def browser(playwright: Playwright) -> Iterator[Browser]:
    with started_chromium(playwright=playwright) as browser:
        yield browser


@pytest.fixture(scope="session")
def camera_file(tmp_path_factory: pytest.TempPathFactory) -> FakeCamera:
    base = tmp_path_factory.getbasetemp()
    # Workers of one run share what they made.
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return FakeCamera(base / "camera.y4m", shared / "videos")


@pytest.fixture(scope="session")
def camera_browser(playwright: Playwright, camera_file: FakeCamera) -> Iterator[Browser]:
    """A second Chromium, with a camera; started by the first test that wants one."""
    camera_file.show("front")
    with camera_chromium(camera_file.file, playwright=playwright) as browser:
        yield browser


@pytest.fixture
def camera(camera_file: FakeCamera) -> FakeCamera:
    """What pages of ``camera_phone`` and ``camera_pages`` see: ``camera.show("dark")``."""
    camera_file.show("front")
    return camera_file


@pytest.fixture
def site_url(live_server: LiveServer) -> str:
    return str(live_server.url)


@contextmanager
def quiet_server() -> Iterator[None]:
    """At the end, wait until the server has answered what pages asked before they were closed.

    Pages ask by themselves; an answer still being written holds tables that are to be emptied.
    """
    underway: set[int] = set()
    idle = threading.Condition()

    def began(**_: object) -> None:
        with idle:
            underway.add(threading.get_ident())

    def ended(**_: object) -> None:
        with idle:
            underway.discard(threading.get_ident())
            idle.notify_all()

    request_started.connect(began, weak=False)
    request_finished.connect(ended, weak=False)
    try:
        yield
        with idle:
            idle.wait_for(lambda: not underway, timeout=10)
    finally:
        request_started.disconnect(began)
        request_finished.disconnect(ended)


@pytest.fixture(autouse=True)
def emptied_database(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let the live server's database be emptied after a test: the audit trail refuses it.

    ``tests/leftovers.py`` makes it whole again.
    """
    if "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("live_server")  # so that this is undone before the database is emptied
    initial = import_module("studies.migrations.0001_initial")
    with quiet_server():
        yield
    with connection.schema_editor() as editor:
        initial.allow_changes(apps, editor)


@pytest.fixture
def pages(browser: Browser, site_url: str) -> Iterator[Pages]:
    """Closes what was opened, and fails the test when a page reported an error of its own."""
    opened = Pages(browser, site_url)
    yield opened
    opened.close()
    assert opened.faults == []


@pytest.fixture
def camera_pages(camera: FakeCamera, camera_browser: Browser, site_url: str) -> Iterator[Pages]:
    """As ``pages``, on phones with a camera."""
    opened = Pages(camera_browser, site_url)
    yield opened
    opened.close()
    assert opened.faults == []


@pytest.fixture
def camera_phone(camera_pages: Pages) -> Page:
    """390 × 844, touch, a mobile browser, with a camera."""
    return camera_pages.open("phone")


@pytest.fixture
def open_page(pages: Pages) -> OpenPage:
    return pages.open


@pytest.fixture
def phone(open_page: OpenPage) -> Page:
    """390 × 844, touch, a mobile browser."""
    return open_page("phone")


@pytest.fixture
def visit(team: Team) -> Visit:
    """A participant's visit that is open today."""
    return open_visit(team)


@pytest.fixture
def enter(visit: Visit, team: Team) -> Enter:
    """Open a participant's link on a page, the visit's or another's, and press its button."""

    def open_link(page: Page, whose: Visit | None = None) -> Page:
        return press_open(page, link_of((whose or visit).participant, team))

    return open_link


@pytest.fixture
def desktop(open_page: OpenPage) -> Page:
    """1440 × 900."""
    return open_page("desktop")


@pytest.fixture
def page_of(open_page: OpenPage) -> PageOf:
    """Opens a page in which this person is signed in: ``page_of(team.dewi, "phone")``."""

    def opened(person: User, size: str = "desktop") -> Page:
        page = open_page(size)
        sign_in(page, person)
        return page

    return opened
