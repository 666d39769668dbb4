"""A participant's page, a visit's page, and the acts that begin there."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.consent.services import consents
from participants.desk import grid
from participants.enrolment.forms import ROMAN
from participants.enrolment.services.enrolment import complete_participant
from participants.people.models import Invitation, Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.views.door import participant_page
from participants.privacy.forms import WithdrawForm
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests, my_data
from participants.visits import services as visits
from participants.visits.models import WAITING
from participants.words.languages import LANGUAGE_NAMES
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.views.access import StaffRequest

State = Participant.State


@require_safe
@participant_page(Permission.PARTICIPANT_VIEW)
def detail(request: StaffRequest, participant: Participant) -> HttpResponse:
    """State, visits and photos, consent, link, scores; identity only on demand."""
    today = visits.today(participant.study)
    columns = grid.columns(participant, today)
    current = consents.consent_in_force(participant)
    links = Invitation.objects.visible_to(request.user).filter(
        participant=participant, purpose=Invitation.Purpose.PERSONAL
    )
    context: dict[str, Any] = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "screening": getattr(participant, "screening", None),
        "today": today,
        "day": (today - participant.enrolled_on).days if participant.enrolled_on else None,
        "columns": columns,
        "rows": grid.rows(columns) if participant.data_use == Participant.DataUse.FULL else [],
        "next": visits.next_visit(participant, today),
        "consent": current,
        "consents": participant.consents.select_related("document__version", "recorded_by"),
        "newer_text": consents.needs_new_consent(participant),
        "links": links.select_related("created_by"),
        "fitzpatrick": ROMAN[participant.fitzpatrick - 1] if participant.fitzpatrick else "–",
        "language": LANGUAGE_NAMES.get(participant.language, participant.language),
        "requests": (
            DataRequest.objects.visible_to(request.user)
            .filter(participant=participant)
            .select_related("work")
        ),
        "held": my_data.counts(participant)
        if participant.data_use != Participant.DataUse.FULL
        else {},
        "usable": {link.pk for link in links.usable(timezone.now())},
    }
    _record_shown(request, participant, columns)
    return render(request, "participants/desk/detail.html", context)


def _record_shown(
    request: StaffRequest, participant: Participant, columns: list[grid.Column]
) -> None:
    """Looking at faces is an act: one event for the page, with the thumbnails it showed."""
    cells = [cell for column in columns for cell in column.cells]
    photos = [photo for cell in cells for photo in cell.photos if photo.thumbnail_file]
    if photos and request.method == "GET" and Permission.PHOTO_VIEW in request.can:
        shown = [str(photo.pk) for photo in photos]
        record_about(participant, "photo.list", by=request.user, new={"photos": shown})


@require_safe
@participant_page(Permission.PARTICIPANT_VIEW)
def visit(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """One visit: its window, and every photo of every view with its state and reasons."""
    rows = participant.visits.select_related("definition").prefetch_related(grid.photos_shown())
    found = get_object_or_404(rows, definition__code=visit)
    today = visits.today(participant.study)
    around = list(participant.visits.select_related("definition"))
    place = [row.pk for row in around].index(found.pk)
    column = grid.column(found, today)
    _record_shown(request, participant, [column])
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "visit": found,
        "column": column,
        "today": today,
        "held": my_data.counts(participant)
        if participant.data_use != Participant.DataUse.FULL
        else {},
        "before": around[place - 1] if place else None,
        "after": around[place + 1] if place + 1 < len(around) else None,
    }
    return render(request, "participants/desk/visit.html", context)


@require_POST
@participant_page(Permission.IDENTITY_VIEW)
def reveal(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Name and contact, once per press of the button: each look is recorded."""
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "identity": identity.open_identity(participant=participant, by=request.user),
    }
    fragment = request.headers.get("HX-Request") == "true"
    template = "participants/desk/_identity.html" if fragment else "participants/desk/identity.html"
    response = render(request, template, context)
    response["Cache-Control"] = "private, no-store"
    return response


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.DATA_REQUEST_EDIT)
def withdraw(request: StaffRequest, participant: Participant) -> HttpResponse:
    """End taking part on the participant's behalf: stop, stop and keep, or erase; and why."""
    study = participant.study
    if participant.state == State.ERASED:
        return redirect("participants:detail", study.code, participant.code)
    form = WithdrawForm(request.POST or None, participant=participant)
    if request.method == "POST" and form.is_valid():
        try:
            data_requests.ask(
                participant=participant,
                kind=form.cleaned_data["kind"],
                reason=form.reason(),
                by=request.user,
            )
        except Invalid as refusal:
            show_refusal(form, refusal, rename={"reason": "note"})
        else:
            said = _("%(code)s has withdrawn. Nothing more is collected.")
            messages.success(request, said % {"code": participant.code})
            return redirect("participants:data_requests", study.code)
    context = {
        "study": study,
        "section": "participants",
        "participant": participant,
        "form": form,
        "stopped": participant.state == State.WITHDRAWN,
        "waiting": participant.visits.filter(state__in=WAITING).count(),
        "erased_on": data_requests.erased_on(timezone.now()),
    }
    status = 422 if form.is_bound else 200
    return render(request, "participants/desk/withdraw.html", context, status=status)


@require_POST
@participant_page(Permission.PARTICIPANT_EDIT)
def complete(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Taking part ended as planned."""
    complete_participant(participant=participant, by=request.user)
    messages.success(request, _("%(code)s has completed.") % {"code": participant.code})
    return redirect("participants:detail", participant.study.code, participant.code)
