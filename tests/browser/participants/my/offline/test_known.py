"""What has arrived is remembered: without a line it is not asked for again, and thanks give way."""

from datetime import timedelta

import pytest
from playwright.sync_api import Locator, Page, expect

from participants.capture.models import Photo
from participants.visits import services as visits
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll, screenshot
from tests.browser.outbox import jpeg, keep, raw, wait_until, waiting, without_worker, worker_ready
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

VIEWS = ("front", "left", "right")
BLURRED = {"code": "blurred", "message": "The photo is blurred. Hold the phone still."}


def send(page: Page, *views: str) -> None:
    """Take these views and see them arrive."""
    before = Photo.objects.count()
    for view in views:
        keep(page, jpeg(20_000), view=view)
    wait_until(page, lambda: Photo.objects.count() == before + len(views), "they arrived")
    wait_until(page, lambda: waiting(page) == [], "nothing waits any more")


def step(page: Page, view: str) -> Locator:
    return page.locator(f"[data-steps] [data-view={view}]")


# --- Without a line ---------------------------------------------------------------------------


def test_a_photo_that_arrived_is_not_asked_for_again_without_a_line(phone, enter):
    enter(phone)
    worker_ready(phone)
    phone.goto("/my/visits/week-0/front/")
    send(phone, "front")
    phone.context.set_offline(True)
    phone.goto("/my/")
    expect(phone.get_by_text("No connection just now")).to_be_visible()
    expect(phone.get_by_text("1 of 3 photos taken")).to_be_visible()
    expect(step(phone, "front")).to_contain_text("Being checked")
    expect(step(phone, "front").get_by_role("link")).to_have_count(0)
    expect(phone.locator("[data-next]")).to_have_text("Go on: Left cheek")
    assert_accessible(phone)
    assert_no_sideways_scroll(phone)
    screenshot(phone, "home-offline-one-arrived")
    phone.goto("/my/visits/week-0/front/")
    on = phone.get_by_role("link", name="Go on meanwhile")
    expect(on).to_have_attribute("href", "/my/visits/week-0/left/")
    phone.context.set_offline(False)
    phone.goto("/my/")
    expect(phone.get_by_text("No connection just now")).to_be_hidden()
    expect(step(phone, "front")).to_contain_text("Being checked")


def test_what_the_server_said_last_is_shown_without_a_line(phone, enter):
    enter(phone)
    worker_ready(phone)
    phone.goto("/my/visits/week-0/front/")
    send(phone, "front", "left", "right")
    Photo.objects.filter(view="front").update(
        state=Photo.State.RETAKE_WANTED, retake_reasons=[BLURRED]
    )
    Photo.objects.filter(view="left").update(state=Photo.State.ACCEPTED)
    phone.evaluate(
        "import('/static/js/participants/capture/outbox_sender.js').then((s) => s.fetchToday())"
    )
    phone.context.set_offline(True)
    phone.goto("/my/")
    expect(phone.get_by_role("heading", level=1)).to_have_text("Take “Front” again")
    expect(step(phone, "front")).to_contain_text("Hold the phone still")
    expect(step(phone, "left")).to_contain_text("Done")
    expect(step(phone, "right")).to_contain_text("Being checked")
    expect(phone.locator("[data-next]")).to_have_text("Take “Front” again")
    expect(phone.locator("#queue")).not_to_contain_text("arrived")


def test_signing_out_forgets_what_arrived(phone, enter):
    without_worker(phone)
    enter(phone)
    send(phone, "front")
    assert [note["view"] for note in raw(phone)["notes"] if note["state"] == "checking"] == [
        "front"
    ]
    phone.locator("summary").click()
    phone.get_by_role("button", name="Sign out").click()
    phone.wait_for_url("**/my/left/")
    wait_until(phone, lambda: raw(phone)["notes"] == [], "nothing of it is left")


# --- Thanks -----------------------------------------------------------------------------------


def test_thanks_count_what_arrived_since_home_was_looked_at(phone, enter):
    without_worker(phone)
    enter(phone)
    phone.goto("/my/visits/week-0/front/")
    send(phone, "front", "left", "right")
    phone.goto("/my/")
    expect(phone.locator("#queue")).to_contain_text("3 photos have arrived")
    wait_until(phone, lambda: not any(n["untold"] for n in raw(phone)["notes"]), "they are told")
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, all sent")
    expect(phone.locator("#queue")).to_be_hidden()


def test_thanks_give_way_when_a_photo_is_wanted_again(phone, enter):
    without_worker(phone)
    enter(phone)
    send(phone, *VIEWS)
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you, all sent")
    expect(phone.locator("#queue")).to_contain_text("3 photos have arrived")
    Photo.objects.filter(view="left").update(
        state=Photo.State.RETAKE_WANTED, retake_reasons=[BLURRED]
    )
    heading = phone.get_by_role("heading", level=1)
    expect(heading).to_have_text("Take “Left cheek” again", timeout=20_000)
    expect(phone.locator("#queue")).to_be_hidden()
    expect(phone.locator("[data-lead]")).to_contain_text("Hold the phone still")
    expect(phone.locator("[data-next]")).to_have_text("Take “Left cheek” again")
    assert_accessible(phone)
    screenshot(phone, "home-retake-came")
    phone.reload()
    expect(heading).to_have_text("Take “Left cheek” again")
    expect(phone.locator("#queue")).to_be_hidden()


def test_the_next_visit_stays_on_the_list_after_this_one_is_complete(phone, enter, visit):
    without_worker(phone)
    study = visit.participant.study
    later = VisitDefinitionFactory(study=study, code="week-4", day_offset=28)
    opens = visits.today(study) + timedelta(days=20)
    VisitFactory(
        participant=visit.participant,
        definition=later,
        opens_on=opens,
        closes_on=opens + timedelta(days=4),
    )
    enter(phone)
    send(phone, *VIEWS)
    Photo.objects.update(state=Photo.State.ACCEPTED)
    phone.reload()
    expect(phone.get_by_role("heading", level=1)).to_have_text("Thank you")
    expect(phone.locator(".coming")).to_contain_text("Week 4")
