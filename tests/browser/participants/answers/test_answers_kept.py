"""Answers are kept on the phone: without a line, through a closed tab, and until they are taken."""

import pytest
from playwright.sync_api import Page, expect

from participants.answers.models import Revision
from participants.answers.services.contents import content_of
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.instruments.models import InstrumentVersion
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll, screenshot
from tests.browser.outbox import looks_right, raw, wait_until, worker_ready
from tests.browser.participants.answers.asking import (
    address,
    asked,
    asks,
    form_ready,
    heading,
    press_next,
    skin_week,
    states,
)
from tests.browser.visiting import link_of
from tests.conftest import Team
from tests.studies.instruments.factories import SMALL, SMALL_XFORM

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_begun_closed_and_finished_without_a_line(phone: Page, visit: Visit, enter) -> None:
    row = asked(visit, SMALL, xform=SMALL_XFORM, order="before")
    enter(phone)
    worker_ready(phone)
    form_ready(phone, row)
    context = phone.context
    context.set_offline(True)
    phone.goto(address(row))
    asks(phone, "How much does it itch?")
    phone.get_by_label("Much", exact=True).check()
    press_next(phone)
    asks(phone, "For how many days?")
    phone.get_by_role("textbox").fill("12")
    wait_until(phone, lambda: states(phone) == ["draft"], "the draft is kept")
    phone.wait_for_timeout(1000)  # longer than it waits for one more letter
    (sealed,) = raw(phone)["answers"]
    assert "<itch>" not in str(sealed)
    assert set(sealed["sealed"]) == {"iv", "data", "type"}
    phone.close()
    again = context.new_page()
    again.goto("/my/")
    expect(again.locator("[data-form] .asked__state")).to_have_text("Begun, not sent yet")
    expect(again.locator("[data-next]")).to_have_text("Go on: Itch")
    again.locator("[data-next]").click()
    asks(again, "For how many days?")
    expect(again.get_by_role("textbox")).to_have_value("12")
    again.locator("[data-back]").click()
    asks(again, "How much does it itch?")
    expect(again.get_by_label("Much", exact=True)).to_be_checked()
    press_next(again)
    asks(again, "For how many days?")
    press_next(again)
    asks(again, "Please look through your answers")
    again.get_by_role("button", name="Send my answers").click()
    expect(again.get_by_text("are kept on this phone and are sent by themselves")).to_be_visible()
    looks_right(again, "answers-waiting")
    again.goto("/my/")
    expect(again.locator("[data-form] .asked__state")).to_have_text("Waiting on this phone")
    expect(again.locator("#queue")).to_contain_text("1 questionnaire waits on this phone")
    expect(again.locator("[data-next]")).to_have_text("Start")
    looks_right(again, "answers-home-waiting")
    assert not Revision.objects.exists()
    context.set_offline(False)
    wait_until(again, Revision.objects.exists, "the answers have arrived", seconds=60)
    expect(again.locator("[data-form] .asked__state")).to_have_text("Done")
    assert content_of(Revision.objects.get()).answers["/data/days[1]"] == "12"
    wait_until(again, lambda: states(again) == ["sent"], "the phone knows")
    (left,) = raw(again)["answers"]
    assert left["sealed"] is None


def test_what_the_server_refuses_is_kept_and_sent_again(phone: Page, visit: Visit, enter) -> None:
    row = asked(visit, SMALL, xform=SMALL_XFORM)
    enter(phone)
    phone.goto(address(row))
    asks(phone, "How much does it itch?")
    InstrumentVersion.objects.update(xform=SMALL_XFORM.replace("&lt;= 99", "&lt;= 5"))
    phone.get_by_label("Some").check()
    press_next(phone)
    asks(phone, "For how many days?")
    phone.get_by_role("textbox").fill("๙")
    press_next(phone)
    asks(phone, "Please look through your answers")
    phone.get_by_role("button", name="Send my answers").click()
    expect(phone.get_by_text("Some answers have to be looked at again")).to_be_visible(
        timeout=60_000
    )
    looks_right(phone, "answers-refused")
    assert not Revision.objects.exists()
    phone.goto("/my/")
    expect(phone.locator("[data-form] .asked__state")).to_have_text("Please look at it again")
    looks_right(phone, "answers-home-refused")
    phone.goto(address(row))
    phone.get_by_role("button", name="Look at my answers").click()
    asks(phone, "For how many days?")
    expect(phone.locator(".ask__error")).to_have_text("Please look at this answer again.")
    phone.get_by_role("textbox").fill("3")
    press_next(phone)
    asks(phone, "Please look through your answers")
    phone.get_by_role("button", name="Send my answers").click()
    wait_until(phone, Revision.objects.exists, "the answers have arrived", seconds=60)
    assert content_of(Revision.objects.get()).answers["/data/days[1]"] == "3"


def test_by_keyboard_in_thai_on_a_small_phone_in_the_dark(
    phone: Page, visit: Visit, team: Team
) -> None:
    row = asked(visit, skin_week())
    study = visit.participant.study
    study.languages = ["en", "th"]
    study.save()
    Participant.objects.update(language="th")
    phone.set_viewport_size({"width": 360, "height": 640})
    phone.emulate_media(color_scheme="dark")
    phone.goto(link_of(visit.participant, team))
    phone.locator("form button.button--primary").click()
    phone.wait_for_url("**/my/")
    phone.goto(address(row))
    asks(phone, "เกี่ยวกับผิวของคุณในช่วง 7 วันที่ผ่านมา")
    keyed(phone, "[data-next]", "Enter")
    asks(phone, "กี่วันที่ผิวของคุณคัน")
    keyed(phone, "input[type=radio]", "ArrowDown")
    expect(phone.get_by_label("1–2 วัน")).to_be_checked()
    look(phone, "answers-th-choice")
    phone.keyboard.press("Enter")
    asks(phone, "กี่วันที่ผิวแห้ง")
    keyed(phone, "input[type=radio]", "Space")
    phone.keyboard.press("Enter")
    asks(phone, "อาการคันมากที่สุด (0-10)")
    keyed(phone, "input[type=radio]", "Space")
    look(phone, "answers-th-scale")
    phone.keyboard.press("Enter")
    asks(phone, "ผลิตภัณฑ์ที่ใช้")
    keyed(phone, "input[type=checkbox]", "Space")
    phone.keyboard.press("Enter")
    asks(phone, "ยา")
    keyed(phone, "[data-next]", "Enter")
    expect(heading(phone)).to_contain_text("คะแนนของคุณคือ")
    keyed(phone, "[data-next]", "Enter")
    asks(phone, "โปรดตรวจดูคำตอบของคุณ")
    look(phone, "answers-th-summary")
    keyed(phone, "[data-send]", "Enter")
    wait_until(phone, Revision.objects.exists, "the answers have arrived", seconds=60)
    look(phone, "answers-th-sent")


def keyed(page: Page, selector: str, key: str) -> None:
    """Reach it by Tab alone, and press a key."""
    for _ in range(40):
        if page.evaluate("s => document.activeElement?.matches(s) ?? false", selector):
            page.keyboard.press(key)
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"the keyboard does not reach {selector}")


def look(page: Page, name: str) -> None:
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, name, full=False)
