"""Scoring a study's photos again: asked for, watched, stopped."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import is_fragment, next_beat
from inference.scoring.forms import RescoreForm
from inference.scoring.models import Rescore
from inference.scoring.services import rescores
from inference.scoring.views.models import models_page, usable
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.MODEL_VIEW)
def progress(request: StaffRequest, study: Study) -> HttpResponse:
    """The newest of them and how far they are; a fragment that looks again while one is open."""
    if not is_fragment(request):
        return redirect("inference:models", study.code)
    jobs = rescores.rescores_of(study=study, user=request.user)
    context = {
        "study": study,
        "jobs": jobs,
        "may_activate": Permission.MODEL_ACTIVATE in request.can,
        "beat": next_beat(request, busy=any(job.rescore.open for job in jobs)),
    }
    response = render(request, "inference/scoring/_rescores.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def start(request: StaffRequest, study: Study) -> HttpResponse:
    """Have every accepted photo scored with one package."""
    form = RescoreForm(request.POST, packages=usable(request), auto_id="again-%s")
    if not form.is_valid():
        return models_page(request, study, rescore_form=form, status=422)
    rescore = rescores.start_rescore(
        study=study,
        package=form.cleaned_data["package"],
        reason=form.cleaned_data["reason"],
        by=request.user,
    )
    messages.success(
        request,
        f"Scoring with {rescore.package} has begun. You may leave this page.",
    )
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def stop(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Hand out no more; what is scored stays."""
    seen = Rescore.objects.visible_to(request.user).filter(study=study)
    rescore = get_object_or_404(seen.select_related("study", "package"), pk=pk)
    rescores.stop_rescore(rescore=rescore, by=request.user)
    messages.success(request, f"Scoring with {rescore.package} is stopped; what was scored stays.")
    return redirect("inference:models", study.code)
