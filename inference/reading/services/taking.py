"""A reader's next case, what they say of it, and the one step back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from inference.reading.errors import GradesIncomplete, MayNotRead, NotYourTurn, ReadingFixed
from inference.reading.models import Adjudication, Case, Reading, ReadingStudy, Scale, Seat, Turn
from inference.reading.scales import Kind, Parts, areas_of, checked, score_of
from inference.reading.services.consensus import differing
from participants.capture.models import Photo
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import invalid
from studies.protocol.services.rights import may_anywhere

LONGEST_MS = 24 * 3600 * 1000


@dataclass(frozen=True)
class Answer:
    """What a reader says of a case, as the page sends it.

    ``values`` is scale code → number, ``parts`` scale code → area → part → number.
    """

    values: Mapping[str, object] = field(default_factory=dict)
    parts: Mapping[str, Parts] = field(default_factory=dict)
    unreadable: str = ""
    active_ms: int = 0
    viewing: Mapping[str, object] = field(default_factory=dict)


def seat_of(study: ReadingStudy, user: User) -> Seat:
    """The reader's seat in an open study.

    Raises:
        MayNotRead: there is none, or the person may not read blind any more.
    """
    seat = study.seats.standing().filter(user=user).select_related("reading_study").first()
    if seat is None or not may_anywhere(user, Permission.READ_BLIND, study=study.study):
        raise MayNotRead("You have no seat in this reading study.")
    return seat


def waiting_turns(seat: Seat) -> QuerySet[Turn]:
    """The cases still to be read, in order; none whose photo cannot be shown at present."""
    readable = Photo.objects.in_use().filter(kept_out=False).exclude(upright_file="")
    return (
        seat.turns.filter(state=Turn.State.WAITING, case__photo__in=readable)
        .select_related("case__photo", "case__second")
        .order_by("position")
    )


def next_turns(seat: Seat, *, most: int = 3) -> list[Turn]:
    """The next case, and those that follow it, for their pictures to be fetched ahead."""
    return list(waiting_turns(seat)[:most])


def show(turn: Turn) -> Turn:
    """Note that the case is on the reader's screen; the first time counts."""
    if turn.shown_at is None:
        now = timezone.now()
        Turn.objects.filter(pk=turn.pk, shown_at=None).update(shown_at=now)
        turn.refresh_from_db(fields=["shown_at"])
    return turn


def last_reading(seat: Seat) -> Reading | None:
    """The reading that can still be taken back: the last, until the next is saved."""
    rows = Reading.objects.standing().filter(turn__seat=seat)
    return rows.select_related("turn__case").order_by("-saved_at", "-pk").first()


@transaction.atomic
def save_reading(*, seat: Seat, key: UUID, answer: Answer, request_id: UUID) -> Reading:
    """Keep what the reader says of their next case. The same ``request_id`` again changes nothing.

    Raises:
        NotYourTurn: ``key`` is not the next case: read in another tab, dropped, somebody else's.
        ReadingFixed: the study is not open any more, or the seat has ended.
        GradesIncomplete: a scale has no grade, or one that it does not have.
    """
    seat = _locked(seat)
    before = Reading.objects.filter(request_id=request_id, turn__seat=seat).first()
    if before is not None:
        return before
    _require_open(seat)
    turn = waiting_turns(seat).first()
    if turn is None or turn.key != key:
        raise NotYourTurn(
            "This case was read already, in another tab perhaps, or its photo is no longer there. "
            "Nothing was changed; go on with the next."
        )
    kept = taken(list(seat.reading_study.scales.all()), answer)
    now = timezone.now()
    reading = Reading.objects.create(
        turn=turn,
        values=kept.values,
        parts=kept.parts,
        unreadable=kept.unreadable,
        viewing=dict(kept.viewing) if seat.reading_study.brightness else {},
        shown_at=turn.shown_at or now,
        saved_at=now,
        active_ms=_active(kept.active_ms, turn.shown_at or now, now),
        request_id=request_id,
    )
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.READ)
    look_for_difference(turn.case)
    return reading


