"""What readers say of their next case, and the one step back."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from inference.reading.errors import NotYourTurn, ReadingFixed
from inference.reading.models import Adjudication, Case, Reading, Seat, Turn
from inference.reading.services.answering import Answer, taken
from inference.reading.services.calibrating import calibrate, is_judged
from inference.reading.services.consensus import differing
from inference.reading.services.turns import (
    locked_seat,
    next_turns,
    require_open,
    seat_of,
    show,
    waiting_turns,
)
from studies.record import services as audit

__all__ = [
    "Answer",
    "last_reading",
    "look_for_difference",
    "may_undo",
    "next_turns",
    "save_reading",
    "seat_of",
    "show",
    "taken",
    "undo_reading",
    "waiting_turns",
]

LONGEST_MS = 24 * 3600 * 1000


def last_reading(seat: Seat) -> Reading | None:
    """The reading that can still be taken back: the last, until the next is saved."""
    rows = Reading.objects.standing().filter(turn__seat=seat)
    return rows.select_related("turn__case").order_by("-saved_at", "-pk").first()


def may_undo(seat: Seat) -> Reading | None:
    """The last reading, if it can be taken back."""
    last = last_reading(seat)
    return last if last is not None and not _why_not_undone(seat, last) else None


@transaction.atomic
def save_reading(*, seat: Seat, key: UUID, answer: Answer, request_id: UUID) -> Reading:
    """Keep what the reader says of their next case. The same ``request_id`` again changes nothing.

    What was said is in no audit event: those are read while the study is open.

    Raises:
        MayNotRead: the person may not read blind any more.
        NotYourTurn: ``key`` is not the next case: read in another tab, dropped, somebody else's.
        ReadingFixed: the study is not open any more, or the seat has ended.
        GradesIncomplete: a scale has no grade, or one that it does not have.
    """
    seat = locked_seat(seat)
    before = Reading.objects.filter(request_id=request_id).select_related("turn").first()
    if before is not None and before.turn.seat_id == seat.pk:
        return before
    require_open(seat)
    turn = waiting_turns(seat).first()
    if turn is None or turn.key != key or before is not None:
        raise NotYourTurn(
            "This case was read already, in another tab perhaps, or its photo is no longer there. "
            "Nothing was changed; go on with the next."
        )
    kept = taken(list(seat.reading_study.scales.all()), answer)
    now = timezone.now()
    handed = turn.shown_at or now
    reading = Reading.objects.create(
        turn=turn,
        values=kept.values,
        parts=kept.parts,
        unreadable=kept.unreadable,
        viewing=dict(kept.viewing) if seat.reading_study.brightness else {},
        shown_at=_shown(kept.shown_ms, handed, now),
        saved_at=now,
        active_ms=_active(kept.active_ms, handed, now),
        request_id=request_id,
    )
    Turn.objects.filter(pk=turn.pk).update(state=Turn.State.READ)
    _record(seat, "reading.save", reading)
    if turn.case.use == Case.Use.CALIBRATION:
        calibrate(seat=seat)
    look_for_difference(turn.case)
    return reading


@transaction.atomic
def undo_reading(*, seat: Seat, reading: Reading) -> Turn:
    """Take the last reading back; its row stays, undone, and the case comes again at once.

    Raises:
        MayNotRead: the person may not read blind any more.
        ReadingFixed: it is not the last one, was taken back before, is being decided on, was the
            last of a calibration, or the study is not open any more.
    """
    seat = locked_seat(seat)
    require_open(seat)
    last = last_reading(seat)
    if last is None or last.pk != reading.pk:
        raise ReadingFixed("Only the last reading can be taken back, once. Nothing was changed.")
    why = _why_not_undone(seat, last)
    if why:
        raise ReadingFixed(why)
    Adjudication.objects.filter(case=last.turn.case, state=Adjudication.State.WAITING).delete()
    Reading.objects.filter(pk=last.pk).update(undone_at=timezone.now())
    Turn.objects.filter(pk=last.turn_id).update(state=Turn.State.WAITING)
    _record(seat, "reading.undo", last)
    last.turn.state = Turn.State.WAITING
    return last.turn


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


def _why_not_undone(seat: Seat, last: Reading) -> str:
    """The sentence that refuses to take the last reading back; empty where nothing speaks."""
    if Reading.objects.filter(turn__seat=seat, undone_at__gt=last.saved_at).exists():
        # One was taken back after it: then the one before is fixed.
        return "Only the last reading can be taken back, once. Nothing was changed."
    decided = Adjudication.objects.filter(case=last.turn.case)
    if decided.exclude(state=Adjudication.State.WAITING).exists():
        return "This case is being decided on already. Nothing was changed."
    if last.turn.case.use == Case.Use.CALIBRATION and is_judged(seat):
        return "The calibration was judged with this case. Nothing was changed."
    return ""


def _shown(told: int | None, handed: datetime, now: datetime) -> datetime:
    """When it came on the screen: as the page tells, never before its picture was handed out."""
    if told is None:
        return handed
    return max(handed, now - timedelta(milliseconds=max(0, min(int(told), LONGEST_MS))))


def _active(told: int, since: datetime, until: datetime) -> int:
    """Time at work in ms: as the page tells, never more than passed since it was handed out."""
    passed = int((until - since) / timedelta(milliseconds=1))
    return max(0, min(int(told), passed, LONGEST_MS))


def _record(seat: Seat, action: str, reading: Reading) -> None:
    study = seat.reading_study
    audit.record(
        by=seat.user,
        action=action,
        target=reading,
        study=study.study.code,
        new={"reading_study": study.code, "place": reading.turn.position},
    )
