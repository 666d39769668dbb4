"""Reminders on the phone: the page, the link in a message, notifications, later, and off."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.mail import EmailMultiAlternatives
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django.fixtures import Settings

from participants.messaging import services as messages
from participants.messaging.models import Message, PushSubscription, ReminderChoice
from participants.messaging.services.sending import send_message
from participants.people.models import Participant
from participants.people.services import invitations
from participants.visits import services as visits
from participants.visits.models import Visit
from studies.platform.work import perform
from studies.protocol.models import ReminderSettings, Study
from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    assert_reads_well,
    screenshot,
)
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.messaging.reminded import SUBSCRIPTION, participant_of, week_4

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def siti(team: Team, site_url: str, settings: Settings) -> Participant:
    settings.SITE_URL = site_url
    settings.SMS_URL = "console://"
    today = visits.today(team.study)
    siti = participant_of(team.sg01, team.amina, enrolled_on=today - timedelta(days=28))
    week_4(
        siti,
        state="in_progress",
        opens_on=today - timedelta(days=1),
        scheduled_on=today,
        closes_on=today + timedelta(days=2),
    )
    return siti


def enter(page: Page, participant: Participant, target: str = "/my/reminders/") -> None:
    """Open a message's link and press its one button."""
    issued = invitations.issue_for_message(participant=participant, target=target)
    page.goto(f"/p/{issued.token}/")
    page.get_by_role("button", name="Open my page").click()
    page.wait_for_url(f"**{target}")


def look(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name)


def test_the_pages_of_reminders_read_well(open_page: OpenPage, siti: Participant) -> None:
    page = open_page("small")
    enter(page, siti)
    expect(page.get_by_text("s•••@example.org")).to_be_visible()
    expect(page.get_by_text("+65 •••• 4567")).to_be_visible()
    assert_reads_well(page, "reminders", "phone", "small")
    page.goto("/my/later/")
    assert_reads_well(page, "later", "phone", "small")
    page.get_by_role("button", name="In an hour").click()
    expect(page.get_by_role("heading", name="We will remind you")).to_be_visible()
    assert_reads_well(page, "later-chosen", "phone", "small")
    page.goto("/my/")
    assert_reads_well(page, "home", "phone", "small")


@pytest.mark.parametrize("language", ["ta", "th"])
def test_the_page_holds_tall_scripts_and_long_words(
    open_page: OpenPage, siti: Participant, language: str
) -> None:
    Study.objects.update(languages=["en", language])
    Participant.objects.update(language=language)
    page = open_page("small")
    issued = invitations.issue_for_message(participant=siti, target="/my/reminders/")
    page.goto(f"/p/{issued.token}/")
    page.locator(".mine__action button").click()
    page.wait_for_url("**/my/reminders/")
    look(page, f"reminders-{language}")
    page.goto("/my/later/")
    look(page, f"later-{language}")


def test_quiet_hours_and_ways_are_chosen_with_the_keyboard(phone: Page, siti: Participant) -> None:
    enter(phone, siti)
    phone.get_by_label("Text message").first.focus()
    phone.keyboard.press("Space")
    phone.get_by_label("From").select_option("22:30")
    phone.get_by_label("Until", exact=True).select_option("07:00")
    phone.get_by_role("button", name="Save").focus()
    phone.keyboard.press("Enter")
    expect(phone.get_by_text("Saved.")).to_be_visible()
    choice = ReminderChoice.objects.get(participant=siti)
    assert (choice.email, choice.sms) == (True, False)
    assert (str(choice.quiet_from), str(choice.quiet_until)) == ("22:30:00", "07:00:00")
    expect(phone.get_by_label("Text message").first).not_to_be_checked()


def test_the_place_that_the_phone_thinks_it_is_in_is_offered(
    open_page: OpenPage, browser: Any, siti: Participant, site_url: str
) -> None:
    context = browser.new_context(base_url=site_url, timezone_id="Asia/Jakarta")
    page = context.new_page()
    enter(page, siti)
    page.get_by_role("button", name="Use this place").click()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved.")).to_be_visible()
    context.close()
    siti.refresh_from_db()
    assert siti.time_zone == "Asia/Jakarta"


