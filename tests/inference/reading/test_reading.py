"""From a draft to the consensus: who may, what is fixed, what is refused, what is kept."""

from uuid import uuid4

import pytest

from inference.reading.errors import (
    GradesIncomplete,
    MayNotRead,
    NotReady,
    NotYourTurn,
    ReadingFixed,
    ReadingStudyFixed,
)
from inference.reading.models import Adjudication, Consensus, Reading, ReadingStudy, Turn
from inference.reading.services.opening import close_reading_study, open_reading_study
from inference.reading.services.seats import add_reader, remove_reader
from inference.reading.services.taking import (
    Answer,
    last_reading,
    next_turns,
    save_reading,
    seat_of,
    undo_reading,
)
from participants.capture.models import Photo
from participants.people.models import Participant
from studies.access.models import Blinding, Membership, User, is_blinded
from studies.access.permissions import LEFT_TO_READERS
from studies.platform.errors import NotAllowed, ReasonMissing
from tests.conftest import Team
from tests.inference.reading.making import (
    add_scale,
    make_draft,
    make_open,
    make_photos,
    make_reader,
    read_next,
    seat,
)


@pytest.fixture
def una(team: Team) -> User:
    return make_reader(team, "Una")


@pytest.fixture
def vito(team: Team) -> User:
    return make_reader(team, "Vito")


# --- Who reads -----------------------------------------------------------------------------------


def test_who_knows_the_participants_or_has_no_such_role_cannot_read(team: Team, una: User) -> None:
    study = make_draft(team)
    for person, why in ((team.amina, "coordinator"), (team.dewi, "manager"), (team.ewa, "no role")):
        with pytest.raises(MayNotRead, match=why):
            add_reader(study=study, user=person, by=team.dewi)
    assert add_reader(study=study, user=team.chandra, by=team.dewi).number == 1
    with pytest.raises(ReadingStudyFixed, match="already"):
        add_reader(study=study, user=team.chandra, by=team.dewi)
    with pytest.raises(NotAllowed):
        add_reader(study=study, user=una, by=team.chandra)


def test_other_rights_rest_while_the_study_is_open_and_come_back(team: Team) -> None:
    make_photos(team, 2)
    seen = Photo.objects.visible_to(team.chandra).count()
    assert seen
    study = make_open(team, team.chandra)
    assert not Photo.objects.visible_to(team.chandra).exists()
    assert not Participant.objects.visible_to(team.chandra).exists()
    assert Membership.objects.permissions(team.chandra, team.study) <= LEFT_TO_READERS
    close_reading_study(study=study, by=team.dewi, reason="Enough.")
    assert Photo.objects.visible_to(team.chandra).count() == seen


def test_a_second_open_study_keeps_them_at_rest(team: Team) -> None:
    make_photos(team, 2)
    one, two = make_open(team, team.chandra), make_open(team, team.chandra, code="READ-2")
    close_reading_study(study=one, by=team.dewi, reason="Enough.")
    assert is_blinded(team.chandra, team.study)
    remove_reader(seat=seat(two, team.chandra), reason="Ill.", by=team.dewi)
    assert not Blinding.objects.standing().exists()


# --- Opening -------------------------------------------------------------------------------------


def test_an_opening_needs_a_scale_a_reader_and_photos(team: Team, una: User) -> None:
    study = make_draft(team)
    with pytest.raises(NotReady, match="reader"):
        open_reading_study(study=study, by=team.dewi)
    add_reader(study=study, user=una, by=team.dewi)
    with pytest.raises(NotReady, match="No photo"):
        open_reading_study(study=study, by=team.dewi)
    make_photos(team, 3)
    study.scales.update(adjudicate_beyond=1)
    with pytest.raises(NotReady, match="adjudicator"):
        open_reading_study(study=study, by=team.dewi)
    study.scales.all().delete()
    with pytest.raises(NotReady, match="scale"):
        open_reading_study(study=study, by=team.dewi)
    study.refresh_from_db()
    assert study.is_draft
    assert not study.cases.exists()
    add_scale(study)
    with pytest.raises(NotAllowed):
        open_reading_study(study=study, by=team.chandra)
    open_reading_study(study=study, by=team.dewi)
    with pytest.raises(ReadingStudyFixed):
        open_reading_study(study=study, by=team.dewi)


