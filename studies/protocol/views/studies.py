"""A study created, edited, activated, closed."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from studies.access.permissions import Permission
from studies.platform.errors import NotAllowed
from studies.platform.forms import ReasonForm, row_values
from studies.protocol.forms import ConditionsForm, NewStudyForm, StudyForm
from studies.protocol.models import Condition, Study
from studies.protocol.services import studies
from studies.protocol.views.access import StaffRequest, signed_in, study_page
from studies.protocol.views.pages import form_page, protocol_url


@require_http_methods(["GET", "POST"])
@signed_in
def create(request: StaffRequest) -> HttpResponse:
    """An administrator starts a study in draft and becomes its first manager."""
    if not request.user.is_superuser:
        raise NotAllowed("Only an administrator of the platform creates studies.")
    form = NewStudyForm(request.POST or None)
    code = request.POST.get("code", "").strip()
    return form_page(
        request,
        form=form,
        save=lambda values: studies.create_study(by=request.user, **values),
        done=_("The study is a draft. Add sites, visits and a consent document to start it."),
        to=protocol_url(code) if request.method == "POST" and code else reverse("studies:home"),
        template="studies/protocol/create.html",
        back_url=reverse("studies:home"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def edit(request: StaffRequest, study: Study) -> HttpResponse:
    """Title, summary, time zone, languages, checks of photos, ages."""
    form = StudyForm(request.POST or None, instance=Study.objects.get(pk=study.pk), study=study)
    return form_page(
        request,
        form=form,
        save=lambda values: studies.edit_study(study=study, by=request.user, **values),
        current=lambda: row_values(Study.objects.get(pk=study.pk), form.fields),
        done=_("The study is changed."),
        to=protocol_url(study.code),
        section="protocol",
        heading=_("Edit the study"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def conditions(request: StaffRequest, study: Study) -> HttpResponse:
    """Which conditions are graded, the main one first."""
    current = list(study.ordered_conditions())
    main = current[0] if current else Condition.objects.first()
    form = ConditionsForm(
        request.POST or None,
        study=study,
        initial={"main": main, "others": [other.pk for other in current[1:]]},
    )
    return form_page(
        request,
        form=form,
        save=lambda values: studies.set_conditions(
            study=study,
            conditions=form.codes(),
            by=request.user,
            reason=values.get("reason", ""),
            seen=values["seen"],
        ),
        current=lambda: studies.shown_conditions(study),
        done=_("The conditions are changed."),
        to=protocol_url(study.code, "conditions"),
        section="protocol",
        heading=_("Conditions"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def activate(request: StaffRequest, study: Study) -> HttpResponse:
    """Start a draft, or open a closed study again."""
    again = study.state == Study.State.CLOSED
    if request.method == "POST" and not again:
        studies.activate_study(study=study, by=request.user)
        messages.success(request, _("The study is active: participants can be enrolled."))
        return HttpResponseRedirect(protocol_url(study.code))
    form = ReasonForm(request.POST or None) if again else None
    context = {
        "section": "protocol",
        "missing": studies.missing_for_activation(study),
        "back_url": protocol_url(study.code),
    }
    if form is None:
        return render(request, "studies/protocol/activate.html", context)
    return form_page(
        request,
        form=form,
        save=lambda values: studies.activate_study(study=study, by=request.user, **values),
        done=_("The study is open again."),
        to=protocol_url(study.code),
        section="protocol",
        heading=_("Open the study again"),
        action=_("Open it again"),
    )


@require_http_methods(["GET", "POST"])
@study_page(Permission.STUDY_EDIT)
def close(request: StaffRequest, study: Study) -> HttpResponse:
    """End collection."""
    return form_page(
        request,
        form=ReasonForm(request.POST or None),
        save=lambda values: studies.close_study(study=study, by=request.user, **values),
        done=_("The study is closed."),
        to=protocol_url(study.code),
        section="protocol",
        heading=_("Close the study"),
        text=_(
            "Nobody can be enrolled and no photo is taken in any more, and the protocol stays as "
            "it is. What was collected can still be seen and exported."
        ),
        action=_("Close the study"),
        danger=True,
    )
