"""The whole visit in Firefox ESR and WebKitGTK, by the phone's own camera: no landmarks needed."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import pytest
from pytest_django.live_server_helper import LiveServer

from participants.capture.models import Photo, PhotoCheck
from participants.capture.services.checks import check_photo
from participants.capture.views import engine
from participants.visits.models import Visit
from studies.platform import work
from studies.platform.storage import read
from tests.browser.others import BROWSERS, OtherBrowser, wait_for
from tests.browser.videos import picture
from tests.browser.visiting import link_of
from tests.conftest import Team

VIEWS = ("front", "left", "right")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.xdist_group("other browsers"),
]


@pytest.fixture(scope="module", params=list(BROWSERS))
def other(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[OtherBrowser]:
    with BROWSERS[request.param](tmp_path_factory.mktemp(request.param)) as browser:
        yield browser


@pytest.fixture
def link(visit: Visit, team: Team, live_server: LiveServer) -> str:
    return live_server.url + link_of(visit.participant, team)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """One good photo of each view, as files of the phone's own camera."""
    folder = tmp_path_factory.mktemp("photos")
    made = {}
    for view in VIEWS:
        made[view] = folder / f"{view}.jpg"
        made[view].write_bytes(cv2.imencode(".jpg", picture(view)[..., ::-1])[1].tobytes())
    return made


@pytest.fixture
def no_landmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    """The engine's files cannot be had, as on a phone that cannot run them."""
    monkeypatch.setattr(engine, "addresses", dict)


def check_all() -> None:
    """What the worker does with every photo that has arrived."""
    for row in PhotoCheck.objects.filter(state="queued"):
        claim = work.claim(PhotoCheck, row.pk)
        assert claim is not None
        check_photo(claim)


def heading(words: str) -> str:
    return f"document.querySelector('h1')?.innerText.trim() === {words!r}"


def open_link(browser: OtherBrowser, link: str) -> None:
    browser.goto(link)
    browser.click("form[method=post] .button--primary")
    wait_for(browser, "location.pathname === '/my/'")


def take(browser: OtherBrowser, view: str, file: Path) -> None:
    """Choose the file that the phone's own camera wrote, look at it, keep it."""
    wait_for(browser, f"document.querySelector('#capture')?.dataset.view === {view!r}")
    browser.choose("#photo", file)
    wait_for(browser, "document.querySelector('[data-stage=review]:not([hidden])') !== null")
    browser.click("[data-keep]:not(:disabled)")


def test_the_visit_without_landmarks(
    other: OtherBrowser, link: str, photos: dict[str, Path], no_landmarks: None
) -> None:
    open_link(other, link)
    other.click("[data-next]")
    for view in VIEWS:
        take(other, view, photos[view])
    wait_for(other, "location.pathname === '/my/'")
    wait_for(other, heading("Thank you, all sent"))
    wait_for(
        other,
        "(await (await import('/static/js/participants/capture/outbox.js')).waiting())"
        ".length === 0",
    )
    stored = {photo.view: read(photo.original_file) for photo in Photo.objects.all()}
    assert stored == {view: file.read_bytes() for view, file in photos.items()}
    assert Photo.objects.count() == 3
    check_all()
    wait_for(other, heading("Thank you"))
    assert set(Photo.objects.values_list("state", flat=True)) == {"accepted"}
    told = [photo.capture for photo in Photo.objects.all()]
    assert {how["method"] for how in told} == {"file"}
    assert "landmarks" not in {how["engine"] for how in told}
    # What the browser says of the engine that is not there is no fault of the page.
    assert [fault for fault in other.faults() if "/my/engine/" not in fault] == []
