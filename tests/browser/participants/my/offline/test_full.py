"""A phone that cannot keep, or may lose what it keeps, says so before anything is lost."""

import pytest
from playwright.sync_api import expect

from participants.capture.models import Photo
from studies.platform.storage import read
from tests.browser.outbox import (
    MEGABYTE,
    Line,
    arrived,
    jpeg,
    keep,
    looks_right,
    nudge,
    raw,
    says,
    wait_until,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_full_phone_keeps_the_photo_in_the_page_and_sends_it(plain, enter):
    plain.add_init_script(
        """const put = IDBObjectStore.prototype.put;
        IDBObjectStore.prototype.put = function (...given) {
          if (this.name === "bytes") throw new DOMException("full", "QuotaExceededError");
          return put.apply(this, given);
        };"""
    )
    enter(plain)
    line = Line(plain)
    line.open = False
    content = jpeg(MEGABYTE)
    answer = keep(plain, content)
    assert answer.startswith("StorageFull: This phone has no room left")
    says(plain, "1 photo is only in this open page")
    expect(plain.get_by_role("link", name="Save a copy")).to_be_visible()
    looks_right(plain, "queue-full")
    asked: list[str] = []
    plain.once("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    plain.locator("h1").click()
    plain.evaluate("setTimeout(() => location.reload())")
    wait_until(plain, lambda: asked == ["beforeunload"], "the page warned before it was left")
    line.open = True
    plain.get_by_role("button", name="Send now").click()
    arrived(plain, 1)
    assert read(Photo.objects.get().original_file) == content


def test_without_means_to_seal_nothing_is_put_away_and_the_photo_goes_at_once(plain, enter):
    """As on a demonstration over the local network, without https."""
    plain.add_init_script(
        "Object.defineProperty(Crypto.prototype, 'subtle', { get: () => undefined });"
        "Object.defineProperty(Crypto.prototype, 'randomUUID', { get: () => undefined });"
        "Object.defineProperty(Navigator.prototype, 'locks', { get: () => undefined });"
    )
    enter(plain)
    content = jpeg()
    answer = keep(plain, content)
    assert answer.startswith("StorageRefused: This browser cannot keep the photo safely")
    assert raw(plain)["bytes"] == []
    arrived(plain, 1)
    assert read(Photo.objects.get().original_file) == content


def test_a_photo_that_has_waited_for_days_says_so_before_the_phone_may_clear_it(plain, enter):
    """As on an iPhone, which promises to keep nothing for good."""
    plain.add_init_script(
        """navigator.storage.persist = navigator.storage.persisted = async () => false;
        const late = Number(localStorage.getItem("days") ?? 0) * 24 * 3600 * 1000;
        const now = Date.now;
        Date.now = () => now() + late;"""
    )
    enter(plain)
    line = Line(plain)
    line.open = False
    keep(plain, jpeg(1000))
    plain.evaluate("() => localStorage.setItem('days', 2)")
    plain.reload()
    says(plain, "1 photo waits on this phone")
    expect(plain.locator("#queue")).not_to_contain_text("has waited here")
    plain.evaluate("() => localStorage.setItem('days', 4)")
    plain.reload()
    says(plain, "A photo has waited here for 4 days")
    says(plain, "A phone may clear what waits too long.")
    looks_right(plain, "queue-old")
    line.open = True
    nudge(plain)
    arrived(plain, 1)


def test_a_phone_that_is_nearly_full_says_so_before_the_next_photo(plain, enter):
    plain.add_init_script(
        """const room = Number(localStorage.getItem("room") ?? 31);
        navigator.storage.estimate = async () => (
          { quota: 200 * 1024 ** 2, usage: (200 - room) * 1024 ** 2 });"""
    )
    enter(plain)
    expect(plain.get_by_role("link", name="Start")).to_be_visible()
    expect(plain.locator("#queue")).to_be_hidden()
    plain.evaluate("() => localStorage.setItem('room', 29)")
    plain.reload()
    says(plain, "This phone is nearly full")
    looks_right(plain, "queue-room")
