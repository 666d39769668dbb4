"""The audit trail: who did what, when, why and from where."""

from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studies.access.permissions import Permission
from studies.audit_trail.filters import RecordFilter
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, signed_in, study_page
from studies.record.models import AuditEvent
from studies.record.wording import action_in_words, differences, source_in_words

PER_PAGE = 50


@require_GET
@study_page(Permission.AUDIT_VIEW)
def record(request: StaffRequest, study: Study) -> HttpResponse:
    """The events of a study one may read, newest first."""
    events = AuditEvent.objects.visible_to(request.user).filter(study_code=study.code)
    context = {"section": "record", **_listed(request, events)}
    return render(request, "studies/audit_trail/record.html", context)


@require_GET
@signed_in
def platform_record(request: StaffRequest) -> HttpResponse:
    """Acts of no study, newest first: packages, sign-ins, accounts; for administrators alone."""
    if not request.user.is_superuser:
        raise NotAllowed("The record of the platform is for its administrators.")
    events = AuditEvent.objects.of_platform()
    return render(request, "studies/audit_trail/platform_record.html", _listed(request, events))


def _listed(request: StaffRequest, events: QuerySet[AuditEvent]) -> dict[str, Any]:
    """The filter, the page of events it leaves, and each event in words."""
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
    return {"filter": chosen, "page": page, "rows": rows}
