"""Model packages: those a study uses, the card of each, registering a new one."""

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.errors import PackageRefused, PackageVersionTaken
from inference.forms import ActivateForm, DeactivateForm, RegisterForm
from inference.models import ModelPackage, StudyModel
from inference.services import registry, runs
from inference.services.cards import readable_card
from inference.services.scores import active_packages
from studies.errors import NotAllowed
from studies.models import Study
from studies.permissions import Permission
from studies.views.access import StaffRequest, signed_in, study_page


@require_safe
@study_page(Permission.MODEL_VIEW)
def models(request: StaffRequest, study: Study) -> HttpResponse:
    """What the study scores with, what it could use, what it used before."""
    return _models_page(request, study)


def _models_page(
    request: StaffRequest,
    study: Study,
    form: ActivateForm | None = None,
    status: int = 200,
) -> HttpResponse:
    active = list(active_packages(study.pk))
    past = StudyModel.objects.filter(study=study, deactivated_at__isnull=False)
    available = registry.available_packages(study=study, user=request.user)
    context = {
        "study": study,
        "section": "models",
        "active": [
            (row, runs.unscored(study=study, package=row.package).count()) for row in active
        ],
        "available": available,
        "past": past.select_related("package").order_by("-deactivated_at"),
        "form": form or ActivateForm(packages=available),
        "deactivate_form": DeactivateForm(auto_id="off-%s"),
        "may_activate": Permission.MODEL_ACTIVATE in request.can,
        "may_register": registry.may_register(request.user),
        "demonstrator": any(row.package.demonstrator for row in active),
    }
    return render(request, "inference/models.html", context, status=status)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def activate(request: StaffRequest, study: Study) -> HttpResponse:
    """Take a package into use, with a reason for the record."""
    packages = registry.available_packages(study=study, user=request.user)
    form = ActivateForm(request.POST, packages=packages)
    if not form.is_valid():
        return _models_page(request, study, form, status=422)
    registry.activate(
        study=study,
        package=form.cleaned_data["package"],
        reason=form.cleaned_data["reason"],
        score_accepted=form.cleaned_data["score_accepted"],
        by=request.user,
    )
    messages.success(request, f"{form.cleaned_data['package']} is now in use in {study.code}.")
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def deactivate(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Stop using a package; what it scored stays."""
    seen = ModelPackage.objects.visible_to(request.user)
    package = get_object_or_404(seen.filter(studies__study=study).distinct(), pk=pk)
    form = DeactivateForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    registry.deactivate(study=study, package=package, reason=reason, by=request.user)
    messages.success(request, f"{package} is no longer in use in {study.code}; its scores stay.")
    return redirect("inference:models", study.code)


@require_POST
@study_page(Permission.MODEL_ACTIVATE)
def backlog(request: StaffRequest, study: Study, pk: int) -> HttpResponse:
    """Queue a package over the accepted photos it has not seen."""
    seen = ModelPackage.objects.visible_to(request.user)
    package = get_object_or_404(seen.filter(studies__study=study).distinct(), pk=pk)
    number = registry.score_backlog(study=study, package=package, by=request.user)
    messages.success(request, f"{number} photos will be scored by {package}.")
    return redirect("inference:models", study.code)


@require_safe
@signed_in
def package(request: StaffRequest, pk: int) -> HttpResponse:
    """The card of a package, to be read by people."""
    found = get_object_or_404(ModelPackage.objects.visible_to(request.user), pk=pk)
    studies = Study.objects.visible_to(request.user).filter(
        study_models__package=found, study_models__deactivated_at=None
    )
    context = {
        "package": found,
        "card": found.card,
        "readable": readable_card(found.card),
        "studies": studies,
        "may_register": registry.may_register(request.user),
    }
    return render(request, "inference/package.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@signed_in
def register(request: StaffRequest) -> HttpResponse:
    """Upload a package; a refusal is shown beside the form, with every problem found."""
    if not registry.may_register(request.user):
        raise NotAllowed(
            "Model packages are registered by platform administrators and study managers."
        )
    form = RegisterForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        upload: TemporaryUploadedFile = form.cleaned_data["file"]
        try:
            found = registry.register_upload(upload=upload, by=request.user)
        except (PackageRefused, PackageVersionTaken) as refusal:
            form.add_error("file", refusal.message)
            for problem in refusal.detail.get("problems", []):  # type: ignore[attr-defined]
                form.add_error("file", problem)
        else:
            messages.success(request, f"{found} is registered.")
            return redirect("inference:package", found.pk)
    status = 422 if form.errors else 200
    return render(request, "inference/register.html", {"form": form}, status=status)