def test_each_reader_has_an_order_of_their_own_with_repeats(
    team: Team, una: User, vito: User
) -> None:
    make_photos(team, 12)
    study = make_open(team, una, vito, repeats_percent=25, repeat_distance=4)
    orders = [
        [(turn.case_id, turn.is_repeat) for turn in seat(study, who).turns.order_by("position")]
        for who in (una, vito)
    ]
    assert [len(order) for order in orders] == [15, 15]
    assert orders[0] != orders[1]
    assert {case for case, _ in orders[0]} == set(study.cases.values_list("pk", flat=True))


def test_too_few_cases_for_repeats_open_nothing(team: Team, una: User) -> None:
    make_photos(team, 10)
    with pytest.raises(NotReady, match="10 cases are too few"):
        make_open(team, una, repeats_percent=20, repeat_distance=20)
    assert not Turn.objects.exists()
    assert not is_blinded(una, team.study)


def test_photos_turned_down_damaged_or_locked_are_no_cases(team: Team, una: User) -> None:
    photos = make_photos(team, 5)
    Photo.objects.filter(pk=photos[0].pk).update(state="retake_wanted")
    Photo.objects.filter(pk=photos[1].pk).update(kept_out=True)
    Participant.objects.filter(pk=photos[2].visit.participant_id).update(data_use="none")
    study = make_open(team, una)
    assert {case.photo for case in study.cases.all()} == set(photos[3:])


def test_pairs_are_two_visits_of_one_person(team: Team, una: User) -> None:
    make_photos(team, 3, visits=3)
    study = make_open(team, una, shown="pairs")
    assert study.cases.count() == 6
    for case in study.cases.all():
        assert case.photo.visit.participant_id == case.second.visit.participant_id
        assert case.photo.visit_id != case.second.visit_id


# --- Reading -------------------------------------------------------------------------------------


def test_a_reading_is_kept_once_and_the_next_case_comes(team: Team, una: User) -> None:
    make_photos(team, 3)
    study = make_open(team, una)
    theirs = seat(study, una)
    first, second = next_turns(theirs)[:2]
    request = uuid4()
    answer = Answer(values={"wrinkles": 2})
    kept = save_reading(seat=theirs, key=first.key, answer=answer, request_id=request)
    assert kept.values == {"wrinkles": 2}
    again = save_reading(seat=theirs, key=first.key, answer=answer, request_id=request)
    assert again == kept
    with pytest.raises(NotYourTurn):
        save_reading(seat=theirs, key=first.key, answer=answer, request_id=uuid4())
    assert next_turns(theirs)[0] == second
    assert Reading.objects.count() == 1


@pytest.mark.parametrize(
    "answer",
    [
        Answer(),
        Answer(values={"wrinkles": 4}),
        Answer(values={"wrinkles": "2"}),
        Answer(values={"pores": 1}),
        Answer(unreadable="tired"),
    ],
)
def test_what_the_scale_does_not_have_is_refused(team: Team, una: User, answer: Answer) -> None:
    make_photos(team, 1)
    study = make_open(team, una)
    theirs = seat(study, una)
    with pytest.raises(GradesIncomplete):
        save_reading(seat=theirs, key=next_turns(theirs)[0].key, answer=answer, request_id=uuid4())
    assert not Reading.objects.exists()


