"""Nothing is lost: photos wait on the phone, sealed, and arrive once, whatever the line does."""

import pytest
from playwright.sync_api import Page, expect

from participants.capture.models import Photo, Upload
from studies.platform.storage import read
from tests.browser.outbox import (
    HEAD,
    MEGABYTE,
    Line,
    arrived,
    jpeg,
    keep,
    looks_right,
    nobody_says_whose,
    nudge,
    raw,
    says,
    wait_until,
    waiting,
    worker_ready,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


# --- Kept, sealed, and given up only when the server has it --------------------------------------


def test_a_photo_is_sealed_on_the_phone_and_gone_once_the_server_has_it(plain, enter):
    enter(plain)
    line = Line(plain)
    line.open = False
    content = jpeg()
    number = keep(plain, content)
    lying = raw(plain)
    assert [photo["id"] for photo in lying["photos"]] == [number]
    (sealed,) = lying["bytes"]
    assert len(sealed["data"]) == len(content) + 16  # GCM's tag
    assert bytes(sealed["data"]).find(HEAD) == -1
    assert bytes(sealed["data"]).find(content[100:132]) == -1
    assert len(sealed["iv"]) == 12
    assert lying["keys"] == [{"extractable": False}]
    line.open = True
    nudge(plain)
    arrived(plain, 1)
    assert raw(plain)["bytes"] == raw(plain)["photos"] == []
    photo = Photo.objects.get()
    assert (str(photo.pk), read(photo.original_file)) == (number, content)


def test_two_photos_are_sealed_with_different_starts(plain, enter):
    enter(plain)
    Line(plain).open = False
    content = jpeg(2000)
    keep(plain, content, view="front")
    keep(plain, content, view="left")
    first, second = raw(plain)["bytes"]
    assert first["iv"] != second["iv"]
    assert first["data"] != second["data"]


def test_the_phone_keeps_its_copy_until_the_hash_is_confirmed(plain, enter):
    """An answer that says “all here” without the hash does not take the only copy away."""
    plain.add_init_script(
        "const get = Headers.prototype.get;"
        "Headers.prototype.get = function (name) {"
        "  return name === 'Photo-SHA256' ? null : get.call(this, name); };"
    )
    enter(plain)
    keep(plain, jpeg(5000))
    says(plain, "This photo could not be sent")
    assert Photo.objects.exists()
    assert len(raw(plain)["bytes"]) == 1


# --- A whole visit without a line -----------------------------------------------------------------


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
    looks_right(phone, "home-all-waiting")
    assert not Photo.objects.exists()
    phone.context.set_offline(False)
    arrived(phone, 3)
    says(phone, "3 photos have arrived")
    stored = {photo.view: read(photo.original_file) for photo in Photo.objects.all()}
    assert stored == contents
    assert Photo.objects.count() == 3
    assert waiting(phone) == []


def test_a_page_that_is_not_kept_says_so_without_a_line(phone, enter):
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    phone.goto("/my/visits/week-4/front/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("No connection just now")
    looks_right(phone, "offline-page")


def test_the_browser_sends_when_every_page_is_closed(phone, enter):
    """Background Sync: the line comes back, the browser wakes the worker."""
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    content = jpeg()
    keep(phone, content)
    context = phone.context
    blank = context.new_page()
    phone.close()
    context.set_offline(False)
    wake(blank, phone.url)
    wait_until(blank, Photo.objects.exists, "the photo has arrived")
    assert read(Photo.objects.get().original_file) == content


def wake(page: Page, url: str) -> None:
    """Have the browser dispatch its sync event, as it does when a connection returns."""
    session = page.context.browser.new_browser_cdp_session()
    found: list[dict[str, str]] = []
    cdp = page.context.new_cdp_session(page)
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(event["registrations"]),
    )
    cdp.send("ServiceWorker.enable")
    wait_until(page, lambda: bool(found), "the registration is known")
    cdp.send(
        "ServiceWorker.dispatchSyncEvent",
        {
            "origin": url.split("/my/")[0],
            "registrationId": found[0]["registrationId"],
            "tag": "photos",
            "lastChance": False,
        },
    )
    session.detach()


def test_a_browser_without_module_workers_keeps_pages_all_the_same(phone, enter):
    phone.add_init_script(
        """const register = ServiceWorkerContainer.prototype.register;
        ServiceWorkerContainer.prototype.register = function (address, options) {
          return options?.type === "module"
            ? Promise.reject(new TypeError("no module workers"))
            : register.call(this, address, options);
        };"""
    )
    enter(phone)
    worker_ready(phone)
    assert phone.evaluate("navigator.serviceWorker.controller.scriptURL").endswith("?classic")
    phone.context.set_offline(True)
    phone.goto("/my/visits/week-0/left/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Left cheek")
    keep(phone, jpeg(), view="left")
    phone.context.set_offline(False)
    arrived(phone, 1)


# --- Lines that drop ------------------------------------------------------------------------------


def test_a_tab_killed_in_the_middle_goes_on_where_it_stopped(plain, enter):
    enter(plain)
    line = Line(plain)
    line.breaks_after_chunks = 2
    content = jpeg(MEGABYTE)
    number = keep(plain, content)
    wait_until(plain, lambda: Upload.objects.filter(offset__gt=0).exists(), "a part arrived")
    wait_until(plain, lambda: line.chunks == 2, "the line broke")
    context = plain.context
    plain.close()
    line.sent.clear()
    line.breaks_after_chunks = 10**9
    page = context.new_page()
    page.goto("/my/")
    arrived(page, 1)
    assert line.sent[0][0] == "HEAD"
    assert all(offset != "0" for method, offset in line.sent if method == "PATCH")
    photo = Photo.objects.get()
    assert (str(photo.pk), read(photo.original_file)) == (number, content)


def test_a_fifth_of_all_requests_failing_delays_but_loses_nothing(plain, enter):
    enter(plain)
    line = Line(plain)
    line.fails_every = 5
    contents = {view: jpeg(600_000) for view in ("front", "left", "right")}
    for view, content in contents.items():
        keep(plain, content, view=view)
    arrived(plain, 3)
    assert {p.view: read(p.original_file) for p in Photo.objects.all()} == contents


def test_two_tabs_send_one_photo_once(plain, enter):
    enter(plain)
    other = plain.context.new_page()
    other.goto("/my/")
    line = Line(plain)
    content = jpeg(400_000)
    keep(plain, content)
    for page in (other, plain, other):
        nudge(page)
    arrived(plain, 1)
    assert [method for method, _ in line.sent].count("POST") == 1
    offsets = [offset for method, offset in line.sent if method == "PATCH"]
    assert len(offsets) == len(set(offsets))
    expect(other.locator("[data-view=front]")).to_contain_text("Being checked")


def test_a_photo_taken_again_before_it_was_sent_replaces_the_first(plain, enter):
    enter(plain)
    line = Line(plain)
    nobody_says_whose(plain)
    keep(plain, jpeg(1000))
    second = jpeg(1000)
    keep(plain, second)
    assert len(raw(plain)["bytes"]) == 1
    plain.context.unroute("**/my/today.json")
    nudge(plain)
    arrived(plain, 1)
    assert line.chunks == 1
    assert read(Photo.objects.get().original_file) == second
