"""Work on photos: what waits, what runs, what failed and why; trying again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST, require_safe

from inference.cells.live import is_fragment, next_beat
from inference.dashboards.services.damaged import damaged_files
from inference.dashboards.services.stuck import retry_stuck, stuck_work
from inference.dashboards.services.work import (
    KINDS,
    find_work,
    open_work,
    retry_all,
    retry_work,
    work_counts,
)
from studies.access.permissions import Permission
from studies.backup.services.damage import files_standing
from studies.backup.services.standing import backup_standing
from studies.platform.errors import NotFound
from studies.platform.work import worker_missing
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page


@require_safe
@study_page(Permission.WORK_VIEW)
def work(request: StaffRequest, study: Study) -> HttpResponse:
    """The list, live; only its fragment when htmx asks."""
    counts = work_counts(study=study, user=request.user)
    items = open_work(study=study, user=request.user)
    context = {
        "study": study,
        "section": "work",
        "counts": counts,
        "items": items,
        "stuck": stuck_work(study=study, user=request.user),
        "more": counts.queued + counts.running + counts.quarantined - len(items),
        "backups": backup_standing(),
        "files": files_standing(),
        "damaged": damaged_files(study=study, user=request.user),
        "worker_missing": counts.busy and worker_missing(),
        "beat": next_beat(request, busy=counts.busy),
    }
    page = "_work" if is_fragment(request) else "work"
    response = render(request, f"inference/dashboards/{page}.html", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_POST
@study_page(Permission.WORK_RETRY)
def retry(request: StaffRequest, study: Study, kind: str, pk: int) -> HttpResponse:
    """Take one piece of work out of quarantine."""
    if kind not in KINDS:
        retry_stuck(study=study, code=kind, pk=pk, by=request.user)
        messages.success(request, "It will be tried again now, with five fresh attempts.")
        return redirect("inference:work", study.code)
    row = find_work(study=study, user=request.user, kind=kind, pk=pk)
    if row is None:
        raise NotFound("There is nothing like that in this study.")
    retry_work(row=row, by=request.user)
    messages.success(request, "It will be tried again now, with five fresh attempts.")
    return redirect("inference:work", study.code)


@require_POST
@study_page(Permission.WORK_RETRY)
def retry_everything(request: StaffRequest, study: Study) -> HttpResponse:
    """Take everything one may retry out of quarantine."""
    number = retry_all(study=study, by=request.user)
    messages.success(request, f"{number} of them will be tried again now.")
    return redirect("inference:work", study.code)
