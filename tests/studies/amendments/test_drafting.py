"""An amendment as a draft: what it may hold, and two people in it."""

import pytest

from studies.amendments.changes import Detail, in_words
from studies.amendments.errors import AmendmentFixed, AmendmentUnderWay, NotAmended
from studies.amendments.services.drafting import (
    change_conditions,
    change_part,
    change_target,
    discard_amendment,
    edit_amendment,
    header_values,
    keep_part,
    part_values,
    reopen_amendment,
    submit_amendment,
    whole_values,
)
from studies.platform.errors import Invalid, StateRefused
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.protocol.models import VisitDefinition
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.staff import plan_week_visits
from tests.studies.amendments.factories import WEEK_4, WEEK_12, changed, draft, submitted
from tests.studies.consent_texts.factories import ConsentDocumentFactory
from tests.studies.protocol.factories import ArmFactory

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def begun(team: Team) -> None:
    """Somebody at SG01 has a code, so the schedule is fixed."""
    plan_week_visits(team.study)
    team.study.sites.filter(code="SG01").update(last_participant_number=1)


def test_before_anybody_takes_part_the_protocol_itself_is_edited(team: Team) -> None:
    team.study.sites.update(last_participant_number=0)
    with pytest.raises(StateRefused, match="No participant has a code yet"):
        draft(team.study, team.dewi)


def test_there_is_one_at_a_time(team: Team) -> None:
    draft(team.study, team.dewi)
    with pytest.raises(AmendmentUnderWay, match="Version 2 is draft"):
        draft(team.study, team.dewi)


def test_what_it_changes_is_told_with_old_and_new(team: Team) -> None:
    row = changed(
        draft(team.study, team.dewi),
        team.dewi,
        week_12=WEEK_12,
        week_4={**WEEK_4, "day_offset": 30},
        week_8=None,
    )
    told = {change.code: change for change in in_words(row)}
    assert told["week-12"].verb == "added"
    assert told["week-4"].verb == "changed"
    assert told["week-4"].details == (Detail("day", "28", "30"),)
    assert told["week-8"].verb == "taken away"
    assert VisitDefinition.objects.filter(study=team.study).count() == 3, "nothing has changed"
    told_last = AuditEvent.objects.filter(action="amendment.change").order_by("sequence")
    event = told_last.last()
    assert event is not None
    assert event.contents.new["visits"]["week-8"] is None


def test_what_is_set_to_what_it_is_now_is_no_change(team: Team) -> None:
    row = changed(draft(team.study, team.dewi), team.dewi, week_4={**WEEK_4, "day_offset": 30})
    row = changed(row, team.dewi, week_4=WEEK_4)
    assert row.changes == {}
    row = changed(row, team.dewi, week_12=WEEK_12)
    assert keep_part(amendment=row, part="visits", code="week-12", by=team.dewi).changes == {}


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"day_offset": 57}, "window_after"),
        ({"views": []}, "views"),
        ({"day_offset": -1, "window_before": 0, "window_after": 0}, "day_offset"),
        ({"name": ""}, "name"),
    ],
)
def test_a_visit_that_has_no_place_is_refused(
    team: Team, values: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        changed(draft(team.study, team.dewi), team.dewi, week_12={**WEEK_12, **values})
    assert field in refused.value.detail["fields"]  # type: ignore[operator]


def test_the_code_of_an_arm_that_ended_is_not_taken_again(team: Team) -> None:
    ArmFactory(study=team.study, code="SUN", last_version=1)
    row = draft(team.study, team.dewi)
    with pytest.raises(Invalid, match="earlier version had this code"):
        change_part(amendment=row, part="arms", code="SUN", values={"name": "Sun"}, by=team.dewi)


class TestTwoPeopleInOneDraft:
    def test_the_second_to_save_a_visit_is_told(self, team: Team) -> None:
        row = draft(team.study, team.dewi)
        seen = Seen.of(part_values(row, "visits", "week-4"))
        changed(row, team.dewi, week_4={**WEEK_4, "day_offset": 30})
        with pytest.raises(ChangedMeanwhile) as refused:
            change_part(
                amendment=row,
                part="visits",
                code="week-4",
                values={**WEEK_4, "day_offset": 29},
                by=team.dewi,
                seen=seen,
            )
        assert refused.value.names == ["day_offset"]
        row.refresh_from_db()
        assert row.changes["visits"]["week-4"]["day_offset"] == 30

    def test_so_is_who_settles_or_discards_what_has_changed(self, team: Team) -> None:
        row = draft(team.study, team.dewi)
        seen = Seen.of(whole_values(row))
        changed(row, team.dewi, week_12=WEEK_12)
        with pytest.raises(ChangedMeanwhile):
            submit_amendment(amendment=row, by=team.dewi, seen=seen)
        with pytest.raises(ChangedMeanwhile):
            discard_amendment(amendment=row, by=team.dewi, seen=seen)

    def test_and_who_renames_it(self, team: Team) -> None:
        row = draft(team.study, team.dewi)
        seen = Seen.of(header_values(row))
        edit_amendment(amendment=row, by=team.dewi, title="Week twelve", seen=seen)
        with pytest.raises(ChangedMeanwhile):
            edit_amendment(amendment=row, by=team.dewi, title="Late", seen=seen)


def test_an_empty_draft_is_not_settled(team: Team) -> None:
    with pytest.raises(NotAmended):
        submit_amendment(amendment=draft(team.study, team.dewi), by=team.dewi)


def test_what_is_settled_changes_no_more_until_it_is_a_draft_again(team: Team) -> None:
    row = submitted(team.study, team.dewi)
    with pytest.raises(AmendmentFixed):
        changed(row, team.dewi, week_8=None)
    row = reopen_amendment(amendment=row, by=team.dewi)
    assert changed(row, team.dewi, week_8=None).changes["visits"].keys() == {"week-12", "week-8"}


def test_a_consent_that_is_in_force_everywhere_is_not_named(team: Team) -> None:
    text = ConsentDocumentFactory(study=team.study)
    row = draft(team.study, team.dewi)
    with pytest.raises(Invalid) as refused:
        edit_amendment(amendment=row, by=team.dewi, consent_version=text.version)
    assert "in force already" in str(refused.value.detail)


def test_targets_and_conditions_are_changes_too(team: Team) -> None:
    row = draft(team.study, team.dewi)
    row = change_target(amendment=row, site=team.sg01, target=40, by=team.dewi)
    row = change_conditions(
        amendment=row, conditions=["melasma", "wrinkles", "pores", "dryness"], by=team.dewi
    )
    assert {(change.part, change.verb, change.code) for change in in_words(row)} == {
        ("targets", "changed", "SG01"),
        ("conditions", "added", "dryness"),
    }
    row = change_target(
        amendment=row, site=team.sg01, target=team.sg01.enrolment_target, by=team.dewi
    )
    assert "targets" not in row.changes
