"""Trying a package on one photo: asked for, shown when it is done, forgotten."""

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.cache import patch_vary_headers
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import is_fragment, next_beat
from inference.packages.models import ModelPackage
from inference.packages.views import package_page
from inference.scoring.quality import readable_quality
from inference.trials.forms import TryForm
from inference.trials.models import Trial
from inference.trials.services import trials
from studies.platform.errors import Invalid
from studies.platform.work import worker_missing
from studies.protocol.views.access import StaffRequest, signed_in


@require_POST
@signed_in
def try_package(request: StaffRequest, pk: int) -> HttpResponse:
    """Try the package on a photo of a study or on a file."""
    package = get_object_or_404(ModelPackage.objects.visible_to(request.user), pk=pk)
    photos = trials.photos_to_try(request.user)
    form = TryForm(request.POST, request.FILES, photos=photos)
    if form.is_valid():
        try:
            trial = _start(package, form, request)
        except Invalid as refusal:
            form.add_error("file", refusal.message)
        else:
            return redirect("inference:trial", trial.pk)
    return package_page(request, package, try_form=form, status=422)


def _start(package: ModelPackage, form: TryForm, request: StaffRequest) -> Trial:
    data = form.cleaned_data
    if not data["photo"]:
        return trials.try_upload(
            package=package,
            upload=data["file"],
            view=data["view"],
            profile=data["profile"],
            by=request.user,
        )
    photos = trials.photos_to_try(request.user)
    photo = next(photo for photo in photos if str(photo.pk) == data["photo"])
    return trials.try_photo(package=package, photo=photo, by=request.user)


@require_safe
@never_cache
@signed_in
def trial(request: StaffRequest, trial: UUID) -> HttpResponse:
    """What the package said; the page asks again until it has."""
    shown = _trial(request, trial)
    result = trials.shown(shown)
    waiting = trials.waiting(shown)
    if is_fragment(request):
        return HttpResponse(status=204, headers={} if waiting else {"HX-Refresh": "true"})
    context = {
        "trial": shown,
        "package": shown.package,
        "result": result,
        "waiting": waiting,
        "worker_missing": waiting and worker_missing(),
        "quality": readable_quality(result.quality) if result else None,
        "beat": next_beat(request, busy=True) if waiting else None,
    }
    response = render(request, "inference/trials/trial.html", context)
    patch_vary_headers(response, ["HX-Request"])
    return response


def _trial(request: StaffRequest, trial: UUID) -> Trial:
    seen = Trial.objects.visible_to(request.user).select_related("package", "photo")
    return get_object_or_404(seen, pk=trial)


@require_POST
@signed_in
def forget(request: StaffRequest, trial: UUID) -> HttpResponse:
    """Forget it now."""
    asked = _trial(request, trial)
    trials.forget(trial=asked)
    messages.success(request, "The photo and what was said of it are no longer kept.")
    return redirect("inference:package", asked.package_id)
