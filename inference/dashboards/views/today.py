"""Today: what has to be done now, by the harm that waiting does; and all of one kind."""

from django.core.paginator import Paginator
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.dashboards.services import waiting
from inference.dashboards.services.waiting import Asked
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.services.rights import refusal
from studies.protocol.views.access import StaffRequest, study_page

PER_PAGE = 50


@require_safe
@study_page(Permission.STUDY_VIEW)
def today(request: StaffRequest, study: Study) -> HttpResponse:
    """What waits among what one may see, each group with its first rows and a link to all."""
    sites, site = _sites(request, study)
    asked = Asked.today(study, request.user, site)
    groups = waiting.groups(asked)
    context = {
        "study": study,
        "section": "today",
        "groups": groups,
        "next": None if groups else waiting.coming(asked),
        "on": asked.on,
        "sites": sites,
        "site": site,
    }
    return render(request, "inference/dashboards/today.html", context)


@require_safe
@study_page(Permission.STUDY_VIEW)
def today_kind(request: StaffRequest, study: Study, kind: str) -> HttpResponse:
    """Everything of one kind that waits, and nothing else."""
    chosen = waiting.kind_of(kind)
    if chosen is None:
        raise Http404
    if chosen.sees not in request.can:
        raise refusal(chosen.sees, f"in study {study.code}")
    sites, site = _sites(request, study)
    asked = Asked.today(study, request.user, site)
    pages = Paginator(waiting.all_rows(asked, chosen), PER_PAGE)
    page = pages.get_page(request.GET.get("page"))
    context = {
        "study": study,
        "section": "today",
        "kind": chosen,
        "words": chosen.words(pages.count),
        "number": pages.count,
        "page": page,
        "rows": waiting.described(asked, chosen, list(page.object_list)),
        "sites": sites,
        "site": site,
    }
    return render(request, "inference/dashboards/today_kind.html", context)


def _sites(request: StaffRequest, study: Study) -> tuple[list[Site], Site | None]:
    """The sites to choose from, none where there is no choice, and the one that is chosen."""
    mine = list(Site.objects.visible_to(request.user).filter(study=study))
    chosen = next((site for site in mine if site.code == request.GET.get("site")), None)
    return (mine if len(mine) > 1 else []), chosen
