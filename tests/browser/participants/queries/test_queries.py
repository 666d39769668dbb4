"""A query's way in a browser: the monitor asks, the coordinator answers, the monitor closes."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from participants.queries.models import Query
from participants.visits.models import Visit
from tests.browser.chromium import assert_reads_well
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone, make_phone
from tests.participants.queries.test_asking import answered_form

pytestmark = pytest.mark.browser
WHO = "/studies/MEL-8/participants/SG01-0007/"


def at_the_visit(team: Team) -> Phone:
    """Somebody whose visit is open today, by the machine's own clock, and their answers."""
    phone = make_phone(team.sg01)
    day = timezone.localdate()
    Visit.objects.filter(pk=phone.visit.pk).update(
        scheduled_on=day, opens_on=day - timedelta(days=1), closes_on=day + timedelta(days=3)
    )
    answered_form(phone, team.amina)
    return phone


@pytest.mark.parametrize("size", ["phone", "desktop"])
def test_from_the_question_mark_to_the_end(
    live_server: LiveServer, team: Team, page_of: PageOf, size: str
) -> None:
    phone = at_the_visit(team)
    PhotoFactory(visit=phone.visit)

    monitor = page_of(team.ewa, size)
    monitor.goto("/studies/MEL-8/queries/")
    assert_reads_well(monitor, "queries-empty", size)
    monitor.goto(f"{WHO}questionnaires/itch/week-0/")
    assert_reads_well(monitor, "queries-answers", size)
    answer = monitor.locator("#answer-data-days-1")
    answer.get_by_role("link", name="Raise a query").click()
    expect(monitor.get_by_text("For how many days?")).to_be_visible()
    assert_reads_well(monitor, "query-raise", size)
    monitor.get_by_role("button", name="Raise it").click()
    expect(monitor.get_by_text("This field is required.")).to_be_visible()
    monitor.get_by_label("What is to be answered?").fill("Are these three days before the visit?")
    monitor.get_by_role("button", name="Raise it").click()
    expect(monitor.get_by_text("Raised. The site is told")).to_be_visible()
    assert_reads_well(monitor, "query-open", size)

    desk = page_of(team.amina, size)
    desk.goto("/studies/MEL-8/today/")
    expect(desk.get_by_role("heading", name="1 query to answer")).to_be_visible()
    waiting = desk.locator(".waits", has_text="query to answer")
    waiting.get_by_role("link", name="SG01-0007").first.click()
    expect(desk.get_by_role("heading", name="Itch, Baseline: For how many days?")).to_be_visible()
    assert_reads_well(desk, "query-to-answer", size)
    other_tab = desk.context.new_page()
    other_tab.goto(desk.url)
    desk.get_by_role("textbox", name="Answer").fill("Yes, the three days before.")
    desk.get_by_role("button", name="Send the answer").click()
    expect(desk.get_by_text("Answered. Whoever closes it is told.")).to_be_visible()
    other_tab.get_by_role("textbox", name="Answer").fill("No, after it.")
    other_tab.get_by_role("button", name="Send the answer").click()
    expect(other_tab.get_by_text("Amina was faster")).to_be_visible()
    expect(other_tab.get_by_role("textbox", name="Answer")).to_have_value("No, after it.")
    assert_reads_well(other_tab, "query-stale", size)
    other_tab.close()
    desk.get_by_role("link", name="Go to the place").click()
    expect(desk.get_by_role("link", name="Query 1, answered")).to_be_visible()

    monitor.goto("/studies/MEL-8/queries/?state=answered")
    assert_reads_well(monitor, "queries-answered", size)
    monitor.get_by_role("link", name="SG01-0007 · 1").click()
    assert_reads_well(monitor, "query-to-close", size)
    monitor.get_by_role("button", name="Close", exact=True).click()
    expect(monitor.get_by_text("Closed.", exact=True)).to_be_visible()
    assert_reads_well(monitor, "query-closed", size)
    monitor.goto(WHO)
    assert_reads_well(monitor, "queries-participant", size)
    monitor.goto(f"{WHO}visits/week-0/")
    assert_reads_well(monitor, "queries-visit", size)
    assert Query.objects.get().state == "closed"


def test_an_edit_check_is_added(live_server: LiveServer, team: Team, page_of: PageOf) -> None:
    at_the_visit(team)
    manager = page_of(team.dewi)
    manager.goto("/studies/MEL-8/edit-checks/")
    assert_reads_well(manager, "edit-checks-empty", "desktop", "phone")
    manager.get_by_role("link", name="Add an edit check").first.click()
    manager.get_by_label("Code").fill("long-itch")
    manager.get_by_label("About").select_option(label="For how many days?")
    manager.get_by_label("Ask when").fill("${pain} > 30")
    manager.get_by_label("What the query says").fill("So long?")
    manager.get_by_label("Why?").fill("Plausible")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("there is no such question")).to_be_visible()
    assert_reads_well(manager, "edit-check-refused", "desktop", "phone")
    manager.get_by_label("Ask when").fill("${days} > 30")
    manager.get_by_role("button", name="Save").click()
    expect(manager.get_by_text("Added. What was entered before is checked, too.")).to_be_visible()
    assert_reads_well(manager, "edit-checks", "desktop", "phone")