def test_the_last_reading_is_taken_back_once(team: Team, una: User) -> None:
    make_photos(team, 4)
    study = make_open(team, una)
    first, second = read_next(study, una, 1), read_next(study, una, 2)
    theirs = seat(study, una)
    with pytest.raises(ReadingFixed):
        undo_reading(seat=theirs, reading=first)
    assert undo_reading(seat=theirs, reading=second) == second.turn
    assert last_reading(theirs) == first
    with pytest.raises(ReadingFixed):
        undo_reading(seat=theirs, reading=first)
    assert next_turns(theirs)[0] == second.turn
    other = read_next(study, una, 3)
    assert other.turn == second.turn
    assert set(Reading.objects.standing()) == {first, other}
    assert Reading.objects.count() == 3


def test_what_was_read_never_changes_after_closing(team: Team, una: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una)
    kept = read_next(study, una, 1)
    theirs = seat(study, una)
    with pytest.raises(ReasonMissing):
        close_reading_study(study=study, by=team.dewi)
    turn = next_turns(theirs)[0]
    close_reading_study(study=study, by=team.dewi, reason="No more time.")
    with pytest.raises(ReadingFixed):
        save_reading(
            seat=theirs, key=turn.key, answer=Answer(values={"wrinkles": 1}), request_id=uuid4()
        )
    with pytest.raises(ReadingFixed):
        undo_reading(seat=theirs, reading=kept)


def test_a_reader_who_leaves_keeps_what_was_read(team: Team, una: User, vito: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una, vito)
    read_next(study, una, 1)
    gone = seat(study, una)
    with pytest.raises(ReasonMissing):
        remove_reader(seat=gone, reason=" ", by=team.dewi)
    remove_reader(seat=gone, reason="Moved away.", by=team.dewi)
    with pytest.raises(MayNotRead):
        seat_of(study, una)
    assert Reading.objects.standing().count() == 1
    assert set(gone.turns.values_list("state", flat=True)) == {"read", "dropped"}


def test_a_photo_that_is_gone_is_no_turn(team: Team, una: User) -> None:
    make_photos(team, 2)
    study = make_open(team, una)
    theirs = seat(study, una)
    first = next_turns(theirs)[0]
    Photo.objects.filter(pk=first.case.photo_id).update(kept_out=True)
    assert first not in next_turns(theirs)
    with pytest.raises(NotYourTurn):
        save_reading(
            seat=theirs, key=first.key, answer=Answer(values={"wrinkles": 1}), request_id=uuid4()
        )


# --- Differences and consensus -------------------------------------------------------------------


def test_an_adjudicator_is_asked_where_readers_lie_too_far_apart(
    team: Team, una: User, vito: User
) -> None:
    judge = make_reader(team, "Wei", role="adjudicator")
    make_photos(team, 1)
    study = make_open(team, una, vito, adjudicator=judge)
    read_next(study, una, 0)
    assert not Adjudication.objects.exists()
    read_next(study, vito, 2)
    assert Adjudication.objects.get().scales == ["wrinkles"]


def test_within_the_difference_nobody_is_asked(team: Team, una: User, vito: User) -> None:
    judge = make_reader(team, "Wei", role="adjudicator")
    make_photos(team, 1)
    study = make_open(team, una, vito, adjudicator=judge)
    read_next(study, una, 1)
    read_next(study, vito, 2)
    assert not Adjudication.objects.exists()


def test_the_consensus_is_the_lower_median_and_nobody_sees_it_before(
    team: Team, una: User, vito: User
) -> None:
    make_photos(team, 1)
    study = make_open(team, una, vito)
    read_next(study, una, 3)
    read_next(study, vito, 2)
    assert not Reading.objects.visible_to(team.dewi).exists()
    close_reading_study(study=study, by=team.dewi)
    row = Consensus.objects.get()
    assert (row.value, row.how, row.readers) == (2, "median", 2)
    assert Reading.objects.visible_to(team.dewi).count() == 2
    assert not Reading.objects.visible_to(una).exists()
    assert not ReadingStudy.objects.visible_to(team.amina).exists()
