"""A reader's seat, and which case is next."""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.reading.errors import MayNotRead, NotYourTurn, ReadingFixed
from inference.reading.models import Case, ReadingStudy, Seat, Turn
from participants.capture.models import Photo
from participants.people.services.record import record_about
from studies.access.models import User
from studies.access.permissions import Permission
from studies.protocol.services.rights import may_anywhere

AHEAD = 3  # cases whose pictures a page may have: the next one, and two to be fetched ahead


def seat_of(study: ReadingStudy, user: User) -> Seat:
    """The reader's seat in a study.

    Raises:
        MayNotRead: there is none, or the person may not read blind any more.
    """
    related = ("reading_study__study", "user")
    seat = study.seats.standing().filter(user=user).select_related(*related).first()
    if seat is None or not may_anywhere(user, Permission.READ_BLIND, study=study.study):
        raise MayNotRead("You have no seat in this reading study.")
    return seat


def locked_seat(seat: Seat) -> Seat:
    """The seat as it stands, held until the transaction ends.

    Raises:
        MayNotRead: the person's roles do not read blind any more.
    """
    rows = Seat.objects.select_for_update(of=("self",))
    row = rows.select_related("reading_study__study", "user").get(pk=seat.pk)
    if not may_anywhere(row.user, Permission.READ_BLIND, study=row.reading_study.study):
        raise MayNotRead("Your role in this study does not grade photos any more.")
    return row


def require_open(seat: Seat) -> None:
    """Refuse what comes after the end.

    Raises:
        ReadingFixed: the study is not open, or the seat has ended.
    """
    if not seat.reading_study.is_open or seat.removed_at is not None:
        raise ReadingFixed(
            "This reading study is closed, or your seat has ended. What you graded before is kept; "
            "this case is not."
        )


def waiting_turns(seat: Seat) -> QuerySet[Turn]:
    """The cases still to be read, in order; none whose photo cannot be shown at present.

    While a calibration has to be passed, none that counts.
    """
    turns = showable_turns(seat)
    if must_calibrate(seat):
        turns = turns.exclude(case__use=Case.Use.MAIN)
    return turns.select_related("case__photo", "case__second", "seat__reading_study__study")


def showable_turns(seat: Seat) -> QuerySet[Turn]:
    """All that wait and can be shown at present, in order."""
    readable = Photo.objects.in_use().filter(kept_out=False).exclude(upright_file="")
    turns = seat.turns.filter(state=Turn.State.WAITING, case__photo__in=readable)
    if seat.reading_study.shown == ReadingStudy.Shown.PAIRS:
        turns = turns.filter(case__second__in=readable)
    return turns.order_by("position")


def must_calibrate(seat: Seat) -> bool:
    """Whether the study has a bar that this reader has not passed."""
    if seat.reading_study.calibration_needs is None or seat.calibrated_at is not None:
        return False
    turns = seat.turns.filter(case__use=Case.Use.CALIBRATION)
    return turns.exclude(state=Turn.State.DROPPED).exists()


def next_turns(seat: Seat, *, most: int = AHEAD) -> list[Turn]:
    """The next case, and those that follow it, for their pictures to be fetched ahead."""
    return list(waiting_turns(seat)[:most])


def turn_of(seat: Seat, key: object) -> Turn:
    """The case of ``key``, if its picture may be seen now: the next one, or one of those ahead.

    Raises:
        NotYourTurn: it is not.
        ReadingFixed: the study is not open.
    """
    require_open(seat)
    for turn in next_turns(seat):
        if turn.key == key:
            return turn
    raise NotYourTurn("This case is not one of your next ones.")


@transaction.atomic
def show(turn: Turn) -> Turn:
    """Note that the case's picture was handed to the reader's page; the first time counts.

    Looking at a face is an act: it is recorded, of whom and by whom, and not what was graded.
    """
    unseen = Turn.objects.filter(pk=turn.pk, shown_at=None)
    if turn.shown_at is None and unseen.update(shown_at=timezone.now()):
        study = turn.seat.reading_study
        record_about(
            turn.case.participant,
            "reading.view",
            by=turn.seat.user,
            target=turn,
            new={"reading_study": study.code},
        )
    turn.refresh_from_db(fields=["shown_at"])
    return turn
