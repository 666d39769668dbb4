"""Visits: planned from day 0, due and missed by the date, complete by their photos."""

from datetime import UTC, date, datetime

import pytest
import time_machine

from participants.capture.models import Photo
from participants.capture.services import progress
from participants.people.models import Participant
from participants.visits import services as visits
from participants.visits.errors import VisitNotOpen
from participants.visits.models import DailyRollover, Visit
from participants.visits.tasks import roll_over
from studies.platform import work
from studies.platform.errors import NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.capture.factories import PhotoFactory
from tests.participants.staff import enrol, plan_week_visits, screen
from tests.studies.protocol.factories import VisitDefinitionFactory

pytestmark = pytest.mark.django_db
DAY_0 = date(2026, 3, 2)


def at(moment: str) -> time_machine.travel:
    return time_machine.travel(moment, tick=False)


@pytest.fixture
def siti(team: Team) -> Participant:
    """Enrolled on 2 March with visits on 2 March, 30 March and 27 April, each -2 to +3 days."""
    plan_week_visits(team.study)
    with at("2026-03-02T09:00:00Z"):
        return enrol(team.sg01, team.amina)


def visit(participant: Participant, code: str) -> Visit:
    return participant.visits.get(definition__code=code)


# --- Planning ----------------------------------------------------------------------------------


def test_visits_and_windows_are_counted_from_day_0(siti: Participant) -> None:
    planned = {
        v.definition.code: (v.opens_on, v.scheduled_on, v.closes_on) for v in siti.visits.all()
    }
    assert planned == {
        "baseline": (DAY_0, DAY_0, date(2026, 3, 5)),
        "week-4": (date(2026, 3, 28), date(2026, 3, 30), date(2026, 4, 2)),
        "week-8": (date(2026, 4, 25), date(2026, 4, 27), date(2026, 4, 30)),
    }


def test_planning_again_adds_only_what_is_new(team: Team, siti: Participant) -> None:
    VisitDefinitionFactory(study=team.study, code="week-12", day_offset=84)
    with at("2026-03-03T09:00:00Z"):
        planned = visits.plan_visits(participant=siti, by=team.amina)
    assert [v.definition.code for v in planned] == ["week-12"]
    assert siti.visits.count() == 4


def test_visits_are_planned_by_the_sites_coordinator_for_the_enrolled(
    team: Team, siti: Participant
) -> None:
    for person in (team.budi, team.chandra, team.dewi, team.ewa):
        with pytest.raises(NotAllowed):
            visits.plan_visits(participant=siti, by=person)
    screened = screen(team.sg01, team.amina)
    with pytest.raises(StateRefused):
        visits.plan_visits(participant=screened, by=team.amina)


# --- The day -----------------------------------------------------------------------------------


def test_today_is_the_date_where_the_study_is(team: Team) -> None:
    with at("2026-03-02T15:59:59Z"):
        assert visits.today(team.study) == date(2026, 3, 2)
    with at("2026-03-02T16:00:00Z"):
        assert visits.today(team.study) == date(2026, 3, 3)


def test_midnight_follows_daylight_saving(team: Team) -> None:
    team.study.time_zone = "Europe/Berlin"
    assert visits.midnight(team.study, date(2026, 3, 29)) == datetime(2026, 3, 28, 23, tzinfo=UTC)
    assert visits.midnight(team.study, date(2026, 3, 30)) == datetime(2026, 3, 29, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    ("on", "standing"),
    [
        (date(2026, 3, 27), "scheduled"),
        (date(2026, 3, 28), "due"),
        (date(2026, 3, 30), "due"),
        (date(2026, 4, 2), "due"),
        (date(2026, 4, 3), "missed"),
    ],
)
def test_due_and_missed_follow_from_the_date_alone(
    siti: Participant, on: date, standing: str
) -> None:
    week_4 = visit(siti, "week-4")
    assert week_4.standing_on(on) == standing
    assert Visit.objects.as_of(on).get(pk=week_4.pk).standing == standing


@pytest.mark.parametrize("state", Visit.State.values)
@pytest.mark.parametrize("on", [date(2026, 3, 1), date(2026, 3, 30), date(2026, 5, 1)])
def test_a_query_and_a_row_agree_on_every_state_and_day(
    siti: Participant, state: str, on: date
) -> None:
    week_4 = visit(siti, "week-4")
    Visit.objects.filter(pk=week_4.pk).update(state=state)
    week_4.refresh_from_db()
    assert Visit.objects.as_of(on).get(pk=week_4.pk).standing == week_4.standing_on(on)


