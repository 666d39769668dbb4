"""Sending a photo from a phone in the field: lines that break, pages that close, links that end."""

import os
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Browser, Page, Request, Route, expect

from participants.models import Photo, Upload, Visit
from participants.services import invitations, visits
from studies.storage import read
from tests.browser.chromium import OpenPage, assert_accessible, assert_no_sideways_scroll
from tests.conftest import Team
from tests.factories import PhotoFactory
from tests.participants.phone import make_phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

FRONT = "/my/visits/week-0/front/"


@pytest.fixture
def visit(team: Team) -> Visit:
    """A participant's visit that is open today."""
    today = visits.today(team.study)
    made = make_phone(team.sg01)
    visit = made.visit
    visit.opens_on, visit.closes_on = today - timedelta(days=1), today + timedelta(days=3)
    visit.save()
    return visit


@pytest.fixture
def enter(visit: Visit, team: Team) -> Callable[[Page], None]:
    """Open the participant's link on a page and press its button."""
    issued = invitations.issue(participant=visit.participant, by=team.amina)

    def open_link(page: Page) -> None:
        page.goto(f"/p/{issued.token}/")
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/")

    return open_link


@pytest.fixture
def selfie(tmp_path: Path) -> Path:
    """Three chunks' worth of what a camera might have written."""
    path = tmp_path / "IMG_0001.jpg"
    path.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(1_400_000))
    return path


class Line:
    """The connection of one page: notes what is sent, and breaks when told to."""

    def __init__(self, page: Page) -> None:
        self.page, self.sent, self.breaks_after = page, [], 10**9
        page.route("**/my/uploads/**", self._pass)

    def _pass(self, route: Route, request: Request) -> None:
        if self.chunks >= self.breaks_after and request.method == "PATCH":
            route.abort("connectionreset")
            return
        self.sent.append((request.method, request.headers.get("upload-offset", "")))
        route.continue_()

    @property
    def chunks(self) -> int:
        return sum(method == "PATCH" for method, _ in self.sent)

    @property
    def offsets(self) -> list[str]:
        return [offset for method, offset in self.sent if method == "PATCH"]

    def mend(self) -> None:
        self.breaks_after = 10**9


def send(page: Page, file: Path) -> None:
    page.locator("#photo").set_input_files(file)
    page.get_by_role("button", name="Send this photo").click()


def arrived(page: Page) -> None:
    expect(page.locator("[data-panel=checking]")).to_be_visible(timeout=30_000)


def the_photo(file: Path) -> Photo:
    photo = Photo.objects.get()
    assert read(photo.original_file) == file.read_bytes()
    assert not Upload.objects.exists()
    return photo


def test_a_photo_goes_in_chunks_and_arrives_once(phone, enter, selfie):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    send(phone, selfie)
    arrived(phone)
    assert line.offsets == ["0", "524288", "1048576"]
    the_photo(selfie)


def test_it_waits_for_the_connection_and_goes_on_where_it_stopped(phone, enter, selfie):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    line.breaks_after = 1
    phone.locator("#photo").set_input_files(selfie)
    phone.context.set_offline(False)
    phone.get_by_role("button", name="Send this photo").click()
    expect(phone.locator("[data-bar]")).not_to_have_js_property("value", 0)
    phone.context.set_offline(True)
    expect(phone.get_by_text("Waiting for the connection").first).to_be_visible()
    assert_accessible(phone)
    line.mend()
    phone.context.set_offline(False)
    arrived(phone)
    assert line.offsets.count("0") == 1
    assert line.offsets[-1] == "1048576"
    the_photo(selfie)


def test_a_page_that_was_closed_goes_on_with_the_same_photo(phone, enter, selfie):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    line.breaks_after = 2
    send(phone, selfie)
    upload = wait_for_upload(phone, at=1048576)
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.reload()
    line.mend()
    line.sent.clear()
    send(phone, selfie)
    arrived(phone)
    assert [method for method, _ in line.sent] == ["HEAD", "PATCH"]
    assert the_photo(selfie).pk == upload.pk


def wait_for_upload(page: Page, *, at: int) -> Upload:
    for _ in range(200):
        upload = Upload.objects.filter(offset=at).first()
        if upload is not None:
            return upload
        page.wait_for_timeout(50)
    raise AssertionError("the upload never came that far")


