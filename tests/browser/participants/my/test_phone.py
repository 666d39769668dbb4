"""A visit on a phone as a person makes it: through the pages, with the phone's own camera.

What waits on the phone, and how it is sent, is proved in ``offline``; the guided camera in
``test_camera``.
"""

import io
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.utils import timezone
from PIL import Image
from playwright.sync_api import Browser, Page, Request, Route, expect

from participants.capture.models import Photo, Upload
from participants.people.services import invitations
from studies.platform.storage import read
from tests.browser.chromium import OpenPage, assert_accessible, assert_no_sideways_scroll
from tests.browser.outbox import Line, keep, wait_until, waiting, without_worker, worker_ready
from tests.participants.capture.factories import PhotoFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRONT = "/my/visits/week-0/front/"


def selfie_of(folder: Path, name: str) -> Path:
    """A JPEG that opens, different from every other, without a face."""
    out = io.BytesIO()
    noise = Image.frombytes("RGB", (90, 120), os.urandom(90 * 120 * 3))
    noise.resize((720, 960)).save(out, "JPEG", quality=90)
    path = folder / name
    path.write_bytes(out.getvalue())
    return path


@pytest.fixture
def selfie(tmp_path: Path) -> Path:
    return selfie_of(tmp_path, "IMG_0001.jpg")


def take(page: Page, file: Path) -> None:
    """Choose a file of the phone's own camera, look at it, keep it."""
    page.locator("#photo").set_input_files(file)
    page.locator("[data-keep]").click(timeout=60_000)


def the_photo(file: Path) -> Photo:
    photo = Photo.objects.get()
    assert read(photo.original_file) == file.read_bytes()
    assert not Upload.objects.exists()
    return photo


def test_a_visit_made_through_the_pages_without_a_line_arrives_once(phone, enter, tmp_path):
    """Offline from before the first shot to after the last, home and back, with a reload."""
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    files = {view: selfie_of(tmp_path, f"{view}.jpg") for view in ("front", "left", "right")}
    phone.get_by_role("link", name="Start").click()
    names = {"front": "Front", "left": "Left cheek", "right": "Right cheek"}
    for view, name in names.items():
        expect(phone.get_by_role("heading", level=1)).to_have_text(name)
        if view == "left":
            phone.reload()
            assert len(waiting(phone)) == 1
        take(phone, files[view])
    phone.wait_for_url("**/my/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, all taken")
    expect(phone.locator("#queue")).to_contain_text("3 photos wait on this phone")
    assert not Photo.objects.exists()
    phone.context.set_offline(False)
    wait_until(phone, lambda: Photo.objects.count() == 3, "three photos have arrived")
    expect(phone.locator("#queue")).to_contain_text("3 photos have arrived")
    stored = {photo.view: read(photo.original_file) for photo in Photo.objects.all()}
    assert stored == {view: file.read_bytes() for view, file in files.items()}
    assert {photo.capture["method"] for photo in Photo.objects.all()} == {"file"}
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, all sent")


def test_a_link_stopped_in_the_middle_is_said_in_words(phone, enter, visit, team):
    enter(phone)
    for invitation in visit.participant.invitations.all():
        invitations.revoke(invitation=invitation, by=team.amina)
    keep(phone, b"\xff\xd8\xff" + os.urandom(1000))
    expect(phone.locator("#queue")).to_contain_text("Your study team has stopped this link.")
    expect(phone.locator("#queue")).to_contain_text("1 photo is safe on this phone")
    assert_accessible(phone)
    assert not Photo.objects.exists()


def test_a_photo_that_keeps_arriving_damaged_is_given_up_in_words(phone, enter):
    without_worker(phone)
    enter(phone)
    phone.context.route("**/my/uploads/*/", spoil)
    keep(phone, b"\xff\xd8\xff" + os.urandom(1000))
    expect(phone.locator("#queue")).to_contain_text("The photo changed on the way", timeout=60_000)
    assert not Photo.objects.exists()
    assert len(waiting(phone)) == 1


def spoil(route: Route, request: Request) -> None:
    """Change one byte of every chunk on its way."""
    body = request.post_data_buffer
    if request.method == "PATCH" and body:
        route.continue_(post_data=body[:-1] + bytes([body[-1] ^ 1]))
    else:
        route.fallback()


@pytest.mark.parametrize(
    ("name", "kind", "content", "words"),
    [
        ("letter.txt", "text/plain", b"Dear study team", "This file is not a photo."),
        ("empty.jpg", "image/jpeg", b"", "This file is empty."),
    ],
)
def test_what_is_no_photo_is_refused_before_it_is_sent(phone, enter, name, kind, content, words):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    phone.locator("#photo").set_input_files({"name": name, "mimeType": kind, "buffer": content})
    expect(phone.get_by_text(words)).to_be_visible()
    assert_accessible(phone)
    assert line.sent == []


@pytest.fixture
def decide() -> Callable[..., None]:
    """Give the one photo its verdict, as the worker does."""

    def verdict(state: str, *messages: str) -> None:
        reasons = [{"code": "blurred", "message": message} for message in messages]
        Photo.objects.update(state=state, retake_reasons=reasons)

    return verdict


def test_the_home_page_follows_while_photos_are_checked(phone, enter, visit, decide):
    for view in ("front", "left", "right"):
        PhotoFactory(visit=visit, view=view, state="received", received_at=timezone.now())
    enter(phone)
    expect(phone.get_by_role("heading", name="Thank you, all sent")).to_be_visible()
    decide("accepted")
    expect(phone.get_by_role("heading", name="Thank you", exact=True)).to_be_visible()


def test_every_page_fits_the_smallest_phone_in_both_schemes(open_page: OpenPage, enter, visit):
    reasons = [{"code": "blurred", "message": "The photo is blurred."}]
    PhotoFactory(visit=visit, view="left", state="retake_wanted", retake_reasons=reasons)
    PhotoFactory(visit=visit, view="right")
    for scheme in ("light", "dark"):
        page = open_page("small", scheme=scheme)
        enter(page)
        for address in ("/my/", FRONT, "/my/visits/week-0/left/", "/my/visits/week-0/right/"):
            page.goto(address)
            assert_accessible(page)
            assert_no_sideways_scroll(page)


@pytest.fixture
def plain(browser: Browser, site_url: str) -> Iterator[Page]:
    """A phone without JavaScript."""
    context = browser.new_context(base_url=site_url, java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_without_javascript_the_form_does_it(plain, enter, selfie):
    enter(plain)
    plain.goto(FRONT)
    plain.locator("#photo").set_input_files(selfie)
    plain.get_by_role("button", name="Send this photo").click()
    expect(plain.get_by_text("Your photo has arrived.")).to_be_visible()
    the_photo(selfie)