def test_queries_for_due_late_and_missed(siti: Participant) -> None:
    def codes(rows: object) -> list[str]:
        return [v.definition.code for v in rows]

    assert codes(Visit.objects.due(date(2026, 3, 28))) == ["week-4"]
    assert codes(Visit.objects.late(date(2026, 3, 30))) == []
    assert codes(Visit.objects.late(date(2026, 3, 31))) == ["week-4"]
    assert codes(Visit.objects.late(date(2026, 4, 3))) == []
    assert codes(Visit.objects.missed(date(2026, 4, 3))) == ["baseline", "week-4"]


def test_the_open_visit_and_the_next_one(siti: Participant) -> None:
    assert visits.open_visit(siti, DAY_0) == visit(siti, "baseline")
    assert visits.open_visit(siti, date(2026, 3, 15)) is None
    assert visits.next_visit(siti, date(2026, 3, 15)) == visit(siti, "week-4")
    assert visits.next_visit(siti, date(2026, 3, 29)) == visit(siti, "week-4"), "open, so next"
    assert visits.next_visit(siti, date(2026, 5, 1)) is None


def test_where_windows_overlap_the_one_that_closes_first_is_open(
    team: Team, siti: Participant
) -> None:
    VisitDefinitionFactory(
        study=team.study, code="extra", day_offset=3, window_before=3, window_after=10
    )
    with at("2026-03-02T10:00:00Z"):
        visits.plan_visits(participant=siti, by=team.amina)
    assert visits.open_visit(siti, DAY_0) == visit(siti, "baseline")
    visit(siti, "baseline").move("complete")
    assert visits.open_visit(siti, DAY_0) == visit(siti, "extra")


def test_nothing_is_open_for_who_is_not_enrolled(siti: Participant) -> None:
    siti.state = Participant.State.COMPLETED
    assert visits.open_visit(siti, DAY_0) is None
    assert visits.next_visit(siti, DAY_0) is None


def test_outside_the_window_photos_are_refused_in_words(siti: Participant) -> None:
    week_4 = visit(siti, "week-4")
    for day in (date(2026, 3, 28), date(2026, 4, 2)):
        visits.require_open(week_4, day)
    for day in (date(2026, 3, 27), date(2026, 4, 3)):
        with pytest.raises(VisitNotOpen, match="28 March 2026 to 2 April 2026"):
            visits.require_open(week_4, day)
    week_4.move("cancelled")
    with pytest.raises(VisitNotOpen, match="cancelled"):
        visits.require_open(week_4, date(2026, 3, 30))


# --- Photos ------------------------------------------------------------------------------------


def test_a_visit_begins_with_its_first_photo_and_is_complete_with_its_last(
    siti: Participant,
) -> None:
    baseline = visit(siti, "baseline")
    states = []
    for view in ("front", "left", "right"):
        PhotoFactory(visit=baseline, view=view)
        states.append(progress.note_photo(baseline).state)
    assert states == ["in_progress", "in_progress", "complete"]
    baseline.refresh_from_db()
    assert baseline.started_at is not None
    assert baseline.completed_at is not None
    moves = AuditEvent.objects.filter(action__startswith="visit.").order_by("sequence")
    assert [m.action for m in moves][-2:] == ["visit.begin", "visit.complete"]


def test_only_accepted_photos_count(siti: Participant) -> None:
    baseline = visit(siti, "baseline")
    for view in ("front", "left"):
        PhotoFactory(visit=baseline, view=view)
    for state in ("received", "retake_wanted", "replaced"):
        PhotoFactory(visit=baseline, view="right", state=state)
    assert progress.note_photo(baseline).state == "in_progress"
    assert progress.missing_views(baseline) == ["right"]


def test_a_photo_turned_down_reopens_the_visit(siti: Participant) -> None:
    baseline = visit(siti, "baseline")
    photos = [PhotoFactory(visit=baseline, view=view) for view in ("front", "left", "right")]
    progress.note_photo(baseline)
    photos[0].move(Photo.State.RETAKE_WANTED)

    reopened = progress.note_photo(baseline)

    assert reopened.state == "in_progress"
    assert reopened.completed_at is None


