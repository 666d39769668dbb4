"""A site's approval: what is asked of it, and what it brings about."""

from datetime import date
from typing import Any

import pytest
from time_machine import TimeMachineFixture

from studies.access.permissions import Role
from studies.amendments.errors import ConsentNotInForce
from studies.amendments.models import SiteApproval
from studies.amendments.services.approving import take_effect
from studies.amendments.services.reading import (
    arms_of,
    criteria_of,
    schedule_of,
    version_at,
    versions_at,
)
from studies.consent_texts.services import put_in_force
from studies.platform.errors import Invalid, NotAllowed, StateRefused
from studies.protocol.models import EligibilityCriterion, Site, VisitDefinition
from tests.conftest import Team
from tests.participants.staff import plan_week_visits, publish
from tests.studies.access.factories import MembershipFactory, UserFactory
from tests.studies.amendments.factories import (
    WEEK_4,
    approved,
    draft,
    submitted,
)
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import ArmFactory, EligibilityCriterionFactory

pytestmark = pytest.mark.django_db
TODAY, NEXT_WEEK = date(2026, 3, 2), date(2026, 3, 9)


@pytest.fixture(autouse=True)
def begun(team: Team) -> None:
    plan_week_visits(team.study)
    team.study.sites.filter(code="SG01").update(last_participant_number=1)


def problem(refused: pytest.ExceptionInfo[Invalid], field: str) -> Any:
    return refused.value.detail["fields"][field][0]  # type: ignore[index]


def test_an_approval_at_one_site_leaves_the_other_with_the_old_version(team: Team) -> None:
    row = submitted(team.study, team.dewi, {"week-4": {**WEEK_4, "day_offset": 30}})
    approved(row, team.sg01, TODAY, team.dewi)
    assert versions_at(team.study, TODAY) == {team.sg01.pk: 2, team.kl01.pk: 1}
    days = {
        version: schedule_of(team.study, version).get(code="week-4").day_offset
        for version in (1, 2)
    }
    assert days == {1: 28, 2: 30}
    assert VisitDefinition.objects.get(study=team.study, code="week-4").day_offset == 30


def test_it_holds_from_its_first_day(team: Team) -> None:
    approved(submitted(team.study, team.dewi), team.sg01, NEXT_WEEK, team.dewi, approved_on=TODAY)
    assert version_at(team.sg01, date(2026, 3, 8)) == 1
    assert version_at(team.sg01, NEXT_WEEK) == 2


def test_arms_and_criteria_follow_the_version(team: Team) -> None:
    ArmFactory(study=team.study, code="SUN")
    EligibilityCriterionFactory(study=team.study, code="adult", text="An adult")
    row = draft(team.study, team.dewi)
    row.changes = {
        "arms": {"SUN": None, "SHADE": {"name": "Shade"}},
        "criteria": {"adult": {"kind": "inclusion", "text": "Over 21"}},
    }
    row.state = "submitted"
    row.save()
    approved(row, team.sg01, TODAY, team.dewi)
    arms = [set(arms_of(team.study, v).values_list("code", flat=True)) for v in (1, 2)]
    assert arms == [{"SUN"}, {"SHADE"}]
    words = [criteria_of(team.study, v).get(code="adult").text for v in (1, 2)]
    assert words == ["An adult", "Over 21"]
    assert EligibilityCriterion.objects.get(code="adult").text == "Over 21"


def test_an_arm_that_is_named_otherwise_stays_the_same_group(team: Team) -> None:
    arm = ArmFactory(study=team.study, code="SUN", name="Sunscreen")
    row = draft(team.study, team.dewi)
    row.changes = {"arms": {"SUN": {"name": "Sunscreen, daily"}}}
    row.state = "submitted"
    row.save()
    approved(row, team.sg01, TODAY, team.dewi)
    arm.refresh_from_db()
    assert (arm.name, arm.first_version, arm.last_version) == ("Sunscreen, daily", 1, None)


