"""What a manager decides of a reader who fell short of the calibration."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_POST

from inference.reading.models import ReadingStudy, Seat
from inference.reading.services.calibrating import admit_reader, repeat_calibration
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.views import back
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page

ACTS = {"repeat": repeat_calibration, "admit": admit_reader}


@require_POST
@study_page(Permission.READING_EDIT)
def after_calibration(request: StaffRequest, study: Study, reading: str, seat: int) -> HttpResponse:
    """Let a reader repeat the calibration, or go on all the same; with a reason."""
    seen = ReadingStudy.objects.visible_to(request.user).filter(study=study, code=reading)
    found = get_object_or_404(Seat.objects.standing().filter(reading_study__in=seen), number=seat)
    act = ACTS.get(request.POST.get("act", ""))
    if act is None:
        raise Invalid("Choose whether the reader repeats the calibration or goes on.")
    act(seat=found, reason=request.POST.get("reason", ""), by=request.user)
    messages.success(request, f"{found.name} can go on grading.")
    return back(request, "inference:overview", study.code)
