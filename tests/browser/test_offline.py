"""Nothing is lost: photos wait on the phone, sealed, and arrive once, whatever the line does."""

import os
from collections.abc import Callable
from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from participants.models import Photo, Upload, Visit
from participants.services import invitations, visits, withdrawal
from studies.storage import read
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll
from tests.browser.outbox import Line, keep, raw, wait_until, waiting, worker_ready
from tests.conftest import Team
from tests.factories import PhotoFactory
from tests.participants.phone import make_phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF"


def jpeg(size: int = 300_000) -> bytes:
    return HEAD + os.urandom(size)


@pytest.fixture
def visit(team: Team) -> Visit:
    """A participant's visit that is open today."""
    return open_visit_of(team, "SG01-0007")


def open_visit_of(team: Team, code: str) -> Visit:
    today = visits.today(team.study)
    visit = make_phone(team.sg01, code=code).visit
    visit.opens_on, visit.closes_on = today - timedelta(days=1), today + timedelta(days=3)
    visit.save()
    return visit


@pytest.fixture
def enter(visit: Visit, team: Team) -> Callable[..., None]:
    """Open a participant's link on a page and press its button."""

    def open_link(page: Page, whose: Visit | None = None) -> None:
        participant = (whose or visit).participant
        issued = invitations.issue(participant=participant, by=team.amina)
        page.goto(f"/p/{issued.token}/")
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/")

    return open_link


def strip(page: Page) -> str:
    return page.locator("#queue").inner_text()


def says(page: Page, words: str) -> None:
    expect(page.locator("#queue")).to_contain_text(words)


def arrived(page: Page, count: int) -> None:
    wait_until(page, lambda: Photo.objects.count() >= count, f"{count} photos have arrived")


# --- Kept, sealed, and given up only when the server has it --------------------------------------


def test_a_photo_is_sealed_on_the_phone_and_gone_once_the_server_has_it(phone, enter):
    enter(phone)
    line = Line(phone)
    line.open = False
    content = jpeg()
    number = keep(phone, content)
    lying = raw(phone)
    assert [photo["id"] for photo in lying["photos"]] == [number]
    (sealed,) = lying["bytes"]
    assert len(sealed["data"]) == len(content) + 16  # GCM's tag
    assert bytes(sealed["data"]).find(HEAD) == -1
    assert bytes(sealed["data"]).find(content[100:132]) == -1
    assert len(sealed["iv"]) == 12
    assert lying["keys"] == [{"extractable": False}]
    line.open = True
    phone.evaluate("import('/static/js/my/outbox.js').then(({ nudge }) => nudge())")
    arrived(phone, 1)
    wait_until(phone, lambda: waiting(phone) == [], "nothing waits")
    assert raw(phone)["bytes"] == raw(phone)["photos"] == []
    photo = Photo.objects.get()
    assert (str(photo.pk), read(photo.original_file)) == (number, content)


def test_two_photos_are_sealed_with_different_starts(phone, enter):
    enter(phone)
    Line(phone).open = False
    content = jpeg(2000)
    keep(phone, content, view="front")
    keep(phone, content, view="left")
    first, second = raw(phone)["bytes"]
    assert first["iv"] != second["iv"]
    assert first["data"] != second["data"]


def test_the_phone_keeps_its_copy_until_the_hash_is_confirmed(phone, enter):
    """An answer that says “all here” without the hash does not take the only copy away."""
    enter(phone)

    def without_hash(route):
        answer = route.fetch()
        headers = {name: text for name, text in answer.headers.items() if name != "photo-sha256"}
        route.fulfill(response=answer, headers=headers)

    phone.context.route("**/my/uploads/**", without_hash)
    keep(phone, jpeg(5000))
    arrived(phone, 1)
    says(phone, "This photo could not be sent")
    assert len(raw(phone)["bytes"]) == 1


# --- A whole visit without a line ------------------------------------------------------------------


def test_a_visit_made_offline_from_first_shot_to_last_arrives_once(phone, enter):
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    contents = {}
    for view in ("front", "left", "right"):
        phone.goto(f"/my/visits/week-0/{view}/")
        contents[view] = jpeg()
        keep(phone, contents[view], view=view)
        phone.reload()
        assert len(waiting(phone)) == len(contents)
    phone.goto("/my/")
    says(phone, "3 photos wait on this phone")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, all taken")
    expect(phone.get_by_text("3 of 3 photos taken")).to_be_visible()
    expect(phone.get_by_text("Waiting on this phone")).to_have_count(3)
    assert_accessible(phone)
    assert not Photo.objects.exists()
    phone.context.set_offline(False)
    arrived(phone, 3)
    says(phone, "All photos have arrived")
    stored = {photo.view: read(photo.original_file) for photo in Photo.objects.all()}
    assert stored == contents
    assert Photo.objects.count() == 3
    assert waiting(phone) == []
