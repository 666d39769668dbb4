"""Nothing is lost: photos wait on the phone, sealed, and arrive once, whatever the line does."""

import os
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from django.contrib.sessions.models import Session
from django.utils import timezone
from playwright.sync_api import Page, expect

from participants.models import Consent, Photo, Upload, Visit
from participants.services import invitations, visits, withdrawal
from studies.storage import read
from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    screenshot,
)
from tests.browser.outbox import (
    Line,
    keep,
    nudge,
    raw,
    wait_until,
    waiting,
    without_worker,
    worker_ready,
)
from tests.conftest import Team
from tests.factories import ConsentDocumentFactory, ConsentFactory, PhotoFactory
from tests.participants.phone import make_phone

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

HEAD = b"\xff\xd8\xff\xe0\x00\x10JFIF"
MEGABYTE = 1024 * 1024


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


Enter = Callable[..., None]


@pytest.fixture
def enter(visit: Visit, team: Team) -> Enter:
    """Open a participant's link on a page and press its button."""

    def open_link(page: Page, whose: Visit | None = None) -> None:
        participant = (whose or visit).participant
        issued = invitations.issue(participant=participant, by=team.amina)
        page.goto(f"/p/{issued.token}/")
        page.get_by_role("button", name="Open my page").click()
        page.wait_for_url("**/my/")

    return open_link


@pytest.fixture
def plain(phone: Page) -> Page:
    """A phone whose browser has no service worker, so that every byte passes its pages."""
    without_worker(phone)
    return phone


def says(page: Page, words: str) -> None:
    expect(page.locator("#queue")).to_contain_text(words)


def looks_right(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name)


def arrived(page: Page, count: int) -> None:
    wait_until(page, lambda: Photo.objects.count() >= count, f"{count} photos have arrived")
    wait_until(page, lambda: waiting(page) == [], "nothing waits any more")


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
    plain.context.route("**/my/today.json", lambda route: route.abort())
    keep(plain, jpeg(1000))
    second = jpeg(1000)
    keep(plain, second)
    assert len(raw(plain)["bytes"]) == 1
    plain.context.unroute("**/my/today.json")
    nudge(plain)
    arrived(plain, 1)
    assert line.chunks == 1
    assert read(Photo.objects.get().original_file) == second


# --- Sessions and people --------------------------------------------------------------------------


def test_a_session_that_is_over_keeps_the_photo_until_the_link_is_opened_again(plain, enter):
    enter(plain)
    Session.objects.all().delete()
    keep(plain, jpeg())
    says(plain, "1 photo is safe on this phone")
    says(plain, "please open your personal link again")
    looks_right(plain, "queue-session-over")
    plain.goto("/my/")
    says(plain, "1 photo is safe on this phone")
    enter(plain)
    arrived(plain, 1)


def test_photos_of_another_person_wait_for_their_own_link(plain, enter, team):
    theirs = open_visit_of(team, "SG01-0008")
    enter(plain)
    Line(plain)
    plain.context.route("**/my/today.json", lambda route: route.abort())
    content = jpeg()
    keep(plain, content)
    plain.context.unroute("**/my/today.json")
    enter(plain, theirs)
    nudge(plain)
    says(plain, "1 photo of another person waits on this phone")
    assert waiting(plain) == []
    looks_right(plain, "queue-other-person")
    assert not Photo.objects.exists()
    enter(plain)
    arrived(plain, 1)
    assert Photo.objects.get().visit.participant.code == "SG01-0007"


def test_the_server_refuses_a_photo_under_another_persons_session(plain, enter, team, visit):
    """Another tab changes the session between asking whose it is and sending."""
    theirs = open_visit_of(team, "SG01-0008")
    enter(plain)
    mine, yours = (str(who.participant.phone_id) for who in (visit, theirs))

    def stale(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(yours, mine))

    plain.context.route("**/my/today.json", lambda route: route.abort())
    keep(plain, jpeg(1000))
    enter(plain, theirs)
    plain.context.unroute("**/my/today.json")
    plain.context.route("**/my/today.json", stale)
    line = Line(plain)
    nudge(plain)
    wait_until(plain, lambda: line.sent != [], "it was tried")
    wait_until(plain, lambda: raw(plain)["photos"][0]["state"] == "waiting", "it waits again")
    assert not Photo.objects.exists()
    assert not Upload.objects.exists()
    plain.context.unroute("**/my/today.json")


