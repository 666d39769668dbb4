"""The participant's home: today's visit, what comes next, and how to reach the site."""

import json
from datetime import date, timedelta
from typing import cast

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from participants.answers.asked import Asked, asked_of, open_until
from participants.answers.views import frame
from participants.capture.services import uploads
from participants.capture.steps import Step, coming_visits, next_wanted, steps_of
from participants.capture.views import engine
from participants.consent.services import consents
from participants.messaging import services as messages
from participants.people.middleware import opened_device, opened_link
from participants.people.models import Device, Participant
from participants.people.tags import words_url
from participants.people.views.my import MyRequest, let_send, my_photos_page
from participants.visits import services as visits
from participants.visits.models import Visit

OPEN = ("todo", "checking", "held", "done")  # situations with a visit


@require_safe
@my_photos_page
def home(request: MyRequest) -> HttpResponse:
    """What to do today, or when to come back."""
    uploads.clear_stale()
    participant = request.participant
    today = visits.today(participant)
    visit = visits.open_visit(participant, today)
    steps = steps_of(visit) if visit else []
    messages.note_seen(step.photo for step in steps)
    coming = [] if request.photos_only else coming_visits(participant, today)
    situation = _situation(participant, visit, steps)
    asked = asked_of(participant, today)
    context = {
        "participant": participant,
        "study": participant.study,
        "site": participant.site,
        "visit": visit,
        "steps": steps,
        "next_step": _next_step(steps),
        "done": sum(step.state == "accepted" for step in steps),
        "situation": situation,
        "coming": coming[0] if coming else None,
        "later": coming[1:],
        "photos_only": request.photos_only,
        "consent": None if request.photos_only else consents.consent_in_force(participant),
        "newer_consent": consents.needs_new_consent(participant),
        "taken": sum(step.state in ("accepted", "checking", "held") for step in steps),
        "addresses": _addresses(steps if situation in OPEN else [], asked),
        **_asked_apart(asked, visit),
        "first_asked": _first_asked(asked, situation),
        "zone": participant.zone.key,
    }
    response = render(request, "participants/my/home.html", context)
    ends = (visit.closes_on if visit else None, open_until(asked))
    _let_send(request, max((day for day in ends if day), default=None), response)
    return response


def _asked_apart(asked: list[Asked], visit: Visit | None) -> dict[str, list[Asked]]:
    """Before the photos, after them, and at any time; without a visit nothing comes before."""
    due = [one for one in asked if one.state != "any"]
    before = [one for one in due if one.before] if visit else []
    return {
        "asked_before": before,
        "asked_after": [one for one in due if one not in before],
        "asked_any": [one for one in asked if one.state == "any"],
    }


def _first_asked(asked: list[Asked], situation: str) -> Asked | None:
    """What to fill in next, if that comes before the next photo."""
    waiting = [one for one in asked if one.state == "todo"]
    if situation == "todo":
        waiting = [one for one in waiting if one.before]
    return next(iter(sorted(waiting, key=lambda one: not one.before)), None)


def _let_send(request: MyRequest, last: date | None, response: HttpResponse) -> None:
    """While the link's session lasts: let this phone send what is open until the day ``last``.

    Until that is over, and as long after as a photo taken in time is accepted.
    """
    invitation, device = opened_link(request), opened_device(request)
    if last is None or invitation is None:
        return
    closes = visits.midnight(request.participant, last + timedelta(days=1))
    until = closes + timedelta(hours=settings.LATE_ARRIVAL_HOURS)
    held = device is not None and device.participant_id == request.participant.pk
    if not (held and cast("Device", device).expires_at >= until):
        let_send(request, response, invitation, until)


def _next_step(steps: list[Step]) -> Step | None:
    """The step to take: what is wanted again before what was never taken."""
    return next((step for step in steps if step.state == "retake"), None) or next_wanted(steps)


def _addresses(steps: list[Step], asked: list[Asked]) -> str:
    """What the service worker keeps for a visit without a connection, as JSON for ``home.js``.

    The engines are the larger part by far: ``home_phone.js`` asks for them unless the person's own
    setting says to spare the line.
    """
    shell = [reverse("my:home"), reverse("my:offline"), reverse("my:engine"), words_url()]
    pages = shell + [step.url for step in steps]
    forms = [one.url for one in asked if one.state != "sent"]
    return json.dumps(
        {
            "visit": pages + forms + ([reverse("my:form_engine")] if forms else []),
            "engine": engine.wanted(),
            "forms": frame.wanted() if forms else [],
        }
    )


def _situation(participant: Participant, visit: Visit | None, steps: list[Step]) -> str:
    """One word for the page: what the participant is told first."""
    if participant.state == Participant.State.COMPLETED:
        return "completed"
    if participant.state != Participant.State.ENROLLED:
        return "not_enrolled"
    if consents.consent_in_force(participant) is None:
        return "no_consent"
    if visit is None:
        return "no_visit"
    if any(step.wanted for step in steps):
        return "todo"
    if any(step.state == "checking" for step in steps):
        return "checking"
    return "held" if any(step.state == "held" for step in steps) else "done"