def test_a_message_leads_with_one_press_to_the_one_view_that_is_wanted(
    phone: Page, open_page: OpenPage, siti: Participant, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    ReminderSettings.objects.create(
        study=siti.study, channels=["email"], quiet_from="00:00", quiet_until="00:00"
    )
    visit = Visit.objects.get(participant=siti)
    reason = {"code": "too_dark", "message": "The photo is too dark. Face a window or a lamp."}
    PhotoFactory(visit=visit, view="left", state="retake_wanted", retake_reasons=[reason])
    messages.plan(siti)
    message = Message.objects.get(kind="retake")
    Message.objects.filter(pk=message.pk).update(due_at=timezone.now())
    assert perform(Message, message.pk, send_message)
    (mail,) = mailoutbox
    text = str(mail.body)
    link = next(line for line in text.splitlines() if "/p/" in line)
    phone.goto(link)
    phone.get_by_role("button", name="Open my page").click()
    phone.wait_for_url("**/my/visits/week-4/left/")
    expect(phone.get_by_text("The photo is too dark.").first).to_be_visible()
    assert "/p/" not in phone.url
    for scheme in ("light", "dark"):
        page = open_page("phone", scheme=scheme)
        page.set_content(str(mail.alternatives[0][0]))
        assert_no_sideways_scroll(page)
        assert_accessible(page)
        screenshot(page, f"mail-{scheme}")


def test_a_phone_that_allows_notifications_is_kept_and_can_stop(
    phone: Page, siti: Participant
) -> None:
    phone.context.grant_permissions(["notifications"])
    phone.add_init_script(
        f"""const made = {json.dumps(SUBSCRIPTION)};
        let kept = null;
        const unsubscribe = async () => ((kept = null), true);
        const one = {{ ...made, toJSON: () => made, unsubscribe }};
        PushManager.prototype.subscribe = async () => (kept = one);
        PushManager.prototype.getSubscription = async () => kept;
        Notification.requestPermission = async () => "granted";"""
    )
    enter(phone, siti)
    phone.get_by_role("button", name="Allow on this phone").click()
    expect(phone.get_by_text("Allowed on this phone.")).to_be_visible()
    row = PushSubscription.objects.get(participant=siti)
    assert b"fcm.googleapis.com" not in bytes(row.sealed)
    expect(phone.get_by_role("button", name="Send a test to this phone")).to_be_visible()
    screenshot(phone, "reminders-allowed")
    phone.get_by_role("button", name="Stop on this phone").click()
    expect(phone.get_by_role("button", name="Allow on this phone")).to_be_visible()
    assert not PushSubscription.objects.exists()


def test_a_phone_that_forbids_notifications_is_told_how_to_change_that(
    phone: Page, siti: Participant
) -> None:
    phone.add_init_script(
        "Object.defineProperty(Notification, 'permission', { get: () => 'denied' });"
    )
    enter(phone, siti)
    expect(phone.get_by_text("Notifications are blocked for this page.")).to_be_visible()
    expect(phone.get_by_role("button", name="Allow on this phone")).to_be_hidden()


def test_a_browser_without_notifications_says_so(phone: Page, siti: Participant) -> None:
    phone.add_init_script("delete globalThis.PushManager;")
    enter(phone, siti)
    expect(phone.get_by_text("This browser cannot show notifications.")).to_be_visible()


def test_what_arrives_is_shown_and_leads_to_its_page(phone: Page, siti: Participant) -> None:
    phone.context.grant_permissions(["notifications"])
    enter(phone, siti, "/my/")
    phone.wait_for_function("async () => Boolean((await navigator.serviceWorker.ready).active)")
    devtools = phone.context.new_cdp_session(phone)
    found: dict[str, str] = {}

    def note(event: dict[str, Any]) -> None:
        for one in event["registrations"]:
            found[one["scopeURL"]] = one["registrationId"]

    devtools.on("ServiceWorker.workerRegistrationUpdated", note)
    devtools.send("ServiceWorker.enable")
    scope = phone.evaluate("async () => (await navigator.serviceWorker.ready).scope")
    message = {
        "title": "One photo to take again",
        "body": "Please…",
        "tag": "gsh-1",
        "url": "/p/x/",
    }
    devtools.send(
        "ServiceWorker.deliverPushMessage",
        {
            "origin": phone.evaluate("() => location.origin"),
            "registrationId": found[scope],
            "data": json.dumps(message),
        },
    )
    shown = phone.evaluate(
        """async () => {
          const worker = await navigator.serviceWorker.ready;
          for (let turn = 0; turn < 100; turn += 1) {
            const [one] = await worker.getNotifications();
            if (one) return { title: one.title, tag: one.tag, url: one.data.url };
            await new Promise((go) => setTimeout(go, 50));
          }
          return null;
        }"""
    )
    assert shown == {"title": "One photo to take again", "tag": "gsh-1", "url": "/p/x/"}


def test_the_staffs_log_and_settings_read_well(
    page_of: PageOf, siti: Participant, team: Team
) -> None:
    messages.plan(siti)
    made: list[tuple[str, str, str, str]] = [
        ("visit_opens", "done", "sent", "email"),
        ("visit_due", "quarantined", "failed", ""),
        ("retake", "done", "unknown", "sms"),
    ]
    for kind, state, outcome, channel in made:
        Message.objects.create(
            participant=siti, kind=kind, about="visit:0", planned_for=timezone.now(), state=state,
            outcome=outcome, channel=channel, finished_at=timezone.now(), sent_at=timezone.now(),
            why={"failed": "refused", "unknown": "unanswered"}.get(outcome, ""),
        )  # fmt: skip
    page = page_of(team.dewi)
    for tab in ("problems", "coming", "sent"):
        page.goto(f"/studies/MEL-8/messages/?state={tab}")
        expect(page.get_by_role("heading", name="Messages", exact=True)).to_be_visible()
        assert_reads_well(page, f"staff-messages-{tab}")
    page.goto("/studies/MEL-8/protocol/reminders/")
    assert_reads_well(page, "staff-reminders")
    page.goto("/studies/MEL-8/protocol/")
    assert_reads_well(page, "staff-protocol")
    page.goto("/studies/MEL-8/participants/SG01-0001/")
    assert_reads_well(page, "staff-detail")
