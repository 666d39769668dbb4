"""The schedule: what it shows, to whom, by how many queries, and what is done for many."""

import uuid
from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participants.messaging.models import Message
from participants.people.models import Invitation, Participant
from participants.people.services.identity import IdentityData, keep_identity
from participants.scheduling.services.moving import mark_missed
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from studies.access.models import User
from studies.protocol.models import VisitDefinition
from tests.conftest import Team
from tests.participants.allocation.given import allocate
from tests.participants.people.factories import ParticipantFactory
from tests.participants.staff import consent, publish
from tests.participants.visits.factories import VisitFactory
from tests.studies.access.factories import MembershipFactory
from tests.studies.protocol.factories import ArmFactory, SiteFactory, VisitDefinitionFactory
from tests.typed import words

pytestmark = pytest.mark.django_db
Sign = Callable[[User], Client]
BOARD = "/studies/MEL-8/schedule/"
TODAY = date(2026, 3, 2)


def day(number: int) -> date:
    return TODAY + timedelta(days=number)


def visit(one: Participant, definition: VisitDefinition, on: int, **also: object) -> None:
    """A visit planned ``on`` days from today, open a day before and three after."""
    given = {
        "scheduled_on": day(on),
        "planned_on": day(on),
        "opens_on": day(on - 1),
        "closes_on": day(on + 3),
        "state": "scheduled",
        **also,
    }
    VisitFactory(participant=one, definition=definition, **given)


@pytest.fixture
def week_4(team: Team) -> VisitDefinition:
    return VisitDefinitionFactory(study=team.study, code="week-4", name="Week 4", day_offset=28)


def people(team: Team, number: int) -> list[Participant]:
    return [
        ParticipantFactory(site=team.sg01, code=f"SG01-{one:04}") for one in range(1, number + 1)
    ]


