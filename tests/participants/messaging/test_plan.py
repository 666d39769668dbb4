"""What is planned when: per kind, in the participant's own zone and hours, across clock changes."""

from datetime import date, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine

from participants.consent.services import consents
from participants.messaging import services as messages
from participants.messaging.models import Message, ReminderChoice
from participants.messaging.services import clock
from participants.people.models import Participant
from participants.privacy.services import withdrawal
from participants.visits import services as visits
from participants.visits.models import DailyRollover, Visit
from studies.consent_texts.services import put_in_force
from studies.platform.errors import Invalid
from studies.platform.work import perform
from studies.protocol.models import ReminderSettings
from studies.protocol.services.reminders import edit_reminders
from tests.conftest import Team
from tests.factories import NOW
from tests.participants.capture.factories import PhotoFactory
from tests.participants.messaging.reminded import (
    CLOSES,
    DAY,
    OPENS,
    at,
    participant_of,
    planned,
    week_4,
)
from tests.studies.consent_texts.factories import ConsentDocumentFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def siti(team: Team) -> Participant:
    return participant_of(team.sg01, team.amina)


def plan_on(text: str, participant: Participant) -> dict[str, object]:
    with time_machine.travel(at(text), tick=False):
        messages.plan(participant)
    return dict(planned(participant))


def test_a_visit_is_told_of_when_it_opens_is_due_is_about_to_close_and_was_missed(
    siti: Participant,
) -> None:
    week_4(siti)
    # 9:00 in Singapore is 1:00 in UTC.
    assert plan_on("2026-03-10 12:00", siti) == {
        "visit_opens": at("2026-03-28 01:00"),
        "visit_due": at("2026-03-30 01:00"),
        "visit_closing": at("2026-04-01 01:00"),
        "visit_missed": at("2026-04-03 01:00"),
    }


def test_planning_again_changes_nothing(siti: Participant) -> None:
    week_4(siti)
    first = plan_on("2026-03-10 12:00", siti)
    rows = list(siti.messages.values_list("pk", "round"))
    assert plan_on("2026-03-11 08:00", siti) == first
    assert list(siti.messages.values_list("pk", "round")) == rows


@pytest.mark.parametrize(
    ("zone", "opens"),
    [
        # Not before the window opens at the site: midnight in Singapore is 16:00 in UTC, which is
        # noon in New York the day before; nine there is the first nine o'clock inside the window.
        ("America/New_York", "2026-03-28 13:00"),
        ("Asia/Jakarta", "2026-03-28 02:00"),
        ("Pacific/Auckland", "2026-03-27 20:00"),
        ("Europe/London", "2026-03-28 09:00"),
        ("Pacific/Honolulu", "2026-03-27 19:00"),
    ],
)
def test_reminders_follow_the_clock_of_the_place_where_one_is(
    siti: Participant, zone: str, opens: str
) -> None:
    siti.time_zone = zone
    siti.save()
    week_4(siti)
    assert plan_on("2026-03-10 12:00", siti)["visit_opens"] == at(opens)


def test_moving_to_another_place_moves_what_waits(siti: Participant) -> None:
    week_4(siti)
    plan_on("2026-03-10 12:00", siti)
    siti.time_zone = "Asia/Jakarta"
    siti.save()
    assert plan_on("2026-03-10 12:00", siti)["visit_due"] == at("2026-03-30 02:00")
    assert siti.messages.count() == 4


def test_an_earlier_nine_o_clock_before_the_clocks_change_and_a_later_one_after(
    siti: Participant,
) -> None:
    # London changes from UTC to UTC+1 on Sunday 29 March 2026.
    siti.time_zone = "Europe/London"
    siti.save()
    week_4(siti)
    plan = plan_on("2026-03-10 12:00", siti)
    assert plan["visit_opens"] == at("2026-03-28 09:00")
    assert plan["visit_due"] == at("2026-03-30 08:00")


def test_a_time_that_the_spring_night_skips_is_still_a_moment() -> None:
    zone = ZoneInfo("Europe/London")
    assert clock.moment(date(2026, 3, 29), time(1, 30), zone) == at("2026-03-29 01:30")


def test_a_time_that_the_autumn_night_has_twice_is_the_first() -> None:
    zone = ZoneInfo("Europe/London")
    assert clock.moment(date(2026, 10, 25), time(1, 30), zone) == at("2026-10-25 00:30")


