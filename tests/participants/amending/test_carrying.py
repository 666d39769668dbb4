"""An amendment takes effect at a site: whom it reaches, what it leaves as it was."""

from datetime import date

import pytest
from time_machine import TimeMachineFixture

from participants.amending.models import CarryOver
from participants.amending.services.carrying import carry_over, follow_version
from participants.correcting.services.transfer import transfer_participant
from participants.correcting.services.withdrawal import undo_withdrawal
from participants.people.models import Participant
from participants.privacy.services.withdrawal import withdraw
from participants.visits.models import Visit
from studies.amendments.effects import effects
from studies.amendments.services.drafting import DataOrphaned
from studies.platform.work import WorkState, perform
from studies.protocol.models import VisitDefinition
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import enrol, plan_week_visits
from tests.studies.amendments.factories import (
    WEEK_4,
    WEEK_12,
    approved,
    changed,
    draft,
    submitted,
)

pytestmark = pytest.mark.django_db

TODAY = date(2026, 3, 2)


@pytest.fixture
def siti(team: Team) -> Participant:
    plan_week_visits(team.study)
    return enrol(team.sg01, team.amina)


def carry() -> None:
    for work in CarryOver.objects.filter(state=WorkState.QUEUED):
        perform(CarryOver, work.pk, carry_over)


def plan(participant: Participant) -> dict[str, tuple[int, int, str]]:
    """Code → the day it is planned for, the version, the state."""
    assert participant.enrolled_on is not None
    return {
        visit.definition.code: (
            (visit.scheduled_on - participant.enrolled_on).days,
            visit.protocol_version,
            visit.state,
        )
        for visit in Visit.objects.filter(participant=participant).select_related("definition")
    }


def test_a_site_goes_on_with_the_new_version_and_the_other_with_the_old(
    team: Team, siti: Participant
) -> None:
    budis = enrol(team.kl01, team.budi)
    amendment = submitted(team.study, team.dewi)
    approved(amendment, team.sg01, TODAY, team.dewi)
    carry()
    assert plan(siti)["week-12"] == (84, 2, "scheduled")
    assert plan(siti)["week-8"] == (56, 2, "scheduled")
    assert "week-12" not in plan(budis)
    assert plan(budis)["week-8"] == (56, 1, "scheduled")
    later = enrol(team.kl01, team.budi)
    assert set(plan(later)) == {"baseline", "week-4", "week-8"}
    assert plan(enrol(team.sg01, team.amina))["week-12"] == (84, 2, "scheduled")


