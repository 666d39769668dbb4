"""What is asked for today, as the participant's own scripts read it."""

from typing import Any

from django.http import JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participants.answers.asked import Asked, asked_of
from participants.capture.steps import Step, steps_of
from participants.consent.services import consents
from participants.people.views.my import MyRequest, my_photos_endpoint
from participants.visits import services as visits
from participants.visits.models import Visit


@require_safe
@my_photos_endpoint
def today(request: MyRequest) -> HttpResponseBase:
    """``/my/today.json``: whose session this is, a CSRF token, the time here, what is asked today.

    The phone compares its clock with ``now`` and sends what it keeps for ``participant`` only.
    """
    participant = request.participant
    on = visits.today(participant)
    visit = visits.open_visit(participant, on)
    body: dict[str, Any] = {
        "participant": str(participant.outbox_owner),
        "csrf": get_token(request),
        "now": timezone.now().isoformat(),
        "uploads": reverse("my:uploads"),
        "questionnaires": f"{reverse('my:home')}questionnaires/",
        "consent": consents.standing(participant),
        "visit": _visit(visit) if visit else None,
        "steps": [_step(step) for step in steps_of(visit)] if visit else [],
        "forms": [_form(one) for one in asked_of(participant, on)],
    }
    return JsonResponse(body)


def _visit(visit: Visit) -> dict[str, str]:
    return {
        "code": visit.definition.code,
        "name": visit.definition.local_name,
        "opens_on": visit.opens_on.isoformat(),
        "closes_on": visit.closes_on.isoformat(),
    }


def _form(asked: Asked) -> dict[str, str]:
    return {"assignment": asked.assignment.code, "place": asked.place, "state": asked.state}


def _step(step: Step) -> dict[str, Any]:
    return {
        "view": step.view,
        "name": str(step.name),
        "state": step.state,
        "url": step.url,
        "photo": str(step.photo.pk) if step.photo else None,
        "reasons": [_(reason["message"]) for reason in step.reasons],
    }