def test_a_missed_visit_becomes_complete_when_its_last_photo_is_accepted_late(
    siti: Participant,
) -> None:
    baseline = visit(siti, "baseline")
    baseline.move("missed")
    PhotoFactory(visit=baseline, view="front")
    assert progress.note_photo(baseline).state == "missed"
    for view in ("left", "right"):
        PhotoFactory(visit=baseline, view=view)
    assert progress.note_photo(baseline).state == "complete"


def test_a_cancelled_visit_stays_cancelled(siti: Participant) -> None:
    baseline = visit(siti, "baseline")
    baseline.move("cancelled")
    for view in ("front", "left", "right"):
        PhotoFactory(visit=baseline, view=view)
    assert progress.note_photo(baseline).state == "cancelled"


@pytest.mark.parametrize("state", Visit.State.values)
@pytest.mark.parametrize("to", Visit.State.values)
def test_the_table_of_transitions_is_kept(siti: Participant, state: str, to: str) -> None:
    baseline = visit(siti, "baseline")
    Visit.objects.filter(pk=baseline.pk).update(state=state)
    baseline.refresh_from_db()
    if to in Visit.TRANSITIONS[Visit.State(state)]:
        assert baseline.move(to).state == to
    else:
        with pytest.raises(StateRefused):
            baseline.move(to)
        baseline.refresh_from_db()
        assert baseline.state == state


# --- The clock ---------------------------------------------------------------------------------


def clock_of(team: Team) -> DailyRollover:
    return DailyRollover.objects.get(study=team.study, state="queued")


def test_enrolling_winds_the_clock_for_the_next_midnight(team: Team, siti: Participant) -> None:
    clock = clock_of(team)
    assert clock.day == date(2026, 3, 3)
    assert clock.due_at == datetime(2026, 3, 2, 16, tzinfo=UTC)
    with at("2026-03-02T15:59:00Z"):
        assert work.claim(DailyRollover, clock.pk) is None, "not before midnight"


def test_the_clock_writes_down_what_the_date_made_and_winds_itself(
    team: Team, siti: Participant
) -> None:
    with at("2026-03-28T02:00:00Z"):
        roll_over(str(clock_of(team).pk))
        states = {v.definition.code: v.state for v in siti.visits.all()}
        assert states == {"baseline": "missed", "week-4": "due", "week-8": "scheduled"}
        assert clock_of(team).day == date(2026, 3, 29)
    moves = AuditEvent.objects.filter(action__in=["visit.open", "visit.miss"])
    assert {m.actor_kind for m in moves} == {"system"}
    assert moves.count() == 2


def test_turning_the_same_day_twice_changes_nothing(team: Team, siti: Participant) -> None:
    with at("2026-03-28T02:00:00Z"):
        clock = clock_of(team)
        roll_over(str(clock.pk))
        before = AuditEvent.objects.count()
        roll_over(str(clock.pk))
        assert AuditEvent.objects.count() == before
        assert DailyRollover.objects.filter(state="queued").count() == 1


def test_old_turns_are_cleared_away_by_later_ones(
    team: Team, siti: Participant, caplog: pytest.LogCaptureFixture
) -> None:
    for moment in ("2026-03-28T02:00:00Z", "2026-05-28T02:00:00Z", "2026-05-29T02:00:00Z"):
        with at(moment):
            roll_over(str(clock_of(team).pk))
    done = DailyRollover.objects.filter(state="done")
    assert [clock.day for clock in done] == [date(2026, 5, 29)]
    assert "failed" not in caplog.text


def test_a_worker_that_was_away_for_weeks_makes_up_for_it_at_once(
    team: Team, siti: Participant
) -> None:
    with at("2026-06-01T02:00:00Z"):
        roll_over(str(clock_of(team).pk))
    assert set(siti.visits.values_list("state", flat=True)) == {"missed"}
    assert clock_of(team).day == date(2026, 6, 2)


def test_pages_are_right_although_the_clock_stands_still(siti: Participant) -> None:
    week_4 = visit(siti, "week-4")
    assert week_4.state == "scheduled"
    assert week_4.standing_on(date(2026, 4, 3)) == "missed"
    with pytest.raises(VisitNotOpen):
        visits.require_open(week_4, date(2026, 4, 3))
