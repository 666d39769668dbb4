"""Who reads and who decides: the list, added, removed."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_http_methods

from inference.reading.errors import MayNotRead, ReadingStudyFixed
from inference.reading.forms import LeaveForm, SeatForm
from inference.reading.models import ReadingStudy, Seat
from inference.reading.services import chairs, seats
from inference.reading.views.studies import FORM, find
from studies.access.models import User
from studies.access.permissions import Permission
from studies.platform.errors import Invalid
from studies.platform.forms import show_refusal
from studies.protocol.models import Study
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def overview(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Seats, who else can read, and why others cannot; adding one."""
    row = find(request, study, reading)
    people = [] if row.is_closed else chairs.candidates(row)
    form = SeatForm(request.POST or None, people=[one for one in people if one.safe])
    status = 200
    if request.method == "POST":
        status = Invalid.status
        if form.is_valid():
            try:
                return _add(request, row, form)
            except (MayNotRead, ReadingStudyFixed) as refusal:
                show_refusal(form, refusal)
                status = refusal.status
    taken = list(row.seats.select_related("user"))
    seen = chairs.seen_before(row, [seat.user for seat in taken if seat.removed_at is None])
    context = {
        "study": study,
        "section": "readings",
        "reading": row,
        "form": form,
        "seats": [{"seat": seat, "seen": seen.get(str(seat.user_id), 0)} for seat in taken],
        "people": people,
        "able": [one for one in people if one.safe],
        "unable": [one for one in people if not one.safe],
    }
    return render(request, "inference/reading/readers.html", context, status=status)


def _add(request: StaffRequest, row: ReadingStudy, form: SeatForm) -> HttpResponse:
    user = get_object_or_404(User.objects.visible_to(request.user), pk=form.cleaned_data["user"])
    role = Seat.Role(form.cleaned_data["role"])
    seats.add_reader(study=row, user=user, role=role, by=request.user)
    rests = " Other rights of theirs in this study rest from now on." if row.is_open else ""
    messages.success(request, f"{user.name} has a seat.{rests}")
    return redirect(_url(row.study, row.code))


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def remove(request: StaffRequest, study: Study, reading: str, seat: int) -> HttpResponse:
    """End a seat, with a reason once it is open."""
    row = find(request, study, reading)
    rows = row.seats.standing().select_related("user", "reading_study__study")
    one = get_object_or_404(rows, number=seat)
    words = (
        "Nothing was read yet, so the seat is simply gone."
        if row.is_draft
        else "What this person graded stays and counts; what waits for them is dropped, and their "
        "other rights in the study return. They cannot come back to this reading study."
    )
    return form_page(
        request,
        form=LeaveForm(request.POST or None),
        save=lambda values: seats.remove_reader(seat=one, by=request.user, **values),
        done="The seat has ended.",
        to=_url(study, reading),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        heading=f"Remove {one.user.name}?",
        text=words,
        action="Remove",
        danger=True,
    )


def _url(study: Study, reading: str) -> str:
    return reverse("inference:readings_readers", args=[study.code, reading])
