"""Questionnaires in the protocol: the list, assigning, changing, ending."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from studies.access.permissions import Permission
from studies.assignments import services
from studies.assignments.forms import AssignmentForm
from studies.assignments.models import Assignment
from studies.assignments.reading import described
from studies.assignments.roles import suggested
from studies.instruments.models import Instrument, InstrumentVersion
from studies.platform.forms import ReasonForm, row_values
from studies.protocol.models import Study
from studies.protocol.services.changes import values_of
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

FORM = "studies/assignments/form.html"


@require_GET
@study_page(Permission.STUDY_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """What is asked when, and of whom; and what was asked before."""
    rows = Assignment.objects.visible_to(request.user).filter(study=study)
    every = [described(row) for row in rows.select_related("instrument")]
    published = InstrumentVersion.objects.filter(instrument__study=study, state="published")
    context = {
        "section": "instruments",
        "asked": [line for line in every if line.row.ended_at is None],
        "ended": [line for line in every if line.row.ended_at is not None],
        "editable": request.can["study_edit"] and study.state != Study.State.CLOSED,
        "published": published.exists(),
    }
    return render(request, "studies/assignments/list.html", context)


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def add(request: StaffRequest, study: Study) -> HttpResponse:
    """Assign one more; ``?instrument=`` names the form to begin with."""
    chosen = Instrument.objects.filter(study=study, code=request.GET.get("instrument", "")).first()
    initial = {"instrument": chosen, **suggested(chosen.code)} if chosen else {}
    return form_page(
        request,
        form=AssignmentForm(request.POST or None, study=study, initial=initial),
        save=lambda values: services.assign(study=study, by=request.user, **values),
        done=_("Assigned. It is asked from now on."),
        to=_list(study),
        template=FORM,
        section="instruments",
        heading=_("Ask a questionnaire"),
        action=_("Assign"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Ask it otherwise from now on."""
    row = _assignment(request, study, code)
    form = AssignmentForm(
        request.POST or None, instance=Assignment.objects.get(pk=row.pk), study=study
    )
    return form_page(
        request,
        form=form,
        save=lambda values: services.change_assignment(assignment=row, by=request.user, **values),
        current=lambda: _shown(row, form.fields),
        done=_("Changed."),
        to=_list(study),
        template=FORM,
        section="instruments",
        heading=_("Change how %(code)s is asked") % {"code": row.code},
        remove_url=reverse("studies:assignment_end", args=[study.code, row.code]),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def end(request: StaffRequest, study: Study, code: str) -> HttpResponse:
    """Ask it of nobody any more, after a question."""
    row = _assignment(request, study, code)
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: services.end_assignment(assignment=row, by=request.user, **values),
        current=lambda: values_of(Assignment.objects.get(pk=row.pk)),
        done=_("It is asked no longer. Answers that were given stay."),
        to=_list(study),
        template=FORM,
        section="instruments",
        heading=_("Ask %(code)s no longer?") % {"code": row.code},
        text=_(
            "Nobody is given it from now on. Answers that were given stay; if there are none, it "
            "is removed."
        ),
        action=_("Ask it no longer"),
        danger=True,
    )


def _shown(row: Assignment, names: Any) -> dict[str, Any]:
    return row_values(Assignment.objects.select_related("instrument").get(pk=row.pk), names)


def _assignment(request: StaffRequest, study: Study, code: str) -> Assignment:
    rows = Assignment.objects.visible_to(request.user).filter(study=study, ended_at=None)
    return get_object_or_404(rows.select_related("instrument", "study"), code=code)


def _list(study: Study) -> str:
    return reverse("studies:assignments", args=[study.code])
