"""Finding somebody by code, name or contact."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_http_methods

from participants.desk.forms import FindForm
from participants.people.errors import TooManySearches
from participants.people.services import finding
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PARTICIPANT_VIEW)
def find(request: StaffRequest, study: Study) -> HttpResponse:
    """The box, and once something was looked for, whom it found by code."""
    names = finding.may_search_identity(request.user, study)
    form = FindForm(request.POST if request.method == "POST" else None, names=names)
    matches, status = None, 422 if form.is_bound else 200
    if form.is_valid():
        try:
            matches = finding.find_participants(
                study=study, text=form.cleaned_data["text"], by=request.user
            )
            status = 200
        except (Invalid, TooManySearches) as refusal:
            show_refusal(form, refusal)
            status = refusal.status
    context = {
        "study": study,
        "section": "participants",
        "form": form,
        "found": matches,
        "names": names,
    }
    response = render(request, "participants/desk/find.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response
