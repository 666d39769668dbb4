"""The record of acts: who did what, when, why and from where."""

from django.core.paginator import Paginator
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studies.acts import action_in_words, differences, source_in_words
from studies.filters import RecordFilter
from studies.models import AuditEvent, Study
from studies.permissions import Permission
from studies.views.access import StaffRequest, study_page

PER_PAGE = 50


@require_GET
@study_page(Permission.AUDIT_VIEW)
def record(request: StaffRequest, study: Study) -> HttpResponse:
    """The events of a study one may read, newest first."""
    events = AuditEvent.objects.visible_to(request.user).filter(study_code=study.code)
    chosen = RecordFilter(request.GET, events)
    page = Paginator(chosen.qs, PER_PAGE).get_page(request.GET.get("page"))
    rows = [
        {
            "event": event,
            "action": action_in_words(event.action),
            "source": source_in_words(event),
            "differences": differences(event),
        }
        for event in page
    ]
    context = {"section": "record", "filter": chosen, "page": page, "rows": rows}
    return render(request, "studies/record.html", context)
