"""A monitor visits a site: a visit is ticked whole, and one that changed is verified again."""

from datetime import date

import pytest
from playwright.sync_api import expect
from pytest_django.live_server_helper import LiveServer

from participants.people.models import Participant
from participants.verification.models import Tick
from participants.verification.services.ticking import verify_fields
from participants.visits.models import Visit
from tests.browser.chromium import assert_reads_well
from tests.browser.signed_in import PageOf
from tests.conftest import Team
from tests.participants.allocation.given import allocate, arms_in
from tests.participants.capture.factories import PhotoFactory
from tests.participants.people.factories import ParticipantFactory
from tests.participants.visits.factories import VisitFactory
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.browser
MONITORING = "/studies/MEL-8/monitoring/"
DAY = date(2026, 3, 2)


@pytest.fixture
def conducted(team: Team) -> list[Participant]:
    """Three people in two arms with a visit made; of the first, a year corrected since verified."""
    team.study.verify_fields = ["all"]
    team.study.save(update_fields=["verify_fields"])
    arms = arms_in(team.study, "SUN", "SHADE")
    baseline = VisitDefinitionFactory(
        study=team.study, code="baseline", name="Baseline", day_offset=0
    )
    people = [ParticipantFactory(site=team.sg01, code=f"SG01-000{n}") for n in (1, 2, 3)]
    for place, person in enumerate(people):
        allocate(person, arms[place % 2])
        visit = VisitFactory(
            participant=person, definition=baseline, state=Visit.State.COMPLETE, opens_on=DAY
        )
        PhotoFactory(visit=visit)
    verify_fields(participant=people[0], part="enrolment", by=team.ewa)
    Participant.objects.filter(pk=people[0].pk).update(year_of_birth=1971)
    return people


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_monitor_ticks_a_visit_and_sees_what_changed(
    live_server: LiveServer, team: Team, page_of: PageOf, conducted: list[Participant], size: str
) -> None:
    page = page_of(team.ewa, size)
    page.goto("/studies/MEL-8/today/")
    expect(
        page.get_by_text("participant with data changed since they were verified")
    ).to_be_visible()
    page.get_by_role("link", name="Monitoring", exact=True).click()
    expect(page.get_by_role("heading", name="Flow of participants")).to_be_visible()
    assert_reads_well(page, "monitoring", size)

    page.get_by_role("link", name="Open SG01").click()
    assert_reads_well(page, "verification-site", size)
    row = page.get_by_role("listitem").filter(has=page.get_by_role("link", name="SG01-0002"))
    row.get_by_role("link", name="Baseline").click()
    page.get_by_role("button", name="Verify the whole visit").click()
    expect(page.get_by_text("2 fields are verified.")).to_be_visible()
    assert Tick.objects.filter(participant=conducted[1], part="visit.baseline").count() == 2
    assert_reads_well(page, "verification-verified", size)

    page.get_by_role("link", name="What is left at SG01").click()
    page.get_by_role("link", name="1 changed since verified").click()
    page.get_by_role("link", name="Enrolment Changed since verified").click()
    changed = page.get_by_role("row").filter(has_text="Year of birth")
    expect(changed).to_contain_text("1971")
    expect(changed).to_contain_text("Changed since verified")
    assert_reads_well(page, "verification-changed", size)
    changed.get_by_role("checkbox").check()
    page.get_by_role("button", name="Verify what is ticked").click()
    expect(page.get_by_text("1 field is verified.")).to_be_visible()

    page.get_by_text("Take a verification back", exact=True).click()
    page.get_by_role("checkbox", name="Sex").check()
    page.get_by_label("Why?").fill("The copy was not signed")
    page.get_by_role("button", name="Take back").click()
    expect(page.get_by_text("1 verification is taken back.")).to_be_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_number_of_the_diagram_leads_to_its_people(
    live_server: LiveServer, team: Team, page_of: PageOf, conducted: list[Participant], size: str
) -> None:
    page = page_of(team.dewi, size)
    page.goto(f"{MONITORING}#flow")
    page.locator(f".flow--{'desk' if size == 'desktop' else 'phone'}").get_by_role(
        "link", name="Sun arm: 2"
    ).click()
    expect(page.get_by_role("link", name="SG01-0003")).to_be_visible()
    expect(page.get_by_role("link", name="SG01-0002")).to_have_count(0)
    assert_reads_well(page, "flow-people", size)
    page.goto("/studies/MEL-8/verification/plan/")
    assert_reads_well(page, "verification-plan", size)
