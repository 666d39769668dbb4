"""Scales of a draft, and the pictures beside them."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.reading.forms import AnchorForm, ScaleAddForm, ScaleForm
from inference.reading.models import Anchor, Scale
from inference.reading.services import pictures_kept, scaling
from inference.reading.views.studies import FORM, LeaveNothing, find
from studies.access.permissions import Permission
from studies.platform.private_files import private_response
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def add(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """One more scale."""
    row = find(request, study, reading)
    return form_page(
        request,
        form=ScaleAddForm(request.POST or None, study=study),
        save=lambda values: scaling.add_scale(study=row, by=request.user, **values),
        done="Added. Word its grades as your readers know them.",
        to=_study_url(study, reading),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        heading="Add a scale",
        action="Add",
        text="The words are this product's own and are yours to change. Published photo guides "
        "are not shipped.",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def edit(request: StaffRequest, study: Study, reading: str, scale: str) -> HttpResponse:
    """Another wording."""
    row = _scale(request, study, reading, scale)
    initial = scaling.values_of(row)
    return form_page(
        request,
        form=ScaleForm(request.POST or None, scale=row, initial=initial),
        save=lambda values: scaling.edit_scale(scale=row, by=request.user, **values),
        current=lambda: scaling.values_of(Scale.objects.get(pk=row.pk)),
        done="Saved.",
        to=_study_url(study, reading),
        template="inference/reading/scale.html",
        study=study,
        section="readings",
        reading=row.reading_study,
        scale=row,
        anchors=row.anchors.all(),
        heading=row.title,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def remove(request: StaffRequest, study: Study, reading: str, scale: str) -> HttpResponse:
    """Take a scale out, after a question."""
    row = _scale(request, study, reading, scale)

    def save(values: dict[str, Any]) -> None:
        scaling.remove_scale(scale=row, by=request.user, seen=values.get("seen"))

    return form_page(
        request,
        form=LeaveNothing(request.POST or None),
        save=save,
        current=lambda: scaling.values_of(Scale.objects.get(pk=row.pk)),
        done="Removed.",
        to=_study_url(study, reading),
        template=FORM,
        study=study,
        section="readings",
        reading=row.reading_study,
        heading=f"Remove {row.title}?",
        text="Its pictures go with it, and what was expected by it of training cases.",
        action="Remove it",
        danger=True,
    )


@require_POST
@study_page(Permission.READING_EDIT)
def move(request: StaffRequest, study: Study, reading: str, scale: str) -> HttpResponse:
    """One place up or down."""
    row = _scale(request, study, reading, scale)
    scaling.move_scale(scale=row, up=request.POST.get("up") == "1", by=request.user)
    return redirect(f"{_study_url(study, reading)}#scales")


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def anchor_add(request: StaffRequest, study: Study, reading: str, scale: str) -> HttpResponse:
    """One more picture beside the scale."""
    row = _scale(request, study, reading, scale)
    return form_page(
        request,
        form=AnchorForm(request.POST or None, request.FILES or None, scale=row),
        save=lambda values: pictures_kept.add_anchor(scale=row, by=request.user, **values),
        done="Added.",
        to=_scale_url(study, reading, scale),
        template=FORM,
        study=study,
        section="readings",
        reading=row.reading_study,
        heading=f"Add a picture beside {row.title}",
        action="Add",
        text="Readers see it beside the scale. It comes from outside the study, so that no case "
        "is shown with its grade.",
    )


@require_POST
@study_page(Permission.READING_EDIT)
def anchor_remove(
    request: StaffRequest, study: Study, reading: str, scale: str, anchor: int
) -> HttpResponse:
    """Take a picture away."""
    row = _anchor(request, study, reading, scale, anchor)
    pictures_kept.remove_anchor(anchor=row, by=request.user)
    messages.success(request, "Removed.")
    return redirect(_scale_url(study, reading, scale))


@require_safe
@study_page(Permission.READING_VIEW)
def anchor_picture(
    request: StaffRequest, study: Study, reading: str, scale: str, anchor: int
) -> HttpResponseBase:
    """The picture itself."""
    row = _anchor(request, study, reading, scale, anchor)
    return private_response(request, row.file, content_type="image/jpeg")


def _scale(request: StaffRequest, study: Study, reading: str, scale: str) -> Scale:
    rows = find(request, study, reading).scales.select_related("reading_study__study")
    return get_object_or_404(rows, code=scale)


def _anchor(request: StaffRequest, study: Study, reading: str, scale: str, anchor: int) -> Anchor:
    rows = _scale(request, study, reading, scale).anchors.select_related("scale__reading_study")
    return get_object_or_404(rows, pk=anchor)


def _study_url(study: Study, reading: str) -> str:
    return reverse("inference:readings_study", args=[study.code, reading])


def _scale_url(study: Study, reading: str, scale: str) -> str:
    return reverse("inference:readings_scale", args=[study.code, reading, scale])
