"""A questionnaire on the participant's phone: its page, and the answers as they arrive."""

from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from participants.answers.asked import NEW, assignments_of, language_for
from participants.answers.reading import read_filled
from participants.answers.services.slots import Slot, find_slot
from participants.answers.services.submitting import require_collected, submit
from participants.people.services.languages import reading_language
from participants.people.views.my import MyRequest, my_photos_endpoint, my_photos_page
from studies.assignments.models import Assignment
from studies.platform.errors import Refusal


@require_safe
@my_photos_page
def questionnaire(request: MyRequest, assignment: str, place: str) -> HttpResponseBase:
    """``/my/questionnaires/<assignment>/<place>/``: the form, filled in and kept on the phone.

    The page brings the whole form along, so that it can be filled in without a line. It says
    nothing of what was answered.
    """
    slot = _slot(request, assignment, place)
    closed = _why_closed(request, slot)
    language = language_for(slot.version.form, reading_language(request.participant))
    context = {
        "study": request.participant.study,
        "site": request.participant.site,
        "title": slot.assignment.instrument.title,
        "language": language,
        "opens_on": slot.opens_on,
        "closes_on": slot.closes_on,
        "closed": closed,
        "data": None if closed else _data(slot, place, language.key),
    }
    return render(request, "participants/answers/my/questionnaire.html", context)


def _slot(request: MyRequest, code: str, place: str) -> Slot:
    assignment: Assignment = get_object_or_404(assignments_of(request.participant), code=code)
    return find_slot(request.participant, assignment, place)


def _why_closed(request: MyRequest, slot: Slot) -> Refusal | None:
    """Why nothing can be filled in now, if so; having answered already is no such reason."""
    if slot.answered:
        return None
    try:
        require_collected(request.participant, by=request.participant)
    except Refusal as refusal:
        return refusal
    return None


def _data(slot: Slot, place: str, language: str) -> dict[str, Any]:
    """What ``page.js`` begins with."""
    return {
        "assignment": slot.assignment.code,
        "place": place,
        "title": slot.assignment.instrument.title,
        "answered": slot.answered and place != NEW,
        "opens_on": slot.opens_on.isoformat() if slot.opens_on else None,
        "closes_on": slot.closes_on.isoformat() if slot.closes_on else None,
        "version": slot.version.number,
        "sha256": slot.version.sha256,
        "xform": slot.version.xform,
        "language": language,
        "zone": slot.participant.zone.key,
        "engine": reverse("my:form_engine"),
        "home": reverse("my:home"),
    }


@require_POST
@my_photos_endpoint
def answers(request: MyRequest, assignment: str, place: str) -> HttpResponseBase:
    """Take the answers of one form; 200 with their number once they are kept for good.

    The same again is the same answer. A refusal says which questions, and the phone keeps them.
    """
    form: Assignment = get_object_or_404(assignments_of(request.participant), code=assignment)
    filled = read_filled(request, request.participant)
    revision = submit(
        participant=request.participant,
        assignment=form,
        place=place,
        filled=filled,
        by=request.participant,
    )
    body = {
        "request_id": str(revision.request_id),
        "sha256": revision.sha256,
        "received_at": timezone.localtime(revision.received_at).isoformat(),
    }
    return JsonResponse(body)
