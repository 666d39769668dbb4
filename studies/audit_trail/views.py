"""The audit trail: who did what, when, why and from where."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_GET

from studies.access.permissions import Permission
from studies.audit_trail.filters import RecordFilter
from studies.platform.errors import NotAllowed
from studies.protocol.models import Study
from studies.protocol.services.rights import reach
from studies.protocol.views.access import StaffRequest, signed_in, study_page
from studies.record.models import AuditEvent, open_all
from studies.record.paging import page_of
from studies.record.services import PLATFORM
from studies.record.wording import action_in_words, differences, source_in_words


@require_GET
@study_page(Permission.AUDIT_VIEW)
def record(request: StaffRequest, study: Study) -> HttpResponse:
    """The events of a study one may read, newest first."""
    # The events of a study are a chain, numbered: pages go by number, whatever the length.
    events = AuditEvent.objects.visible_to(request.user).filter(
        chain=study.code, study_code=study.code
    )
    readers = f"{study.code}:{reach(request.user, study=study)}"
    context = {"section": "record", **_listed(request, events, readers)}
    return render(request, "studies/audit_trail/record.html", context)


@require_GET
@signed_in
def platform_record(request: StaffRequest) -> HttpResponse:
    """Acts of no study, newest first: packages, sign-ins, accounts; for administrators alone."""
    if not request.user.is_superuser:
        raise NotAllowed("The record of the platform is for its administrators.")
    events = AuditEvent.objects.of_platform().filter(chain=PLATFORM)
    context = _listed(request, events, PLATFORM)
    return render(request, "studies/audit_trail/platform_record.html", context)


def _listed(request: StaffRequest, events: QuerySet[AuditEvent], readers: str) -> dict[str, Any]:
    """The filter, the page of events it leaves, and each event in words."""
    chosen = RecordFilter(request.GET, events, readers=readers)
    page = page_of(chosen.qs, request.GET)
    rows = [
        {
            "event": event,
            "action": action_in_words(event.action),
            "source": source_in_words(event),
            "differences": differences(event),
        }
        for event in open_all(page.events)
    ]
    return {"filter": chosen, "page": page, "rows": rows}
