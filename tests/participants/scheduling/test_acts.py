"""Acts on visits: who may, with which reason, what is kept, and who is refused."""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
import time_machine

from participants.correcting.services.day_0 import correct_day_0
from participants.deviations.models import Deviation
from participants.enrolment.services.enrolment import complete_participant
from participants.messaging.models import Message
from participants.people.models import Participant
from participants.privacy.services.erasure import _remove_rows, gather
from participants.scheduling.models import Note
from participants.scheduling.services.clinic import add_clinic_photo
from participants.scheduling.services.moving import mark_missed, reschedule_visit, undo_missed
from participants.scheduling.services.notes import add_note, strike_note
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from participants.visits.models import Visit
from participants.visits.services import next_visit
from studies.access.models import User
from studies.platform.confirming import Unconfirmed
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.protocol.models import VisitDefinition
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.scheduling.visits import DAY_28, PAGE, VISIT, WHY, Sign, at
from tests.participants.staff import enrol
from tests.typed import opened, typed, words

pytestmark = pytest.mark.django_db


# --- Moving ------------------------------------------------------------------------------------


def test_a_visit_is_moved_within_its_window_and_the_protocols_day_is_kept(
    team: Team, siti: Participant
) -> None:
    visit = reschedule_visit(
        visit=at(siti, "week-4"), day=date(2026, 4, 1), reason=WHY, by=team.amina, confirmed=[]
    )
    assert (visit.scheduled_on, visit.planned_on) == (date(2026, 4, 1), DAY_28)
    assert (visit.opens_on, visit.closes_on) == (date(2026, 3, 28), date(2026, 4, 2))
    event = AuditEvent.objects.get(action="visit.reschedule")
    assert event.contents.old is not None
    assert event.contents.old["scheduled_on"] == "2026-03-30"
    assert event.contents.new is not None
    assert event.contents.new["within_window"] is True
    assert event.contents.reason == WHY
    due = siti.messages.get(kind="visit_due", about=f"visit:{visit.pk}")
    assert due.planned_for.astimezone(ZoneInfo("Asia/Singapore")).date() == date(2026, 4, 1)
    assert not Deviation.objects.exists()


def test_outside_the_window_it_is_asked_about_and_noted_until_it_is_back(
    team: Team, siti: Participant
) -> None:
    late = date(2026, 4, 6)

    def move(day: date, confirmed: list[str]) -> Visit:
        visit = at(siti, "week-4")
        return reschedule_visit(
            visit=visit, day=day, reason=WHY, by=team.amina, confirmed=confirmed
        )

    with pytest.raises(Unconfirmed) as asked:
        move(late, [])
    assert list(asked.value.doubts) == ["outside:2026-04-06"]
    assert not Deviation.objects.exists()
    visit = move(late, ["outside:2026-04-06"])
    assert (visit.opens_on, visit.closes_on) == (date(2026, 3, 28), late)
    one = Deviation.objects.get()
    assert (one.kind, one.visit, one.over_at) == ("visit_outside_window", visit, None)
    assert "moved from 30 Mar 2026" in one.detail
    back = move(date(2026, 3, 31), [])
    assert back.closes_on == date(2026, 4, 2)
    one.refresh_from_db()
    assert one.over_at is not None


def test_a_missed_visit_waits_again_when_it_is_moved(team: Team, siti: Participant) -> None:
    with time_machine.travel(datetime(2026, 4, 5, 4, tzinfo=ZoneInfo("UTC")), tick=False):
        visit = at(siti, "week-4")
        Visit.objects.filter(pk=visit.pk).update(state="missed")
        moved = reschedule_visit(visit=visit, day=date(2026, 4, 6), reason=WHY, by=team.amina)
        assert moved.state == "due"
        assert next_visit(siti, date(2026, 4, 5)) == moved


def test_days_on_which_nobody_could_come_and_visits_that_are_over_are_refused(
    team: Team, siti: Participant
) -> None:
    for day in (date(2026, 3, 1), DAY_28, date(2027, 6, 1)):
        with pytest.raises(Invalid):
            reschedule_visit(visit=at(siti, "week-4"), day=day, reason=WHY, by=team.amina)
    with pytest.raises(ReasonMissing):
        reschedule_visit(visit=at(siti, "week-4"), day=date(2026, 3, 31), reason=" ", by=team.amina)
    with pytest.raises(Invalid, match="names the participant"):
        reschedule_visit(
            visit=at(siti, "week-4"), day=date(2026, 3, 31), reason="Siti Rahman", by=team.amina
        )
    Visit.objects.filter(participant=siti).update(state="complete")
    with pytest.raises(StateRefused, match="complete"):
        reschedule_visit(visit=at(siti, "week-4"), day=date(2026, 3, 31), reason=WHY, by=team.amina)