def test_a_visit_that_is_open_or_made_keeps_the_version_it_opened_under(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    made = siti.visits.get(definition__code="baseline")
    made.move(Visit.State.COMPLETE)
    time_machine.move_to("2026-03-29T04:00:00+00:00", tick=False)  # week 4 is open
    later = {**WEEK_4, "day_offset": 30}
    amendment = submitted(
        team.study,
        team.dewi,
        {"week-4": later, "week-8": {**later, "name": "Week 8", "day_offset": 63}},
    )
    approved(amendment, team.sg01, date(2026, 3, 29), team.dewi)
    carry()
    assert plan(siti)["baseline"] == (0, 1, "complete")
    assert plan(siti)["week-4"] == (28, 1, "scheduled"), "its window is open"
    assert plan(siti)["week-8"] == (63, 2, "scheduled")
    old = VisitDefinition.every.get(study=team.study, code="week-4", first_version=1)
    assert old.last_version == 1
    assert siti.visits.get(definition__code="week-4").definition == old


def test_it_waits_for_its_first_day(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    amendment = submitted(team.study, team.dewi)
    approved(amendment, team.sg01, date(2026, 3, 10), team.dewi, approved_on=TODAY)
    carry()
    assert "week-12" not in plan(siti)
    assert "week-12" not in plan(enrol(team.sg01, team.amina))
    time_machine.move_to("2026-03-09T16:00:00+00:00", tick=False)  # midnight in Singapore
    carry()
    assert plan(siti)["week-12"] == (84, 2, "scheduled")


def test_for_new_participants_only_nobody_enrolled_is_touched(
    team: Team, siti: Participant
) -> None:
    amendment = submitted(team.study, team.dewi, reach="new")
    approved(amendment, team.sg01, TODAY, team.dewi)
    carry()
    assert plan(siti)["week-8"] == (56, 1, "scheduled")
    assert "week-12" not in plan(siti)
    assert "week-12" in plan(enrol(team.sg01, team.amina))


def test_what_is_told_before_is_what_happens(
    team: Team, siti: Participant, time_machine: TimeMachineFixture
) -> None:
    time_machine.move_to("2026-06-01T04:00:00+00:00", tick=False)  # day 91: week 12 is over
    enrol(team.sg01, team.amina)
    enrol(team.sg01, team.amina)
    amendment = changed(draft(team.study, team.dewi), team.dewi, week_12=WEEK_12)
    told = [one.sentence for one in effects(amendment, [team.sg01], date(2026, 6, 1))]
    assert told == ["2 participants get a new visit, Week 12 (day 84); 1 is past it."]
    submitted_one = team.study.amendments.get()
    submitted_one.move("submitted")
    approved(submitted_one, team.sg01, date(2026, 6, 1), team.dewi)
    carry()
    has = Visit.objects.filter(definition__code="week-12")
    assert has.count() == 2
    assert not has.filter(participant=siti).exists()


def test_a_dropped_visit_is_cancelled_for_whom_it_is_to_come(team: Team, siti: Participant) -> None:
    amendment = submitted(team.study, team.dewi, {"week-8": None})
    approved(amendment, team.sg01, TODAY, team.dewi)
    carry()
    assert plan(siti)["week-8"] == (56, 2, "cancelled")
    event = AuditEvent.objects.filter(action="visit.cancel").get()
    assert event.contents.reason == "Version 2 of the protocol"


def test_a_moved_visit_stays_on_its_day(team: Team, siti: Participant) -> None:
    visit = siti.visits.get(definition__code="week-8")
    visit.scheduled_on = date(2026, 5, 4)
    visit.save()
    amendment = submitted(
        team.study, team.dewi, {"week-8": {**WEEK_4, "name": "Week 8", "day_offset": 58}}
    )
    approved(amendment, team.sg01, TODAY, team.dewi)
    carry()
    visit.refresh_from_db()
    assert (visit.scheduled_on, visit.planned_on) == (date(2026, 5, 4), date(2026, 4, 29))
    assert visit.protocol_version == 2


def test_who_is_transferred_follows_the_newer_version_of_the_new_site(
    team: Team, siti: Participant
) -> None:
    approved(submitted(team.study, team.dewi), team.kl01, TODAY, team.dewi)
    carry()
    assert "week-12" not in plan(siti)
    siti = transfer_participant(
        participant=siti, site=team.kl01, reason="Moved away", by=team.amina, confirmed=None
    )
    assert plan(siti)["week-12"] == (84, 2, "scheduled")


def test_a_withdrawal_taken_back_finds_the_version_of_that_day(
    team: Team, siti: Participant
) -> None:
    approved(submitted(team.study, team.dewi, {"week-8": None}), team.sg01, TODAY, team.dewi)
    carry()
    withdraw(participant=siti, by=team.amina, reason="Moved away")
    approved(submitted(team.study, team.dewi), team.sg01, TODAY, team.dewi)
    carry()
    assert "week-12" not in plan(siti)
    undo_withdrawal(participant=siti, reason="Another participant was meant", by=team.amina)
    assert plan(siti)["week-4"] == (28, 3, "scheduled")
    assert plan(siti)["week-8"] == (56, 2, "cancelled")
    assert plan(siti)["week-12"] == (84, 3, "scheduled")


def test_done_again_it_does_nothing(team: Team, siti: Participant) -> None:
    approved(submitted(team.study, team.dewi), team.sg01, TODAY, team.dewi)
    carry()
    before, events = plan(siti), AuditEvent.objects.count()
    follow_version(participant=siti, version=2, by=team.dewi)
    assert (plan(siti), AuditEvent.objects.count()) == (before, events)


def test_somebody_who_cannot_follow_holds_up_nobody_else(
    team: Team, siti: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = enrol(team.sg01, team.amina)
    follow = follow_version

    def fail_for_siti(*, participant: Participant, **values: object) -> object:
        if participant == siti:
            raise RuntimeError("cannot be worked on")
        return follow(participant=participant, **values)  # type: ignore[arg-type]

    monkeypatch.setattr("participants.amending.services.carrying.follow_version", fail_for_siti)
    approved(submitted(team.study, team.dewi), team.sg01, TODAY, team.dewi)
    carry()
    assert "week-12" in plan(other)
    work = CarryOver.objects.get()
    assert work.state == WorkState.QUEUED
    assert siti.code in work.last_error


class TestOrphans:
    def test_a_visit_with_photos_is_not_taken_from_those_enrolled(
        self, team: Team, siti: Participant
    ) -> None:
        PhotoFactory(visit=siti.visits.get(definition__code="week-4"), view="front")
        amendment = draft(team.study, team.dewi)
        with pytest.raises(DataOrphaned, match="Week 4 has photos of 1 participant"):
            changed(amendment, team.dewi, week_4=None)
        amendment.refresh_from_db()
        assert amendment.changes == {}
        assert changed(amendment, team.dewi, week_8=None).changes == {"visits": {"week-8": None}}

    def test_a_view_with_photos_neither(self, team: Team, siti: Participant) -> None:
        PhotoFactory(visit=siti.visits.get(definition__code="week-4"), view="left")
        amendment = draft(team.study, team.dewi)
        with pytest.raises(DataOrphaned, match="photos of left side"):
            changed(amendment, team.dewi, week_4={**WEEK_4, "views": ["front", "right"]})
        assert changed(amendment, team.dewi, week_4={**WEEK_4, "views": ["front", "left"]})

    def test_for_those_who_join_later_it_may_go(self, team: Team, siti: Participant) -> None:
        PhotoFactory(visit=siti.visits.get(definition__code="week-4"), view="front")
        amendment = draft(team.study, team.dewi, reach="new")
        assert changed(amendment, team.dewi, week_4=None).changes

    def test_photos_that_arrive_after_it_was_submitted_are_seen(
        self, team: Team, siti: Participant
    ) -> None:
        amendment = submitted(team.study, team.dewi, {"week-4": None})
        PhotoFactory(visit=siti.visits.get(definition__code="week-4"), view="front")
        with pytest.raises(DataOrphaned):
            approved(amendment, team.sg01, TODAY, team.dewi)
        amendment.refresh_from_db()
        assert amendment.state == "submitted"
