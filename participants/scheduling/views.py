"""Pages of acts on visits and of notes: each shows what is, asks for what is to be, and why."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import Any

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import TemporaryUploadedFile, UploadedFile
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from participants.capture.errors import PhotoEmpty, PhotoTooLarge, TooManyTakes
from participants.capture.services.progress import missing_views
from participants.messaging.services import asking
from participants.people.models import Participant
from participants.people.views.door import participant_page
from participants.scheduling.forms import (
    ClinicPhotoForm,
    NoteForm,
    RescheduleForm,
    UnscheduledForm,
    VisitReasonForm,
)
from participants.scheduling.models import Note
from participants.scheduling.services import moving, notes
from participants.scheduling.services.calling_off import cancel_unscheduled
from participants.scheduling.services.clinic import add_clinic_photo, require_open_for_staff
from participants.scheduling.services.common import require_taking_part
from participants.scheduling.services.unscheduled import add_unscheduled_visit
from participants.visits import services as visits
from participants.visits.days import window_of
from participants.visits.models import Visit
from studies.access.permissions import Permission
from studies.amendments.services.reading import schedule_of, version_at
from studies.platform.errors import Invalid, StateRefused
from studies.platform.forms import ask_to_confirm, carry_seen, show_refusal
from studies.platform.views import back
from studies.protocol.models import VIEWS
from studies.protocol.views.access import StaffRequest

Values = dict[str, Any]
# What is shown beside the form, since something can be done about it there.
_SHOWN = (Invalid, StateRefused, PhotoTooLarge, PhotoEmpty, TooManyTakes)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.VISIT_EDIT)
def reschedule(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """Another day for one visit."""
    moved = _visit(participant, visit)
    form = RescheduleForm(request.POST or None, initial={"day": moved.scheduled_on})
    ask_to_confirm(form)

    def save() -> str:
        day = form.cleaned_data["day"]
        moving.reschedule_visit(
            visit=moved, day=day, by=request.user, **_said(form, "reason", "seen", "confirmed")
        )
        what = {"name": moved.definition.name, "day": date_format(day, "j F Y")}
        return _("%(name)s is on %(day)s now. Reminders follow.") % what

    lead = _("It is planned for %(day)s. Reminders move with it.")
    if participant.enrolled_on and not moved.definition.unscheduled:
        planned, opens, closes = window_of(moved.definition, participant.enrolled_on)
        lead = _(
            "The protocol plans it for %(planned)s, possible from %(opens)s to %(closes)s; that is "
            "kept. Reminders follow the new day. Outside those days it is noted as a deviation."
        ) % {
            "planned": date_format(planned, "j F Y"),
            "opens": date_format(opens, "j M"),
            "closes": date_format(closes, "j M Y"),
        }
    heading = _("Move %(name)s of %(code)s")
    return _act(
        request, participant, form, save=save, visit=moved, heading=heading, button=_("Move"),
        current=lambda: moving.standing_of(_visit(participant, visit)),
        lead=lead % {"day": date_format(moved.scheduled_on, "j F Y")},
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.VISIT_EDIT)
def missed(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """Say that a visit will not be made."""
    marked = _visit(participant, visit)
    form = VisitReasonForm(request.POST or None)

    def save() -> str:
        moving.mark_missed(visit=marked, by=request.user, **_said(form, "reason", "seen"))
        return _("%(name)s is marked as missed.") % {"name": marked.definition.name}

    return _act(
        request, participant, form, save=save, visit=marked, button=_("Mark as missed"),
        heading=_("Was %(name)s of %(code)s missed?"),
        current=lambda: moving.standing_of(_visit(participant, visit)),
        lead=_(
            "The participant is no longer reminded of it. Photos that their phone still holds and "
            "sends in time are kept all the same. It can be taken back."
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.VISIT_EDIT)
def cancel(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """Cancel a visit that no protocol plans."""
    cancelled = _visit(participant, visit)
    form = VisitReasonForm(request.POST or None)

    def save() -> str:
        cancel_unscheduled(visit=cancelled, by=request.user, **_said(form, "reason", "seen"))
        return _("%(name)s is cancelled.") % {"name": cancelled.definition.name}

    return _act(
        request, participant, form, save=save, visit=cancelled, button=_("Call it off"),
        heading=_("Cancel %(name)s of %(code)s?"),
        current=lambda: moving.standing_of(_visit(participant, visit)),
        lead=_(
            "Only a visit that the protocol does not plan is cancelled, and only while it has no "
            "photo. It can be arranged again."
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.VISIT_EDIT)
def undo(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """Take back that a visit was missed."""
    marked = _visit(participant, visit)
    if request.method != "POST" and not marked.marked_missed:
        return _to_visit(participant, marked)
    form = VisitReasonForm(request.POST or None)

    def save() -> str:
        moving.undo_missed(visit=marked, by=request.user, **_said(form, "reason", "seen"))
        return _("%(name)s waits again.") % {"name": marked.definition.name}

    return _act(
        request, participant, form, save=save, visit=marked, button=_("Take it back"),
        heading=_("Was %(name)s of %(code)s not missed?"),
        current=lambda: moving.standing_of(_visit(participant, visit)),
        lead=_("The visit waits again, as its days say, and reminders go on."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.VISIT_EDIT)
def unscheduled(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Arrange a visit that the protocol does not plan."""
    today = visits.today(participant)
    asked = {
        view
        for definition in schedule_of(participant.study, version_at(participant.site, today))
        for view in definition.views
    }
    views = [view for view in VIEWS if view in asked] or list(VIEWS)
    form = UnscheduledForm(
        request.POST or None, initial={"day": today, "last_day": today, "views": views}
    )

    def save() -> str:
        said = _said(form, "day", "last_day", "views", "reason")
        made = add_unscheduled_visit(participant=participant, by=request.user, **said)
        what = {"name": made.definition.name, "day": date_format(made.scheduled_on, "j F Y")}
        return _("%(name)s is arranged for %(day)s.") % what

    return _act(
        request, participant, form, save=save, button=_("Arrange the visit"),
        heading=_("An unscheduled visit of %(code)s"),
        lead=_(
            "It stands beside the visits of the protocol, and none of them changes. The "
            "participant finds it on their page from that day on."
        ),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PHOTO_ADD)
