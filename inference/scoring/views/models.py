"""The packages a study scores with: in use side by side, available, used before."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import next_beat
from inference.packages.forms import ReasonForm
from inference.packages.models import ModelPackage, StudyModel
from inference.packages.services import registry
from inference.scoring.forms import ActivateForm, RescoreForm
from inference.scoring.services import rescores, runs, study_models
from inference.scoring.services.scores import active_packages, scored_packages
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.MODEL_VIEW)
def models(request: StaffRequest, study: Study) -> HttpResponse:
    """What the study scores with, what it could use, what it used before."""
    return models_page(request, study)


def models_page(
    request: StaffRequest,
    study: Study,
    *,
    form: ActivateForm | None = None,
    rescore_form: RescoreForm | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page, with a form that has to be mended, if there is one."""
    active = list(active_packages(study.pk))
    past = StudyModel.objects.filter(study=study, deactivated_at__isnull=False)
    available = study_models.available_packages(study=study, user=request.user)
    jobs = rescores.rescores_of(study=study, user=request.user)
    context = {
        "study": study,
        "section": "models",
        "active": [
            (row, runs.unscored(study=study, package=row.package).count()) for row in active
        ],
        "available": available,
        "past": past.select_related("package").order_by("-deactivated_at"),
        "form": form or ActivateForm(packages=available),
        "reason_form": ReasonForm(auto_id=False),
        "rescore_form": rescore_form or RescoreForm(packages=usable(request), auto_id="again-%s"),
        "rescore_open": rescore_form is not None,
        "jobs": jobs,
        "beat": next_beat(request, busy=any(job.rescore.open for job in jobs)),
        "comparable": scored_packages(study=study, user=request.user).count() > 1,
        "may_activate": Permission.MODEL_ACTIVATE in request.can,
        "may_register": registry.may_register(request.user),
    }
    return render(request, "inference/scoring/models.html", context, status=status)


def usable(request: StaffRequest) -> QuerySet[ModelPackage]:
    """The packages that may start work."""
    seen = ModelPackage.objects.visible_to(request.user)
    return seen.filter(state=ModelPackage.State.REGISTERED)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def activate(request: StaffRequest, study: Study) -> HttpResponse:
    """Take a package into use, with a reason for the record."""
    packages = study_models.available_packages(study=study, user=request.user)
    form = ActivateForm(request.POST, packages=packages)
    if not form.is_valid():
        return models_page(request, study, form=form, status=422)
    in_use = study_models.activate(
        study=study,
        package=form.cleaned_data["package"],
        reason=form.cleaned_data["reason"],
        score_accepted=form.cleaned_data["score_accepted"],
        by=request.user,
    )
    messages.success(request, f"{in_use.package} is now in use in {study.code}.")
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def make_primary(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Let another package's scores be the current ones."""
    package = _used_here(request, study, pk)
    study_models.make_primary(
        study=study, package=package, reason=_reason(request), by=request.user
    )
    messages.success(request, f"{package} is now primary: its scores are the current ones.")
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def deactivate(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Stop using a package; what it scored stays."""
    package = _used_here(request, study, pk)
    study_models.deactivate(study=study, package=package, reason=_reason(request), by=request.user)
    messages.success(request, f"{package} is no longer in use in {study.code}; its scores stay.")
    return redirect("inference:models", study.code)


def _used_here(request: StaffRequest, study: Study, pk: int) -> ModelPackage:
    seen = ModelPackage.objects.visible_to(request.user)
    return get_object_or_404(seen.filter(studies__study=study).distinct(), pk=pk)


def _reason(request: StaffRequest) -> str:
    form = ReasonForm(request.POST)
    return str(form.cleaned_data["reason"]) if form.is_valid() else ""
