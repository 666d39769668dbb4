"""Monitoring: a study by site, the flow of its participants, and the rows behind each number."""

from functools import partial
from typing import Any
from urllib.parse import urlencode

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from participants.allocation.services.reading import arms_by_name
from participants.deviations.models import Deviation
from participants.monitoring.consort import draw_flow
from participants.monitoring.flow import Flow, label_of
from participants.monitoring.services.flow import flow_file, flow_people, participant_flow
from participants.monitoring.services.sites import entered_deviations, site_lines
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 50
CONSORT = "CONSORT flow diagram"


def _sites(request: StaffRequest, study: Study) -> tuple[list[Site], Site | None]:
    """The sites the person may look at, and the one that is asked for, if it is one of them."""
    seen = Site.objects.visible_to(request.user, Permission.MONITORING_VIEW).filter(study=study)
    sites = list(seen.order_by("code"))
    asked = request.GET.get("site", "")
    chosen = next((site for site in sites if site.code == asked), None)
    if asked and chosen is None:
        raise Http404
    return sites, chosen


@require_safe
@study_page(Permission.MONITORING_VIEW)
def monitoring(request: StaffRequest, study: Study) -> HttpResponse:
    """The study by site, and the flow of its participants."""
    sites, site = _sites(request, study)
    lines = site_lines(study=study, user=request.user)
    flow = participant_flow(study=study, user=request.user, site=site)
    context: dict[str, Any] = {
        "study": study,
        "section": "monitoring",
        "lines": lines,
        "all_sites": study.sites.count() == len(sites),
        "sites": sites,
        "site": site,
        "kinds": Deviation.Kind.choices,
        "flow": flow,
        "diagrams": [
            (kind, _drawn(flow, study, site, kind == "phone")) for kind in ("desk", "phone")
        ],
        "totals": {
            "enrolled": sum(line.enrolled for line in lines),
            "target": sum(line.target for line in lines),
            "changed": sum(line.verified.get("changed", 0) for line in lines),
            "to_verify": sum(line.to_verify for line in lines),
            "deviations": sum(line.standing_deviations + line.entered for line in lines),
            "queries": sum(line.queries.open for line in lines if line.queries),
            "retake_rate": _rate(lines),
        },
    }
    return render(request, "participants/monitoring/monitoring.html", context)


def _rate(lines: list[Any]) -> int | None:
    judged = sum(line.photos.judged for line in lines)
    return round(100 * sum(line.photos.retaken for line in lines) / judged) if judged else None


def _title(study: Study, site: Site | None) -> str:
    return f"{CONSORT}, {study.code}" + (f", {site.code}" if site else "")


def _drawn(flow: Flow, study: Study, site: Site | None, phone: bool) -> str:
    """The diagram of the page, with each number leading to its rows; escaped where it is drawn."""
    link = partial(_people_url, study, site)
    title = _title(study, site)
    drawing = draw_flow(flow, title=title, link=link, phone=phone, look="flow__svg")
    return mark_safe(drawing)  # noqa: S308 - every text of it is escaped in ``drawing``


def _people_url(study: Study, site: Site | None, box: str, arm: str | None) -> str:
    asked = {"box": box}
    if arm is not None:
        asked["arm"] = arm
    if site is not None:
        asked["site"] = site.code
    return f"{reverse('participants:flow_people', args=[study.code])}?{urlencode(asked)}"


@require_safe
@study_page(Permission.MONITORING_VIEW)
def people_of_flow(request: StaffRequest, study: Study) -> HttpResponse:
    """Those whom one number of the flow counts; without a box those screened."""
    _all, site = _sites(request, study)
    box, arm = request.GET.get("box", "screened"), request.GET.get("arm")
    people = flow_people(study=study, user=request.user, box=box, arm=arm, site=site)
    flow = participant_flow(study=study, user=request.user, site=site)
    names = {group.arm: group.name for group in flow.groups}
    page = Paginator(people, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    arms = arms_by_name(shown, study=study, user=request.user) if flow.by_arm else {}
    context = {
        "study": study,
        "section": "monitoring",
        "label": label_of(flow, box),
        "arm": names.get(arm, "") if arm is not None else "",
        "site": site,
        "page": page,
        "rows": [(person, arms.get(person.pk, "")) for person in shown],
        "by_arm": flow.by_arm,
    }
    return render(request, "participants/monitoring/people.html", context)


@require_safe
@study_page(Permission.MONITORING_VIEW)
def flow_svg(request: StaffRequest, study: Study) -> HttpResponse:
    """The diagram as a file of its own, without links, for a report."""
    _all, site = _sites(request, study)
    flow = participant_flow(study=study, user=request.user, site=site)
    drawing = draw_flow(flow, title=_title(study, site))
    response = HttpResponse(drawing, content_type="image/svg+xml; charset=utf-8")
    name = f"{study.code}{f'-{site.code}' if site else ''}-flow"
    response["Content-Disposition"] = attachment(f"{name}.svg")
    _private(response)
    return response


@require_safe
@study_page(Permission.MONITORING_VIEW)
def flow_csv(request: StaffRequest, study: Study) -> StreamingHttpResponse:
    """The numbers of the flow as a CSV file."""
    _all, site = _sites(request, study)
    lines = flow_file(study=study, by=request.user, site=site)
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    name = f"{study.code}{f'-{site.code}' if site else ''}-flow"
    response["Content-Disposition"] = attachment(f"{name}.csv")
    _private(response)
    return response


def _private(response: HttpResponseBase) -> None:
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"


@require_safe
@study_page(Permission.MONITORING_VIEW)
def deviations_entered(request: StaffRequest, study: Study) -> HttpResponse:
    """Deviations that people entered, newest first."""
    _all, site = _sites(request, study)
    rows = entered_deviations(study, request.user)
    if site is not None:
        rows = rows.filter(participant__site=site)
    related = rows.select_related(
        "participant__site", "assignment__instrument", "visit__definition"
    )
    context = {
        "study": study,
        "section": "monitoring",
        "site": site,
        "page": Paginator(related.order_by("-submitted_at", "-pk"), PER_PAGE).get_page(
            request.GET.get("page")
        ),
        "title": _("Deviations entered"),
    }
    return render(request, "participants/monitoring/deviations.html", context)
