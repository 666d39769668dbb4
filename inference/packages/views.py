"""Model packages, of no study: listed, each with its card and report, registered, retired."""

import json
from collections.abc import Callable
from functools import partial

from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.packages.cards import readable_card
from inference.packages.errors import PackageRefused, PackageVersionTaken, ReportRefused
from inference.packages.forms import ReasonForm, RegisterForm, ReportForm
from inference.packages.models import ModelPackage
from inference.packages.services import registry
from inference.packages.services.reports import MAX_REPORT_BYTES, drawn, read_report, report_of
from studies.platform.errors import Invalid, NotAllowed
from studies.platform.forms import carry_seen, show_refusal
from studies.platform.seen import ChangedMeanwhile
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
    package: ModelPackage,
    *,
    report_form: ReportForm | None = None,
    reason_form: ReasonForm | None = None,
    status: int = 200,
    **shown: object,
) -> HttpResponse:
    """The page, with a form that has to be mended, if there is one.

    ``shown`` is what a later room adds: ``trials`` its form.
    """
    studies = Study.objects.visible_to(request.user).filter(
        study_models__package=package, study_models__deactivated_at=None
    )
    report = report_of(package)
    context = {
        "package": package,
        "card": package.card,
        "readable": readable_card(package.card),
        "report": report,
        "report_drawn": drawn(report) if report else None,
        "report_text": json.dumps(report, indent=2) if report else "",
        "studies": studies,
        "report_form": report_form or _report_form(None, package),
        "reason_form": reason_form or _reason_form(None, package),
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
            registered = registry.register_upload(
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
            messages.success(request, f"{registered} is registered.")
            return redirect("inference:package", registered.pk)
    status = 422 if form.errors else 200
    return render(request, "inference/packages/register.html", {"form": form}, status=status)


@require_POST
@signed_in
def attach_report(request: StaffRequest, pk: int) -> HttpResponse:
    """Keep the evaluation report of a package that is registered."""
    shown = _package(request, pk)
    if not registry.may_register(request.user):
        raise NotAllowed(
            "Reports are attached by platform administrators and study managers. Nothing was kept."
        )
    form = _report_form(request, shown)
    status = Invalid.status
    if form.is_valid():
        body = form.cleaned_data["report"].read(MAX_REPORT_BYTES + 1)
        try:
            report = read_report(body, sha256=shown.sha256)
            seen = form.cleaned_data["seen"]
            registry.attach_report(package=shown, report=report, by=request.user, seen=seen)
        except ReportRefused as refusal:
            form.add_error("report", refusal.message)
        except ChangedMeanwhile as refusal:
            shown.refresh_from_db()
            show_refusal(form, refusal, current=partial(registry.shown_report, shown))
            status = refusal.status
        else:
            messages.success(request, f"The evaluation report of {shown} is kept.")
            return redirect("inference:package", shown.pk)
    return package_page(request, shown, report_form=form, status=status)


def _report_form(request: StaffRequest | None, package: ModelPackage) -> ReportForm:
    form = ReportForm(request.POST, request.FILES) if request else ReportForm()
    carry_seen(form, partial(registry.shown_report, package))
    return form


def _reason_form(request: StaffRequest | None, package: ModelPackage) -> ReasonForm:
    form = ReasonForm(request.POST if request else None, auto_id="retire-%s")
    carry_seen(form, partial(registry.shown_state, package))
    return form


@require_POST
@signed_in
def retire(request: StaffRequest, pk: int) -> HttpResponse:
    """Let no study take the package into use any more."""
    said = _("%(package)s is retired; its scores stay and are marked.")
    return _change_state(request, pk, registry.retire, said)


@require_POST
@signed_in
def take_back(request: StaffRequest, pk: int) -> HttpResponse:
    """Undo a retirement."""
    said = _("%(package)s can be taken into use again.")
    return _change_state(request, pk, registry.take_back, said)


def _change_state(
    request: StaffRequest, pk: int, change: Callable[..., ModelPackage], said: str
) -> HttpResponse:
    shown = _package(request, pk)
    form = _reason_form(request, shown)
    form.full_clean()
    reason, seen = form.cleaned_data.get("reason", ""), form.cleaned_data.get("seen")
    try:
        change(package=shown, reason=reason, by=request.user, seen=seen)
    except ChangedMeanwhile as refusal:
        shown.refresh_from_db()
        show_refusal(form, refusal, current=partial(registry.shown_state, shown))
        return package_page(request, shown, reason_form=form, status=refusal.status)
    messages.success(request, said % {"package": shown})
    return redirect("inference:package", shown.pk)
