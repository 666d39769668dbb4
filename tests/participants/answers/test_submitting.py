"""Answers arrive: judged once more, kept once, and never overwritten."""

from dataclasses import replace
from datetime import timedelta

import pytest
from django.utils import timezone

from participants.answers.errors import (
    AlreadyAnswered,
    AnswersConflict,
    AnswersRefused,
    FormNotAsked,
    FormNotOpen,
    VersionSuperseded,
)
from participants.answers.models import Revision, Submission
from participants.answers.services import submitting
from participants.answers.services.contents import content_of
from participants.answers.services.correcting import correct
from participants.answers.services.filled import Filled
from participants.answers.services.slots import forms_of_visit, open_slots
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from studies.instruments.models import InstrumentVersion
from studies.platform.actors import Actor
from studies.platform.errors import NotAllowed, StateRefused
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.people.factories import ParticipantFactory
from tests.participants.phone import Phone
from tests.studies.instruments.factories import SMALL, SMALL_XFORM, InstrumentVersionFactory

pytestmark = pytest.mark.django_db


def send(phone: Phone, form: Filled, *, by: Actor | None = None, place: str = "week-0") -> Revision:
    who = phone.participant
    assignment = who.study.assignments.get()
    return submit(participant=who, assignment=assignment, place=place, filled=form, by=by or who)


