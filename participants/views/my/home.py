"""The participant's home: today's visit, what comes next, and how to reach the site."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from participants import uploads
from participants.models import Participant, Visit
from participants.services import consents, visits
from participants.views.my.access import MyRequest, my_page
from participants.views.my.steps import Step, coming_visits, next_wanted, steps_of


@require_safe
@my_page
def home(request: MyRequest) -> HttpResponse:
    """What to do today, or when to come back."""
    uploads.clear_stale()
    participant = request.participant
    today = visits.today(participant.study)
    visit = visits.open_visit(participant, today)
    steps = steps_of(visit) if visit else []
    coming = coming_visits(participant, today)
    context = {
        "participant": participant,
        "study": participant.study,
        "site": participant.site,
        "visit": visit,
        "steps": steps,
        "next_step": next_wanted(steps),
        "done": sum(step.state == "accepted" for step in steps),
        "situation": _situation(participant, visit, steps),
        "coming": coming[0] if coming else None,
        "later": coming[1:],
        "consent": consents.consent_in_force(participant),
        "newer_consent": consents.needs_new_consent(participant),
        "today": today,
    }
    return render(request, "my/home.html", context)


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