def test_out_of_the_protocols_order_is_asked_about(team: Team, siti: Participant) -> None:
    visit = at(siti, "week-4")
    with pytest.raises(Unconfirmed, match="confirm") as asked:
        reschedule_visit(
            visit=visit, day=date(2026, 4, 28), reason=WHY, by=team.amina, confirmed=[]
        )
    assert [key.split("-")[0] for key in asked.value.doubts] == ["outside:2026", "order"]


def test_a_moved_visit_stays_on_its_day_when_day_0_is_corrected(
    team: Team, siti: Participant
) -> None:
    reschedule_visit(visit=at(siti, "week-4"), day=date(2026, 4, 1), reason=WHY, by=team.amina)
    correct_day_0(participant=siti, day_0=date(2026, 3, 1), reason=WHY, by=team.amina)
    visit, other = at(siti, "week-4"), at(siti, "week-8")
    assert (visit.scheduled_on, visit.planned_on) == (date(2026, 4, 1), date(2026, 3, 29))
    assert (other.scheduled_on, other.planned_on) == (date(2026, 4, 26), date(2026, 4, 26))


def test_the_second_to_move_it_is_told(team: Team, siti: Participant, as_person: Sign) -> None:
    browser = as_person(team.amina)
    form = {**opened(browser, f"{VISIT}move/"), "day": "2026-03-31", "reason": WHY}
    reschedule_visit(visit=at(siti, "week-4"), day=date(2026, 4, 1), reason=WHY, by=team.amina)
    told = browser.post(f"{VISIT}move/", form)
    assert told.status_code == 409
    assert "Nothing was saved: Amina changed this" in words(told)
    assert at(siti, "week-4").scheduled_on == date(2026, 4, 1)
    assert browser.post(f"{VISIT}move/", typed(told)).status_code == 302
    assert at(siti, "week-4").scheduled_on == date(2026, 3, 31)


# --- Missed ------------------------------------------------------------------------------------


def test_missed_with_a_reason_and_taken_back(team: Team, siti: Participant) -> None:
    visit = mark_missed(visit=at(siti, "week-4"), reason="Told us by phone", by=team.amina)
    assert (visit.state, visit.marked_missed) == ("missed", True)
    event = AuditEvent.objects.get(action="visit.miss")
    assert (event.actor_label, event.contents.reason) == (
        team.amina.actor_label,
        "Told us by phone",
    )
    assert not siti.messages.waiting().filter(kind="visit_due", about=f"visit:{visit.pk}").exists()
    correct_day_0(participant=siti, day_0=date(2026, 3, 1), reason=WHY, by=team.amina)
    assert at(siti, "week-4").state == "missed"  # no date takes it back
    again = undo_missed(visit=at(siti, "week-4"), reason="They come after all", by=team.amina)
    assert (again.state, again.marked_missed) == ("scheduled", False)
    with pytest.raises(StateRefused, match="nobody marked it"):
        undo_missed(visit=at(siti, "week-4"), reason=WHY, by=team.amina)


def test_a_window_that_is_over_cannot_be_undone_but_moved(team: Team, siti: Participant) -> None:
    mark_missed(visit=at(siti, "week-4"), reason=WHY, by=team.amina)
    with (
        time_machine.travel(datetime(2026, 4, 5, 4, tzinfo=ZoneInfo("UTC")), tick=False),
        pytest.raises(StateRefused, match="move it to another day instead"),
    ):
        undo_missed(visit=at(siti, "week-4"), reason=WHY, by=team.amina)


# --- Unscheduled -------------------------------------------------------------------------------


def arrange(team: Team, siti: Participant, day: date = date(2026, 3, 9), **also: object) -> Visit:
    given = {"last_day": day, "views": ["left", "front"], "reason": "A rash", **also}
    return add_unscheduled_visit(participant=siti, day=day, by=team.amina, **given)  # type: ignore[arg-type]


def test_an_unscheduled_visit_stands_beside_the_protocols(team: Team, siti: Participant) -> None:
    visit = arrange(team, siti, last_day=date(2026, 3, 11))
    assert (visit.scheduled_on, visit.closes_on) == (date(2026, 3, 9), date(2026, 3, 11))
    assert visit.definition.code == "unscheduled-7-fl"
    assert visit.definition.views == ["front", "left"]
    assert visit.planned_on is None
    assert team.study.visit_definitions.count() == 3  # the schedule is what it was
    assert VisitDefinition.every.filter(study=team.study).count() == 4
    assert visit.definition.translations["vi"]["name"] != "Extra visit"
    with pytest.raises(StateRefused, match="on that day already"):
        arrange(team, siti)
    enrol(team.sg01, team.amina)  # whoever comes later gets the protocol's visits only
    assert Participant.objects.get(code="SG01-0002").visits.count() == 3


def test_it_stays_on_its_day_when_day_0_is_corrected(team: Team, siti: Participant) -> None:
    one, other = arrange(team, siti), arrange(team, siti, date(2026, 3, 10))
    correct_day_0(participant=siti, day_0=date(2026, 3, 1), reason=WHY, by=team.amina)
    for visit, code in ((one, "unscheduled-8-fl"), (other, "unscheduled-9-fl")):
        day = visit.scheduled_on
        visit.refresh_from_db()
        assert (visit.scheduled_on, visit.definition.code) == (day, code)


