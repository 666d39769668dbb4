"""Edit checks in the protocol: the list, adding, changing, removing."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from studies.access.permissions import Permission
from studies.edit_checks import services
from studies.edit_checks.forms import EditCheckForm
from studies.edit_checks.judging import VISIT
from studies.edit_checks.models import EditCheck
from studies.platform.forms import ReasonForm, row_values
from studies.protocol.models import Study
from studies.protocol.services.changes import values_of
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

FORM = "studies/edit_checks/form.html"


@require_safe
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """What the product asks by itself."""
    context = {
        "study": study,
        "section": "queries" if request.can["query_view"] else "protocol",
        "checks": EditCheck.objects.visible_to(request.user).filter(study=study),
        "editable": request.can["study_edit"] and study.state != Study.State.CLOSED,
    }
    return render(request, "studies/edit_checks/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study) -> HttpResponse:
    """One more check."""
    return form_page(
        request,
        form=EditCheckForm(request.POST or None, study=study),
        save=lambda values: services.add_check(study=study, by=request.user, **values),
        done=_("Added. What was entered before is checked, too."),
        to=_list(study),
        template=FORM,
        study=study,
        section="queries",
        heading=_("Add an edit check"),
        facts=VISIT,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Another expression, or other words."""
    row = _check(request, study, code)
    form = EditCheckForm(
        request.POST or None, instance=EditCheck.objects.get(pk=row.pk), study=study
    )
    return form_page(
        request,
        form=form,
        save=lambda values: services.change_check(check=row, by=request.user, **values),
        current=lambda: row_values(EditCheck.objects.get(pk=row.pk), form.fields),
        done=_("Changed. What was entered is checked again."),
        to=_list(study),
        template=FORM,
        study=study,
        section="queries",
        heading=_("Change %(code)s") % {"code": row.code},
        remove_url=reverse("studies:edit_check_remove", args=[study.code, row.code]),
        facts=VISIT,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.STUDY_EDIT)
def remove(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Check it no longer, after a question."""
    row = _check(request, study, code)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: services.remove_check(check=row, by=request.user, **values),
        current=lambda: values_of(EditCheck.objects.get(pk=row.pk)),
        done=_("Removed. Queries it had raised close themselves."),
        to=_list(study),
        template=FORM,
        study=study,
        section="queries",
        heading=_("Remove %(code)s?") % {"code": row.code},
        text=_("It is asked no longer. Queries it has raised stay in the record, closed."),
        action=_("Remove it"),
        danger=True,
    )


def _check(request: StaffRequest, study: Study, code: str) -> EditCheck:
    rows = EditCheck.objects.visible_to(request.user).filter(study=study)
    return get_object_or_404(rows.select_related("study"), code=code)


def _list(study: Study) -> str:
    return reverse("studies:edit_checks", args=[study.code])
