"""Work on photos: what waits, what runs, what failed and why; trying again."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from inference.cells.live import is_fragment, next_beat
from inference.dashboards.services.damaged import damaged_files
from inference.dashboards.services.edited import edited_rows, find_edited, release_row, shown
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
from studies.platform.forms import ReasonForm
from studies.platform.work import worker_missing
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page
from studies.record.services.edited import rows_standing


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
        "rows": rows_standing(),
        "edited": edited_rows(study=study, user=request.user),
        "worker_missing": counts.busy and worker_missing(),
        "beat": next_beat(request, busy=counts.busy),
    }
    page = "_work" if is_fragment(request) else "work"
    response = render(request, f"inference/dashboards/{page}.html", context)
    response["Vary"] = "HX-Request, Cookie"
    return response


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def release(request: StaffRequest, study: Study, row: int) -> HttpResponse:
    """Take a row as it is, though the audit trail tells otherwise."""
    found = find_edited(study=study, user=request.user, pk=row)
    if found is None:
        raise NotFound("No such row of this study is left out.")
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: release_row(study=study, row=found, by=request.user, **values),
        current=lambda: shown(found),
        done=f"The {found} counts again as it is.",
        to=reverse("inference:work", args=[study.code]) + "#edited",
        template="inference/dashboards/release.html",
        section="work",
        row=found,
        heading="Take it as it is?",
        action="Take it as it is",
        danger=True,
    )


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
