"""The packages a study scores with: in use side by side, available, used before."""

from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import next_beat
from inference.packages.forms import ReasonForm
from inference.packages.models import ModelPackage, StudyModel
from inference.packages.services import registry
from inference.scoring.forms import ActivateForm, RescoreForm
from inference.scoring.services import rescores, study_models, tallies
from inference.scoring.services.scores import active_packages, scored_packages
from studies.access.permissions import Permission
from studies.platform.forms import carry_seen, show_refusal
from studies.platform.seen import ChangedMeanwhile
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
    reason_form: ReasonForm | None = None,
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
        "active": [(row, tallies.unscored(study=study, package=row.package_id)) for row in active],
        "available": available,
        "past": past.select_related("package").order_by("-deactivated_at"),
        "form": form or _activate_form(None, study, available),
        "reason_form": reason_form or _reason_form(None, study),
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
    form = _activate_form(request, study, packages)
    if not form.is_valid():
        return models_page(request, study, form=form, status=422)
    try:
        in_use = study_models.activate(study=study, by=request.user, **form.cleaned_data)
    except ChangedMeanwhile as refusal:
        show_refusal(form, refusal, current=partial(study_models.shown, study))
        return models_page(request, study, form=form, status=refusal.status)
    messages.success(request, f"{in_use.package} is now in use in {study.code}.")
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def make_primary(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Let another package's scores be the current ones."""
    package = _used_here(request, study, pk)
    said = _("%(package)s is now primary: its scores are the current ones.")
    return _change(request, study, package, study_models.make_primary, said)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def deactivate(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Stop using a package; what it scored stays."""
    package = _used_here(request, study, pk)
    said = _("%(package)s is no longer in use in %(study)s; its scores stay.")
    return _change(request, study, package, study_models.deactivate, said)


def _change(
    request: StaffRequest,
    study: Study,
    package: ModelPackage,
    change: Callable[..., StudyModel],
    said: str,
) -> HttpResponse:
    form = _reason_form(request, study)
    form.full_clean()
    reason, seen = form.cleaned_data.get("reason", ""), form.cleaned_data.get("seen")
    try:
        change(study=study, package=package, reason=reason, by=request.user, seen=seen)
    except ChangedMeanwhile as refusal:
        show_refusal(form, refusal, current=partial(study_models.shown, study))
        return models_page(request, study, reason_form=form, status=refusal.status)
    messages.success(request, said % {"package": package, "study": study.code})
    return redirect("inference:models", study.code)


def _used_here(request: StaffRequest, study: Study, pk: int) -> ModelPackage:
    seen = ModelPackage.objects.visible_to(request.user)
    return get_object_or_404(seen.filter(studies__study=study).distinct(), pk=pk)


def _reason_form(request: StaffRequest | None, study: Study) -> ReasonForm:
    form = ReasonForm(request.POST if request else None, auto_id=False)
    carry_seen(form, partial(study_models.shown, study))
    return form


def _activate_form(
    request: StaffRequest | None, study: Study, packages: QuerySet[ModelPackage]
) -> ActivateForm:
    form = ActivateForm(request.POST if request else None, packages=packages)
    carry_seen(form, partial(study_models.shown, study))
    return form
