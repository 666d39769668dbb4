"""Instruments: the list, importing, a version with its report, trying it, publishing, files."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from studies.access.permissions import Permission
from studies.instruments import services
from studies.instruments.errors import EngineFailed, FormUnreadable, VersionFixed
from studies.instruments.forms import ImportForm, LanguageForm, PublishForm
from studies.instruments.models import Instrument, InstrumentVersion
from studies.instruments.reading.redcap_out import dictionary_of
from studies.instruments.reading.writing import workbook_of
from studies.instruments.report import Outcome, Report
from studies.instruments.shipped import SHIPPED
from studies.instruments.showing import show
from studies.instruments.structure import outline
from studies.platform.addresses import attachment
from studies.platform.errors import Invalid
from studies.platform.forms import carry_seen, seen_in, show_refusal
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page

SHOWN = 300  # lines of a report on a page; those that are not simply understood come first
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """The study's instruments, each with its newest version."""
    rows = Instrument.objects.visible_to(request.user).filter(study=study)
    instruments = [
        {
            "instrument": instrument,
            "newest": versions[0],
            "published": next((v for v in versions if v.state == "published"), None),
        }
        for instrument in rows.prefetch_related("versions")
        if (versions := list(instrument.versions.all()))
    ]
    context = {**_common(request, study), "instruments": instruments}
    return render(request, "studies/instruments/list.html", context)


@require_http_methods(["GET", "POST"])
@study_page(Permission.INSTRUMENT_EDIT)
def import_form(request: StaffRequest, study: Study) -> HttpResponse:
    """Take a file; each form of it becomes a draft."""
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 200
    if request.method == "POST":
        status = Invalid.status
        if form.is_valid():
            file = form.cleaned_data["file"]
            try:
                made = services.import_file(
                    study=study, name=file.name, data=file.read(), by=request.user
                )
            except (FormUnreadable, EngineFailed, VersionFixed) as refusal:
                form.add_error("file", refusal.message)
                status = refusal.status
            else:
                return _after_import(request, study, made)
    context = {**_common(request, study), "form": form, "shipped": SHIPPED.values()}
    return render(request, "studies/instruments/import.html", context, status=status)


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def import_shipped(request: StaffRequest, study: Study) -> HttpResponse:
    """Take one of the forms that the product ships; it becomes a draft."""
    made = services.import_shipped(
        study=study, code=str(request.POST.get("form", "")), by=request.user
    )
    return _after_import(request, study, [made])


def _after_import(
    request: StaffRequest, study: Study, made: list[InstrumentVersion]
) -> HttpResponseRedirect:
    words = ngettext(
        "%(n)d form was imported as a draft. Nobody is asked it before it is published.",
        "%(n)d forms were imported as drafts. Nobody is asked them before they are published.",
        len(made),
    )
    messages.success(request, words % {"n": len(made)})
    if len(made) == 1:
        return HttpResponseRedirect(version_url("instrument_version", made[0]))
    return HttpResponseRedirect(reverse("studies:instruments", args=[study.code]))


