"""The study's front page, and its live part."""

import math
import time

from django.http import HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from inference.cells.live import next_beat
from inference.dashboards.services import activity, waiting
from inference.dashboards.services import overview as dashboards
from studies.access.permissions import Permission
from studies.platform.kept import kept, seconds_for
from studies.protocol.models import Study
from studies.protocol.services.rights import reach
from studies.protocol.views.access import StaffRequest, study_page

PART = 0.1  # drawn quicker than a hundredth of a second, the live part is drawn for each who looks


@require_safe
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """Enrolment, visits, photos, work, activity and severities of the sites one may see."""
    at = _now()
    now = dashboards.overview(study=study, user=request.user)
    context = {
        "study": study,
        "section": "overview",
        "at": at,
        "overview": now,
        "spreads": dashboards.spreads(study=study, user=request.user),
        "activity": activity.recent(study=study, user=request.user),
        "waiting": _waiting(request, study, now),
        "beat": next_beat(request, busy=now.work.busy),
    }
    return render(request, "inference/dashboards/overview.html", context)


@require_safe
@study_page(Permission.STUDY_VIEW)
def live(request: StaffRequest, study: Study) -> HttpResponse:
    """The numbers again; the severities only when a run ended since (``?seen=`` runs done).

    Drawn once for all who may see the same and look at about the same time, but never older than
    what the page shows already (``?at=``).
    """
    asked = f"{request.GET.get('idle')}:{request.GET.get('seen')}"
    key = f"live:{study.pk}:{reach(request.user, study=study)}:{asked}"
    at = _now()
    return HttpResponse(
        kept(key, lambda: _drawn(request, study, at), part=PART, since=_seen_at(request))
    )


def _waiting(request: StaffRequest, study: Study, now: dashboards.Overview) -> list[waiting.Line]:
    return waiting.waiting(study=study, user=request.user, failed=now.work.quarantined)


def _now() -> float:
    """Milliseconds are enough, rounded down: nothing that is found out later seems older."""
    return math.floor(time.time() * 1000) / 1000


def _seen_at(request: StaffRequest) -> float:
    """When what the page shows was found out; nothing from the future is believed."""
    try:
        at = float(request.GET.get("at", ""))
    except ValueError:
        return 0.0
    return at if at <= time.time() else 0.0


def _drawn(request: StaffRequest, study: Study, at: float) -> str:
    began = time.perf_counter()
    now = dashboards.overview(study=study, user=request.user)
    events = activity.recent(study=study, user=request.user)
    fresh_in = seconds_for(time.perf_counter() - began, part=PART)
    context = {
        "study": study,
        "at": at,
        "overview": now,
        "activity": events,
        "waiting": _waiting(request, study, now),
        "beat": next_beat(request, busy=now.work.busy, fresh_in=fresh_in),
    }
    if request.GET.get("seen") != str(now.runs["done"]):
        context["spreads"] = dashboards.spreads(study=study, user=request.user)
        context["swap_spreads"] = True
    return render_to_string("inference/dashboards/_live.html", context, request)
