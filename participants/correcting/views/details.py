"""Pages of corrections: each shows what is, asks for what is right and why."""

from django.http import HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from participants.correcting.forms import (
    CorrectionForm,
    DayZeroForm,
    DetailsForm,
    ScreeningAnswersForm,
    TransferForm,
    VisitDayForm,
)
from participants.correcting.services.completion import undo_completion
from participants.correcting.services.day_0 import correct_day_0
from participants.correcting.services.details import correct_details, details_of
from participants.correcting.services.screening import answers_of, correct_screening
from participants.correcting.services.transfer import transfer_participant
from participants.correcting.services.visit_day import correct_visit_day, made_on
from participants.correcting.views.common import Values, back, correct, said
from participants.people.models import Participant, Screening
from participants.people.views.door import participant_page
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.protocol.views.access import StaffRequest

_TONES = ("fitzpatrick", "monk_tone")


def _typed(values: Values) -> Values:
    """``values`` as the choices of a form: not assessed is a choice too."""
    tones = {name: str(values[name] or "not-assessed") for name in _TONES if name in values}
    return {**values, **tones}


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def details(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Year of birth, sex, ethnicity, skin tones, language."""
    if participant.state == Participant.State.ERASED:
        return back(participant)
    initial = _typed(details_of(participant))
    form = DetailsForm(request.POST or None, participant=participant, initial=initial)

    def save() -> None:
        correct_details(
            participant=participant, details=form.details(), by=request.user, **said(form)
        )

    return correct(
        request,
        participant,
        form,
        save=save,
        current=lambda: details_of(Participant.objects.get(pk=participant.pk)),
        heading=_("Correct what is known of %(code)s"),
        lead=_(
            "What was known before stays in the history. The arm stays as it was given; exports "
            "made from now on hold the corrected values."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def visit_day(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """The day on which a visit was made."""
    rows = participant.visits.select_related("definition")
    shown = get_object_or_404(rows, definition__code=visit)
    shown.participant = participant
    if shown.state != Visit.State.COMPLETE:
        return back(participant)
    form = VisitDayForm(request.POST or None, initial=made_on(shown))

    def save() -> None:
        correct_visit_day(
            visit=shown, made_on=form.cleaned_data["made_on"], by=request.user, **said(form)
        )

    def current() -> Values:
        shown.refresh_from_db(fields=["completed_at"])
        return made_on(shown)

    return correct(
        request,
        participant,
        form,
        save=save,
        current=current,
        heading=_("When was this visit of %(code)s made?"),
        lead=_(
            "%(name)s: the day it was made is corrected. When its photos were taken and arrived "
            "stays as it was. Outside the protocol's window it is noted as a deviation."
        )
        % {"name": shown.definition.name},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def day_0(request: StaffRequest, participant: Participant) -> HttpResponse:
    """The day from which the visits count."""
    if participant.state != Participant.State.ENROLLED:
        return back(participant)
    initial = {"enrolled_on": participant.enrolled_on}
    form = DayZeroForm(request.POST or None, initial=initial)

    def save() -> None:
        day = form.cleaned_data["enrolled_on"]
        correct_day_0(participant=participant, day_0=day, by=request.user, **said(form))

    def current() -> Values:
        return {"enrolled_on": Participant.objects.get(pk=participant.pk).enrolled_on}

    return correct(
        request,
        participant,
        form,
        save=save,
        current=current,
        heading=_("Correct day 0 of %(code)s"),
        lead=_(
            "Every visit gets its days anew, counted from the day you enter, and reminders move "
            "with them. Photos stay with the visits they were taken for."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def screening(request: StaffRequest, participant: Participant) -> HttpResponse:
    """The answers to the checklist, as it was worded on the day."""
    asked = Screening.objects.filter(participant=participant).first()
    if asked is None or participant.state == Participant.State.ERASED:
        return back(participant)
    initial = {code: "yes" if yes else "no" for code, yes in answers_of(asked).items()}
    form = ScreeningAnswersForm(request.POST or None, screening=asked, initial=initial)

    def save() -> None:
        correct_screening(
            participant=participant, answers=form.answers(), by=request.user, **said(form)
        )

    return correct(
        request,
        participant,
        form,
        save=save,
        current=lambda: answers_of(Screening.objects.get(participant=participant)),
        heading=_("Correct the screening of %(code)s"),
        lead=_("The lines are worded as they were on the day. Who is enrolled stays enrolled."),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def undo(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Undo a completion that was a mistake."""
    if request.method != "POST" and participant.state != Participant.State.COMPLETED:
        return back(participant)
    form = CorrectionForm(request.POST or None)

    def save() -> None:
        reason = form.cleaned_data["reason"]
        undo_completion(participant=participant, reason=reason, by=request.user)

    return correct(
        request,
        participant,
        form,
        save=save,
        heading=_("Was %(code)s completed by mistake?"),
        lead=_(
            "They take part again, and visits stand as they did. Links that stopped stay stopped: "
            "make a new one afterwards."
        ),
    )


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def transfer(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Hand the participant over to another site."""
    if request.method != "POST" and participant.state in ("withdrawn", "erased"):
        return back(participant)
    form = TransferForm(request.POST or None, participant=participant)

    def save() -> None:
        site = form.cleaned_data["site"]
        transfer_participant(participant=participant, site=site, by=request.user, **said(form))

    return correct(
        request,
        participant,
        form,
        save=save,
        current=lambda: {"site": Participant.objects.get(pk=participant.pk).site_id},
        heading=_("Transfer %(code)s to another site"),
        lead=_(
            "The code stays as it is. Consents, visits, photos and links go along; people of the "
            "new site see all of it from then on, and those of this site do not."
        ),
        done=_("%(code)s is at the new site."),
        button=_("Transfer"),
    )
