"""The study's front page, and its live part."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.cells.live import next_beat
from inference.dashboards.services import activity
from inference.dashboards.services import overview as dashboards
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """Enrolment, visits, photos, work, activity and severities of the sites one may see."""
    now = dashboards.overview(study=study, user=request.user)
    context = {
        "study": study,
        "section": "overview",
        "overview": now,
        "spreads": dashboards.spreads(study=study, user=request.user),
        "activity": activity.recent(study=study, user=request.user),
        "beat": next_beat(request, busy=now.work.busy),
    }
    return render(request, "inference/dashboards/overview.html", context)


@require_safe
@study_page(Permission.STUDY_VIEW)
def live(request: StaffRequest, study: Study) -> HttpResponse:
    """The numbers again; the severities only when a run ended since (``?seen=`` runs done)."""
    now = dashboards.overview(study=study, user=request.user)
    context = {
        "study": study,
        "overview": now,
        "activity": activity.recent(study=study, user=request.user),
        "beat": next_beat(request, busy=now.work.busy),
    }
    if request.GET.get("seen") != str(now.runs["done"]):
        context["spreads"] = dashboards.spreads(study=study, user=request.user)
        context["swap_spreads"] = True
    return render(request, "inference/dashboards/_live.html", context)
