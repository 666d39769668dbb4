"""Enrolling in two steps: screening by code, then arm, day 0 and contact."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.enrolment.forms import ContactChangeForm, EnrolmentForm, ScreeningForm
from participants.enrolment.services.enrolment import enrol_participant, screen_participant
from participants.enrolment.services.targets import reached_targets
from participants.people.models import Participant
from participants.people.services import identity
from participants.people.views.door import participant_page
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PARTICIPANT_ENROL)
def screen(request: StaffRequest, study: Study) -> HttpResponse:
    """The checklist and what is known by code; a code is given when it is sent."""
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_ENROL).filter(study=study)
    form = ScreeningForm(request.POST or None, study=study, sites=list(sites))
    if request.method == "POST" and form.is_valid():
        site = form.cleaned_data["site"]
        site.study = study
        try:
            participant = screen_participant(
                site=site,
                answers=form.answers(),
                details=form.details(),
                by=request.user,
                request_id=form.cleaned_data["request_id"],
            )
        except Invalid as refusal:
            show_refusal(form, refusal, prefix=ScreeningForm.ANSWER)
        else:
            return _after_screening(request, participant)
    context = {
        "study": study,
        "section": "participants",
        "form": form,
        "one_site": len(sites) == 1,
        "reached": reached_targets(sites),
    }
    status = 422 if form.is_bound else 200
    return render(request, "participants/enrolment/screen.html", context, status=status)


def _after_screening(request: StaffRequest, participant: Participant) -> HttpResponse:
    where = (participant.study.code, participant.code)
    if participant.state != Participant.State.SCREENED:
        return redirect("participants:detail", *where)
    if participant.screening.eligible:
        return redirect("participants:enrol_contact", *where)
    messages.warning(
        request,
        _("%(code)s is not eligible. The screening is kept; no name or contact was asked for.")
        % {"code": participant.code},
    )
    return redirect("participants:detail", *where)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def enrol(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Arm, day 0 and contact of someone screened; sent twice, the second leads to the page."""
    study = participant.study
    if participant.state != Participant.State.SCREENED or not _eligible(participant):
        return redirect("participants:detail", study.code, participant.code)
    initial = {"enrolled_on": visits.today(study)}
    form = EnrolmentForm(request.POST or None, study=study, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            enrol_participant(
                participant=participant,
                identity=form.identity(),
                arm=form.cleaned_data.get("arm"),
                enrolled_on=form.cleaned_data["enrolled_on"],
                by=request.user,
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                _("%(code)s is enrolled. Next: record the consent.") % {"code": participant.code},
            )
            return redirect("participants:detail", study.code, participant.code)
    reached = reached_targets([participant.site])
    return _form_page(
        request, participant, form, "participants/enrolment/enrol.html", reached=reached
    )


def _eligible(participant: Participant) -> bool:
    return hasattr(participant, "screening") and participant.screening.eligible


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.IDENTITY_VIEW)
def contact(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Correct name or contact; opening the form is reading them, and is recorded."""
    if request.method == "POST":
        form = ContactChangeForm(request.POST)
    else:
        known = identity.open_identity(participant=participant, by=request.user)
        form = ContactChangeForm(initial=vars(known))
    if request.method == "POST" and form.is_valid():
        try:
            identity.keep_identity(
                participant=participant,
                identity=form.identity(),
                by=request.user,
                reason=form.cleaned_data["reason"],
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, _("The contact is corrected."))
            return redirect("participants:detail", participant.study.code, participant.code)
    return _form_page(request, participant, form, "participants/enrolment/contact.html")


def _form_page(
    request: StaffRequest,
    participant: Participant,
    form: EnrolmentForm | ContactChangeForm,
    template: str,
    **more: object,
) -> HttpResponse:
    context = {
        **more,
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "form": form,
    }
    response = render(request, template, context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "private, no-store"
    return response
