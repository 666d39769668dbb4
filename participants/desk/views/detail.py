"""A participant's page, a visit's page, and the acts that begin there."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from participants.allocation.services.standing import standing
from participants.answers.services.alerts import waiting_alerts
from participants.answers.services.listing import asked_at, listed
from participants.answers.services.safety import running_events
from participants.consent.services import consents
from participants.correcting.services.reading import corrected
from participants.desk import grid
from participants.enrolment.services.enrolment import ROMAN, complete_participant
from participants.people.models import Device, Invitation, Participant
from participants.people.services import identity
from participants.people.services.record import record_about
from participants.people.views.door import participant_page
from participants.privacy.forms import WithdrawForm
from participants.privacy.models import DataRequest
from participants.privacy.services import data_requests, my_data
from participants.queries.services.listing import standing_by_visit
from participants.scheduling.models import Note
from participants.verification.services.standing import Verifiable
from participants.verification.services.ticking import visit_standing
from participants.visits import services as visits
from participants.visits.models import WAITING, Visit
from participants.words.languages import LANGUAGE_NAMES
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import carry_seen, show_refusal
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.views.access import StaffRequest

State = Participant.State


@require_safe
@participant_page(Permission.PARTICIPANT_VIEW)
def detail(request: StaffRequest, participant: Participant) -> HttpResponse:
    """State, visits and photos, consent, link, scores; identity only on demand."""
    today = visits.today(participant)
    columns = grid.columns(participant, today)
    current = consents.consent_in_force(participant)
    links = Invitation.objects.visible_to(request.user).filter(
        participant=participant, purpose=Invitation.Purpose.PERSONAL
    )
    context: dict[str, Any] = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "randomisation": standing(participant, user=request.user),
        "corrected": corrected(participant, by=request.user),
        "screening": getattr(participant, "screening", None),
        "failure": _failure(participant),
        "today": today,
        "day": (today - participant.enrolled_on).days if participant.enrolled_on else None,
        "columns": columns,
        "open_queries": standing_by_visit([participant.pk], request.user),
        "rows": grid.rows(columns) if participant.data_use == Participant.DataUse.FULL else [],
        "next": visits.next_visit(participant, today),
        "consent": current,
        "consents": participant.consents.select_related("document__version", "recorded_by"),
        "newer_text": consents.needs_new_consent(participant),
        "phones": Device.objects.visible_to(request.user)
        .usable(timezone.now())
        .filter(participant=participant),
        "links": links.select_related("created_by"),
        "fitzpatrick": ROMAN[participant.fitzpatrick - 1] if participant.fitzpatrick else "–",
        "language": LANGUAGE_NAMES.get(participant.language, participant.language),
        **_asked(request, participant),
        "notes": _notes(request, participant),
        "serious": running_events(participant) if request.can["answer_view"] else [],
        "alerts": waiting_alerts(participant) if request.can["answer_view"] else [],
        "questionnaires": listed(participant) if request.can["answer_view"] else [],
        "waits": visits.open_visit(participant, today),
        "held": my_data.counts(participant)
        if participant.data_use != Participant.DataUse.FULL
        else {},
        "usable": {link.pk for link in links.usable(timezone.now())},
    }
    _record_shown(request, participant, columns)
    return render(request, "participants/desk/detail.html", context)


def _failure(participant: Participant) -> str:
    """Why somebody is a screen failure, in words; nothing of others."""
    if participant.state != State.SCREEN_FAILURE:
        return ""
    attempt = participant.attempts.order_by("-number").first()
    said = _("In no count of the study; kept under this code.")
    if attempt is None or not attempt.failure:
        return said
    why = f"{attempt.get_failure_display()}: {attempt.failure_reason}"
    return f"{why.rstrip(' .:')}. {said}"


def _asked(request: StaffRequest, participant: Participant) -> dict[str, Any]:
    """What was asked about their data, and whether staff are told how they could come back."""
    requests = DataRequest.objects.visible_to(request.user).filter(participant=participant)
    erasing = requests.open().filter(kind=DataRequest.Kind.ERASE).exists()
    back = requests.filter(state=DataRequest.State.TAKEN_BACK).first()
    withdrawn = participant.state == Participant.State.WITHDRAWN
    return {
        "requests": requests.select_related("work"),
        "may_return": withdrawn and not erasing and Permission.PARTICIPANT_ENROL in request.can,
        "taken_back": back.settled_at if back else None,
    }


def _notes(request: StaffRequest, participant: Participant) -> QuerySet[Note]:
    """What was noted about them, newest first, for those who read histories."""
    seen = Note.objects.visible_to(request.user).filter(participant=participant)
    return seen.select_related("by", "struck_by", "visit__definition")


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
    shown = get_object_or_404(rows, definition__code=visit)
    shown.participant = participant
    today = visits.today(participant)
    around = list(participant.visits.select_related("definition"))
    place = [row.pk for row in around].index(shown.pk)
    column = grid.column(shown, today)
    _record_shown(request, participant, [column])
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "visit": shown,
        "column": column,
        "today": today,
        "notes": _notes(request, participant).filter(visit=shown),
        "verification": _verification(request, shown),
        "forms": asked_at(shown) if request.can["answer_view"] else [],
        "open_queries": standing_by_visit([participant.pk], request.user).get(shown.pk, 0),
        "may_photograph": column.standing in WAITING and shown.opens_on <= today,
        "held": my_data.counts(participant)
        if participant.data_use != Participant.DataUse.FULL
        else {},
        "before": around[place - 1] if place else None,
        "after": around[place + 1] if place + 1 < len(around) else None,
    }
    return render(request, "participants/desk/visit.html", context)


def _verification(request: StaffRequest, visit: Visit) -> Verifiable | None:
    """How far the visit is verified, where the person may see it and there is something."""
    if Permission.VERIFICATION_VIEW not in request.can:
        return None
    return visit_standing(visit)


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
    current = partial(_standing_now, participant)
    carry_seen(form, current)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            data_requests.ask(
                participant=participant,
                kind=form.cleaned_data["kind"],
                reason=form.reason(),
                by=request.user,
                seen=form.cleaned_data["seen"],
            )
        except ChangedMeanwhile as refusal:
            show_refusal(form, refusal, current=current)
            participant.refresh_from_db()
            form.ask_again(participant)
            status = refusal.status
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
    return render(request, "participants/desk/withdraw.html", context, status=status)


def _standing_now(participant: Participant) -> dict[str, Any]:
    return data_requests.standing(Participant.objects.get(pk=participant.pk))


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def complete(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Say what it means that taking part ended as planned, and note it."""
    if request.method != "POST":
        if participant.state != State.ENROLLED:
            return redirect("participants:detail", participant.study.code, participant.code)
        context = {
            "study": participant.study,
            "section": "participants",
            "participant": participant,
            "waiting": visits.next_visit(participant, visits.today(participant)),
            "not_made": participant.visits.filter(state="missed").select_related("definition"),
        }
        return render(request, "participants/desk/complete.html", context)
    complete_participant(participant=participant, by=request.user)
    messages.success(request, _("%(code)s has completed.") % {"code": participant.code})
    return redirect("participants:detail", participant.study.code, participant.code)
