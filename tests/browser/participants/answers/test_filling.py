"""A questionnaire on the phone, from the first question to its arrival."""

import pytest
from playwright.sync_api import Page, expect

from participants.answers.models import Revision
from participants.answers.services.contents import content_of
from participants.visits.models import Visit
from tests.browser.outbox import looks_right, wait_until
from tests.browser.participants.answers.asking import (
    address,
    asked,
    asks,
    press_next,
    skin_week,
    states,
)

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_a_questionnaire_is_answered_question_by_question_and_arrives(
    phone: Page, visit: Visit, enter
) -> None:
    asked(visit, skin_week(), order="before")
    enter(phone)
    looks_right(phone, "answers-home")
    expect(phone.locator("[data-next]")).to_have_text("Answer: Skin week")
    phone.locator("[data-next]").click()
    asks(phone, "About your skin over the last 7 days")
    looks_right(phone, "answers-note")
    press_next(phone)
    asks(phone, "On how many days has your skin been itchy?")
    press_next(phone)
    expect(phone.locator(".ask__error")).to_have_text("Please choose one")
    looks_right(phone, "answers-required")
    phone.get_by_label("3 to 4 days").check()
    looks_right(phone, "answers-choice")
    press_next(phone)
    asks(phone, "On how many days has your skin felt dry?")
    phone.get_by_label("Every day").check()
    press_next(phone)
    asks(phone, "Worst itch (0-10)")
    looks_right(phone, "answers-scale")
    phone.get_by_label("7", exact=True).check()
    press_next(phone)
    asks(phone, "Hours slept last night")
    phone.get_by_role("textbox").fill("77")
    press_next(phone)
    expect(phone.locator(".ask__error")).to_have_text("Between 0 and 24")
    phone.get_by_role("textbox").fill("7,5")
    looks_right(phone, "answers-number")
    phone.keyboard.press("Enter")
    asks(phone, "Products used")
    phone.get_by_label("Sunscreen").check()
    phone.get_by_label("None").check()
    press_next(phone)
    expect(phone.locator(".ask__error")).to_have_text("None cannot be combined")
    phone.get_by_label("None").uncheck()
    press_next(phone)
    asks(phone, "Medicine")
    looks_right(phone, "answers-repeat-none")
    phone.get_by_role("button", name="Add one").click()
    asks(phone, "Name")
    phone.get_by_role("textbox").fill("Cetirizine")
    press_next(phone)
    asks(phone, "Started on")
    phone.locator("input[type=date]").fill("2020-01-05")
    looks_right(phone, "answers-date")
    press_next(phone)
    asks(phone, "Stopped on")
    press_next(phone)
    asks(phone, "Medicine")
    looks_right(phone, "answers-repeat")
    press_next(phone)
    asks(phone, "Your score is 13")
    press_next(phone)
    asks(phone, "Please look through your answers")
    looks_right(phone, "answers-summary")
    phone.get_by_role("button", name="Send my answers").click()
    wait_until(phone, Revision.objects.exists, "the answers have arrived", seconds=60)
    wait_until(phone, lambda: states(phone) == ["sent"], "the phone knows")
    expect(phone.get_by_text("Your answers have arrived.")).to_be_visible()
    looks_right(phone, "answers-sent")
    answers = content_of(Revision.objects.get()).answers
    assert answers["/data/itch[1]/sleep_hours[1]"] == "7.5"
    assert answers["/data/med[1]/med_name[1]"] == "Cetirizine"
    assert answers["/data/score[1]"] == "13"
    phone.goto("/my/")
    expect(phone.locator("[data-form] .asked__state")).to_have_text("Done")
    expect(phone.locator("[data-next]")).to_have_text("Start")
    looks_right(phone, "answers-home-done")


def test_the_page_of_what_nobody_asks_is_not_there(phone: Page, visit: Visit, enter) -> None:
    row = asked(visit, skin_week())
    enter(phone)
    phone.goto(address(row, "week-4"))
    expect(phone.get_by_text("This questionnaire is not asked here.")).to_be_visible()
