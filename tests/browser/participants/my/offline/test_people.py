"""Sessions end and phones change hands: photos stay with whom they are of."""

import pytest
from django.contrib.sessions.models import Session
from playwright.sync_api import Page, expect

from participants.capture.models import Photo, Upload
from participants.people.models import Device
from participants.privacy.services import withdrawal
from tests.browser.outbox import (
    HEAD,
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
from tests.browser.visiting import open_visit
from tests.participants.capture.factories import PhotoFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_session_that_is_over_keeps_the_photo_until_the_link_is_opened_again(plain, enter):
    enter(plain)
    Session.objects.all().delete()
    Device.objects.all().delete()
    keep(plain, jpeg())
    says(plain, "1 photo is safe on this phone")
    says(plain, "please open your personal link again")
    looks_right(plain, "queue-session-over")
    plain.goto("/my/")
    says(plain, "1 photo is safe on this phone")
    enter(plain)
    arrived(plain, 1)


def test_photos_of_another_person_wait_for_their_own_link(plain, enter, team):
    theirs = open_visit(team, "SG01-0008")
    enter(plain)
    Line(plain)
    nobody_says_whose(plain)
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
    theirs = open_visit(team, "SG01-0008")
    enter(plain)
    mine, yours = (str(who.participant.outbox_owner) for who in (visit, theirs))

    def stale(route):
        answer = route.fetch()
        route.fulfill(response=answer, body=answer.text().replace(yours, mine))

    nobody_says_whose(plain)
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
    theirs = open_visit(team, "SG01-0008")
    enter(phone, theirs)
    owner = "caches.open('my-pages').then((c) => c.match('/my/.owner')).then((r) => r?.text())"
    wanted = str(theirs.participant.outbox_owner)
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
    nobody_says_whose(phone)
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


def test_signing_out_without_a_line_removes_the_pages_and_says_what_is_left_to_do(
    phone, enter, visit
):
    enter(phone)
    worker_ready(phone)
    phone.context.set_offline(True)
    phone.locator("summary").click()
    phone.get_by_role("button", name="Sign out").click()
    expect(phone.get_by_text("You wanted to sign out.")).to_be_visible()
    left = kept_text(phone)
    assert "Sign out" in left
    assert "SG01-0007" not in left
    assert str(visit.participant.outbox_owner) not in left
    phone.goto("/my/")
    expect(phone.get_by_text("SG01-0007")).to_have_count(0)
    expect(phone.get_by_role("heading", level=1)).to_have_text("No connection just now")
    phone.context.set_offline(False)
    phone.goto("/my/")
    phone.locator("summary").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/my/left/")


def test_a_page_of_nobodys_shows_that_photos_wait_and_none_of_them(plain, enter, visit):
    enter(plain)
    PhotoFactory(visit=visit)
    keep(plain, jpeg(2000))
    says(plain, "This side is already done")
    Session.objects.all().delete()
    Device.objects.all().delete()
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


def test_the_picture_to_frame_by_is_sealed_too_and_only_its_owners(plain, enter, team):
    enter(plain)
    content = jpeg(3000)
    plain.evaluate(
        """async (bytes) => {
          const { setReference } = await import("/static/js/participants/capture/outbox.js");
          await setReference("front", new Blob([new Uint8Array(bytes)]));
        }""",
        list(content),
    )
    (sealed,) = raw(plain)["references"]
    assert bytes(sealed["data"]).find(HEAD) == -1
    read_back = """async () => {
      const { reference } = await import("/static/js/participants/capture/outbox.js");
      const blob = await reference("front");
      return blob && [...new Uint8Array(await blob.arrayBuffer())];
    }"""
    assert bytes(plain.evaluate(read_back)) == content
    enter(plain, open_visit(team, "SG01-0008"))
    assert plain.evaluate(read_back) is None
    enter(plain)
    plain.evaluate(
        "import('/static/js/participants/capture/outbox.js').then((o) => o.forgetReferences())"
    )
    assert plain.evaluate(read_back) is None
