"""Files of answers."""

from django.http import StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from participants.answers.services.exporting import Sheet, answers_file, codebook_file
from studies.access.permissions import Permission
from studies.assignments.models import Assignment
from studies.platform.addresses import attachment
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.EXPORT)
def answers(request: StaffRequest, study: Study, assignment: str) -> HttpResponseBase:
    """The answers to one questionnaire; ``?revisions=all`` adds the earlier ones."""
    row = _assignment(request, study, assignment)
    every = request.GET.get("revisions") == "all"
    return _csv(answers_file(study=study, assignment=row, by=request.user, every=every))


@require_safe
@study_page(Permission.EXPORT)
def codebook(request: StaffRequest, study: Study, assignment: str) -> HttpResponseBase:
    """What the columns of that file are."""
    row = _assignment(request, study, assignment)
    return _csv(codebook_file(study=study, assignment=row, by=request.user))


def _assignment(request: StaffRequest, study: Study, code: str) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).filter(study=study)
    return get_object_or_404(rows.select_related("instrument"), code=code)


def _csv(sheet: Sheet) -> HttpResponseBase:
    response = StreamingHttpResponse(sheet.lines(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = attachment(sheet.filename)
    response["Cache-Control"] = "private, no-store"
    response["X-Content-Type-Options"] = "nosniff"
    return response
