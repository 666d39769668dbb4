"""A coordinator's journey: from the board to a visit that is moved, missed, and photographed."""

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from participants.capture.models import Photo
from participants.imaging.decode import encode_clean
from participants.visits.models import Visit
from participants.visits.services import today
from studies.access.models import User
from tests.browser.chromium import (
    OpenPage,
    assert_accessible,
    assert_no_sideways_scroll,
    screenshot,
)
from tests.conftest import Team
from tests.inference.scoring.photos import astronaut
from tests.participants.people.factories import ParticipantFactory
from tests.participants.staff import consent, publish
from tests.participants.visits.factories import VisitFactory
from tests.studies.access.factories import PASSWORD
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.browser
BOARD = "/studies/MEL-8/schedule/"


def sign_in(page: Page, person: User) -> None:
    page.goto("/accounts/login/")
    page.get_by_label("Email").fill(person.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url("**/today/")


@pytest.fixture
def planned(team: Team) -> Team:
    """Twelve people of SG01, each a few days further in six weekly visits."""
    text = publish(team.study)
    weeks = [
        VisitDefinitionFactory(
            study=team.study, code=f"week-{n}", name=f"Week {n}", day_offset=7 * n
        )
        for n in range(6)
    ]
    on = today(team.study)
    for number in range(12):
        begun = on - timedelta(days=3 * number)
        one = ParticipantFactory(site=team.sg01, code=f"SG01-{number + 1:04}", enrolled_on=begun)
        consent(one, text, team.amina)
        for n, week in enumerate(weeks):
            day = begun + timedelta(days=7 * n)
            past = day + timedelta(days=3) < on
            over = "missed" if (n + number) % 4 == 0 else "complete"
            VisitFactory(
                participant=one, definition=week, scheduled_on=day, planned_on=day,
                opens_on=max(begun, day - timedelta(days=2)), closes_on=day + timedelta(days=3),
                state=over if past else "scheduled",
            )  # fmt: skip
    return team


def test_from_the_board_to_a_visit_moved_missed_and_photographed(
    open_page: OpenPage, planned: Team, tmp_path: Path
) -> None:
    page = open_page("desktop")
    sign_in(page, planned.amina)
    page.goto(BOARD)
    assert_accessible(page)
    screenshot(page, "schedule-board", full=False)

    # By keyboard: one stop for Tab, arrows among the cells.
    first = page.get_by_role("checkbox", name="Tick SG01-0001")
    first.focus()
    page.keyboard.press("Space")
    expect(page.get_by_text("1 ticked", exact=True)).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("link", name="SG01-0001", exact=True)).to_be_focused()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.wait_for_url("**/visits/week-1/")

    page.get_by_role("link", name="Move", exact=True).click()
    on = today(planned.study)
    page.get_by_label("New day").fill((on + timedelta(days=12)).isoformat())
    page.get_by_label("Why?").fill("Away for work")
    page.get_by_role("button", name="Move").click()
    page.get_by_label("It is noted as a deviation").check()
    screenshot(page, "schedule-move")
    page.get_by_role("button", name="Move").click()
    expect(page.get_by_text("by the protocol")).to_be_visible()

    page.get_by_role("link", name="Mark as missed").click()
    page.get_by_label("Why?").fill("Told us by phone")
    page.get_by_role("button", name="Mark as missed").click()
    expect(page.get_by_text("a person marked it as missed")).to_be_visible()

    page.goto("/studies/MEL-8/participants/SG01-0001/visits/week-0/")
    page.get_by_role("link", name="Photo taken at the clinic").click()
    file = tmp_path / "face.jpg"
    file.write_bytes(encode_clean(astronaut().pixels))
    page.get_by_label("Photo", exact=True).set_input_files(file)
    expect(page.get_by_role("img", name="The photo you have chosen")).to_be_visible()
    assert_accessible(page)
    screenshot(page, "schedule-clinic")
    page.get_by_role("button", name="Upload").click()
    expect(page.get_by_text("Taken at the clinic by Amina")).to_be_visible()
    assert Photo.objects.get().added_by == planned.amina
    screenshot(page, "schedule-visit")
    assert Visit.objects.filter(marked_missed=True).count() == 1

    phone = open_page("phone", scheme="dark")
    sign_in(phone, planned.amina)
    for address, name in ((BOARD, "board"), (f"{BOARD}week/", "week")):
        phone.goto(address)
        assert_no_sideways_scroll(phone)
        assert_accessible(phone)
        screenshot(phone, f"schedule-{name}-phone", full=False)
    page.goto(f"{BOARD}week/")
    screenshot(page, "schedule-week")