def test_what_cannot_be_arranged_is_said_beside_its_field(team: Team, siti: Participant) -> None:
    for wrong in (
        {"day": date(2026, 3, 1)},
        {"last_day": date(2026, 3, 8)},
        {"views": []},
    ):
        with pytest.raises(Invalid):
            arrange(team, siti, **wrong)  # type: ignore[arg-type]


# --- Notes -------------------------------------------------------------------------------------


def test_a_note_is_signed_and_only_struck_through(
    team: Team, siti: Participant, as_person: Sign
) -> None:
    number = uuid.uuid4()
    visit = at(siti, "week-4")
    for _ in range(2):
        note = add_note(
            participant=siti, visit=visit, text="Sunburnt", by=team.amina, request_id=number
        )
    assert Note.objects.get() == note
    with pytest.raises(Invalid, match="names the participant"):
        add_note(participant=siti, text="Siti Rahman", by=team.amina, request_id=uuid.uuid4())
    struck = strike_note(note=note, reason="Another participant", by=team.amina)
    assert (struck.text, struck.struck_reason) == ("Sunburnt", "Another participant")
    with pytest.raises(StateRefused):
        strike_note(note=note, reason="Again", by=team.amina)
    events = AuditEvent.objects.filter(action__startswith="note.").order_by("sequence")
    assert [event.action for event in events] == ["note.add", "note.strike"]
    page = as_person(team.ewa).get(VISIT).content.decode()
    assert "<s>Sunburnt</s>" in page
    assert "Another participant" in page
    assert "Sunburnt" not in as_person(team.chandra).get(VISIT).content.decode()


def test_erasure_takes_notes_and_deviations_along(team: Team, siti: Participant) -> None:
    add_note(participant=siti, text="Sunburnt", by=team.amina, request_id=uuid.uuid4())
    reschedule_visit(visit=at(siti, "week-4"), day=date(2026, 4, 6), reason=WHY, by=team.amina)
    found = gather(siti)
    _remove_rows(siti, found)
    assert not Note.objects.exists()
    assert not Deviation.objects.exists()


# --- Rights and states -------------------------------------------------------------------------


def every_act(team: Team, siti: Participant, by: User) -> list[Callable[[], object]]:
    visit = at(siti, "week-4")
    return [
        lambda: reschedule_visit(visit=visit, day=date(2026, 3, 31), reason=WHY, by=by),
        lambda: mark_missed(visit=visit, reason=WHY, by=by),
        lambda: undo_missed(visit=visit, reason=WHY, by=by),
        lambda: add_unscheduled_visit(
            participant=siti, day=date(2026, 3, 9), last_day=date(2026, 3, 9), views=["front"],
            reason=WHY, by=by,
        ),
        lambda: add_clinic_photo(
            visit=visit, view="front", file=Path("x"), photo_id=uuid.uuid4(), by=by
        ),
    ]  # fmt: skip


def test_only_the_coordinator_of_the_site_acts(team: Team, siti: Participant) -> None:
    for person in (team.budi, team.chandra, team.dewi, team.ewa, team.farid):
        for act in every_act(team, siti, person):
            with pytest.raises(NotAllowed):
                act()
        with pytest.raises(NotAllowed):
            add_note(participant=siti, text="x", by=person, request_id=uuid.uuid4())


def test_nothing_is_arranged_for_whoever_left_or_in_a_closed_study(
    team: Team, siti: Participant
) -> None:
    team.study.state = "closed"
    team.study.save()
    siti = Participant.objects.get(pk=siti.pk)
    for act in every_act(team, siti, team.amina):
        with pytest.raises(StateRefused, match="closed"):
            act()
    team.study.state = "active"
    team.study.save()
    siti = Participant.objects.get(pk=siti.pk)
    siti.visits.update(state="missed")
    complete_participant(participant=siti, by=team.amina)
    for act in every_act(team, siti, team.amina):
        with pytest.raises(StateRefused, match="completed"):
            act()
    assert not AuditEvent.objects.filter(action="visit.reschedule").exists()


# --- Messages ----------------------------------------------------------------------------------


def test_a_reminder_and_a_link_are_sent_once(
    team: Team, agreed: Participant, as_person: Sign
) -> None:
    browser = as_person(team.amina)
    for act, kind in (("remind", "reminder"), ("send-link", "link")):
        assert browser.post(f"{PAGE}{act}/").status_code == 302
        assert browser.post(f"{PAGE}{act}/").status_code == 409  # on its way already
        message = Message.objects.get(kind=kind)
        assert message.state == "queued"
        event = AuditEvent.objects.get(action="message.ask", object_id=str(message.pk))
        assert event.actor_label == team.amina.actor_label
    assert as_person(team.dewi).post(f"{PAGE}remind/").status_code == 403
