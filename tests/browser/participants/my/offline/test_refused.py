"""What the server refuses, and a clock that is wrong: each is told in words."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from participants.capture.models import Photo
from participants.consent.models import Consent
from participants.visits import services as visits
from tests.browser.chromium import OpenPage, assert_reads_well
from tests.browser.outbox import (
    arrived,
    jpeg,
    keep,
    looks_right,
    nudge,
    raw,
    says,
    wait_until,
    without_worker,
)
from tests.participants.capture.factories import PhotoFactory
from tests.participants.consent.factories import ConsentFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


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
    taken = timezone.now() - timedelta(days=1)
    visit.closes_on = timezone.localdate(taken, ZoneInfo(visit.participant.study.time_zone))
    visit.save()
    keep(plain, jpeg(2000), how={"taken_at": taken.isoformat(), "method": "file"})
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


def test_home_reads_at_a_glance_in_each_state(open_page: OpenPage, enter, visit):
    page = open_page("small")
    without_worker(page)
    enter(page)
    assert_reads_well(page, "home-todo", "small")
    page.context.route("**/my/uploads/**", lambda route: route.abort())
    keep(page, jpeg(1000))
    expect(page.get_by_text("1 of 3 photos taken")).to_be_visible()
    expect(page.get_by_role("link", name="Go on: Left cheek")).to_be_visible()
    says(page, "1 photo")
    assert_reads_well(page, "home-waiting", "small")
    PhotoFactory(visit=visit, view="left")
    PhotoFactory(visit=visit, view="right", state=Photo.State.RETAKE_WANTED)
    page.reload()
    expect(page.get_by_role("link", name="Take “Right cheek” again")).to_be_visible()
    assert_reads_well(page, "home-retake", "small")
    page.context.unroute("**/my/uploads/**")
    Photo.objects.filter(view="right").update(state=Photo.State.RECEIVED)
    nudge(page)
    says(page, "1 photo has arrived")
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you, all sent")
    assert_reads_well(page, "home-checking", "small")
    Photo.objects.update(state=Photo.State.ACCEPTED)
    expect(page.get_by_role("heading", level=1)).to_have_text("Thank you", timeout=20_000)
    assert_reads_well(page, "home-done", "small")