def test_answers_are_judged_sealed_and_recorded_without_what_was_answered(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    form = filled()
    revision = send(phone, form)
    row = revision.submission
    assert (row.state, row.visit, row.number) == ("submitted", phone.visit, 1)
    assert (revision.number, revision.by_kind, revision.by) == (1, "participant", None)
    assert revision.engine == "@getodk/xforms-engine 0.22.0"
    assert b"itch" not in bytes(revision.sealed)
    content = content_of(revision)
    assert content.xml == form.xml
    assert content.answers["/data/itch[1]"] == "2"
    event = AuditEvent.objects.get(action="answers.submit")
    assert event.contents.new == {
        "questionnaire": "itch",
        "version": 1,
        "visit": "week-0",
        "revision": 1,
        "sha256": form.sha256,
    }
    assert [slot.answered for slot in forms_of_visit(phone.visit)] == [True]
    assert open_slots(phone.participant, phone.visit.opens_on) == []


def test_the_same_sent_twice_is_kept_once_and_something_else_under_its_number_not(
    phone: Phone,
) -> None:
    itch_asked(phone.participant.study)
    form = filled()
    assert send(phone, form) == send(phone, form)
    with pytest.raises(AnswersConflict):
        send(phone, replace(form, xml=xml("1", "3", "2")))
    other = ParticipantFactory(site=phone.participant.site)
    with pytest.raises((AnswersConflict, FormNotAsked)):
        submit(
            participant=other,
            assignment=other.study.assignments.get(),
            place="week-0",
            filled=form,
            by=other,
        )
    assert Revision.objects.count() == 1


def test_sent_twice_at_the_same_moment_is_kept_once(
    phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second asks before the first has committed, and finds its row when it writes its own."""
    asked = itch_asked(phone.participant.study, timing="as_needed", visits=[])
    form = filled()
    first = send(phone, form, place="")
    look, looks = submitting.sent_before, iter([False])

    def late(participant: Participant, again: Filled) -> Revision | None:
        return look(participant, again) if next(looks, True) else None

    monkeypatch.setattr(submitting, "sent_before", late)
    assert send(phone, form, place="") == first
    assert Submission.objects.filter(assignment=asked).count() == 1, "no second event of it"


def test_an_old_sending_replayed_after_a_correction_undoes_nothing(
    team: Team, phone: Phone
) -> None:
    itch_asked(phone.participant.study)
    form = filled()
    first = send(phone, form)
    correct(
        submission=first.submission,
        filled=filled(xml("1", "3", "2")),
        reason="Misread",
        by=team.amina,
    )
    assert send(phone, form) == first, "told again that it arrived"
    with pytest.raises(AlreadyAnswered):
        send(phone, filled())  # under a number of its own
    row = Submission.objects.get()
    assert (row.state, row.latest.number) == ("corrected", 2)
    assert content_of(row.latest).answers["/data/itch[1]"] == "1"


@pytest.mark.parametrize(
    ("answers", "ref"),
    [
        (("9", "3", "18"), "/data/itch[1]"),  # no such choice
        (("2", "100", "4"), "/data/days"),  # beyond the limit
        (("0", "3", "0"), "/data/days[1]"),  # nobody was asked that
        (("2", "3", "99"), "/data/score[1]"),  # a score of one's own
        (("", "", ""), "/data/itch"),  # required
    ],
)
def test_what_was_edited_in_transit_is_refused_with_the_question(
    phone: Phone, answers: tuple[str, str, str], ref: str
) -> None:
    itch_asked(phone.participant.study)
    with pytest.raises(AnswersRefused) as refused:
        send(phone, filled(xml(*answers)))
    problems = refused.value.detail["answers"]
    assert isinstance(problems, list)
    assert ref in [problem["ref"] for problem in problems]
    assert problems[0]["text"]
    assert not Submission.objects.exists()


@pytest.mark.parametrize("text", [xml(version="7").split("<meta>")[0] + "</data>", "<data"])
def test_another_form_and_what_cannot_be_read_is_refused_as_a_whole(
    phone: Phone, text: str
) -> None:
    itch_asked(phone.participant.study)
    with pytest.raises(AnswersRefused):
        send(phone, filled(text))
    assert not Submission.objects.exists()


def test_who_submits_second_is_refused_and_the_first_answers_stay(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    first = send(phone, filled())
    with pytest.raises(AlreadyAnswered):
        send(phone, filled(xml("1", "3", "2")), by=team.amina)
    assert Revision.objects.get() == first


def test_nothing_is_taken_from_whom_nothing_may_be_collected(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    who = phone.participant
    for person in (team.budi, team.ewa, team.chandra, team.farid):
        with pytest.raises(NotAllowed):
            send(phone, filled(), by=person)
    Participant.objects.filter(pk=who.pk).update(state="withdrawn")
    who.refresh_from_db()
    with pytest.raises(StateRefused):
        send(phone, filled())
    Participant.objects.filter(pk=who.pk).update(state="enrolled")
    who.refresh_from_db()
    who.consents.update(state="withdrawn")
    with pytest.raises(Exception, match="consent"):
        send(phone, filled())
    assert not Submission.objects.exists()


def test_a_visit_that_is_not_asked_and_a_window_that_is_over(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    with pytest.raises(FormNotAsked):
        send(phone, filled(), place="week-4")
    with pytest.raises(FormNotOpen, match="2026"):
        send(phone, filled(at=timezone.now() - timedelta(days=20)))


# --- Versions ----------------------------------------------------------------------------------


def second_version(*, superseded_ago: timedelta) -> None:
    """The small form in version 2, published when the first was superseded."""
    first = InstrumentVersion.objects.get()
    first.move("superseded", superseded_at=timezone.now() - superseded_ago)
    form = SMALL.model_copy(update={"version": "2"})
    InstrumentVersionFactory(
        instrument=first.instrument,
        number=2,
        state="published",
        definition=form.model_dump(mode="json"),
        xform=SMALL_XFORM.replace('version="1"', 'version="2"', 1),
    )


def test_what_was_begun_before_the_next_version_keeps_its_own(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    second_version(superseded_ago=timedelta(days=1))
    revision = send(phone, filled())
    assert revision.submission.version.number == 1


def test_an_old_version_is_refused_once_a_phone_must_have_known(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    second_version(superseded_ago=timedelta(days=4))
    with pytest.raises(VersionSuperseded, match="newer"):
        send(phone, filled())
    assert [slot.version.number for slot in forms_of_visit(phone.visit)] == [2]
    assert send(phone, filled(xml(version="2"), version=2)).submission.version.number == 2
    with pytest.raises(AnswersRefused):
        send(phone, filled(version=9))


# --- Clocks ------------------------------------------------------------------------------------


def test_a_wrong_clock_is_put_right_and_shown(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    now = timezone.now()
    wrong = now - timedelta(days=400)
    revision = send(phone, filled(at=wrong, sent_at=wrong + timedelta(minutes=2)))
    assert abs(revision.filled_at - (now - timedelta(minutes=2))) < timedelta(seconds=5)
    assert revision.finished_at == wrong
    assert revision.clock_wrong


def test_a_time_to_come_counts_as_now(phone: Phone) -> None:
    itch_asked(phone.participant.study)
    later = timezone.now() + timedelta(hours=2)
    revision = send(phone, filled(at=later, sent_at=timezone.now()))
    assert revision.filled_at <= revision.received_at
