"""Who is screened and enrolled meets the version that their site follows."""

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from participants.enrolment.services.questions import arms_open, checklist
from studies.access.models import User
from studies.access.permissions import Role
from tests.conftest import Team
from tests.participants.staff import PAGE, plan_week_visits
from tests.studies.access.factories import MembershipFactory
from tests.studies.amendments.factories import approved, draft
from tests.studies.protocol.factories import ArmFactory, EligibilityCriterionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def amended(team: Team) -> None:
    """Version 2 is in force at SG01: it asks for another age, and has no arm SUN."""
    plan_week_visits(team.study)
    EligibilityCriterionFactory(study=team.study, code="adult", text="Over 18")
    ArmFactory(study=team.study, code="SUN")
    ArmFactory(study=team.study, code="SHADE")
    team.study.sites.filter(code="SG01").update(last_participant_number=1)
    row = draft(team.study, team.dewi)
    row.changes = {
        "criteria": {"adult": {"kind": "inclusion", "text": "Over 21"}},
        "arms": {"SUN": None},
    }
    row.state = "submitted"
    row.save()
    approved(row, team.sg01, date(2026, 3, 2), team.dewi)


def test_each_site_asks_its_own_criteria_and_has_its_own_arms(team: Team) -> None:
    asked = [checklist(team.study, site)[-1].text for site in (team.sg01, team.kl01)]
    assert asked == ["Over 21", "Over 18"]
    arms = [{arm.code for arm in arms_open(site)} for site in (team.sg01, team.kl01)]
    assert arms == [{"SHADE"}, {"SUN", "SHADE"}]


def test_who_enrols_at_both_chooses_the_site_first(
    team: Team, as_person: Callable[[User], Client]
) -> None:
    MembershipFactory(user=team.amina, study=team.study, site=team.kl01, role=Role.COORDINATOR)
    amina = as_person(team.amina)
    page = amina.get(f"{PAGE}enrol/").content.decode()
    assert "At which site?" in page
    assert "Over 18" not in page
    assert "Over 21" not in page
    for code, words in (("SG01", "Over 21"), ("KL01", "Over 18")):
        page = amina.get(f"{PAGE}enrol/?site={code}").content.decode()
        assert words in page