def test_another_photo_taken_after_a_reload_is_another_photo(phone, enter, selfie, tmp_path):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    line.breaks_after = 1
    send(phone, selfie)
    first = wait_for_upload(phone, at=524288)
    phone.on("dialog", lambda dialog: dialog.accept())
    phone.reload()
    line.mend()
    other = tmp_path / "IMG_0002.jpg"
    other.write_bytes(b"\xff\xd8\xff\xe0" + os.urandom(1000))
    send(phone, other)
    arrived(phone)
    photo = Photo.objects.get()
    assert photo.pk != first.pk
    assert read(photo.original_file) == other.read_bytes()


def test_without_the_browsers_own_digest_it_is_made_here(phone, enter, selfie):
    """As on a demo opened over the local network, without https."""
    phone.add_init_script(
        "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
        "Object.defineProperty(Crypto.prototype, 'randomUUID', { get: () => undefined });"
    )
    enter(phone)
    phone.goto(FRONT)
    assert phone.evaluate("() => crypto.subtle === undefined")
    send(phone, selfie)
    arrived(phone)
    the_photo(selfie)


def test_a_link_stopped_in_the_middle_is_said_in_words(phone, enter, selfie, visit, team):
    enter(phone)
    phone.goto(FRONT)
    for invitation in visit.participant.invitations.all():
        invitations.revoke(invitation=invitation, by=team.amina)
    send(phone, selfie)
    expect(phone.get_by_text("Your study team has stopped this link.")).to_be_visible()
    assert_accessible(phone)
    assert not Photo.objects.exists()


def test_a_view_done_meanwhile_on_another_phone_is_said_in_words(phone, enter, selfie, visit):
    enter(phone)
    phone.goto(FRONT)
    PhotoFactory(visit=visit)
    send(phone, selfie)
    expect(phone.get_by_text("A photo of this side has already been accepted.")).to_be_visible()
    assert Photo.objects.count() == 1


def test_a_photo_that_keeps_arriving_damaged_is_given_up_in_words(phone, enter, selfie):
    enter(phone)
    line = Line(phone)
    phone.goto(FRONT)
    phone.route("**/my/uploads/*/", spoil)
    send(phone, selfie)
    expect(phone.get_by_text("The photo changed on the way")).to_be_visible(timeout=60_000)
    assert not Photo.objects.exists()
    assert line.sent[0][0] == "POST"


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


def test_a_retake_is_asked_for_in_words_on_the_same_page(phone, enter, selfie, decide):
    enter(phone)
    phone.goto(FRONT)
    send(phone, selfie)
    arrived(phone)
    decide("retake_wanted", "The photo is blurred.")
    expect(phone.locator("[data-reason-list]")).to_have_text("The photo is blurred.")
    expect(phone.get_by_text("Take the photo again")).to_be_visible()
    assert_accessible(phone)
    assert_no_sideways_scroll(phone)


def test_a_good_photo_leads_to_the_next_view(phone, enter, selfie, decide):
    enter(phone)
    phone.goto(FRONT)
    send(phone, selfie)
    arrived(phone)
    decide("accepted")
    phone.get_by_role("link", name="Next: Left cheek").click()
    expect(phone.get_by_role("heading", name="Left cheek")).to_be_visible()
    assert phone.evaluate("() => localStorage.length") == 0


def test_the_home_page_follows_while_photos_are_checked(phone, enter, visit, decide):
    for view in ("front", "left", "right"):
        PhotoFactory(visit=visit, view=view, state="received", received_at=timezone.now())
    enter(phone)
    expect(phone.get_by_role("heading", name="Thank you, all sent")).to_be_visible()
    decide("accepted")
    expect(phone.get_by_role("heading", name="Thank you", exact=True)).to_be_visible()


def test_the_keyboard_is_enough(desktop, enter, selfie):
    enter(desktop)
    desktop.goto(FRONT)
    photo = desktop.locator("#photo")
    photo.focus()
    expect(photo).to_be_focused()
    with desktop.expect_file_chooser() as chooser:
        # Chromium drops keys until a page was painted once; a click would wait for that by itself.
        desktop.evaluate(
            "() => new Promise((on) => requestAnimationFrame(() => requestAnimationFrame(on)))"
        )
        desktop.keyboard.press("Enter")
    chooser.value.set_files(selfie)
    expect(desktop.get_by_role("button", name="Send this photo")).to_be_focused()
    desktop.keyboard.press("Enter")
    arrived(desktop)
    the_photo(selfie)


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
