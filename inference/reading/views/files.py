"""Readings as files."""

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.views.decorators.http import require_safe

from inference.reading.services.exporting import readings_codebook, readings_file
from inference.reading.views.studies import find
from participants.answers.services.exporting import Sheet
from studies.access.permissions import Permission
from studies.platform.addresses import attachment
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.EXPORT)
def readings(request: StaffRequest, study: Study, reading: str) -> HttpResponseBase:
    """What readers said, as CSV."""
    return _csv(readings_file(study=find(request, study, reading), by=request.user))


@require_safe
@study_page(Permission.EXPORT)
def codebook(request: StaffRequest, study: Study, reading: str) -> HttpResponseBase:
    """What the columns of that file are."""
    return _csv(readings_codebook(study=find(request, study, reading), by=request.user))


def _csv(sheet: Sheet) -> HttpResponseBase:
    response = StreamingHttpResponse(sheet.lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(sheet.filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