def test_each_visit_is_named_in_words_and_links_to_its_page(
    team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    told = {
        "open now": {"on": 0},
        "2 days late": {"on": -2, "closes_on": day(5)},
        "Closes today": {"on": -3},
        "Closes 3 Mar, begun": {"on": -2, "state": "in_progress"},
        "Missed": {"on": -9},
        "Scheduled": {"on": 9},
        "Complete": {"on": -1, "state": "complete"},
    }
    for one, given in zip(people(team, len(told)), told.values(), strict=True):
        visit(one, week_4, **given)  # type: ignore[arg-type]
    page = as_person(team.amina).get(BOARD)
    said = words(page)
    for word in told:
        assert word.lower() in said.lower(), word
    assert 'href="/studies/MEL-8/participants/SG01-0001/visits/week-4/"' in page.content.decode()


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("state=due", "1234"),
        ("state=late", "234"),
        ("state=closing", "34"),
        ("state=in_progress", "4"),
        ("state=missed", "5"),
        ("state=scheduled", "6"),
        ("state=complete", "7"),
        ("week=2026-03-11", "6"),
        ("state=missed&week=2026-03-11", ""),
        ("state=nonsense&week=yesterday&site=XX01&arm=NONE", "1234567"),
        ("site=KL01", ""),
    ],
)
def test_the_board_is_narrowed(
    asked: str, found: str, team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    given = [
        {"on": 0},
        {"on": -2, "closes_on": day(5)},
        {"on": -3},
        {"on": -2, "state": "in_progress"},
        {"on": -9},
        {"on": 9},
        {"on": -1, "state": "complete"},
    ]
    for one, how in zip(people(team, len(given)), given, strict=True):
        visit(one, week_4, **how)  # type: ignore[arg-type]
    shown = as_person(team.dewi).get(f"{BOARD}?{asked}").content.decode()
    codes = "".join(n for n in "1234567" if f"participants/SG01-000{n}/" in shown)
    assert codes == found


def test_only_who_holds_the_right_sees_and_filters_by_arm(
    team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    arm = ArmFactory(study=team.study, code="SUN", name="Sunscreen")
    in_it, other = people(team, 2)
    allocate(in_it, arm)
    for one in (in_it, other):
        visit(one, week_4, 0)
    blind = MembershipFactory(study=team.study, role="site_investigator", site=team.sg01).user
    seen = as_person(team.amina).get(f"{BOARD}?arm=SUN").content.decode()
    assert ("Sunscreen" in seen, "SG01-0002" in seen) == (True, False)
    unseen = as_person(blind).get(f"{BOARD}?arm=SUN").content.decode()
    assert ("Sunscreen" in unseen, "SG01-0002" in unseen) == (False, True)


def test_other_sites_and_those_who_left_are_not_there(
    team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    for site in (team.kl01, SiteFactory(study=team.study, code="JB01")):
        visit(ParticipantFactory(site=site, code=f"{site.code}-0001"), week_4, 0)
    gone = ParticipantFactory(site=team.sg01, code="SG01-0009", state="withdrawn")
    visit(gone, week_4, 0)
    for page in (BOARD, f"{BOARD}week/"):
        seen = as_person(team.amina).get(page).content.decode()
        assert "-0001" not in seen
        assert "SG01-0009" not in seen
    assert "Nobody has visits yet" in words(as_person(team.amina).get(BOARD))


def test_moved_missed_and_unscheduled_visits_are_told(
    team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    (one,) = people(team, 1)
    visit(one, week_4, 2, planned_on=day(1))
    add_unscheduled_visit(
        participant=one, day=day(4), last_day=day(4), views=["front"], reason="A rash",
        by=team.amina,
    )  # fmt: skip
    said = words(as_person(team.amina).get(BOARD))
    assert "moved" in said
    assert "Unscheduled" in said
    assert "6 Mar" in said
    mark_missed(visit=one.visits.get(definition=week_4), reason="Away", by=team.amina)
    assert "Missed" in words(as_person(team.amina).get(f"{BOARD}?state=missed"))
    assert "SG01-0001" in words(as_person(team.amina).get(f"{BOARD}?state=moved"))


def test_a_board_of_many_takes_as_few_queries_as_one_of_few(team: Team, as_person: Sign) -> None:
    definitions = [
        VisitDefinitionFactory(study=team.study, code=f"week-{n}", day_offset=7 * n)
        for n in range(12)
    ]
    browser = as_person(team.amina)

    def queries(path: str) -> int:
        browser.get(path)
        with CaptureQueriesContext(
            connection,
        ) as made:
            assert browser.get(path).status_code == 200
        return len(made)

    everybody = people(team, 3)
    for one in everybody:
        for number, definition in enumerate(definitions):
            visit(one, definition, 7 * number)
    few = queries(BOARD), queries(f"{BOARD}week/")
    for one in range(4, 24):
        more = ParticipantFactory(site=team.sg01, code=f"SG01-{one:04}")
        for number, definition in enumerate(definitions):
            visit(more, definition, 7 * number)
    assert (queries(BOARD), queries(f"{BOARD}week/")) == few
    assert few[0] <= 30


# --- The week ----------------------------------------------------------------------------------


def test_a_week_tells_what_is_planned_closes_and_is_late(
    team: Team, week_4: VisitDefinition, as_person: Sign
) -> None:
    one, two, three = people(team, 3)
    visit(one, week_4, 1)
    visit(two, week_4, -1)
    visit(three, week_4, 20)
    page = words(as_person(team.amina).get(f"{BOARD}week/"))
    assert "2 Mar to 8 Mar 2026" in page
    tuesday = page.split("Tue 3 Mar")[1].split("Wed 4 Mar")[0]
    assert "Planned" in tuesday
    assert "SG01-0001" in tuesday
    assert "Late, still possible" in tuesday
    assert "SG01-0002" in tuesday
    wednesday = page.split("Wed 4 Mar")[1].split("Thu 5 Mar")[0]
    assert "Last day" in wednesday
    assert "SG01-0002" in wednesday
    assert "SG01-0003" not in page
    later = words(as_person(team.amina).get(f"{BOARD}week/?week=2026-03-22"))
    assert "16 Mar to 22 Mar 2026" in later
    assert "SG01-0003" in later


# --- Many at once ------------------------------------------------------------------------------


@pytest.fixture
def three(team: Team, week_4: VisitDefinition) -> list[Participant]:
    """One who is reached, one who has no address, one whose study is over."""
    found = people(team, 3)
    text = publish(team.study)
    for one in found:
        visit(one, week_4, 0)
        consent(one, text, team.amina)
    reached = IdentityData(name="Siti Rahman", email="siti@example.org")
    keep_identity(participant=found[0], identity=reached, by=team.amina)
    Participant.objects.filter(pk=found[2].pk).update(state="completed")
    return found


def ticked(act: str, *codes: str, number: uuid.UUID | None = None) -> dict[str, object]:
    return {"request_id": number or uuid.uuid4(), "who": codes, "act": act}


def test_many_are_reminded_and_each_outcome_is_told(
    team: Team, three: list[Participant], as_person: Sign
) -> None:
    browser = as_person(team.amina)
    codes = [one.code for one in three]
    form = ticked("remind", *codes, "KL01-0001")
    told = words(browser.post(f"{BOARD}act/", form, follow=True))
    assert "1 of 3 people" in told
    for word in ("Done", "Not reachable", "Refused"):
        assert word in told
    assert Message.objects.filter(kind="reminder").count() == 1
    browser.post(f"{BOARD}act/", form)  # pressed twice
    again = words(browser.post(f"{BOARD}act/", ticked("remind", *codes), follow=True))
    assert "Already done" in again
    assert Message.objects.filter(kind="reminder").count() == 1


def test_sheets_are_printed_once_for_one_form(
    team: Team, three: list[Participant], as_person: Sign
) -> None:
    browser = as_person(team.amina)
    form = ticked("sheet", *(one.code for one in three))
    for _ in range(2):
        page = browser.post(f"{BOARD}act/", form, follow=True)
        assert page.content.decode().count('class="sheet__qr"') == 2
        assert page["Cache-Control"] == "private, no-store"
    assert Invitation.objects.filter(purpose="personal").count() == 2
    assert "This link" not in words(as_person(team.budi).get(f"{BOARD}report/", follow=True))


def test_nobody_ticked_or_a_form_that_is_not_whole_is_refused(
    team: Team, three: list[Participant], as_person: Sign
) -> None:
    browser = as_person(team.amina)
    assert browser.post(f"{BOARD}act/", ticked("remind")).status_code == 422
    assert browser.post(f"{BOARD}act/", ticked("shout", "SG01-0001")).status_code == 422
    assert browser.post(f"{BOARD}act/", {"act": "remind", "who": "SG01-0001"}).status_code == 422
    assert (
        as_person(team.dewi).post(f"{BOARD}act/", ticked("remind", "SG01-0001")).status_code == 403
    )
    there = as_person(team.budi).post(f"{BOARD}act/", ticked("remind", "SG01-0001"), follow=True)
    assert "0 of 0 people" in words(there)
    assert not Message.objects.filter(kind="reminder").exists()