def test_targets_and_conditions_change_as_it_takes_effect(team: Team) -> None:
    row = draft(team.study, team.dewi)
    row.changes = {"targets": {"SG01": 40}, "conditions": ["melasma", "dryness"]}
    row.state = "submitted"
    row.save()
    approval = approved(row, team.sg01, NEXT_WEEK, team.dewi, approved_on=TODAY)
    assert Site.objects.get(pk=team.sg01.pk).enrolment_target == 10
    take_effect(approval)
    assert Site.objects.get(pk=team.sg01.pk).enrolment_target == 40
    codes = [condition.code for condition in team.study.ordered_conditions()]
    assert codes == ["melasma", "dryness"]


class TestDays:
    def test_past(self, team: Team) -> None:
        row = submitted(team.study, team.dewi)
        yesterday = date(2026, 3, 1)
        with pytest.raises(Invalid) as refused:
            approved(row, team.sg01, yesterday, team.dewi)
        assert "past" in problem(refused, "effective_on")
        assert not SiteApproval.objects.exists()
        row.refresh_from_db()
        assert row.state == "submitted"

    def test_an_approval_that_is_to_come(self, team: Team) -> None:
        with pytest.raises(Invalid) as refused:
            approved(submitted(team.study, team.dewi), team.sg01, NEXT_WEEK, team.dewi)
        assert "to come" in problem(refused, "approved_on")

    def test_before_the_last_versions(self, team: Team) -> None:
        first = submitted(team.study, team.dewi)
        approved(first, team.sg01, NEXT_WEEK, team.dewi, approved_on=TODAY)
        second = submitted(team.study, team.dewi, {"week-8": None})
        with pytest.raises(Invalid) as refused:
            approved(second, team.sg01, date(2026, 3, 8), team.dewi, approved_on=TODAY)
        assert "begins here on 2026-03-09" in problem(refused, "effective_on")
        assert approved(second, team.kl01, TODAY, team.dewi)


def test_a_draft_is_approved_nowhere(team: Team) -> None:
    with pytest.raises(StateRefused, match="is a draft"):
        approved(draft(team.study, team.dewi), team.sg01, TODAY, team.dewi)


def test_a_site_does_not_go_back_to_an_older_version(team: Team) -> None:
    first = submitted(team.study, team.dewi)
    approved(first, team.sg01, TODAY, team.dewi)
    second = submitted(team.study, team.dewi, {"week-8": None})
    approved(second, team.kl01, TODAY, team.dewi)
    assert set(schedule_of(team.study, 3).values_list("code", flat=True)) == {
        "baseline", "week-4", "week-12",
    }  # fmt: skip
    for row in (first, second):
        with pytest.raises(StateRefused, match="KL01 has the approval of Version 3 already"):
            approved(row, team.kl01, TODAY, team.dewi)


class TestWho:
    def test_the_principal_investigator_of_the_site(self, team: Team) -> None:
        grace = UserFactory(name="Grace")
        role = Role.SITE_INVESTIGATOR
        MembershipFactory(user=grace, study=team.study, site=team.sg01, role=role)
        row = submitted(team.study, team.dewi)
        assert approved(row, team.sg01, TODAY, grace)
        with pytest.raises(NotAllowed, match="at site KL01"):
            approved(row, team.kl01, TODAY, grace)

    def test_not_a_coordinator(self, team: Team) -> None:
        with pytest.raises(NotAllowed, match="enter an ethics committee's approval"):
            approved(submitted(team.study, team.dewi), team.sg01, TODAY, team.amina)


class TestConsent:
    def test_it_has_to_be_in_force_in_every_language(
        self, team: Team, time_machine: TimeMachineFixture
    ) -> None:
        team.study.languages = ["en", "ms"]
        team.study.save()
        publish(team.study)
        text = ConsentDocumentFactory(
            study=team.study, version="2.0", state="draft", sha256="", in_force_at=None
        )
        row = submitted(team.study, team.dewi, consent_version=text.version)
        with pytest.raises(ConsentNotInForce, match="English, Bahasa Melayu"):
            approved(row, team.sg01, TODAY, team.dewi)
        put_in_force(document=text, by=team.dewi, reason="Version 2")
        with pytest.raises(ConsentNotInForce, match="in force yet in Bahasa Melayu"):
            approved(row, team.sg01, TODAY, team.dewi)
        row.refresh_from_db()
        assert row.state == "submitted"
        assert not SiteApproval.objects.exists()