@transaction.atomic
def undo_reading(*, seat: Seat, reading: Reading) -> Turn:
    """Take the last reading back; its row stays, undone, and the case comes again at once.

    Raises:
        ReadingFixed: it is not the last one, was taken back before, is being decided on, or the
            study is not open any more.
    """
    seat = _locked(seat)
    _require_open(seat)
    last = last_reading(seat)
    if last is None or last.pk != reading.pk or _undone_since(seat, last.saved_at):
        raise ReadingFixed("Only the last reading can be taken back, once. Nothing was changed.")
    row = Adjudication.objects.filter(case=last.turn.case).first()
    if row is not None and row.state != Adjudication.State.WAITING:
        raise ReadingFixed("This case is being decided on already. Nothing was changed.")
    if row is not None:
        row.delete()
    Reading.objects.filter(pk=last.pk).update(undone_at=timezone.now())
    Turn.objects.filter(pk=last.turn_id).update(state=Turn.State.WAITING)
    last.turn.state = Turn.State.WAITING
    return last.turn


def taken(scales: list[Scale], answer: Answer) -> Answer:
    """The answer as it is kept: each scale's number, checked, and scores computed here.

    Raises:
        GradesIncomplete: as its fields say, by scale.
    """
    if answer.unreadable:
        if answer.unreadable not in Reading.Unreadable.values:
            raise GradesIncomplete("There is no such reason why a photo cannot be read.")
        return Answer(unreadable=answer.unreadable, active_ms=answer.active_ms)
    values: dict[str, object] = {}
    parts: dict[str, Parts] = {}
    problems: dict[str, str] = {}
    for scale in scales:
        kind = Kind(scale.kind)
        try:
            if areas_of(kind):
                parts[scale.code] = {k: dict(v) for k, v in answer.parts[scale.code].items()}
                values[scale.code] = score_of(kind, parts[scale.code])
            else:
                given = answer.values[scale.code]
                values[scale.code] = checked(kind, given, grades=len(scale.grades))
        except KeyError:
            problems[scale.code] = f"{scale.title}: not graded yet."
        except (ValueError, AttributeError, TypeError) as error:
            problems[scale.code] = f"{scale.title}: {error}."
    if problems:
        refusal = invalid("Grade every scale, or say that the photo cannot be read.", problems)
        raise GradesIncomplete(refusal.message, detail=refusal.detail)
    return Answer(values, parts, "", answer.active_ms, answer.viewing)


def look_for_difference(case: Case) -> None:
    """Ask an adjudicator once all readers have read ``case`` and lie too far apart."""
    if case.use != Case.Use.MAIN or case.gone_at is not None:
        return
    turns = Turn.objects.filter(case=case, is_repeat=False)
    if turns.filter(state=Turn.State.WAITING).exists():
        return
    readings = list(Reading.objects.standing().filter(turn__in=turns))
    scales = differing(case.reading_study.scales.all(), readings)
    if scales:
        Adjudication.objects.get_or_create(case=case, defaults={"scales": scales})


def _undone_since(seat: Seat, moment: datetime) -> bool:
    """Whether one was taken back after ``moment``: then the one before it is fixed."""
    return Reading.objects.filter(turn__seat=seat, undone_at__gt=moment).exists()


def _locked(seat: Seat) -> Seat:
    rows = Seat.objects.select_for_update(of=("self",)).select_related("reading_study")
    return rows.get(pk=seat.pk)


def _require_open(seat: Seat) -> None:
    if not seat.reading_study.is_open or seat.removed_at is not None:
        raise ReadingFixed(
            "This reading study is closed, or your seat has ended. What you graded before is kept; "
            "this case is not."
        )


def _active(told: int, since: datetime, until: datetime) -> int:
    """Time at work in ms: as the page tells, never more than passed since the case was shown."""
    passed = int((until - since) / timedelta(milliseconds=1))
    return max(0, min(int(told), passed, LONGEST_MS))
