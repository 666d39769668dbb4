"""The export page and the files themselves."""

from typing import Any

from django import forms
from django.http import QueryDict, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.exports.closed_sets import visit_names
from inference.exports.services.exports import File, Filters, count_rows, export_file
from participants.allocation.services.reading import sees_arms
from studies.access.models import User
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.platform.addresses import attachment
from studies.platform.csv_files import DELIMITERS
from studies.platform.errors import Invalid, NotFound
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page


class ExportForm(forms.Form):
    """What to leave out, and how the file is to be written."""

    site = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Sites"
    )
    arm = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Arms"
    )
    visit = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Visits"
    )
    condition = forms.MultipleChoiceField(
        required=False, widget=forms.CheckboxSelectMultiple, label="Conditions"
    )
    received_from = forms.DateField(
        required=False, widget=forms.DateInput(attrs={"type": "date"}), label="Photos received from"
    )
    received_to = forms.DateField(
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        label="Photos received until",
        help_text="Visits without an accepted photo of these days are left out.",
    )
    current_only = forms.BooleanField(
        required=False,
        label="Current scores only",
        help_text="Leave out earlier scorings and models not in use. The wide file always does.",
    )
    whole_face_only = forms.BooleanField(
        required=False, label="Whole face only", help_text="Leave out single regions."
    )
    turned_down = forms.BooleanField(
        required=False,
        label="Also photos turned down",
        help_text="Adds the scores of photos that were turned down after they had been scored, "
        "marked in the column photo_state. They are never current; the wide file leaves them out.",
    )
    demographics = forms.BooleanField(
        required=False,
        label="Sex, age and skin tone in the long file",
        help_text="Adds year of birth, sex, ethnicity, Fitzpatrick type and Monk tone to each row. "
        "The wide file always has them.",
    )
    delimiter = forms.ChoiceField(
        required=False,
        choices=[
            ("comma", "Comma, decimal point"),
            ("semicolon", "Semicolon, decimal comma"),
            ("tab", "Tab, decimal point"),
        ],
        label="Separator",
        help_text="Semicolon is for spreadsheets set to a language that writes 12,5: they would "
        "read 12.5 as a text or a day.",
    )
    bom = forms.BooleanField(
        required=False,
        label="For Excel",
        help_text="Adds a byte order mark, without which Excel misreads names with accents.",
    )

    def __init__(
        self, *args: Any, study: Study, sites: list[Site], arms: bool, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choices = {
            "site": [(s.code, str(s)) for s in sites],
            "arm": [(a.code, str(a)) for a in study.arms.all()],
            "visit": visit_names(study),
            "condition": [(c.code, c.name) for c in study.conditions.all()],
        }
        for name, values in choices.items():
            field = self.fields[name]
            assert isinstance(field, forms.MultipleChoiceField)  # noqa: S101 - narrows the type
            field.choices = values
        if not arms and not self.data.get("arm"):  # asked for all the same: refused, with who may
            del self.fields["arm"]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        first, last = cleaned.get("received_from"), cleaned.get("received_to")
        if first and last and first > last:
            self.add_error("received_to", "This day is before the first one.")
        return cleaned

    def filters(self) -> Filters:
        """The filters of a valid form."""
        data = self.cleaned_data
        return Filters(
            sites=tuple(data["site"]),
            arms=tuple(data.get("arm", ())),
            visits=tuple(data["visit"]),
            conditions=tuple(data["condition"]),
            received_from=data["received_from"],
            received_to=data["received_to"],
            current_only=data["current_only"],
            whole_face_only=data["whole_face_only"],
            turned_down=data["turned_down"],
            demographics=data["demographics"],
        )


def _form(query: QueryDict, study: Study, by: User) -> ExportForm:
    sites = Site.objects.visible_to(by, Permission.EXPORT).filter(study=study)
    seen = sees_arms(by, study)
    return ExportForm(query, study=study, sites=list(sites), arms=seen)


def csv_response(study: Study, file: File, query: QueryDict, *, by: User) -> HttpResponseBase:
    """A file filtered as ``query`` says, streamed row by row; used by the page and the API.

    Raises:
        Invalid: a filter is not understood; nothing was exported.
        NotAllowed: ``by`` may export nothing in the study.
    """
    form = _form(query, study, by)
    if not form.is_valid():
        problems = "; ".join(f"{name}: {' '.join(map(str, e))}" for name, e in form.errors.items())
        raise Invalid(
            f"The filters of this address are not understood ({problems}). "
            "Nothing was exported; choose them again on the export page."
        )
    ready = export_file(study=study, file=file, filters=form.filters(), by=by)
    lines = ready.lines(
        delimiter=DELIMITERS[form.cleaned_data["delimiter"] or "comma"],
        byte_order_mark=form.cleaned_data["bom"],
    )
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(ready.filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response


@require_safe
@study_page(Permission.EXPORT)
def export(request: StaffRequest, study: Study) -> HttpResponseBase:
    """Choose what to take out, see how many rows that is, and download each file."""
    form = _form(request.GET, study, request.user)
    counts = count_rows(study, form.filters(), request.user) if form.is_valid() else None
    context = {
        "form": form,
        "counts": counts,
        "query": request.GET.urlencode(),
        "section": "export",
        "study": study,
        "can": request.can,
        "asked": Assignment.objects.visible_to(request.user)
        .filter(study=study)
        .select_related("instrument"),
    }
    fragment = request.headers.get("HX-Request") == "true"
    template = (
        "inference/exports/_export_files.html" if fragment else "inference/exports/export.html"
    )
    return render(request, template, context)


@require_safe
@study_page(Permission.EXPORT)
def download(request: StaffRequest, study: Study, file: str) -> HttpResponseBase:
    """One file as CSV; the download is recorded."""
    if file not in [f.value for f in File]:
        raise NotFound("There is no such file. The export page lists long, wide and codebook.")
    return csv_response(study, File(file), request.GET, by=request.user)
