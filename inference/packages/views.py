"""Model packages, of no study: listed, each with its card and report, registered, retired."""

import json

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.packages.cards import readable_card
from inference.packages.errors import PackageRefused, PackageVersionTaken, ReportRefused
from inference.packages.forms import ReasonForm, RegisterForm, ReportForm
from inference.packages.models import ModelPackage
from inference.packages.services import registry
from inference.packages.services.reports import MAX_REPORT_BYTES, drawn, read_report, report_of
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, signed_in


@require_safe
@signed_in
def packages(request: StaffRequest) -> HttpResponse:
    """Every package one may see, retired ones too."""
    context = {
        "packages": ModelPackage.objects.visible_to(request.user),
        "may_register": registry.may_register(request.user),
    }
    return render(request, "inference/packages/packages.html", context)


@require_safe
@signed_in
def package(request: StaffRequest, pk: int) -> HttpResponse:
    """The card of a package and its evaluation, to be read by people."""
    return package_page(request, _package(request, pk))


def _package(request: StaffRequest, pk: int) -> ModelPackage:
    return get_object_or_404(ModelPackage.objects.visible_to(request.user), pk=pk)


def package_page(
    request: StaffRequest,
    found: ModelPackage,
    *,
    report_form: ReportForm | None = None,
    status: int = 200,
    **shown: object,
) -> HttpResponse:
    """The page, with a form that has to be mended, if there is one.

    ``shown`` is what a later room adds: ``trials`` its form.
    """
    studies = Study.objects.visible_to(request.user).filter(
        study_models__package=found, study_models__deactivated_at=None
    )
    report = report_of(found)
    context = {
        "package": found,
        "card": found.card,
        "readable": readable_card(found.card),
        "report": report,
        "report_drawn": drawn(report) if report else None,
        "report_text": json.dumps(report, indent=2) if report else "",
        "studies": studies,
        "report_form": report_form or ReportForm(),
        "reason_form": ReasonForm(auto_id="retire-%s"),
        "may_register": registry.may_register(request.user),
        "may_retire": registry.may_retire(request.user),
        **shown,
    }
    return render(request, "inference/packages/package.html", context, status=status)


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
        report = form.cleaned_data["report"]
        try:
            found = registry.register_upload(
                upload=upload,
                by=request.user,
                report=report.read(MAX_REPORT_BYTES + 1) if report else None,
            )
        except ReportRefused as refusal:
            form.add_error("report", refusal.message)
        except (PackageRefused, PackageVersionTaken) as refusal:
            form.add_error("file", refusal.message)
            for problem in refusal.detail.get("problems", []):  # type: ignore[attr-defined]
                form.add_error("file", problem)
        else:
            messages.success(request, f"{found} is registered.")
            return redirect("inference:package", found.pk)
    status = 422 if form.errors else 200
    return render(request, "inference/packages/register.html", {"form": form}, status=status)


@require_POST
@signed_in
def attach_report(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the evaluation report of a package that is registered."""
    found = _package(request, pk)
    if not registry.may_register(request.user):
        raise NotAllowed(
            "Reports are attached by platform administrators and study managers. Nothing was kept."
        )
    form = ReportForm(request.POST, request.FILES)
    if form.is_valid():
        body = form.cleaned_data["report"].read(MAX_REPORT_BYTES + 1)
        try:
            report = read_report(body, sha256=found.sha256)
            registry.attach_report(package=found, report=report, by=request.user)
        except ReportRefused as refusal:
            form.add_error("report", refusal.message)
        else:
            messages.success(request, f"The evaluation report of {found} is kept.")
            return redirect("inference:package", found.pk)
    return package_page(request, found, report_form=form, status=422)


@require_POST
@signed_in
def retire(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no study take the package into use any more."""
    found = _package(request, pk)
    registry.retire(package=found, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"{found} is retired; its scores stay and are marked.")
    return redirect("inference:package", found.pk)


@require_POST
@signed_in
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo a retirement."""
    found = _package(request, pk)
    registry.take_back(package=found, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"{found} can be taken into use again.")
    return redirect("inference:package", found.pk)
