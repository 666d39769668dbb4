"""Sites, arms, visits and criteria: what may change, until when."""

import pytest

from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.protocol.errors import ScheduleFixed
from studies.protocol.models import Site, VisitDefinition
from studies.protocol.services.arms import add_arm, edit_arm, remove_arm
from studies.protocol.services.criteria import add_criterion, edit_criterion, remove_criterion
from studies.protocol.services.schedule import add_visit, edit_visit, remove_visit
from studies.protocol.services.sites import add_site, edit_site, remove_site
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.studies.protocol.factories import (
    ArmFactory,
    EligibilityCriterionFactory,
    VisitDefinitionFactory,
)

pytestmark = pytest.mark.django_db


def someone_takes_part(team: Team) -> None:
    Site.objects.filter(pk=team.sg01.pk).update(last_participant_number=1)


@pytest.fixture
def week_1(team: Team) -> VisitDefinition:
    return VisitDefinitionFactory(study=team.study, code="day-7", name="Week 1", day_offset=7)


def test_a_site_is_added_by_the_manager_and_by_nobody_else(team: Team) -> None:
    values = {"code": "JK01", "name": "Jakarta Skin Clinic", "country": "ID"}
    with pytest.raises(NotAllowed):
        add_site(study=team.study, by=team.amina, reason="Another", **values)
    site = add_site(study=team.study, by=team.dewi, reason="Another", **values)
    event = AuditEvent.objects.get()
    assert (event.action, event.site_code) == ("site.add", "JK01")
    assert event.contents.new == {**values, "enrolment_target": 0}
    assert site.study == team.study


def test_two_sites_never_share_a_code(team: Team) -> None:
    with pytest.raises(Invalid):
        add_site(study=team.study, by=team.dewi, reason="Another", code="SG01", name="Another")


def test_words_are_kept_the_same_however_they_were_typed(team: Team) -> None:
    site = add_site(
        study=team.study, by=team.dewi, reason="Another", code="JK01", name="  Jakarta \r\n"
    )
    assert site.name == "Jakarta"
    edit_site(site=site, by=team.dewi, name="Jakarta  ")
    assert AuditEvent.objects.count() == 1


def test_a_sites_code_is_fixed_once_it_begins_a_participants(team: Team) -> None:
    edit_site(site=team.sg01, by=team.dewi, code="SG02", reason="Renumbered")
    someone_takes_part(team)
    stale = Site.objects.get(pk=team.sg01.pk)
    stale.code = "SG09"  # a form may already have written on the object it was given
    with pytest.raises(StateRefused):
        edit_site(site=stale, by=team.dewi, code="SG09", reason="Again")
    assert Site.objects.get(pk=team.sg01.pk).code == "SG02"


def test_a_site_in_use_is_not_removed(team: Team) -> None:
    with pytest.raises(StateRefused):
        remove_site(site=team.sg01, by=team.dewi, reason="Unused")  # Amina has a role there
    spare = add_site(study=team.study, by=team.dewi, reason="Another", code="JK01", name="Jakarta")
    with pytest.raises(ReasonMissing):
        remove_site(site=spare, by=team.dewi)
    remove_site(site=spare, by=team.dewi, reason="Never opened")
    assert not Site.objects.filter(code="JK01").exists()
    assert AuditEvent.objects.order_by("-pk")[0].old["name"] == "Jakarta"


def test_an_arm_keeps_its_code_and_stays_once_someone_takes_part(team: Team) -> None:
    arm = add_arm(study=team.study, by=team.dewi, reason="Another", code="CREAM", name="Cream")
    someone_takes_part(team)
    edit_arm(arm=arm, by=team.dewi, name="Cream at night", reason="Clearer")
    arm.refresh_from_db()
    arm.code = "LOTION"
    with pytest.raises(ScheduleFixed):
        edit_arm(arm=arm, by=team.dewi, code="LOTION", reason="Renamed")
    with pytest.raises(ScheduleFixed):
        remove_arm(arm=arm, by=team.dewi, reason="Unused")


def test_an_unused_arm_is_removed(team: Team) -> None:
    remove_arm(arm=ArmFactory(study=team.study), by=team.dewi, reason="One arm will do")
    assert not team.study.arms.exists()


def test_a_visit_is_added_with_the_views_asked_for(team: Team) -> None:
    visit = add_visit(
        study=team.study,
        by=team.dewi,
        reason="Another",
        code="day-0",
        name="Start",
        day_offset=0,
        window_after=2,
        views=["left", "front"],
    )
    visit.refresh_from_db()
    assert visit.views == ["left", "front"]


