"""Deciding where readers differ: one case at a time, the readers unnamed."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from inference.reading.models import Adjudication, Reading, ReadingStudy, Scale, Seat
from inference.reading.services.adjudicating import (
    Said,
    claim_next,
    claimed_by,
    decide,
    decided_by,
    differing_scales,
    held,
    is_swapped,
    said_of,
    waiting_for,
)
from inference.reading.services.feedback import value_words
from inference.reading.services.pictures import SIDES, mm_per_pixel, picture_of_case
from inference.reading.services.taking import seat_of
from inference.reading.views.read import not_now, picture_response, standing_seat
from inference.reading.views.seated import (
    answer_in,
    answered_in_json,
    seated,
    sent,
    shown_scales,
)
from studies.protocol.views.access import StaffRequest


@require_safe
@seated
def deciding(request: StaffRequest, reading: ReadingStudy) -> HttpResponseBase:
    """How many differing cases wait; the one that was begun, with what the readers said."""
    seat = standing_seat(request, reading)
    if seat is None or not reading.is_open:
        return not_now(request, reading)
    if seat.role != Seat.Role.ADJUDICATOR:
        return redirect("inference:read", reading.study.code, reading.code)
    begun = claimed_by(seat)
    context: dict[str, Any] = {
        "study": reading.study,
        "reading": reading,
        "section": "my_reading",
        "begun": begun,
        "left": waiting_for(seat).count(),
        "decided": decided_by(seat),
    }
    if begun is None:
        return render(request, "inference/reading/deciding.html", context)
    return render(request, "inference/reading/decide.html", context | _case(begun, reading))


def _case(row: Adjudication, reading: ReadingStudy) -> dict[str, Any]:
    scales = differing_scales(row)
    places = range(1 if row.case.second_id is None else 2)
    swapped = is_swapped(row)
    return {
        "scales": shown_scales(scales),
        "said": [(scale, [_words(scale, one) for one in said_of(row)]) for scale in scales],
        "reasons": Reading.Unreadable.choices,
        "sides": SIDES,
        "places": places,
        "mm": [
            mm_per_pixel(row.case, swapped=swapped, place=place, size="full") for place in places
        ],
    }


def _words(scale: Scale, said: Said) -> str:
    if said.unreadable:
        return f"could not be read: {Reading.Unreadable(said.unreadable).label}"
    return value_words(scale, said.values.get(scale.code))


@require_POST
@seated
def claim(request: StaffRequest, reading: ReadingStudy) -> HttpResponse:
    """Take the next differing case."""
    if claim_next(seat=seat_of(reading, request.user)) is None:
        messages.info(request, "No case waits at present: the last one has just been taken.")
    return redirect("inference:decide", reading.study.code, reading.code)


@require_safe
@seated
def differing_picture(
    request: StaffRequest, reading: ReadingStudy, key: UUID, place: int, size: str
) -> HttpResponse:
    """A picture of the case that was claimed."""
    row = held(seat_of(reading, request.user), key)
    data = picture_of_case(row.case, swapped=is_swapped(row), place=place, size=size)
    return picture_response(data)


@require_POST
@seated
@answered_in_json
def save_decision(request: StaffRequest, reading: ReadingStudy, key: UUID) -> JsonResponse:
    """Write the decision down, and take the next case."""
    seat = seat_of(reading, request.user)
    decide(seat=seat, key=key, answer=answer_in(sent(request)))
    claim_next(seat=seat)
    return JsonResponse({"state": "decided"})
