"""Screening by code where questions may come first; arm, day 0 and contact, and its change."""

from functools import cache

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.consent.services.consents import consent_in_force
from participants.enrolment.forms import ContactChangeForm, EnrolmentForm, ScreeningForm
from participants.enrolment.services.enrolment import enrol_participant
from participants.enrolment.services.screening import asks_before_consent, screen_participant
from participants.enrolment.services.targets import reached_targets
from participants.people.models import Identity, Participant
from participants.people.services import identity, invitations
from participants.people.views.door import participant_page
from participants.visits import services as visits
from studies.access.permissions import Permission
from studies.amendments.services.reading import version_at
from studies.platform.errors import Invalid
from studies.platform.forms import ask_to_confirm, carry_seen, show_refusal
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.models import Site, Study
from studies.protocol.views.access import StaffRequest, study_page


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.PARTICIPANT_ENROL)
def screen(request: StaffRequest, study: Study) -> HttpResponse:
    """The checklist and what is known by code; a code is given when it is sent.

    Where nothing is asked before the consent, somebody begins with a code alone.
    """
    if not asks_before_consent(study):
        return redirect("participants:prescreen", study.code)
    mine = Site.objects.visible_to(request.user, Permission.PARTICIPANT_ENROL)
    sites = list(mine.filter(study=study))
    chosen = _of_one_version(study, sites, request.GET.get("site", ""))
    if not chosen:
        context = {"study": study, "section": "participants", "sites": sites}
        return render(request, "participants/enrolment/choose_site.html", context)
    form = ScreeningForm(request.POST or None, study=study, sites=chosen, site=chosen[0])
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
            return after_screening(request, participant)
    context = {
        "study": study,
        "section": "participants",
        "form": form,
        "one_site": len(chosen) == 1,
        "reached": reached_targets(chosen),
    }
    status = 422 if form.is_bound else 200
    return render(request, "participants/enrolment/screen.html", context, status=status)


def _of_one_version(study: Study, sites: list[Site], code: str) -> list[Site]:
    """The sites whose criteria one form can ask: all, or the one chosen; none: choose first."""
    if len({version_at(site, visits.today(site)) for site in sites}) <= 1:
        return sites
    return [site for site in sites if site.code == code]


def after_screening(request: StaffRequest, participant: Participant) -> HttpResponse:
    """To the enrolment of who is eligible; else to their page, which says what stays."""
    where = (participant.study.code, participant.code)
    if participant.state == Participant.State.ELIGIBLE:
        return redirect("participants:enrol_contact", *where)
    if participant.state == Participant.State.SCREEN_FAILURE:
        messages.warning(
            request,
            _("%(code)s is a screen failure. The screening is kept; nothing more is asked.")
            % {"code": participant.code},
        )
    return redirect("participants:detail", *where)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_ENROL)
def enrol(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Arm, day 0 and contact of someone screened; sent twice, the second leads to the page."""
    study = participant.study
    if participant.state != Participant.State.ELIGIBLE:
        return redirect("participants:detail", study.code, participant.code)
    initial = {"enrolled_on": visits.today(participant)}
    known = Identity.objects.filter(participant=participant).exists()
    form = EnrolmentForm(request.POST or None, site=participant.site, known=known, initial=initial)
    ask_to_confirm(form)
    if request.method == "POST" and form.is_valid():
        try:
            enrol_participant(
                participant=participant,
                identity=None if known else form.identity(),
                arm=form.cleaned_data.get("arm"),
                enrolled_on=form.cleaned_data["enrolled_on"],
                confirmed=form.cleaned_data["confirmed"],
                by=request.user,
            )
        except Invalid as refusal:
            show_refusal(form, refusal)
        else:
            messages.success(
                request,
                _enrolled(participant) % {"code": participant.code},
            )
            return redirect("participants:detail", study.code, participant.code)
    reached = reached_targets([participant.site])
    return _form_page(
        request, participant, form, "participants/enrolment/enrol.html", reached=reached
    )


def _enrolled(participant: Participant) -> str:
    if consent_in_force(participant) is None:
        return _("%(code)s is enrolled. Next: record the consent.")
    return _("%(code)s is enrolled.")


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.IDENTITY_VIEW)
def contact(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Correct name or contact; opening the form is reading them, and is recorded."""
    status = 0

    @cache
    def current() -> dict[str, str]:
        return vars(identity.open_identity(participant=participant, by=request.user))

    some_work = invitations.some_work(participant)
    if request.method == "POST":
        form = ContactChangeForm(request.POST, some_work=some_work)
    else:
        form = ContactChangeForm(initial=dict(current()), some_work=some_work)
    carry_seen(form, current)
    ask_to_confirm(form)
    if request.method == "POST" and form.is_valid():
        try:
            identity.keep_identity(
                participant=participant,
                identity=form.identity(),
                by=request.user,
                reason=form.cleaned_data["reason"],
                links=form.cleaned_data.get("links", ""),
                confirmed=form.cleaned_data["confirmed"],
                seen=form.cleaned_data["seen"],
            )
        except (Invalid, ChangedMeanwhile) as refusal:
            show_refusal(form, refusal, current=current)
            status = refusal.status
        else:
            messages.success(request, _("The contact is corrected."))
            if some_work and not invitations.some_work(participant):
                messages.warning(request, _("The links so far no longer work. Make a new one."))
            return redirect("participants:detail", participant.study.code, participant.code)
    return _form_page(
        request, participant, form, "participants/enrolment/contact.html", status=status
    )


def _form_page(
    request: StaffRequest,
    participant: Participant,
    form: EnrolmentForm | ContactChangeForm,
    template: str,
    *,
    status: int = 0,
    **more: object,
) -> HttpResponse:
    context = {
        **more,
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "form": form,
    }
    response = render(request, template, context, status=status or (422 if form.is_bound else 200))
    response["Cache-Control"] = "private, no-store"
    return response
