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

import pytest
from django.apps import apps
from django.core.signals import request_finished, request_started
from django.db import connection
from playwright.sync_api import Browser, Page, Playwright, sync_playwright
from pytest_django.live_server_helper import LiveServer

from participants.visits.models import Visit
from tests.browser.chromium import OpenPage, Pages, started_chromium
from tests.browser.videos import FakeCamera, camera_chromium
from tests.browser.visiting import Enter, link_of, open_visit, press_open
from tests.conftest import Team

HERE = Path(__file__).parent

# Two cores draw and look for faces slowly: of these files, `make test` takes the tests whose names
# begin so, and `make test-wide` the others. Files that are not named here are taken whole.
KEPT: dict[str, tuple[str, ...]] = {
    "test_access": (
        "test_every_page_of_the_participant_is_looked_at",
        "test_axe_finds_nothing_on_any_page[light",
    ),
    "test_camera": (
        "test_a_good_picture_takes_itself",
        "test_each_bad_picture_gets_the_right_hint",
        "test_without_a_camera",
        "test_without_the_engine",
    ),
    "test_camera_helps": ("test_a_press_before",),
    "test_camera_shown": (),
    "test_consent_phone": ("test_a_whole_consent_with_the_keyboard",),
    "test_lines": (),
    "test_messages": ("test_a_message_leads_with_one_press",),
    "test_my_data": ("test_erasing_is_asked_for", "test_stopping_takes"),
    "test_elsewhere": (),
    "test_kept": (
        "test_a_photo_",
        "test_a_visit_made_offline",
        "test_a_fifth_of_all_requests",
        "test_a_tab_killed",
        "test_two_",
        "test_the_phone_keeps_its_copy",
    ),
    "test_people": (
        "test_photos_of_another_person",
        "test_pages_of_one_person",
        "test_signing_out",
        "test_a_page_of_nobodys",
        "test_who_stopped",
    ),
    "test_phone_measures": ("test_the_alignment_is_100",),
    "test_videos": (),
    "test_whole_visit": (
        "test_a_whole_visit_with_the_keyboard_alone[ta",
        "test_a_whole_visit_with_the_keyboard_alone[th",
    ),
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Try a browser test once more before it fails: a busy machine may lose one click in thousands.

    A second try is shown in the summary (R); what is broken fails twice.
    """
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.flaky(reruns=1))
            kept = KEPT.get(item.path.stem)
            if kept is not None and not item.name.startswith(kept):
                item.add_marker(pytest.mark.wide)


@pytest.fixture(scope="session")
def beside_an_event_loop() -> Iterator[None]:
    """Playwright's synchronous API keeps an event loop running in this thread, which makes Django
    refuse the database although nothing here is asynchronous.
    """
    before = os.environ.get("DJANGO_ALLOW_ASYNC_UNSAFE")
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    try:
        yield
    finally:
        if before is None:
            del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]
        else:
            os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = before


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
