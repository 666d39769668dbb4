"""Training and calibration cases of a draft."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.reading.forms import ExpectedForm
from inference.reading.models import Case, ReadingStudy, Scale
from inference.reading.scales import Kind
from inference.reading.services import cases
from inference.reading.views.studies import find
from participants.capture.models import Photo
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page
from studies.record import services as audit

PER_PAGE = 24
FORM = "inference/reading/example.html"


@require_safe
@study_page(Permission.READING_EDIT)
def overview(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Those there are, and photos to choose from."""
    row = find(request, study, reading)
    chosen = list(row.cases.exclude(use=Case.Use.MAIN).select_related(*_RELATED))
    scales = list(row.scales.all())
    photos = cases.photos_to_choose(row, request.user)
    asked = request.GET.get("participant", "").strip()
    if asked:
        photos = photos.filter(visit__participant__code__icontains=asked)
    left = photos.exclude(pk__in=[pk for case in chosen for pk in (case.photo_id, case.second_id)])
    page = Paginator(left, PER_PAGE).get_page(request.GET.get("page"))
    shown = [*(case.second or case.photo for case in chosen), *page]
    _record(request, study, [photo for photo in shown if photo])
    context = {
        "study": study,
        "section": "readings",
        "reading": row,
        "chosen": [{"case": case, "expected": _in_words(case, scales)} for case in chosen],
        "scales": scales,
        "page": page if row.is_draft else None,
        "asked": asked,
    }
    return render(request, "inference/reading/examples.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def add(request: StaffRequest, study: Study, reading: str, photo: UUID) -> HttpResponse:
    """Make a photo a training or calibration case."""
    row = find(request, study, reading)
    chosen = get_object_or_404(cases.photos_to_choose(row, request.user), pk=photo)
    _record(request, study, [chosen])
    return form_page(
        request,
        form=ExpectedForm(request.POST or None, study=row),
        save=lambda values: cases.add_case(study=row, photo=chosen, by=request.user, **values),
        done="Added. All photos of this participant are left out of the cases.",
        to=_url(study, reading),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        photo=chosen,
        heading="A training or calibration case",
        action="Add",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def edit(request: StaffRequest, study: Study, reading: str, case: int) -> HttpResponse:
    """Expect something else."""
    row = find(request, study, reading)
    one = _case(row, case)
    initial = cases.values_of(one)
    photo = one.second or one.photo
    _record(request, study, [photo] if photo else [])
    return form_page(
        request,
        form=ExpectedForm(request.POST or None, study=row, adding=False, initial=initial),
        save=lambda values: cases.edit_case(case=one, by=request.user, **values),
        current=lambda: cases.values_of(Case.objects.get(pk=one.pk)),
        done="Saved.",
        to=_url(study, reading),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        photo=photo,
        heading=f"{one.get_use_display().capitalize()} {one.number}",
    )


@require_POST
@study_page(Permission.READING_EDIT)
def remove(request: StaffRequest, study: Study, reading: str, case: int) -> HttpResponse:
    """Take it out."""
    cases.remove_case(case=_case(find(request, study, reading), case), by=request.user)
    messages.success(request, "Removed. This participant's photos may be cases again.")
    return redirect(_url(study, reading))


_RELATED = (
    "participant",
    "photo__visit__participant",
    "photo__visit__definition",
    "second__visit__participant",
    "second__visit__definition",
)


def _case(row: ReadingStudy, number: int) -> Case:
    rows = row.cases.exclude(use=Case.Use.MAIN).select_related("reading_study__study", *_RELATED)
    return get_object_or_404(rows, number=number)


def _in_words(case: Case, scales: list[Scale]) -> list[tuple[str, str]]:
    said = []
    for scale in scales:
        value = (case.expected or {}).get(scale.code)
        words = "missing" if value is None else f"{value:g}"
        if value is not None and Kind(scale.kind) is Kind.GRADES:
            words = f"{value:g}: {scale.grades[int(value)]['label']}"
        said.append((scale.title, words))
    return said


def _record(request: StaffRequest, study: Study, photos: list[Any]) -> None:
    """Small pictures were shown, as on the list of photos."""
    shown = [str(photo.pk) for photo in photos if isinstance(photo, Photo) and photo.thumbnail_file]
    if shown and request.method == "GET":
        audit.record(by=request.user, action="photo.list", study=study.code, new={"photos": shown})


def _url(study: Study, reading: str) -> str:
    return reverse("inference:readings_examples", args=[study.code, reading])
