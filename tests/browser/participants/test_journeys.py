"""A coordinator's and a manager's journeys, each by the person whose job it is."""

from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import Locator, Page, expect

from participants.amending.models import CarryOver
from participants.amending.services.carrying import carry_over
from participants.consent.models import Consent
from participants.people.models import Participant
from participants.people.services.identity import IdentityData
from studies.amendments.models import SiteApproval
from studies.platform.work import WorkState, perform
from tests.browser.chromium import assert_accessible, assert_no_sideways_scroll, screenshot
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.staff import consent, enrol, plan_week_visits, publish
from tests.studies.access.factories import MembershipFactory
from tests.studies.consent_texts.factories import ConsentDocumentFactory

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
PEOPLE = "/studies/MEL-8/participants/"
PROTOCOL = "/studies/MEL-8/protocol/"
ANA = IdentityData(name="Ana Reyes", email="ana@example.org")


def look(page: Page, name: str) -> None:
    """The page as it is read: accessible, within its window, and a picture of it."""
    assert_accessible(page)
    assert_no_sideways_scroll(page)
    screenshot(page, f"journey-{name}")


def press(page: Page, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def named(page: Page, name: str) -> Locator:
    """The field of this name in the page's form, whatever search box stands beside it."""
    return page.locator(f"main form[method=post] [name={name}]").last


def test_from_a_code_to_enrolment_in_the_order_of_the_signature(
    page_of: PageOf, team: Team
) -> None:
    team.study.prescreening_approval, team.study.min_age = "", 16
    team.study.save()
    plan_week_visits(team.study)
    publish(team.study)
    page = page_of(team.amina)
    page.goto(f"{PEOPLE}pre-screen/")
    named(page, "reason").fill("Referred by the clinic")
    press(page, "Give a code")
    page.wait_for_url("**/SG01-0001/consenting/")
    named(page, "name").fill("Lau Jia Hui")
    named(page, "email").fill("jia@example.org")
    press(page, "Go on to the consent")
    page.wait_for_url("**/SG01-0001/")
    page.goto(f"{PEOPLE}SG01-0001/consent/")
    # A minor: the mother signs, and Jia Hui agrees in her own words.
    expect(named(page, "relationship")).to_be_hidden()
    page.get_by_label("A parent or guardian, for somebody under 18").check()
    named(page, "relationship").fill("mother")
    named(page, "of_age_on").fill(f"{timezone.now().year + 1}-06-15")
    page.get_by_label("I want to take part").check()
    named(page, "assent").fill("Jia Hui")
    page.locator("section[aria-labelledby=choices-heading] input").first.check()
    named(page, "typed_name").fill("Lau Siew Lan")
    page.get_by_label("Sign with my typed name instead").check()
    look(page, "guardian")
    press(page, "Sign")
    page.wait_for_url("**/SG01-0001/")
    page.goto(f"{PEOPLE}SG01-0001/screen/")
    for group in page.locator("section[aria-labelledby=inclusion-heading] fieldset").all():
        group.get_by_text("Yes", exact=True).click()
    named(page, "year_of_birth").fill(str(timezone.now().year - 17))
    page.get_by_text("Female", exact=True).click()
    named(page, "ethnicity").select_option(label="Chinese")
    page.locator("input[name=fitzpatrick][value='3']").check(force=True)
    page.locator("input[name=monk_tone][value='4']").check(force=True)
    look(page, "screening")
    press(page, "Save the screening")
    page.wait_for_url("**/SG01-0001/enrol/")
    press(page, "Enrol SG01-0001")
    page.wait_for_url("**/SG01-0001/")
    assert Participant.objects.get().state == Participant.State.ENROLLED
    assert Consent.objects.get().given_by == "guardian"


def test_an_amendment_from_its_draft_to_the_consent_that_is_asked_for(
    page_of: PageOf, team: Team
) -> None:
    plan_week_visits(team.study)
    first = publish(team.study, version="1.0")
    siti = enrol(team.sg01, team.amina)
    consent(siti, first, team.amina)
    ConsentDocumentFactory(
        study=team.study, version="2.0", state="draft", sha256="", in_force_at=None
    )
    page = page_of(team.dewi)
    page.goto(f"{PROTOCOL}amendments/add/")
    named(page, "title").fill("A visit at week 12")
    named(page, "summary").fill("The effect may come late.")
    page.get_by_label("Also participants who are enrolled already").check()
    named(page, "consent_version").select_option(label="2.0")
    page.locator("main form button[type=submit]").last.click()
    page.wait_for_url("**/amendments/2/")
    page.get_by_role("link", name="Add a visit").click()
    named(page, "code").fill("week-12")
    named(page, "name").fill("Week 12")
    named(page, "day_offset").fill("84")
    page.get_by_label("Front").check()
    press(page, "Add to the draft")
    expect(page.get_by_text("1 participant gets a new visit, Week 12 (day 84)")).to_be_visible()
    look(page, "amendment")
    press(page, "Settle for the committees")
    # The consent comes into force; no site shows it before the amendment does.
    draft = team.study.consent_documents.get(version__number="2.0")
    page.goto(f"{PROTOCOL}consent/{draft.pk}/")
    look(page, "amendment-consent")
    named(page, "reason").fill("Goes with version 2")
    page.get_by_role("button", name="Put in force").click()
    page.goto(f"{PROTOCOL}amendments/2/")
    page.get_by_role("link", name="Enter the approval SG01").click()
    named(page, "reference").fill("2026/14")
    press(page, "Enter the approval")
    page.wait_for_url("**/amendments/2/")
    assert SiteApproval.objects.get().site == team.sg01
    for work in CarryOver.objects.filter(state=WorkState.QUEUED):
        perform(CarryOver, work.pk, carry_over)
    look(page, "amendment-approved")
    theirs = page_of(team.amina)
    theirs.goto("/studies/MEL-8/today/")
    expect(theirs.get_by_text("consent to renew")).to_be_visible()
    theirs.goto(f"{PEOPLE}SG01-0001/")
    expect(theirs.get_by_text("Week 12").first).to_be_visible()


def test_two_coordinators_correct_one_person_and_the_second_sees_both(
    page_of: PageOf, team: Team
) -> None:
    plan_week_visits(team.study)
    enrol(team.sg01, team.amina)
    other = MembershipFactory(study=team.study, site=team.sg01, role="coordinator").user
    first, second = page_of(team.amina), page_of(other)
    for page in (first, second):
        page.goto(f"{PEOPLE}SG01-0001/correct/")
    named(first, "year_of_birth").fill("1968")
    named(first, "reason").fill("Digits turned round")
    press(first, "Save the correction")
    first.wait_for_url("**/SG01-0001/")
    named(second, "year_of_birth").fill("1987")
    named(second, "reason").fill("Read wrongly")
    press(second, "Save the correction")
    expect(second.get_by_text("1968").first).to_be_visible()
    look(second, "correct-second")
    assert Participant.objects.get().year_of_birth == 1968
    press(second, "Save the correction")
    second.wait_for_url("**/SG01-0001/")
    assert Participant.objects.get().year_of_birth == 1987, "both seen, and chosen"


def test_somebody_moves_to_another_site_under_the_same_code(page_of: PageOf, team: Team) -> None:
    plan_week_visits(team.study)
    enrol(team.sg01, team.amina, identity=ANA)
    page = page_of(team.amina)
    page.goto(f"{PEOPLE}SG01-0001/correct/site/")
    named(page, "site").select_option(label=str(team.kl01))
    named(page, "reason").fill("Moved house")
    press(page, "Transfer")
    page.get_by_label("After this you no longer see SG01-0001").check()
    look(page, "transfer")
    press(page, "Transfer")
    expect(page.get_by_text("SG01-0001").first).to_be_visible()
    assert Participant.objects.get().site == team.kl01
    theirs = page_of(team.budi)
    theirs.goto(f"{PEOPLE}SG01-0001/history/")
    expect(theirs.get_by_text("Moved house").first).to_be_visible()
    look(theirs, "transferred")


def test_a_list_with_half_its_lines_wrong_is_checked_taken_and_told_line_by_line(
    page_of: PageOf, team: Team, tmp_path: Path
) -> None:
    publish(team.study)
    good = [f"A{n};Person {n};p{n}@example.org;en" for n in range(5)]
    bad = ["A0;Again;again@example.org;en", ";Nobody;x@example.org;en", "B1;José;nowhere;en",
           "B2;Li;li@example.org;tlh", "B3;Mei;;xx"]  # fmt: skip
    lines = ["external_id;name;email;language", *good, *bad]
    file = tmp_path / "people.csv"
    file.write_bytes("\r\n".join(lines).encode("cp1252"))
    page = page_of(team.amina)
    page.goto(f"{PEOPLE}import/")
    page.locator("input[type=file]").set_input_files(file)
    press(page, "Check the list")
    expect(page.get_by_role("heading", name="people can be taken")).to_be_visible()
    expect(page.get_by_text("5 lines have a problem")).to_be_visible()
    assert not Participant.objects.exists(), "checked, and nothing written"
    page.locator("input[type=file]").set_input_files(file)
    press(page, "Take the people")
    expect(page.get_by_role("heading", name="people taken")).to_be_visible()
    look(page, "import")
    page.set_viewport_size({"width": 390, "height": 844})
    look(page, "import-phone")
    assert Participant.objects.count() == 5
