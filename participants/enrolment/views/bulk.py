"""People from a list: the file is tried first, then taken, with a report for each line."""

from typing import Any
from uuid import uuid4

from django import forms
from django.http import HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from participants.enrolment.forms import offer_sites
from participants.enrolment.services.bulk import MOST_NEW, WOULD, Report, import_participants
from participants.enrolment.services.list_file import ListUnreadable
from studies.access.permissions import Permission
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

SHOWN = 500  # lines of the report on a page; those with a problem first


class ListForm(forms.Form):
    """The file, and the site whose people it lists."""

    site = forms.ModelChoiceField(queryset=Site.objects.none(), empty_label=None)
    file = forms.FileField(
        label=gettext_lazy("List (CSV)"),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )
    checked = forms.CharField(required=False, widget=forms.HiddenInput)

    def __init__(self, *args: Any, sites: list[Site], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer_sites(self, sites)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PARTICIPANT_ENROL)
def import_list(request: StaffRequest, study: Study) -> HttpResponse:
    """Check a list, then take it: only the very file that was checked is taken."""
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_ENROL).filter(study=study)
    form = ListForm(request.POST or None, request.FILES or None, sites=list(sites))
    report, status = None, 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        site, content = form.cleaned_data["site"], form.cleaned_data["file"].read()
        site.study = study
        try:
            report = import_participants(site=site, content=content, dry_run=True, by=request.user)
            if "take" in request.POST:
                if form.cleaned_data["checked"] == f"{site.code}:{report.sha256}":
                    report = import_participants(site=site, content=content, by=request.user)
                else:
                    form.add_error("file", _("This is not the file that was checked. Look again."))
        except ListUnreadable as refusal:
            form.add_error("file", refusal.message)
        else:
            status = 422 if form.errors else 200
            form.data = {**request.POST.dict(), "checked": f"{site.code}:{report.sha256}"}
    context = {
        "study": study,
        "section": "participants",
        "form": form,
        "one_site": len(sites) == 1,
        "report": report,
        "most": MOST_NEW,
        **(_shown(report) if report else {}),
    }
    response = render(request, "participants/enrolment/import.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def _shown(report: Report) -> dict[str, Any]:
    ordered = sorted(report.lines, key=lambda line: (not line.problems, line.number))
    return {
        "lines": ordered[:SHOWN],
        "more": max(0, len(ordered) - SHOWN),
        "waits": any(line.outcome == WOULD for line in report.lines),
        # Those whom a link can be given at once: of this sending, or of the same list before.
        "taken": [line.code for line in report.lines if line.code][:MOST_NEW],
        "request_id": uuid4(),
    }