@require_GET
@study_page(Permission.STUDY_VIEW)
def history(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Every version of one instrument, the newest first."""
    rows = Instrument.objects.visible_to(request.user).filter(study=study)
    instrument = get_object_or_404(rows, code=code)
    context = {
        **_common(request, study),
        "instrument": instrument,
        "versions": instrument.versions.all(),
    }
    return render(request, "studies/instruments/history.html", context)


@require_GET
@study_page(Permission.STUDY_VIEW)
def version(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """One version: what is asked, what the import made of the file, publishing."""
    return version_page(request, study, find_version(request, study, code, number))


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def publish(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """Fix the version for ever."""
    row = find_version(request, study, code, number)
    form = _publish_form(row, request.POST)
    if not form.is_valid():
        return version_page(request, study, row, form, status=Invalid.status)
    try:
        services.publish_version(version=row, by=request.user, **form.cleaned_data)
    except (Invalid, ChangedMeanwhile) as refusal:
        show_refusal(form, refusal, current=partial(_shown_now, row))
        return version_page(request, study, row, form, status=refusal.status)
    messages.success(request, _("Version %s is published. It can never be changed.") % number)
    return HttpResponseRedirect(version_url("instrument_version", row))


@require_POST
@study_page(Permission.INSTRUMENT_EDIT)
def discard(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """Throw a draft away."""
    row = find_version(request, study, code, number)
    try:
        services.discard_draft(version=row, by=request.user, seen=seen_in(request.POST))
    except ChangedMeanwhile as refusal:
        messages.warning(request, refusal.message)
        return version_page(request, study, row, status=refusal.status)
    messages.success(request, _("The draft is gone; the audit trail keeps that it was there."))
    return HttpResponseRedirect(reverse("studies:instruments", args=[study.code]))


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_VIEW)
def preview(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """Try a version as a phone shows it: the engine answers, and nothing is kept."""
    row = find_version(request, study, code, number)
    languages = row.form.languages
    language = request.POST.get("language") or request.GET.get("language", "")
    if language not in languages:
        language = row.form.default_language
    context = {
        **_common(request, study),
        "version": row,
        "languages": languages,
        "language": language,
        "told": "check" in request.POST,
    }
    status = 200
    try:
        context["shown"] = show(
            row, request.POST, language=language, at=timezone.localtime(), zone=study.time_zone
        )
    except (FormUnreadable, EngineFailed) as refusal:
        context["refusal"], status = refusal, refusal.status
    fragment = request.headers.get("HX-Request") == "true"
    template = "_phone.html" if fragment else "preview.html"
    return render(
        request,
        f"studies/instruments/{template}",
        context,
        status=200 if fragment else status,
    )


@require_GET
@study_page(Permission.STUDY_VIEW)
def xlsform(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """The version as an XLSForm."""
    row = find_version(request, study, code, number)
    return _file(row, workbook_of(row.form), WORKBOOK, "xlsx")


@require_GET
@study_page(Permission.STUDY_VIEW)
def dictionary(request: StaffRequest, study: Study, code: str, number: int) -> HttpResponse:
    """The version as a REDCap data dictionary; the page of the version says what it lacks."""
    row = find_version(request, study, code, number)
    return _file(row, dictionary_of(row.form, Report()).encode(), "text/csv; charset=utf-8", "csv")


def _file(row: InstrumentVersion, content: bytes, kind: str, ending: str) -> HttpResponse:
    name = f"{row.instrument.code}-{row.number}.{ending}"
    headers = {"Content-Disposition": attachment(name)}
    return HttpResponse(content, content_type=kind, headers=headers)


def find_version(request: StaffRequest, study: Study, code: str, number: int) -> InstrumentVersion:
    instruments = Instrument.objects.visible_to(request.user).filter(study=study, code=code)
    rows = InstrumentVersion.objects.select_related("instrument__study")
    return get_object_or_404(rows, instrument__in=instruments, number=number)


def _shown_now(row: InstrumentVersion) -> dict[str, Any]:
    return services.shown_values(InstrumentVersion.objects.get(pk=row.pk))


def _publish_form(row: InstrumentVersion, sent: Any = None) -> PublishForm:
    form = PublishForm(sent, version=row)
    carry_seen(form, partial(_shown_now, row))
    return form


def version_page(
    request: StaffRequest,
    study: Study,
    row: InstrumentVersion,
    form: PublishForm | None = None,
    *,
    status: int = 200,
) -> HttpResponse:
    lines = sorted(row.report, key=lambda line: _ORDER[line["outcome"]])
    losses = Report()
    dictionary_of(row.form, losses)
    context = {
        **_common(request, study),
        "version": row,
        "outline": outline(row.form),
        "lines": lines[:SHOWN],
        "more": max(0, len(lines) - SHOWN),
        "counts": row.counts,
        "losses": losses.lines,
        "form": form or _publish_form(row),
        "draft": row.state == InstrumentVersion.State.DRAFT,
        "language_form": LanguageForm(),
        "may_copy": _may_copy(row),
    }
    return render(request, "studies/instruments/version.html", context, status=status)


def _may_copy(row: InstrumentVersion) -> bool:
    """Whether the next version may begin as a copy of this one: it is the one asked now."""
    draft = row.instrument.versions.filter(state=InstrumentVersion.State.DRAFT)
    return row.state == InstrumentVersion.State.PUBLISHED and not draft.exists()


_ORDER = {Outcome.REFUSED: 0, Outcome.DOUBTFUL: 1, Outcome.CHANGED: 2, Outcome.UNDERSTOOD: 3}


def _common(request: StaffRequest, study: Study) -> dict[str, Any]:
    editable = request.can["instrument_edit"] and study.state != Study.State.CLOSED
    return {"section": "instruments", "editable": editable}


def version_url(name: str, row: InstrumentVersion) -> str:
    instrument = row.instrument
    return reverse(f"studies:{name}", args=[instrument.study.code, instrument.code, row.number])
