"""Home, a study's protocol, and what its manager changes as a whole."""

from django.contrib import messages
from django.http import HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from studies.consent_notices import languages_behind
from studies.errors import NotAllowed
from studies.forms import ConditionsForm, NewStudyForm, ReasonForm, StudyForm
from studies.models import Condition, Membership, Study
from studies.permissions import Permission
from studies.protocol_yaml import write_protocol
from studies.services import studies, translations
from studies.services.protocols import protocol_of
from studies.services.reminders import shown_settings
from studies.translation_reviews import standing
from studies.views.access import StaffRequest, signed_in, study_page
from studies.views.pages import form_page, protocol_url
from studies.views.timeline import timeline


@require_GET
@signed_in
def home(request: StaffRequest) -> HttpResponse:
    """The studies one belongs to, each with one's roles."""
    held = Membership.objects.current().filter(user=request.user)
    roles = list(held.select_related("study", "site").order_by("role"))
    cards = [
        {"study": study, "roles": [role for role in roles if role.study_id == study.pk]}
        for study in Study.objects.visible_to(request.user).prefetch_related("sites")
    ]
    return render(request, "studies/home.html", {"cards": cards})


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
        template="studies/create.html",
        back_url=reverse("studies:home"),
    )


@require_GET
@study_page(Permission.STUDY_VIEW)
def protocol(request: StaffRequest, study: Study) -> HttpResponse:
    """The protocol: summary, sites, arms, schedule, conditions, screening, consent."""
    visits = list(study.visit_definitions.all())
    criteria = list(study.criteria.all())
    context = {
        "section": "protocol",
        "editable": request.can["study_edit"] and study.state != Study.State.CLOSED,
        "sites": study.sites.all(),
        "arms": study.arms.all(),
        "visits": visits,
        "timeline": timeline(visits),
        "fixed": study.has_participants(),
        "conditions": study.ordered_conditions(),
        "reminders": shown_settings(study),
        "inclusion": [line for line in criteria if line.kind == "inclusion"],
        "exclusion": [line for line in criteria if line.kind == "exclusion"],
        "documents": study.consent_documents.all(),
        "behind": languages_behind(study),
        "missing": studies.missing_for_activation(study),
        "languages": [
            (code, translations.untranslated(study, code), standing(code))
            for code in translations.languages_to_translate(study)
        ],
    }
    return render(request, "studies/protocol.html", context)


@require_GET
@study_page(Permission.STUDY_VIEW)
def protocol_file(request: StaffRequest, study: Study) -> HttpResponse:
    """The protocol as the YAML file that ``load_study`` reads."""
    name = f"{study.code.lower()}-protocol.yaml"
    return HttpResponse(
        write_protocol(protocol_of(study)),
        content_type="application/yaml",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
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
        changing=bool(current),
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
        ),
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
        return render(request, "studies/activate.html", context)
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
