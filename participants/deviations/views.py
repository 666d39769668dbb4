"""The list of deviations, for monitors and those who read histories."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from participants.deviations.models import Deviation
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 50


@require_safe
@study_page(Permission.HISTORY_VIEW)
def deviations(request: StaffRequest, study: Study) -> HttpResponse:
    """Departures from the protocol, newest first; by kind, by site, those that hold still."""
    rows = Deviation.objects.visible_to(request.user).filter(participant__study=study)
    kind = request.GET.get("kind", "")
    kind = kind if kind in Deviation.Kind.values else ""
    if kind:
        rows = rows.filter(kind=kind)
    sites = Site.objects.visible_to(request.user, Permission.HISTORY_VIEW).filter(study=study)
    site = sites.filter(code=request.GET.get("site", "")).first()
    if site is not None:
        rows = rows.filter(participant__site=site)
    if request.GET.get("standing"):
        rows = rows.filter(over_at=None)
    rows = rows.select_related("participant__site", "visit__definition")
    context = {
        "study": study,
        "section": "schedule",
        "page": Paginator(rows, PER_PAGE).get_page(request.GET.get("page")),
        "kinds": Deviation.Kind.choices,
        "kind": kind,
        "site": site,
        "standing": bool(request.GET.get("standing")),
    }
    return render(request, "participants/deviations/deviations.html", context)
