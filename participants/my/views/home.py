"""The participant's home: today's visit, what comes next, and how to reach the site."""

import json

from django.http import HttpResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.views.decorators.http import require_safe

from participants.capture.services import uploads
from participants.capture.steps import Step, coming_visits, next_wanted, steps_of
from participants.capture.views import engine
from participants.consent.services import consents
from participants.messaging import services as messages
from participants.my import assets as phone_assets
from participants.people.models import Participant
from participants.people.tags import words_url
from participants.people.views.my import MyRequest, my_page
from participants.visits import services as visits
from participants.visits.models import Visit

SIMD = "_simd_"  # what every phone of the last years runs; others fetch theirs when they need it


@require_safe
@my_page
def home(request: MyRequest) -> HttpResponse:
    """What to do today, or when to come back."""
    uploads.clear_stale()
    participant = request.participant
    today = visits.today(participant.study)
    visit = visits.open_visit(participant, today)
    steps = steps_of(visit) if visit else []
    messages.note_seen(step.photo for step in steps)
    coming = coming_visits(participant, today)
    situation = _situation(participant, visit, steps)
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
        "consent": consents.consent_in_force(participant),
        "newer_consent": consents.needs_new_consent(participant),
        "taken": sum(step.state in ("accepted", "checking") for step in steps),
        "addresses": _addresses(steps if situation in ("todo", "checking", "done") else []),
    }
    return render(request, "participants/my/home.html", context)


def _next_step(steps: list[Step]) -> Step | None:
    """The step to take: what is wanted again before what was never taken."""
    return next((step for step in steps if step.state == "retake"), None) or next_wanted(steps)


def _addresses(steps: list[Step]) -> str:
    """What the service worker keeps for a visit without a connection, as JSON for ``home.js``.

    The engine is the larger part by far: ``home.js`` asks for it on a line that is not metered.
    """
    shell = [reverse("my:home"), reverse("my:offline"), reverse("my:engine"), words_url()]
    files = [static(f"{phone_assets.ENGINE}face_mesh.js")]
    files += [at for name, at in engine.addresses().items() if "_wasm_" not in name or SIMD in name]
    return json.dumps({"visit": shell + [step.url for step in steps], "engine": files})


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
    return "done"
