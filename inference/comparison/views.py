"""Two packages over the same photos of a study, side by side."""

from django.db.models import QuerySet
from django.http import HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.comparison.forms import CompareForm
from inference.comparison.services import Comparison, comparison_csv, figures
from inference.packages.models import ModelPackage
from inference.scoring.services.scores import scored_packages, sources
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.platform.errors import Invalid
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.SCORE_VIEW)
def comparison(request: StaffRequest, study: Study) -> HttpResponse:
    """The figures of every condition; one of them (``?condition=``) with its plot and tables."""
    packages = scored_packages(study=study, user=request.user)
    first, second = _chosen(request, study, packages)
    compared = None
    if first and second and first != second:
        compared = figures(study=study, first=first, second=second, user=request.user)
    chosen = {"first": first.pk if first else None, "second": second.pk if second else None}
    context = {
        "study": study,
        "section": "models",
        "form": CompareForm(initial=chosen, packages=packages),
        "enough": packages.count() > 1,
        "found": compared,
        "shown": _shown(request, compared),
        "query": f"first={chosen['first']}&second={chosen['second']}",
    }
    return render(request, "inference/comparison/comparison.html", context)


def _chosen(
    request: StaffRequest, study: Study, packages: QuerySet[ModelPackage]
) -> tuple[ModelPackage | None, ModelPackage | None]:
    """The two asked for; else the primary and the newest other that scored something."""
    if "first" in request.GET:
        form = CompareForm(request.GET, packages=packages)
        if form.is_valid():
            return form.cleaned_data["first"], form.cleaned_data["second"]
        raise Invalid(
            "One of these models has scored no photo of this study that you may see. Choose two "
            "from the list."
        )
    seen = list(packages)
    primary = sources(study.pk).primary
    first = primary if primary in seen else next(iter(seen), None)
    return first, next((package for package in seen if package != first), None)


def _shown(request: StaffRequest, comparison: Comparison | None) -> object:
    if comparison is None or not comparison.conditions:
        return None
    wanted = request.GET.get("condition")
    matching = [
        condition for condition in comparison.conditions if condition.condition.pk == wanted
    ]
    return (matching or comparison.conditions)[0]


@require_safe
@study_page(Permission.EXPORT)
def comparison_file(request: StaffRequest, study: Study) -> HttpResponseBase:
    """Every pair as CSV, of the sites where one may export; the act is recorded."""
    packages = scored_packages(study=study, user=request.user, permission=Permission.EXPORT)
    form = CompareForm(request.GET, packages=packages)
    if not form.is_valid():
        raise Invalid(
            "The address names no two models that have scored photos you may export. Nothing was "
            "exported; choose them on the comparison page."
        )
    lines = comparison_csv(
        study=study,
        first=form.cleaned_data["first"],
        second=form.cleaned_data["second"],
        by=request.user,
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(f"{study.code}-comparison.csv")
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
