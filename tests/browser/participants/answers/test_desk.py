"""Staff fill in a form by keyboard alone: drafted, submitted, corrected; an alert acknowledged."""

import pytest
from playwright.sync_api import Page, expect

from participants.answers.models import Alert, Submission
from participants.answers.services.contents import content_of, draft_of
from participants.visits.models import Visit
from studies.assignments.models import AlertRule
from tests.browser.chromium import assert_reads_well
from tests.browser.participants.answers.asking import asked, skin_week
from tests.browser.signed_in import PageOf
from tests.conftest import Team

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST_TABS = 90
# What axe leaves behind, and htmx would copy against the page's policy.
TIDIED = (
    "() => { for (const one of document.querySelectorAll('[style]')) one.removeAttribute('style') }"
)


def tab_to(page: Page, name: str) -> None:
    """Press Tab until the field, button or link of this name or words has the focus."""
    here = "() => [document.activeElement.name, document.activeElement.textContent.trim()]"
    for _press in range(MOST_TABS):
        page.keyboard.press("Tab")
        if name in page.evaluate(here):
            return
    raise AssertionError(f"Tab does not reach {name}")


def reads_well(page: Page, name: str) -> None:
    """At both sizes, from the top: what lies half under the bar of the page is no small target."""
    page.evaluate("scrollTo(0, 0)")
    assert_reads_well(page, name, "desktop", "phone")
    page.evaluate(TIDIED)


def settled(page: Page) -> None:
    """Until the engine has answered the last change."""
    page.wait_for_timeout(300)
    page.wait_for_function("() => !document.querySelector('.htmx-request')", timeout=60_000)


def type_in(page: Page, name: str, text: str) -> None:
    tab_to(page, name)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)
    page.keyboard.press("Tab")
    settled(page)
    page.keyboard.press("Shift+Tab")


def choose(page: Page, name: str, downs: int) -> None:
    """The choice so many below the first, with the arrow keys."""
    tab_to(page, name)
    page.keyboard.press("Space")
    settled(page)
    for _press in range(downs):
        page.keyboard.press("ArrowDown")
        settled(page)


def press(page: Page, words: str) -> None:
    tab_to(page, words)
    page.keyboard.press("Enter")


def test_the_manager_sets_an_alert_and_changes_a_question(
    team: Team, visit: Visit, page_of: PageOf
) -> None:
    asked(visit, skin_week())
    study = visit.participant.study
    page = page_of(team.dewi)
    page.goto(f"/studies/{study.code}/assignments/skin_week/alerts/")
    reads_well(page, "alerts-none")
    page.get_by_role("link", name="Set an alert").click()
    page.get_by_label("Raise an alert if").fill("${worst_itsh} >= 8")
    page.get_by_role("button", name="Try it").click()
    expect(page.get_by_text("“worst_itsh” at character 1 is no question")).to_be_visible()
    reads_well(page, "alerts-refused")
    page.get_by_label("Raise an alert if").fill("${worst_itch} >= 8 or ${score} > 14")
    page.get_by_role("button", name="Try it").click()
    page.get_by_label("Worst itch (0-10) worst_itch").fill("9")
    page.get_by_role("button", name="Try these answers").click()
    expect(page.get_by_text("These answers raise the alert")).to_be_visible()
    reads_well(page, "alerts-tried")
    page.get_by_label("What the alert says").fill("Strong itch: call today")
    page.get_by_label("Why?").fill("Safety")
    page.get_by_role("button", name="Set it").click()
    expect(page.get_by_text("Set. Answers that come from now on")).to_be_visible()
    reads_well(page, "alerts-set")

    page.goto(f"/studies/{study.code}/instruments/skin_week/1/")
    page.get_by_role("button", name="Change in a new draft").click()
    reads_well(page, "draft-changed")
    page.get_by_role("link", name="Change itch_days").click()
    reads_well(page, "question-changed")
    page.get_by_label("Question, English (en)").fill("How many days did it itch?")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("How many days did it itch?")).to_be_visible()


def test_a_form_is_drafted_submitted_and_corrected_by_keyboard(
    team: Team, visit: Visit, page_of: PageOf
) -> None:
    assignment = asked(visit, skin_week(), filled_by="staff")
    AlertRule.objects.create(
        assignment=assignment,
        code="strong",
        expression="${worst_itch} >= 8",
        words="Strong itch: call today",
        told=["coordinator"],
    )
    who = visit.participant
    page = page_of(team.amina)
    page.goto(f"/studies/{who.study.code}/participants/{who.code}/questionnaires/")
    reads_well(page, "desk-questionnaires")
    page.goto(f"{page.url}skin_week/week-0/")
    reads_well(page, "desk-form")

    choose(page, "/data/itch/itch_days", 2)
    type_in(page, "/data/itch/worst_itch", "9")
    type_in(page, "/data/itch/sleep_hours", "77")
    page.keyboard.press("Enter")
    settled(page)
    assert not Submission.objects.exists(), "Enter in a field neither submits nor takes out"
    press(page, "Save as a draft")
    expect(page.get_by_text("Saved as a draft. It is not submitted yet.")).to_be_visible()
    row = Submission.objects.get()
    draft = draft_of(row)
    assert draft is not None
    assert draft.values["/data/itch/sleep_hours"] == "77", "a draft keeps what cannot be sent"

    press(page, "Submit")
    expect(page.get_by_text("needs a look. Nothing was submitted.").or_(
        page.get_by_text("need a look. Nothing was submitted.")
    )).to_be_visible()  # fmt: skip
    reads_well(page, "desk-form-wrong")
    choose(page, "/data/itch/dry_days", 1)
    type_in(page, "/data/itch/sleep_hours", "7")
    for name, text in (("/data/med[1]/med_name", "Cetirizine"),):
        type_in(page, name, text)
    tab_to(page, "/data/med[1]/med_start")
    page.keyboard.type("01052020")
    page.keyboard.press("Tab")
    settled(page)
    press(page, "Submit")
    expect(page.get_by_text("Submitted.")).to_be_visible()
    expect(page.get_by_text("Strong itch: call today")).to_be_visible()
    reads_well(page, "desk-read")

    press(page, "Acknowledge…")
    page.wait_for_url("**/alerts/**")
    tab_to(page, "note")
    page.keyboard.type("Called, sleeps better by now")
    reads_well(page, "desk-acknowledge")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Acknowledged. The alert is done.")).to_be_visible()
    assert Alert.objects.get().note == "Called, sleeps better by now"

    press(page, "Correct")
    page.wait_for_url("**correct=1")
    type_in(page, "/data/itch/sleep_hours", "6")
    reads_well(page, "desk-correct")
    tab_to(page, "reason")
    page.keyboard.type("Misheard")
    press(page, "Correct")
    expect(page.get_by_text("Corrected. The earlier answers are kept.")).to_be_visible()
    row.refresh_from_db()
    assert row.state == "corrected"
    answers = content_of(row.latest, who).answers
    assert answers["/data/itch[1]/sleep_hours[1]"] in {"6", "6.0"}
