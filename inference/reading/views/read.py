"""Reading blind: the page, its cases and pictures, what is saved and taken back."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from inference.reading.errors import MayNotRead, ReadingFixed
from inference.reading.models import Anchor, Case, Reading, ReadingStudy, Seat, Turn
from inference.reading.services.calibrating import awaits_manager, calibration_of, is_judged
from inference.reading.services.feedback import feedback_of
from inference.reading.services.pictures import SIDES, mm_per_pixel, picture_of
from inference.reading.services.progress import Progress, progress_of
from inference.reading.services.taking import (
    last_reading,
    may_undo,
    next_turns,
    save_reading,
    seat_of,
    show,
    undo_reading,
)
from inference.reading.services.turns import turn_of
from inference.reading.views.seated import (
    answer_in,
    answered_in_json,
    request_id_in,
    seated,
    sent,
    shown_scales,
)
from studies.platform.private_files import POLICY, read_private
from studies.protocol.views.access import StaffRequest


@require_safe
@seated
def read(request: StaffRequest, reading: ReadingStudy) -> HttpResponseBase:
    """One case at a time. Nothing of a case is in the page or in its address."""
    seat = standing_seat(request, reading)
    if seat is None or not reading.is_open:
        return not_now(request, reading)
    if seat.role == Seat.Role.ADJUDICATOR:
        return redirect("inference:decide", reading.study.code, reading.code)
    scales = list(reading.scales.prefetch_related("anchors"))
    context = {
        "study": reading.study,
        "reading": reading,
        "scales": shown_scales(scales),
        "reasons": Reading.Unreadable.choices,
        "sides": SIDES,
        "places": range(2 if reading.shown == ReadingStudy.Shown.PAIRS else 1),
        "person": seat.number,
    }
    return render(request, "inference/reading/read.html", context)


def standing_seat(request: StaffRequest, reading: ReadingStudy) -> Seat | None:
    """The seat, if it has not ended."""
    try:
        return seat_of(reading, request.user)
    except MayNotRead:
        return None


def not_now(request: StaffRequest, reading: ReadingStudy) -> HttpResponse:
    """Why there is nothing to read here: not open yet, closed, or the seat has ended."""
    why = reading.state if not reading.is_open else "ended"
    context = {"study": reading.study, "reading": reading, "section": "my_reading", "why": why}
    status = 200 if reading.is_draft else 410
    return render(request, "inference/reading/not_now.html", context, status=status)


@require_safe
@seated
@answered_in_json
def next_case(request: StaffRequest, reading: ReadingStudy) -> JsonResponse:
    """Which case is next, which follow, and how far one is."""
    return JsonResponse(state_of(_open_seat(request, reading)))


@require_safe
@seated
def picture(
    request: StaffRequest, reading: ReadingStudy, key: UUID, place: int, size: str
) -> HttpResponse:
    """A picture of the next case, or of one to be fetched ahead."""
    turn = turn_of(_open_seat(request, reading), key)
    answer = picture_response(picture_of(turn, place=place, size=size))
    if request.method == "GET":
        show(turn)
    return answer


def picture_response(data: bytes) -> HttpResponse:
    """A picture whose headers say no more than that it is one."""
    return HttpResponse(
        data,
        content_type="image/jpeg",
        headers={
            "Content-Disposition": 'inline; filename="picture.jpg"',
            "Cache-Control": "private, no-store",
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
        },
    )


@require_POST
@seated
@answered_in_json
def save(request: StaffRequest, reading: ReadingStudy, key: UUID) -> JsonResponse:
    """Keep what the reader says of the next case; the answer tells what comes then."""
    seat = _open_seat(request, reading)
    told = sent(request)
    kept = save_reading(seat=seat, key=key, answer=answer_in(told), request_id=request_id_in(told))
    seat = seat_of(reading, request.user)  # a calibration may have been passed
    state = state_of(seat) | {"feedback": feedback_of(kept)}
    if kept.turn.case.use == Case.Use.CALIBRATION:
        state["calibration"] = _calibration(seat)
    return JsonResponse(state)


@require_POST
@seated
@answered_in_json
def undo(request: StaffRequest, reading: ReadingStudy) -> JsonResponse:
    """Take the last reading back; its case comes again, with what was said of it."""
    seat = _open_seat(request, reading)
    last = last_reading(seat)
    if last is None:
        raise ReadingFixed("There is nothing to take back.")
    undo_reading(seat=seat, reading=last)
    before = {"values": last.values, "parts": last.parts, "unreadable": last.unreadable}
    return JsonResponse(state_of(seat) | {"before": before})


@require_safe
@seated
def anchor(request: StaffRequest, reading: ReadingStudy, pk: int) -> HttpResponse:
    """A picture that shows what a grade looks like."""
    _open_seat(request, reading)
    found = get_object_or_404(Anchor, pk=pk, scale__reading_study=reading)
    return picture_response(read_private(found.file))


def _open_seat(request: StaffRequest, reading: ReadingStudy) -> Seat:
    seat = seat_of(reading, request.user)
    if not reading.is_open:
        raise ReadingFixed("This reading study is not open. What you graded before is kept.")
    return seat


def state_of(seat: Seat) -> dict[str, Any]:
    """All that the page knows of where the reader is."""
    turns = next_turns(seat)
    use = turns[0].case.use if turns else Case.Use.MAIN
    state: dict[str, Any] = {
        "state": "case" if turns else "done",
        "turns": [_turn(turn) for turn in turns],
        "progress": _progress(progress_of(seat, use)),
        "undo": may_undo(seat) is not None,
    }
    if awaits_manager(seat):
        state |= {"state": "awaits", "calibration": _calibration(seat)}
    return state


def _turn(turn: Turn) -> dict[str, Any]:
    """A case, by its key; and the scale of its pictures in full size."""
    places = range(1 if turn.case.second_id is None else 2)
    told = [
        mm_per_pixel(turn.case, swapped=turn.swapped, place=place, size="full") for place in places
    ]
    return {"key": str(turn.key), "use": turn.case.use, "mm": told}


def _progress(far: Progress) -> dict[str, Any]:
    return {
        "use": far.use,
        "done": far.done,
        "of": far.of,
        "active_ms": far.active_ms,
        "left_ms": far.left_ms,
    }


def _calibration(seat: Seat) -> dict[str, Any] | None:
    found = calibration_of(seat)
    if found is None or found.left or (found.needs is not None and not is_judged(seat)):
        return None
    return {"percent": found.percent, "needs": found.needs, "passed": found.passed}
