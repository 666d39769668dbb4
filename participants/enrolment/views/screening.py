"""Before and after the signature: a code, the contact, the criteria, failure, screening again."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.enrolment.forms import ScreeningForm
from participants.enrolment.screening_forms import (
    AgainForm,
    ConsentingForm,
    FailureForm,
    PrescreenForm,
)
from participants.enrolment.services import screening as services
from participants.enrolment.services.prescreening import open_consenting, prescreen_participant
from participants.enrolment.services.targets import reached_targets
from participants.enrolment.views.enrolment import after_screening
from participants.people.models import Identity, Participant
from participants.people.views.door import participant_page
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import ask_to_confirm, show_refusal
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page

State = Participant.State


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PARTICIPANT_ENROL)
def prescreen(request: StaffRequest, study: Study) -> HttpResponse:
    """A code, a day and a reason: the first line of somebody in the screening log."""
    sites = Site.objects.visible_to(request.user, Permission.PARTICIPANT_ENROL).filter(study=study)
    days = {visits.today(site) for site in sites.select_related("study")}
    initial = {"on": days.pop() if len(days) == 1 else None}
    form = PrescreenForm(request.POST or None, sites=list(sites), initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        given["site"].study = study
        try:
            participant = prescreen_participant(by=request.user, **given)
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            said = _("%(code)s has a code. Next: the consent.") % {"code": participant.code}
            messages.success(request, said)
            return redirect("participants:open_consenting", study.code, participant.code)
    context = {
        "study": study,
        "section": "participants",
        "form": form,
        "one_site": len(sites) == 1,
        "reached": reached_targets(sites),
    }
    status = 422 if form.is_bound else 200
    return render(request, "participants/enrolment/prescreen.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def consenting(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Who is asked for the consent, in which language; then the consent itself."""
    study = participant.study
    if participant.state != State.PRE_SCREENED:
        return redirect("participants:detail", study.code, participant.code)
    known = Identity.objects.filter(participant=participant).exists()
    initial = {"language": participant.language}
    form = ConsentingForm(request.POST or None, study=study, known=known, initial=initial)
    ask_to_confirm(form)
    if request.method == "POST" and form.is_valid():
        try:
            open_consenting(
                participant=participant,
                identity=None if known else form.identity(),
                language=form.cleaned_data["language"],
                confirmed=form.cleaned_data["confirmed"],
                by=request.user,
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            said = _("%(code)s may read and sign now: here, on paper, or at home with a link.")
            messages.success(request, said % {"code": participant.code})
            return redirect("participants:detail", study.code, participant.code)
    return _page(request, participant, form, "participants/enrolment/consenting.html")


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def screen_one(request: StaffRequest, participant: Participant) -> HttpResponse:
    """The criteria and what is known by code, of somebody who has a code already."""
    study = participant.study
    if not services.may_answer(participant):
        return redirect("participants:detail", study.code, participant.code)
    initial = {"language": participant.language}
    form = ScreeningForm(
        request.POST or None, study=study, sites=[], site=participant.site, initial=initial
    )
    if request.method == "POST" and form.is_valid():
        try:
            answered = services.answer_checklist(
                participant=participant,
                answers=form.answers(),
                details=form.details(),
                by=request.user,
            )
        except Invalid as refusal:
            show_refusal(form, refusal, prefix=ScreeningForm.ANSWER)
        else:
            return after_screening(request, answered)
    return _page(request, participant, form, "participants/enrolment/screen_one.html")


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def fail(request: StaffRequest, participant: Participant) -> HttpResponse:
    """End a screening that the criteria do not end, with its reason."""
    if participant.state not in services.MAY_FAIL:
        return redirect("participants:detail", participant.study.code, participant.code)
    form = FailureForm(request.POST or None)

    def done() -> str:
        services.fail_screening(participant=participant, by=request.user, **form.cleaned_data)
        return _("%(code)s is a screen failure. The reason is in the screening log.")

    return _act(request, participant, form, "participants/enrolment/fail.html", done)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def again(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Begin another attempt of a screen failure, under the same code."""
    if participant.state != State.SCREEN_FAILURE:
        return redirect("participants:detail", participant.study.code, participant.code)
    form = AgainForm(request.POST or None)

    def done() -> str:
        services.screen_again(participant=participant, by=request.user, **form.cleaned_data)
        return _("%(code)s is pre-screened again, as a new attempt.")

    return _act(request, participant, form, "participants/enrolment/again.html", done)


def _act(
    request: StaffRequest,
    participant: Participant,
    form: forms.Form,
    template: str,
    done: Callable[[], str],
) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            said = done()
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(request, said % {"code": participant.code})
            return redirect("participants:detail", participant.study.code, participant.code)
    return _page(request, participant, form, template)


def _page(
    request: StaffRequest, participant: Participant, form: forms.Form, template: str
) -> HttpResponse:
    context: dict[str, Any] = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "form": form,
        "attempts": participant.attempts.order_by("-number"),
    }
    response = render(request, template, context, status=422 if form.is_bound else 200)
    response["Cache-Control"] = "private, no-store"
    return response