@pytest.mark.parametrize(
    ("now", "after"),
    [
        ("2026-03-28 12:59", "2026-03-28 12:59"),  # 20:59 in Singapore
        ("2026-03-28 13:00", "2026-03-29 00:00"),  # 21:00 → 8:00 the next day
        ("2026-03-28 16:30", "2026-03-29 00:00"),  # half past midnight → 8:00 that day
        ("2026-03-28 23:59", "2026-03-29 00:00"),
        ("2026-03-29 00:00", "2026-03-29 00:00"),
    ],
)
def test_quiet_hours_span_midnight(now: str, after: str) -> None:
    zone = ZoneInfo("Asia/Singapore")
    assert clock.after_quiet(at(now), zone, time(21), time(8)) == at(after)


def test_the_end_of_the_quiet_hours_follows_the_clock_that_is_changed() -> None:
    zone = ZoneInfo("Europe/London")
    evening = at("2026-03-28 22:00")
    assert clock.after_quiet(evening, zone, time(21), time(8)) == at("2026-03-29 07:00")


def test_equal_times_mean_no_quiet_hours() -> None:
    zone = ZoneInfo("Asia/Singapore")
    assert clock.after_quiet(at("2026-03-28 20:00"), zone, time(8), time(8)) == at(
        "2026-03-28 20:00"
    )


def test_ones_own_quiet_hours_come_before_the_studys(siti: Participant) -> None:
    ReminderChoice.objects.create(participant=siti, quiet_from=time(0), quiet_until=time(10, 30))
    week_4(siti)
    assert plan_on("2026-03-10 12:00", siti)["visit_opens"] == at("2026-03-28 02:30")


def test_the_visit_of_the_day_of_enrolment_is_begun_at_the_site(siti: Participant) -> None:
    day_0 = date(2026, 3, 2)
    week_4(siti, opens_on=day_0, scheduled_on=day_0, closes_on=date(2026, 3, 5))
    assert set(plan_on("2026-03-02 03:00", siti)) == {"visit_closing", "visit_missed"}


def test_a_visit_of_one_day_is_told_of_once_before_it_is_missed(siti: Participant) -> None:
    week_4(siti, opens_on=DAY, closes_on=DAY)
    assert set(plan_on("2026-03-10 12:00", siti)) == {"visit_opens", "visit_missed"}


def test_a_reminder_that_quiet_hours_push_beyond_the_window_is_not_planned(
    siti: Participant,
) -> None:
    ReminderChoice.objects.create(participant=siti, quiet_from=time(8), quiet_until=time(7, 30))
    week_4(siti, opens_on=DAY, closes_on=DAY)
    assert "visit_opens" not in plan_on("2026-03-10 12:00", siti)


def test_what_is_past_is_not_made_up_for(siti: Participant) -> None:
    week_4(siti)
    assert set(plan_on("2026-03-30 12:00", siti)) == {"visit_closing", "visit_missed"}


def test_a_complete_visit_needs_no_reminder_and_one_taken_up_again_does(
    siti: Participant,
) -> None:
    visit = week_4(siti)
    plan_on("2026-03-10 12:00", siti)
    visit.state = Visit.State.COMPLETE
    visit.save()
    assert plan_on("2026-03-29 12:00", siti) == {}
    assert set(siti.messages.values_list("outcome", "why")) == {("cancelled", "complete")}
    visit.state = Visit.State.IN_PROGRESS
    visit.save()
    assert set(plan_on("2026-03-29 13:00", siti)) == {
        "visit_due", "visit_closing", "visit_missed",
    }  # fmt: skip
    assert siti.messages.count() == 4


def test_somebody_who_withdrew_is_told_nothing_more(siti: Participant, team: Team) -> None:
    week_4(siti)
    plan_on("2026-03-10 12:00", siti)
    with time_machine.travel(at("2026-03-11 12:00"), tick=False):
        withdrawal.withdraw(participant=siti, reason="No reason given", by=team.amina)
    assert planned(siti) == {}


def test_a_study_chooses_what_it_reminds_of(siti: Participant, team: Team) -> None:
    week_4(siti)
    plan_on("2026-03-10 12:00", siti)
    with time_machine.travel(at("2026-03-11 12:00"), tick=False):
        edit_reminders(
            study=team.study,
            by=team.dewi,
            reason="Fewer messages",
            kinds=["visit_due"],
            send_at=time(18, 0),
        )
    assert planned(siti) == {"visit_due": at("2026-03-30 10:00")}


