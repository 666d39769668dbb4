"""The pages on which a manager drafts, settles and enters approvals."""

import pytest

from participants.people.models import Participant
from studies.amendments.models import Amendment, SiteApproval
from tests.conftest import Team
from tests.participants.staff import enrol, plan_week_visits
from tests.studies.amendments.factories import WEEK_12, draft, submitted
from tests.studies.staff import PROTOCOL, SignIn, text

pytestmark = pytest.mark.django_db
ALL = f"{PROTOCOL}amendments/"
TWO = f"{ALL}2/"


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


def test_from_the_draft_to_the_approval(team: Team, siti: Participant, as_person: SignIn) -> None:
    dewi = as_person(team.dewi)
    assert "Draft an amendment" in text(dewi, ALL)
    sent = {"title": "Week 12", "summary": "Late", "reach": "enrolled", "asks": "everyone"}
    answer = dewi.post(f"{ALL}add/", sent)
    assert (answer.status_code, answer["Location"]) == (302, TWO)
    answer = dewi.post(f"{TWO}visits/add/", {"code": "week-12", **WEEK_12})
    assert answer.status_code == 302, answer.content.decode()
    page = text(dewi, TWO)
    assert "1 participant gets a new visit, Week 12 (day 84)." in page
    answer = dewi.post(f"{TWO}visits/week-12/", {**WEEK_12, "day_offset": 85})
    assert answer.status_code == 302, answer.content.decode()
    assert dewi.post(f"{TWO}submit/").status_code == 302
    page = text(dewi, TWO)
    assert "Enter the approval" in page
    days = {"approved_on": "2026-03-01", "effective_on": "2026-03-02", "reference": "2026/14"}
    answer = dewi.post(f"{TWO}sites/SG01/", days)
    assert answer.status_code == 302, answer.content.decode()
    page = text(dewi, TWO)
    assert "since 2 Mar 2026" in page
    assert "2026/14" in page
    assert SiteApproval.objects.get().site == team.sg01
    listing = text(dewi, ALL)
    assert "1 of 2" in listing
    assert "version 2" in listing


def test_a_refused_approval_keeps_what_was_typed(
    team: Team, siti: Participant, as_person: SignIn
) -> None:
    submitted(team.study, team.dewi)
    days = {"approved_on": "2026-02-20", "effective_on": "2026-02-27", "reference": "2026/14"}
    answer = as_person(team.dewi).post(f"{TWO}sites/SG01/", days)
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "This day is past" in page
    assert 'value="2026/14"' in page


def test_an_empty_draft_says_so_on_its_page(
    team: Team, siti: Participant, as_person: SignIn
) -> None:
    draft(team.study, team.dewi)
    answer = as_person(team.dewi).post(f"{TWO}submit/")
    assert answer.status_code == 409
    assert "This draft changes nothing yet" in answer.content.decode()
    assert Amendment.objects.get().state == "draft"


def test_a_coordinator_reads_it_and_changes_nothing(
    team: Team, siti: Participant, as_person: SignIn
) -> None:
    submitted(team.study, team.dewi)
    amina = as_person(team.amina)
    page = text(amina, TWO)
    assert "Week 12" in page
    assert "Enter the approval" not in page
    assert amina.get(f"{TWO}sites/SG01/").status_code == 403


def test_what_there_is_none_of_is_not_found(
    team: Team, siti: Participant, as_person: SignIn
) -> None:
    draft(team.study, team.dewi)
    dewi = as_person(team.dewi)
    for path in ("visits/week-99/", "visits/week-99/drop/", "moons/add/", "sites/XX99/"):
        assert dewi.get(f"{TWO}{path}").status_code == 404, path
    assert dewi.get(f"{ALL}7/").status_code == 404