@pytest.mark.parametrize("views", [[], ["top"], ["front", "front"]])
def test_a_visit_asks_for_views_that_exist(team: Team, views: list[str]) -> None:
    with pytest.raises(Invalid) as refused:
        add_visit(
            study=team.study,
            by=team.dewi,
            reason="Another",
            code="day-0",
            name="Start",
            day_offset=0,
            views=views,
        )
    assert "views" in refused.value.detail["fields"]


def test_windows_never_overlap(team: Team, week_1: VisitDefinition) -> None:
    values = {"code": "day-12", "name": "Day 12", "day_offset": 12, "views": ["front"]}
    with pytest.raises(Invalid, match="overlaps with that of Week 1"):
        add_visit(
            study=team.study, by=team.dewi, reason="Another", window_before=2, **values
        )  # opens on day 10
    add_visit(study=team.study, by=team.dewi, reason="Another", window_before=1, **values)
    with pytest.raises(Invalid, match="overlaps"):
        edit_visit(visit=week_1, by=team.dewi, window_after=4, reason="Longer")


def test_before_anyone_takes_part_the_schedule_changes_for_a_reason(
    team: Team, week_1: VisitDefinition
) -> None:
    with pytest.raises(ReasonMissing):
        edit_visit(visit=week_1, by=team.dewi, day_offset=8)
    edit_visit(visit=week_1, by=team.dewi, day_offset=8, reason="Weekend")
    week_1.refresh_from_db()
    assert week_1.day_offset == 8


@pytest.mark.parametrize(
    "change",
    [{"day_offset": 8}, {"window_after": 1}, {"window_before": 0}, {"views": ["front"]}],
)
def test_once_someone_takes_part_the_schedule_is_fixed(
    team: Team, week_1: VisitDefinition, change: dict[str, object]
) -> None:
    someone_takes_part(team)
    with pytest.raises(ScheduleFixed):
        edit_visit(visit=week_1, by=team.dewi, reason="Amendment", **change)
    with pytest.raises(ScheduleFixed):
        remove_visit(visit=week_1, by=team.dewi, reason="Amendment")
    with pytest.raises(ScheduleFixed):
        add_visit(
            study=team.study,
            by=team.dewi,
            reason="Another",
            code="d",
            name="D",
            day_offset=60,
            views=["front"],
        )
    assert VisitDefinition.objects.get().day_offset == 7


def test_but_its_words_can_be_improved(team: Team, week_1: VisitDefinition) -> None:
    someone_takes_part(team)
    edit_visit(
        visit=week_1, by=team.dewi, instructions="At the window, please.", reason="Dark photos"
    )
    week_1.refresh_from_db()
    assert week_1.instructions == "At the window, please."


def test_a_coordinator_changes_nothing_of_the_schedule(team: Team, week_1: VisitDefinition) -> None:
    with pytest.raises(NotAllowed):
        edit_visit(visit=week_1, by=team.amina, name="Mine", reason="x")
    with pytest.raises(NotAllowed):
        remove_visit(visit=week_1, by=team.amina, reason="x")


def test_criteria_are_numbered_in_the_order_they_are_added(team: Team) -> None:
    first = add_criterion(
        study=team.study, by=team.dewi, reason="Another", code="a", kind="inclusion", text="Melasma"
    )
    second = add_criterion(
        study=team.study,
        by=team.dewi,
        reason="Another",
        code="b",
        kind="inclusion",
        text="Own phone",
    )
    assert (first.order, second.order) == (0, 1)


def test_a_criterion_is_reworded_and_removed_for_a_reason(team: Team) -> None:
    line = EligibilityCriterionFactory(study=team.study)
    with pytest.raises(ReasonMissing):
        edit_criterion(criterion=line, by=team.dewi, text="Melasma for a year")
    edit_criterion(criterion=line, by=team.dewi, text="Melasma for a year", reason="Ethics")
    line.refresh_from_db()
    assert line.text == "Melasma for a year"
    remove_criterion(criterion=line, by=team.dewi, reason="Ethics")
    assert not team.study.criteria.exists()


def test_a_new_part_of_a_running_study_asks_for_a_reason(team: Team) -> None:
    with pytest.raises(ReasonMissing):
        add_arm(study=team.study, by=team.dewi, code="CREAM", name="Cream")
    assert not team.study.arms.exists()
    add_arm(study=team.study, by=team.dewi, code="CREAM", name="Cream", reason="Amendment 2")
    assert AuditEvent.objects.get(action="arm.add").reason == "Amendment 2"
