"""A third person decides where readers differ: one at a time, unnamed, once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from inference.reading.errors import (
    GradesIncomplete,
    MayNotRead,
    NotYourTurn,
    ReadingFixed,
)
from inference.reading.models import Adjudication, Consensus, ReadingStudy, Seat, Turn
from inference.reading.services.adjudicating import (
    _claim,
    claim_next,
    decide,
    decided_by,
    said_of,
    waiting_for,
)
from inference.reading.services.opening import close_reading_study
from inference.reading.services.seats import add_reader, remove_reader
from inference.reading.services.taking import Answer, undo_reading
from studies.access.models import User
from studies.record.models import AuditEvent
from tests.conftest import Team
from tests.inference.reading.making import make_open, make_photos, make_reader, read_next, seat


@pytest.fixture
def readers(team: Team) -> tuple[User, User]:
    return make_reader(team, "Una"), make_reader(team, "Vito")


@pytest.fixture
def wei(team: Team) -> User:
    return make_reader(team, "Wei", role="adjudicator")


def differ(study: ReadingStudy, readers: tuple[User, User]) -> None:
    """Each case 0 by the one and 3 by the other."""
    for reader, grade in zip(readers, (0, 3), strict=True):
        for _case in study.cases.all():
            read_next(study, reader, grade)


@pytest.fixture
def study(team: Team, readers: tuple[User, User], wei: User) -> ReadingStudy:
    make_photos(team, 3)
    opened: ReadingStudy = make_open(team, *readers, adjudicator=wei)
    differ(opened, readers)
    return opened


def answer(grade: int) -> Answer:
    return Answer(values={"wrinkles": grade})


def test_a_decision_stands_and_is_recorded_without_the_grade(
    study: ReadingStudy, team: Team, wei: User
) -> None:
    theirs = seat(study, wei)
    row = claim_next(seat=theirs)
    done = decide(seat=theirs, key=row.key, answer=answer(2))
    assert (done.state, done.values, done.seat) == ("decided", {"wrinkles": 2}, theirs)
    again = decide(seat=theirs, key=row.key, answer=answer(1))
    assert again.values == {"wrinkles": 2}
    assert decided_by(theirs) == 1
    event = AuditEvent.objects.get(action="reading.decide")
    assert event.contents.new == {"reading_study": "READ-1", "scales": ["wrinkles"]}
    close_reading_study(study=study, by=team.dewi, reason="Enough.")
    decided = Consensus.objects.get(case=row.case)
    assert (decided.value, decided.how) == (2, "adjudicated")


def test_unreadable_is_a_decision_and_nothing_is_none(study: ReadingStudy, wei: User) -> None:
    theirs = seat(study, wei)
    row = claim_next(seat=theirs)
    with pytest.raises(GradesIncomplete):
        decide(seat=theirs, key=row.key, answer=Answer())
    done = decide(seat=theirs, key=row.key, answer=Answer(unreadable="dark"))
    assert (done.unreadable, done.values) == ("dark", {})


def test_of_two_at_once_one_gets_it_and_the_other_the_next(
    study: ReadingStudy, team: Team, wei: User
) -> None:
    other = make_reader(team, "Xia", role="adjudicator")
    add_reader(study=study, user=other, by=team.dewi, role=Seat.Role.ADJUDICATOR)
    one, two = seat(study, wei), seat(study, other)
    first, second = claim_next(seat=one), claim_next(seat=two)
    assert first != second
    assert claim_next(seat=one) == first
    assert first not in waiting_for(two)
    with pytest.raises(NotYourTurn):
        decide(seat=two, key=first.key, answer=answer(1))
    assert claim_next(seat=two) == second
    # Left lying for half an hour, it is anybody's.
    decide(seat=two, key=second.key, answer=answer(1))
    decide(seat=two, key=claim_next(seat=two).key, answer=answer(1))
    assert claim_next(seat=two) is None
    long_ago = timezone.now() - timedelta(minutes=31)
    Adjudication.objects.filter(pk=first.pk).update(claimed_at=long_ago)
    assert claim_next(seat=two) == first
    with pytest.raises(NotYourTurn):
        decide(seat=one, key=first.key, answer=answer(1))


def test_a_claim_is_taken_only_as_it_was_seen(study: ReadingStudy, wei: User) -> None:
    """What another took between looking and taking is not taken from them."""
    theirs = seat(study, wei)
    free, left_lying = waiting_for(theirs)[:2]
    Adjudication.objects.filter(pk=free.pk).update(state="claimed", claimed_at=timezone.now())
    assert not _claim(free, theirs)
    long_ago = timezone.now() - timedelta(minutes=31)
    left_lying.state, left_lying.claimed_at = "claimed", long_ago
    Adjudication.objects.filter(pk=left_lying.pk).update(
        state="claimed", claimed_at=timezone.now(), seat=theirs
    )
    assert not _claim(left_lying, theirs)


def test_what_readers_said_is_unnamed_and_in_no_order(
    team: Team, readers: tuple[User, User], wei: User
) -> None:
    make_photos(team, 16)
    study = make_open(team, *readers, adjudicator=wei)
    differ(study, readers)
    orders = {
        tuple(one.values["wrinkles"] for one in said_of(row)) for row in Adjudication.objects.all()
    }
    assert orders == {(0.0, 3.0), (3.0, 0.0)}
    row = Adjudication.objects.first()
    assert said_of(row) == said_of(row)
    assert set(vars(said_of(row)[0])) == {"values", "unreadable"}


def test_readers_do_not_decide_nor_does_anybody_after_the_end(
    study: ReadingStudy, team: Team, readers: tuple[User, User], wei: User
) -> None:
    with pytest.raises(MayNotRead):
        claim_next(seat=seat(study, readers[0]))
    theirs = seat(study, wei)
    row = claim_next(seat=theirs)
    with pytest.raises(NotYourTurn):
        decide(seat=theirs, key=uuid4(), answer=answer(1))
    wei.memberships.update(ended_at=timezone.now())
    with pytest.raises(MayNotRead):
        decide(seat=theirs, key=row.key, answer=answer(1))
    wei.memberships.update(ended_at=None)
    close_reading_study(study=study, by=team.dewi, reason="Enough.")
    with pytest.raises(ReadingFixed):
        decide(seat=theirs, key=row.key, answer=answer(1))
    with pytest.raises(ReadingFixed):
        claim_next(seat=theirs)


def test_a_case_being_decided_on_is_not_taken_back(
    team: Team, readers: tuple[User, User], wei: User
) -> None:
    make_photos(team, 1)
    study = make_open(team, *readers, adjudicator=wei)
    read_next(study, readers[0], 0)
    last = read_next(study, readers[1], 3)
    claim_next(seat=seat(study, wei))
    with pytest.raises(ReadingFixed, match="decided"):
        undo_reading(seat=seat(study, readers[1]), reading=last)


def test_a_reader_who_leaves_holds_up_nobody(
    team: Team, readers: tuple[User, User], wei: User
) -> None:
    third = make_reader(team, "Yara")
    make_photos(team, 1)
    study = make_open(team, *readers, third, adjudicator=wei)
    read_next(study, readers[0], 0)
    read_next(study, readers[1], 3)
    assert not Adjudication.objects.exists()
    remove_reader(seat=seat(study, third), reason="Ill.", by=team.dewi)
    assert Adjudication.objects.get().scales == ["wrinkles"]


def test_pairs_lie_the_same_way_for_everybody(team: Team, readers: tuple[User, User]) -> None:
    make_photos(team, 8, visits=3)
    study = make_open(team, *readers, shown="pairs", repeats_percent=20, repeat_distance=4)
    for case in study.cases.all():
        assert len(set(case.turns.values_list("swapped", flat=True))) == 1
    assert set(Turn.objects.values_list("swapped", flat=True)) == {True, False}
