"""A blinded trial in a browser: drawn, put in force, randomised, unblinded, balanced."""

import re

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from tests.browser.chromium import assert_reads_well
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.allocation.given import arms_in, blinded, person, ready
from tests.studies.access.factories import PASSWORD

pytestmark = pytest.mark.browser
STUDY = "/studies/MEL-8"


def test_from_the_list_to_an_emergency(
    live_server: LiveServer, team: Team, page_of: PageOf
) -> None:
    arms_in(team.study, "SUN", "SHADE")
    blinded(team.study)
    stella = person(team.study, "statistician", "Stella")
    ines = person(team.study, "site_investigator", "Ines", team.sg01)
    siti = ready(team.sg01, team.amina)

    page = page_of(stella)
    page.goto(f"{STUDY}/randomisation/")
    assert_reads_well(page, "randomisation-empty", "desktop", "phone")
    page.get_by_role("link", name="Draw here").click()
    page.get_by_label("Sizes of blocks").fill("3, 4")
    page.get_by_role("button", name="Draw", exact=True).click()
    expect(page.get_by_text("multiples of 2")).to_be_visible()
    page.get_by_label("Sizes of blocks").fill("2, 4")
    assert_reads_well(page, "randomisation-draw", "desktop", "phone")
    page.get_by_role("button", name="Draw", exact=True).click()
    page.get_by_role("button", name="Put it in force").click()
    expect(page.get_by_text("In force. Participants are randomised by it")).to_be_visible()
    assert_reads_well(page, "randomisation-in-force", "desktop", "phone")

    desk = page_of(team.amina)
    desk.goto(f"{STUDY}/participants/{siti.code}/")
    desk.get_by_role("link", name="Next: randomise").click()
    assert_reads_well(desk, "randomise", "desktop", "phone")
    other_tab = desk.context.new_page()
    other_tab.goto(desk.url)
    for tab in (desk, other_tab):
        tab.get_by_label(re.compile("The participant is present")).check()
    desk.get_by_role("button", name=f"Randomise {siti.code}").click()
    expect(desk.get_by_text(f"{siti.code} is randomised.")).to_be_visible()
    other_tab.get_by_role("button", name=f"Randomise {siti.code}").click()
    expect(other_tab.get_by_text("Nobody is randomised twice")).to_be_visible()
    assert_reads_well(other_tab, "randomised-twice", "desktop", "phone")
    other_tab.close()
    for word in ("Sun arm", "Shade arm"):
        expect(desk.get_by_text(word)).to_have_count(0)
    assert_reads_well(desk, "randomised", "desktop", "phone")

    emergency = page_of(ines)
    emergency.goto(f"{STUDY}/participants/{siti.code}/")
    emergency.get_by_role("link", name="Unblind in an emergency…").click()
    emergency.get_by_label("Why does it have to be known now?").fill("Anaphylaxis after dose one")
    emergency.get_by_label("Your password").fill(PASSWORD)
    assert_reads_well(emergency, "unblind", "desktop", "phone")
    emergency.get_by_role("button", name="Show me the arm").click()
    expect(emergency.get_by_text(re.compile("(Sun|Shade) arm"))).to_be_visible()
    assert_reads_well(emergency, "unblinded", "desktop", "phone")

    page.goto(f"{STUDY}/randomisation/balance/")
    assert_reads_well(page, "balance", "desktop", "phone")


def test_a_list_is_tried_and_reported(live_server: LiveServer, team: Team, page_of: PageOf) -> None:
    arms_in(team.study, "SUN", "SHADE")
    page = page_of(person(team.study, "statistician", "Stella"))
    page.goto(f"{STUDY}/randomisation/list/")
    lines = "arm;site;sex\nSUN;SG01;female\nMOON;SG01;male\nSHADE;XX01;female\n"
    page.get_by_label("File").set_input_files(
        {"name": "list.csv", "mimeType": "text/csv", "buffer": lines.encode("cp1252")}
    )
    page.get_by_role("button", name="Send", exact=True).click()
    expect(page.get_by_text("“MOON” is no arm; there are SHADE, SUN.")).to_be_visible()
    assert_reads_well(page, "list-tried", "desktop", "phone")