def test_quiet_hours_that_begin_when_they_end_are_refused(siti: Participant, team: Team) -> None:
    with pytest.raises(Invalid, match="choose two times"):
        edit_reminders(
            study=team.study, by=team.dewi, reason="Quiet", quiet_from=time(8), quiet_until=time(8)
        )


def test_about_to_close_is_as_many_days_before_as_the_study_says(siti: Participant) -> None:
    ReminderSettings.objects.create(study=siti.study, days_before_close=2)
    week_4(siti)
    assert plan_on("2026-03-10 12:00", siti)["visit_closing"] == at("2026-03-31 01:00")


def test_a_photo_turned_down_is_asked_for_after_a_few_minutes(siti: Participant) -> None:
    visit = week_4(siti, state=Visit.State.IN_PROGRESS)
    PhotoFactory(visit=visit, state="retake_wanted", retake_reasons=[_reason()])
    assert plan_on("2026-03-29 03:00", siti)["retake"] == at("2026-03-29 03:03")


def test_two_photos_turned_down_are_one_message_and_a_third_later_another(
    siti: Participant,
) -> None:
    visit = week_4(siti, state=Visit.State.IN_PROGRESS)
    one = PhotoFactory(visit=visit, state="retake_wanted", retake_reasons=[_reason()])
    plan_on("2026-03-29 03:00", siti)
    two = PhotoFactory(visit=visit, view="left", state="retake_wanted", retake_reasons=[_reason()])
    plan_on("2026-03-29 03:02", siti)
    message = siti.messages.get(kind="retake")
    assert message.covers == [str(one.pk), str(two.pk)]
    assert message.due_at == at("2026-03-29 03:05")
    Message.objects.filter(pk=message.pk).update(state="done", outcome="sent")
    plan_on("2026-03-29 05:00", siti)
    assert siti.messages.filter(kind="retake").count() == 1
    PhotoFactory(visit=visit, view="right", state="retake_wanted", retake_reasons=[_reason()])
    plan_on("2026-03-29 06:00", siti)
    assert list(siti.messages.filter(kind="retake").values_list("round", flat=True)) == [1, 2]


def test_no_retake_is_asked_for_once_the_visit_has_closed(siti: Participant) -> None:
    visit = week_4(siti, state=Visit.State.IN_PROGRESS)
    PhotoFactory(visit=visit, state="retake_wanted", retake_reasons=[_reason()])
    assert "retake" not in plan_on("2026-04-03 03:00", siti)


def test_a_newer_consent_text_is_told_of_at_once_but_not_at_night(siti: Participant) -> None:
    siti.study.consent_documents.update(state="superseded")
    ConsentDocumentFactory(
        study=siti.study, version="2.0", title="A newer text", in_force_at=NOW + timedelta(days=1)
    )
    assert consents.needs_new_consent(siti)
    assert plan_on("2026-03-10 15:00", siti)["consent_renew"] == at("2026-03-11 00:00")
    assert plan_on("2026-03-12 15:00", siti)["consent_renew"] == at("2026-03-11 00:00")


def test_putting_a_text_in_force_tells_everybody_who_agreed_to_an_earlier_one(
    siti: Participant, team: Team, django_capture_on_commit_callbacks: Any
) -> None:
    draft = ConsentDocumentFactory(
        study=siti.study, version="2.0", state="draft", in_force_at=None, sha256=""
    )
    with django_capture_on_commit_callbacks(execute=True):
        put_in_force(document=draft, by=team.dewi, reason="A newer text.")
    assert "consent_renew" in planned(siti)


def test_enrolment_plans_and_so_does_every_midnight(siti: Participant, team: Team) -> None:
    visit = week_4(siti)
    with time_machine.travel(at("2026-03-10 12:00"), tick=False):
        visits.plan_visits(participant=siti, by=team.amina)
    assert len(planned(siti)) == 4
    siti.messages.all().delete()
    with time_machine.travel(at("2026-03-10 16:01"), tick=False):
        turning = DailyRollover.objects.get(study=team.study, day=date(2026, 3, 11))
        assert perform(type(turning), turning.pk, visits.roll_over)
    assert len(planned(siti)) == 4
    assert visit.opens_on == OPENS
    assert visit.closes_on - timedelta(days=3) == CLOSES - timedelta(days=3)


def _reason() -> dict[str, str]:
    return {"code": "too_dark", "message": "The photo is too dark. Face a window or a lamp."}