def test_pages_of_one_person_are_gone_when_another_opens_their_link(phone, enter, team):
    enter(phone)
    worker_ready(phone)
    theirs = open_visit_of(team, "SG01-0008")
    enter(phone, theirs)
    owner = "caches.open('my-pages').then((c) => c.match('/my/.owner')).then((r) => r?.text())"
    wanted = str(theirs.participant.phone_id)
    wait_until(phone, lambda: phone.evaluate(owner) == wanted, "the pages changed hands")
    assert "SG01-0007" not in kept_text(phone)


def kept_text(page: Page) -> str:
    return str(
        page.evaluate(
            """async () => {
              const cache = await caches.open("my-pages");
              const texts = [];
              for (const key of await cache.keys()) {
                texts.push(await (await cache.match(key)).text());
              }
              return texts.join();
            }"""
        )
    )


def test_signing_out_removes_the_pages_and_keeps_the_photos(phone, enter):
    enter(phone)
    worker_ready(phone)
    assert "SG01-0007" in kept_text(phone)
    phone.context.route("**/my/today.json", lambda route: route.abort())
    keep(phone, jpeg(1000))
    phone.context.set_offline(True)
    phone.context.set_offline(False)
    phone.locator("summary").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/my/left/")
    assert "SG01-0007" not in kept_text(phone)
    says(phone, "1 photo is safe on this phone")
    assert len(raw(phone)["bytes"]) == 1
    phone.context.unroute("**/my/today.json")


def test_a_page_of_nobodys_shows_that_photos_wait_and_none_of_them(plain, enter, visit):
    enter(plain)
    PhotoFactory(visit=visit)
    keep(plain, jpeg(2000))
    says(plain, "This side is already done")
    Session.objects.all().delete()
    plain.goto("/my/")
    says(plain, "1 photo is safe on this phone")
    expect(plain.locator("#queue img")).to_have_count(0)
    expect(plain.locator("#queue button")).to_have_count(0)


def test_who_stopped_taking_part_has_nothing_left_on_the_phone(phone, enter, visit, team):
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    keep(phone, jpeg())
    withdrawal.withdraw(participant=visit.participant, reason="moves away", by=team.amina)
    phone.context.set_offline(False)
    ended = phone.get_by_role("heading", name="You are no longer taking part")
    expect(ended).to_be_visible(timeout=20_000)
    left = raw(phone)
    assert left["photos"] == left["bytes"] == left["keys"] == []
    wait_until(phone, lambda: "SG01-0007" not in kept_text(phone), "the pages are gone")
    assert not Photo.objects.exists()


# --- Refusals -------------------------------------------------------------------------------------


def test_a_side_done_on_another_phone_is_told_and_removed_when_the_person_says_so(
    plain, enter, visit
):
    enter(plain)
    PhotoFactory(visit=visit)
    keep(plain, jpeg(2000))
    says(plain, "This side is already done")
    looks_right(plain, "queue-refused")
    plain.get_by_role("button", name="Remove from this phone").click()
    plain.get_by_role("button", name="No, keep it").click()
    assert len(raw(plain)["bytes"]) == 1
    plain.get_by_role("button", name="Remove from this phone").click()
    plain.get_by_role("button", name="Yes, remove it").click()
    wait_until(plain, lambda: raw(plain)["bytes"] == [], "it is removed")
    assert Photo.objects.count() == 1


def test_a_newer_consent_form_holds_photos_back_until_it_is_agreed_to(plain, enter, visit):
    enter(plain)
    Consent.objects.get().document.move("superseded")
    newer = ConsentDocumentFactory(
        study=visit.participant.study, version="2.0", in_force_at=timezone.now()
    )
    keep(plain, jpeg(2000))
    says(plain, "There is a new version of the consent form")
    link = plain.locator("#queue").get_by_role("link", name="Read the new form")
    assert link.get_attribute("href") == "/my/consent/review/"
    looks_right(plain, "queue-consent")
    assert not Photo.objects.exists()
    Consent.objects.get().move("superseded")
    ConsentFactory(participant=visit.participant, document=newer)
    nudge(plain)
    arrived(plain, 1)


