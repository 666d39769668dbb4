"""A reader's own list of what there is to grade or decide."""

from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from inference.reading.services.calibrating import awaits_manager
from inference.reading.services.progress import assigned_to
from studies.access.permissions import Permission
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.READ_BLIND)
def my_reading(request: StaffRequest, study: Study) -> HttpResponse:
    """The reading studies one has a seat in, how far one is, and where to go on."""
    rows = [
        {"one": one, "awaits": one.study.is_open and awaits_manager(one.seat)}
        for one in assigned_to(request.user, study)
    ]
    context = {"study": study, "section": "my_reading", "rows": rows}
    return render(request, "inference/reading/mine.html", context)
