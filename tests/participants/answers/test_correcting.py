"""Drafts, corrections and what is struck through: nothing is overwritten, and nobody overlooked."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from participants.answers.errors import AnswersFixed, FormNotOpen
from participants.answers.models import Submission
from participants.answers.services.contents import content_of, draft_of
from participants.answers.services.correcting import correct, strike
from participants.answers.services.drafts import drop_draft, save_draft, shown_values, slot_of
from participants.answers.services.slots import Slot, find_slot, open_slots
from participants.answers.services.submitting import submit
from participants.people.models import Participant
from participants.visits.models import Visit
from studies.access.models import User
from studies.assignments.models import Assignment
from studies.platform.errors import Invalid, NotAllowed, ReasonMissing, StateRefused
from studies.platform.seen import ChangedMeanwhile, Seen
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.participants.answers.filled import filled, itch_asked, xml
from tests.participants.capture.factories import PhotoFactory
from tests.participants.phone import Phone

pytestmark = pytest.mark.django_db
WHY = "Read from the wrong line"


def seen(slot: Slot) -> Seen:
    return Seen.of(shown_values(slot))


def at_week_0(who: Participant) -> Slot:
    return find_slot(who, Assignment.objects.get(), "week-0")


def save(phone: Phone, by: User, *, itch: str = "1", as_seen: Seen | None = None) -> Submission:
    return save_draft(
        participant=phone.participant,
        assignment=Assignment.objects.get(),
        place="week-0",
        values={"/data/itch": itch},
        repeats=[],
        by=by,
        seen=as_seen,
    )


def sent(phone: Phone) -> Submission:
    """What the participant has submitted at week 0."""
    itch_asked(phone.participant.study)
    who = phone.participant
    revision = submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(),
        by=who,
    )
    return revision.submission


# --- Drafts ------------------------------------------------------------------------------------


def test_a_draft_is_sealed_and_waits_until_it_is_submitted(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    row = save(phone, team.amina)
    assert row.state == "draft"
    assert b"itch" not in bytes(row.sealed_draft)
    kept = draft_of(row)
    assert kept is not None
    assert kept.values == {"/data/itch": "1"}
    assert [slot.submission for slot in open_slots(phone.participant, phone.visit.opens_on)] == [
        row
    ]
    drop_draft(submission=row, by=team.amina)
    assert not Submission.objects.exists()
    assert AuditEvent.objects.filter(action="answers.discard_draft").exists()


def test_of_two_in_one_draft_the_second_is_told(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    page = seen(at_week_0(phone.participant))
    save(phone, team.amina, itch="2", as_seen=page)
    with pytest.raises(ChangedMeanwhile, match="Amina"):
        save(phone, team.amina, itch="0", as_seen=page)
    kept = draft_of(Submission.objects.get())
    assert kept is not None
    assert kept.values == {"/data/itch": "2"}


def test_a_draft_stays_beside_what_the_participant_submitted(team: Team, phone: Phone) -> None:
    itch_asked(phone.participant.study)
    page = seen(at_week_0(phone.participant))
    save(phone, team.amina)
    who = phone.participant
    row = submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(),
        by=who,
    ).submission
    row.refresh_from_db()
    assert row.state == "submitted"
    assert draft_of(row) is not None
    with pytest.raises(ChangedMeanwhile):
        save(phone, team.amina, as_seen=page)
    with pytest.raises(AnswersFixed, match="corrected"):
        save(phone, team.amina)
    drop_draft(submission=row, by=team.amina)
    row.refresh_from_db()
    assert (row.state, draft_of(row)) == ("submitted", None)


def test_staff_fills_in_nothing_before_its_day_or_at_a_cancelled_visit(
    team: Team, phone: Phone
) -> None:
    itch_asked(phone.participant.study, assigned_at=timezone.now() - timedelta(days=60))
    Visit.objects.filter(pk=phone.visit.pk).update(opens_on="2026-03-04")
    with pytest.raises(FormNotOpen, match="4 March 2026"):
        save(phone, team.amina)
    Visit.objects.filter(pk=phone.visit.pk).update(opens_on="2026-02-01", closes_on="2026-02-03")
    assert save(phone, team.amina).state == "draft"  # late
    Visit.objects.filter(pk=phone.visit.pk).update(state="cancelled")
    with pytest.raises(FormNotOpen, match="cancelled"):
        save(phone, team.amina)


# --- Corrections -------------------------------------------------------------------------------


def test_a_correction_is_one_more_revision_with_its_reason(team: Team, phone: Phone) -> None:
    row = sent(phone)
    form = filled(xml("1", "3", "2"))
    revision = correct(submission=row, filled=form, reason=WHY, by=team.amina)
    assert correct(submission=row, filled=form, reason=WHY, by=team.amina) == revision
    row.refresh_from_db()
    assert row.state == "corrected"
    first, second = row.revisions.all()
    assert content_of(first).answers["/data/itch[1]"] == "2"
    assert content_of(second).answers["/data/itch[1]"] == "1"
    assert content_of(second).reason == WHY
    assert (second.number, second.by) == (2, team.amina)
    event = AuditEvent.objects.get(action="answers.correct")
    assert event.contents.old == {"answers": {"/data/itch[1]": "2", "/data/score[1]": "4"}}
    assert event.contents.new is not None
    assert event.contents.new["answers"] == {"/data/itch[1]": "1", "/data/score[1]": "2"}
    assert event.contents.reason == WHY


def test_no_correction_without_a_reason_a_right_or_a_difference(team: Team, phone: Phone) -> None:
    row = sent(phone)
    other = filled(xml("1", "3", "2"))
    with pytest.raises(ReasonMissing):
        correct(submission=row, filled=other, reason=" ", by=team.amina)
    with pytest.raises(AnswersFixed, match="that are there"):
        correct(submission=row, filled=filled(), reason=WHY, by=team.amina)
    with pytest.raises(Invalid):
        correct(submission=row, filled=filled(xml("9", "", "")), reason=WHY, by=team.amina)
    for person in (team.budi, team.ewa, team.dewi):
        with pytest.raises(NotAllowed):
            correct(submission=row, filled=other, reason=WHY, by=person)
    Participant.objects.filter(pk=row.participant_id).update(data_use="restricted")
    row.participant.refresh_from_db()
    with pytest.raises(StateRefused, match="locked"):
        correct(submission=row, filled=other, reason=WHY, by=team.amina)
    assert row.revisions.count() == 1


def test_of_two_corrections_the_second_is_told(team: Team, phone: Phone) -> None:
    row = sent(phone)
    page = seen(slot_of(row))
    correct(submission=row, filled=filled(xml("1", "3", "2")), reason=WHY, by=team.amina, seen=page)
    with pytest.raises(ChangedMeanwhile, match="Amina"):
        correct(
            submission=row, filled=filled(xml("2", "9", "4")), reason=WHY, by=team.amina, seen=page
        )


def test_what_is_struck_through_counts_no_more_and_stays(team: Team, phone: Phone) -> None:
    row = sent(phone)
    with pytest.raises(ReasonMissing):
        strike(submission=row, reason="", by=team.amina)
    strike(submission=row, reason="Of another person", by=team.amina)
    row.refresh_from_db()
    assert (row.state, row.revisions.count()) == ("struck", 1)
    assert not Submission.objects.counted().exists()
    with pytest.raises(AnswersFixed):
        strike(submission=row, reason=WHY, by=team.amina)


# --- Visits ------------------------------------------------------------------------------------


def photographed(phone: Phone) -> None:
    for view in ("front", "left", "right"):
        PhotoFactory(visit=phone.visit, view=view, state="accepted")


def test_a_required_form_completes_the_visit_with_the_photos(team: Team, phone: Phone) -> None:
    photographed(phone)
    itch_asked(phone.participant.study, required=True)
    who = phone.participant
    row = submit(
        participant=who,
        assignment=Assignment.objects.get(),
        place="week-0",
        filled=filled(),
        by=who,
    ).submission
    assert Visit.objects.get(pk=phone.visit.pk).state == "complete"
    strike(submission=row, reason=WHY, by=team.amina)
    assert Visit.objects.get(pk=phone.visit.pk).state == "in_progress"


def test_a_visit_waits_for_a_required_form_and_not_for_another(phone: Phone) -> None:
    from participants.capture.services.progress import note_photo

    itch = itch_asked(phone.participant.study, required=True)
    photographed(phone)
    assert note_photo(phone.visit).state == "in_progress"
    itch.required = False
    itch.save()
    assert note_photo(phone.visit).state == "complete"
    itch.required = True
    itch.save()
    assert note_photo(phone.visit).state == "complete"  # asked of nobody when it was made


def test_each_sending_has_its_own_number() -> None:
    assert filled().request_id != filled().request_id
    assert isinstance(filled().request_id, uuid.UUID)
