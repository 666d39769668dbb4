"""A participant's severities over time."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_safe

from inference.cells.live import is_fragment, next_beat
from inference.change.services.of_participant import of_participant
from inference.dashboards.services.trajectories import trajectories
from participants.people.models import Participant
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.SCORE_VIEW)
def participant_scores(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Charts and a table; only these when htmx asks, to be put into another page."""
    seen = Participant.objects.visible_to(request.user, Permission.SCORE_VIEW)
    participant = get_object_or_404(seen.select_related("study", "site"), study=study, code=code)
    shown = trajectories(participant=participant, user=request.user)
    known = {condition: change.points for condition, change in shown.changes.items()}
    changed = of_participant(participant=participant, user=request.user, smallest=known)
    context = {
        "study": study,
        "section": "participants",
        "participant": participant,
        "trajectories": shown,
        "chart": shown.chart(),
        "changed": changed,
        "beat": next_beat(request, busy=True) if shown.pending else None,
    }
    page = "_participant_scores" if is_fragment(request) else "participant_scores"
    response = render(request, f"inference/dashboards/{page}.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response
