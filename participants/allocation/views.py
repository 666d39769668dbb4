"""Pages of randomising one participant, unblinding one, annotating, and the balance."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from participants.allocation.forms import AnnotateForm, RandomiseForm, UnblindForm
from participants.allocation.services.balance import balance as balance_of
from participants.allocation.services.balance import places
from participants.allocation.services.randomising import randomise_participant, why_not
from participants.allocation.services.reading import require_sees_arms
from participants.allocation.services.standing import standing
from participants.allocation.services.unblinding import annotate_allocation, unblind_participant
from participants.people.models import Participant
from participants.people.views.door import participant_page
from studies.access.permissions import Permission
from studies.platform.errors import Invalid, Refusal
from studies.platform.forms import show_refusal
from studies.protocol.models import Arm, Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.randomisation.services.schemes import scheme_of

PRIVATE = "private, no-store"


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.RANDOMISE)
def randomise(request: StaffRequest, participant: Participant) -> HttpResponse:
    """What randomising means, and doing it; sent twice, the second is told so."""
    form = RandomiseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        randomise_participant(participant=participant, by=request.user)
        messages.success(request, _randomised(request, participant))
        return redirect("participants:detail", participant.study.code, participant.code)
    refusal = why_not(participant)
    if refusal is not None:
        raise refusal
    return _page(request, participant, form, "randomise", status=422 if form.is_bound else 200)


def _randomised(request: StaffRequest, participant: Participant) -> str:
    now = standing(participant, user=request.user)
    said = _("%(code)s is randomised.") % {"code": participant.code}
    if now.arm:
        said += " " + _("Arm: %(arm)s.") % {"arm": now.arm}
    if now.kit:
        said += " " + _("Hand out kit %(kit)s.") % {"kit": now.kit}
    return said


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.UNBLIND)
def unblind(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Reason and password; the arm is shown once, on the answer itself."""
    form = UnblindForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            given = unblind_participant(
                participant=participant, by=request.user, **form.cleaned_data
            )
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            show_refusal(form, refusal)
            status = refusal.status
        else:
            arm = Arm.objects.filter(study=participant.study, code=given.arm).first()
            return _page(request, participant, None, "unblinded", arm=arm, kit=given.kit)
    return _page(request, participant, form, "unblind", status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.RANDOMISE)
def annotate(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Write down that an allocation was a mistake."""
    form = AnnotateForm(request.POST or None)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            annotate_allocation(
                participant=participant, text=form.cleaned_data["text"], by=request.user
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
            status = refusal.status
        else:
            messages.success(request, _("Written down. The allocation stays as it was given."))
            return redirect("participants:detail", participant.study.code, participant.code)
    return _page(request, participant, form, "annotate", status=status)


def _page(
    request: StaffRequest,
    participant: Participant,
    form: forms.Form | None,
    name: str,
    *,
    status: int = 200,
    **more: Any,
) -> HttpResponse:
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "form": form,
        **more,
    }
    template = f"participants/allocation/{name}.html"
    response = render(request, template, context, status=status)
    response["Cache-Control"] = PRIVATE
    return response


@require_safe
@study_page(Permission.PARTICIPANT_VIEW)
def balance(request: StaffRequest, study: Study) -> HttpResponse:
    """Participants by stratum and arm, for those who may know it."""
    require_sees_arms(request.user, study)
    scheme = scheme_of(study) if Permission.RANDOMISATION_EDIT in request.can else None
    context = {
        "study": study,
        "section": "randomisation",
        "balance": balance_of(study=study, user=request.user),
        "names": {arm.code: arm.name for arm in study.arms.all()},
        "places": places(scheme) if scheme is not None else [],
    }
    response = render(request, "participants/allocation/balance.html", context)
    response["Cache-Control"] = PRIVATE
    return response