def clinic_photo(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """Upload a photo that staff took at the clinic."""
    shown = _visit(participant, visit)
    missing = missing_views(shown)
    form = ClinicPhotoForm(
        request.POST or None,
        request.FILES or None,
        visit=shown,
        missing=missing,
        initial={"view": missing[0] if missing else "", "request_id": uuid.uuid4()},
    )
    try:
        require_taking_part(participant)
        require_open_for_staff(shown)
    except StateRefused as refusal:
        closed = refusal.message
    else:
        closed = "" if missing else _("Every view has an accepted photo already.")

    def save() -> str:
        with _as_file(form.cleaned_data["photo"]) as path:
            add_clinic_photo(
                visit=shown, view=form.cleaned_data["view"], file=path,
                photo_id=form.cleaned_data["request_id"], by=request.user,
            )  # fmt: skip
        return _("The photo is stored, and is being checked now as every photo is.")

    return _act(
        request, participant, form, save=save, visit=shown, button=_("Upload"), closed=closed,
        heading=_("A photo taken at the clinic: %(name)s of %(code)s"),
        lead=_(
            "It is checked as a photo of the participant's phone is, and kept as taken at the "
            "clinic, by you. One view at a time."
        ),
        template="participants/scheduling/clinic_photo.html",
    )  # fmt: skip


# --- Notes -------------------------------------------------------------------------------------


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def note(request: StaffRequest, participant: Participant) -> HttpResponse:
    """A note about the participant."""
    return _note(request, participant, None)


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def visit_note(request: StaffRequest, participant: Participant, visit: str) -> HttpResponse:
    """A note about one visit."""
    return _note(request, participant, _visit(participant, visit))


def _note(request: StaffRequest, participant: Participant, visit: Visit | None) -> HttpResponse:
    form = NoteForm(request.POST or None)

    def save() -> str:
        said = _said(form, "text", "request_id")
        notes.add_note(participant=participant, visit=visit, by=request.user, **said)
        return _("The note is signed and kept.")

    heading = _("A note about %(name)s of %(code)s") if visit else _("A note about %(code)s")
    return _act(
        request, participant, form, save=save, visit=visit, heading=heading,
        button=_("Sign and keep"),
        lead=_("It carries your name and the time, and those who read histories see it."),
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
@participant_page(Permission.PARTICIPANT_EDIT)
def strike(request: StaffRequest, participant: Participant, pk: int) -> HttpResponse:
    """Strike a note through."""
    seen = Note.objects.visible_to(request.user).filter(participant=participant)
    deviation = get_object_or_404(seen.select_related("visit__definition", "participant"), pk=pk)
    form = VisitReasonForm(request.POST or None)

    def save() -> str:
        notes.strike_note(note=deviation, reason=form.cleaned_data["reason"], by=request.user)
        return _("The note is struck through.")

    return _act(
        request, participant, form, save=save, visit=deviation.visit, button=_("Strike it through"),
        heading=_("Strike a note about %(code)s through"),
        lead=_("“%(text)s” It stays readable, with your name and the reason.")
        % {"text": deviation.text},
    )  # fmt: skip


# --- Messages ----------------------------------------------------------------------------------


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def remind(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Remind of the open visit now."""
    asking.send_reminder(participant=participant, by=request.user)
    messages.success(request, _("A reminder is on its way, outside the quiet hours."))
    return back(request, "participants:detail", participant.study.code, participant.code)


@require_POST
@participant_page(Permission.INVITATION_EDIT)
def send_link(request: StaffRequest, participant: Participant) -> HttpResponse:
    """Send a link to their page now."""
    asking.send_link(participant=participant, by=request.user)
    messages.success(request, _("A link is on its way, outside the quiet hours."))
    return back(request, "participants:detail", participant.study.code, participant.code)


# --- What they share ---------------------------------------------------------------------------


def _visit(participant: Participant, code: str) -> Visit:
    rows = participant.visits.select_related("definition")
    visit = get_object_or_404(rows, definition__code=code)
    visit.participant = participant
    return visit


def _said(form: forms.Form, *names: str) -> Values:
    return {name: form.cleaned_data[name] for name in names}


def _to_visit(participant: Participant, visit: Visit | None) -> HttpResponse:
    where = (participant.study.code, participant.code)
    if visit is None:
        return redirect("participants:detail", *where)
    visit.refresh_from_db(fields=["definition"])  # an unscheduled one has its day in its code
    return redirect("participants:visit", *where, visit.definition.code)


@contextmanager
def _as_file(sent: "UploadedFile[Any]") -> Iterator[Path]:
    """What was sent as a file on disk, for as long as it is needed."""
    if isinstance(sent, TemporaryUploadedFile):
        yield Path(sent.temporary_file_path())
        return
    with NamedTemporaryFile(prefix="gsh-clinic-") as copy:
        for chunk in sent.chunks():
            copy.write(chunk)
        copy.flush()
        yield Path(copy.name)


def _act(
    request: StaffRequest,
    participant: Participant,
    form: forms.Form,
    *,
    save: Callable[[], str],
    heading: str,
    lead: str,
    button: str,
    visit: Visit | None = None,
    current: Callable[[], Values] | None = None,
    closed: str = "",
    template: str = "participants/scheduling/act.html",
) -> HttpResponse:
    """Show the form, or do what it says and lead back; ``closed`` says why there is none."""
    if current is not None:
        carry_seen(form, current)
    status = 422 if form.is_bound else 200
    if request.method == "POST" and form.is_valid():
        try:
            said = save()
        except _SHOWN as refusal:
            show_refusal(form, refusal, current=current)
            status = refusal.status
        else:
            messages.success(request, said)
            return _to_visit(participant, visit)
    name = visit.definition.name if visit else ""
    context = {
        "study": participant.study,
        "section": "participants",
        "participant": participant,
        "visit": visit,
        "form": form,
        "heading": heading % {"code": participant.code, "name": name},
        "lead": lead,
        "button": button,
        "closed": closed,
    }
    return render(request, template, context, status=status)