def test_a_photo_taken_in_time_arrives_after_the_visit_closed(plain, enter, visit):
    enter(plain)
    today = visits.today(visit.participant.study)
    visit.closes_on = today - timedelta(days=1)
    visit.save()
    taken = (timezone.now() - timedelta(days=1)).isoformat()
    keep(plain, jpeg(2000), how={"taken_at": taken, "method": "file"})
    arrived(plain, 1)
    photo = Photo.objects.get()
    assert photo.late_arrival
    assert photo.capture["method"] == "file"


def test_a_photo_taken_after_the_visit_closed_is_told_in_words(plain, enter, visit):
    enter(plain)
    visit.closes_on = visits.today(visit.participant.study) - timedelta(days=1)
    visit.save()
    keep(plain, jpeg(2000), how={"taken_at": timezone.now().isoformat()})
    says(plain, "The time for this photo is over")
    says(plain, "that time is over")
    assert not Photo.objects.exists()


def test_a_wrong_clock_is_put_right(plain, enter):
    """A phone that believes it is two hours later."""
    plain.add_init_script(
        """const Real = Date, ahead = 7200_000;
        globalThis.Date = class extends Real {
          constructor(...given) { super(...(given.length ? given : [Real.now() + ahead])); }
          static now() { return Real.now() + ahead; }
        };"""
    )
    enter(plain)
    wait_until(
        plain, lambda: any(abs(f.get("offset", 0)) > 1 for f in raw(plain)["facts"]), "asked"
    )
    shot = plain.evaluate("new Date().toISOString()")
    keep(plain, jpeg(2000), how={"taken_at": shot})
    arrived(plain, 1)
    photo = Photo.objects.get()
    assert photo.capture["clock_offset_s"] == pytest.approx(-7200, abs=30)
    assert photo.taken_at is not None
    assert abs(photo.taken_at - timezone.now()) < timedelta(minutes=2)
    assert datetime.fromisoformat(photo.capture["taken_at"]) > timezone.now()


# --- A phone that cannot keep ---------------------------------------------------------------------


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


# --- The ghost ------------------------------------------------------------------------------------


def test_the_picture_to_frame_by_is_sealed_too_and_only_its_owners(plain, enter, team):
    enter(plain)
    content = jpeg(3000)
    plain.evaluate(
        """async (bytes) => {
          const { setReference } = await import("/static/js/my/outbox.js");
          await setReference("front", new Blob([new Uint8Array(bytes)]));
        }""",
        list(content),
    )
    (sealed,) = raw(plain)["references"]
    assert bytes(sealed["data"]).find(HEAD) == -1
    read_back = """async () => {
      const { reference } = await import("/static/js/my/outbox.js");
      const blob = await reference("front");
      return blob && [...new Uint8Array(await blob.arrayBuffer())];
    }"""
    assert bytes(plain.evaluate(read_back)) == content
    enter(plain, open_visit_of(team, "SG01-0008"))
    assert plain.evaluate(read_back) is None
    enter(plain)
    plain.evaluate("import('/static/js/my/outbox.js').then((o) => o.forgetReferences())")
    assert plain.evaluate(read_back) is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_home_reads_at_a_glance_in_each_state(open_page: OpenPage, enter, visit, scheme):
    page = open_page("small", scheme=scheme)
    without_worker(page)
    enter(page)
    looks_right(page, f"home-todo-{scheme}")
    page.context.route("**/my/uploads/**", lambda route: route.abort())
    keep(page, jpeg(1000))
    expect(page.get_by_text("1 of 3 photos taken")).to_be_visible()
    expect(page.get_by_role("link", name="Go on: Left cheek")).to_be_visible()
    says(page, "1 photo")
    looks_right(page, f"home-waiting-{scheme}")
    PhotoFactory(visit=visit, view="left")
    PhotoFactory(visit=visit, view="right", state=Photo.State.RETAKE_WANTED)
    page.reload()
    expect(page.get_by_role("link", name="Take “Right cheek” again")).to_be_visible()
    looks_right(page, f"home-retake-{scheme}")
    page.context.unroute("**/my/uploads/**")
    Photo.objects.filter(view="right").update(state=Photo.State.RECEIVED)
    nudge(page)
    says(page, "1 photo has arrived")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, all sent")
    looks_right(page, f"home-checking-{scheme}")
    Photo.objects.update(state=Photo.State.ACCEPTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you", timeout=20_000)
    looks_right(page, f"home-done-{scheme}")
