"""Reading studies: the list, one of them, made, edited, opened, closed, deleted."""

from typing import Any

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse
from django.views.decorators.http import require_http_methods, require_safe

from inference.reading.errors import MayNotRead, NotReady, ReadingStudyFixed
from inference.reading.forms import CloseForm, DraftForm, draft_initial
from inference.reading.models import ReadingStudy, Seat
from inference.reading.services import drafting, opening, overseeing
from inference.reading.services.previewing import preview
from inference.reading.views.shown import scale_lines
from studies.access.permissions import Permission
from studies.platform.errors import Refusal
from studies.platform.forms import ReasonForm, carry_seen
from studies.platform.seen import ChangedMeanwhile
from studies.protocol.errors import StudyClosed
from studies.protocol.models import Study, View
from studies.protocol.views.access import StaffRequest, study_page
from studies.protocol.views.pages import form_page

FORM = "inference/reading/form.html"
State = ReadingStudy.State


@require_safe
@study_page(Permission.READING_VIEW)
def overview(request: StaffRequest, study: Study) -> HttpResponse:
    """The reading studies of a study, those under way first."""
    order = [str(state) for state in (State.OPEN, State.DRAFT, State.CLOSED)]
    rows = ReadingStudy.objects.visible_to(request.user).filter(study=study)
    seats = Q(seats__removed_at=None, seats__role=Seat.Role.READER)
    counted = rows.annotate(readers=Count("seats", filter=seats, distinct=True))
    context = {
        "study": study,
        "section": "readings",
        "rows": [
            {"study": row, "cases": row.cases.filter(use="main").count(), "results": _results(row)}
            for row in sorted(counted, key=lambda row: (order.index(row.state), row.code))
        ],
        "everywhere": _everywhere(request, study),
        "may_edit": _may_edit(request, study),
    }
    return render(request, "inference/reading/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def create(request: StaffRequest, study: Study) -> HttpResponse:
    """A new draft."""
    first = ReadingStudy(code=f"READ-{ReadingStudy.objects.filter(study=study).count() + 1}")
    form = DraftForm(request.POST or None, study=study, initial=draft_initial(first))

    def save(values: dict[str, Any]) -> None:
        drafting.create_reading_study(study=study, by=request.user, **values)

    code = request.POST.get("code", "").strip()
    return form_page(
        request,
        form=form,
        save=save,
        done="It is a draft. Add what is graded, and who reads.",
        to=_url("readings_study", study, code) if code.isascii() and code else "",
        back_url=reverse("inference:readings", args=[study.code]),
        template=FORM,
        study=study,
        section="readings",
        heading="New reading study",
        action="Make the draft",
    )


@require_safe
@study_page(Permission.READING_VIEW)
def reading_study(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """A draft with what is still missing; an open one with its progress; a closed one's summary."""
    row = find(request, study, reading)
    context: dict[str, Any] = {
        "study": study,
        "section": "readings",
        "reading": row,
        "may_edit": _may_edit(request, study),
        "scales": scale_lines(row),
        "facts": _facts(row),
        "seats": row.seats.standing().select_related("user"),
        "examples": row.cases.exclude(use="main").count(),
    }
    if row.is_draft:
        # It tells who has looked at which photos: for whoever chooses readers.
        context["preview"] = preview(row) if request.can["reading_edit"] else None
    else:
        context |= {
            "progress": overseeing.by_seat(row),
            "decisions": overseeing.decisions(row),
            "judges": row.seats.filter(role=Seat.Role.ADJUDICATOR).select_related("user"),
            "notes": overseeing.notes(row),
            "cases": row.cases.filter(use="main").count(),
            "people": row.cases.filter(use="main").values("participant").distinct().count(),
            "left": opening.left_to_do(row),
            "results": _results(row),
        }
    if row.is_closed:
        context["let_through"] = overseeing.let_through(row)
    return render(request, "inference/reading/study.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def edit(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Another design, while it is a draft."""
    row = find(request, study, reading)
    form = DraftForm(request.POST or None, study=study, editing=True, initial=draft_initial(row))

    def current() -> dict[str, Any]:
        fresh = ReadingStudy.objects.get(pk=row.pk)
        return {name: getattr(fresh, name) for name in drafting.FIELDS}

    return form_page(
        request,
        form=form,
        save=lambda values: drafting.edit_reading_study(study=row, by=request.user, **values),
        current=current,
        done="Saved.",
        to=_url("readings_study", study, row.code),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        heading="What is read, and how",
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def open_study(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Ask whether it is meant, with what is fixed from then on; then open."""
    row = find(request, study, reading)
    form = LeaveNothing(request.POST or None)
    carry_seen(form, lambda: opening.fixed_by_opening(row))
    refusal: Refusal | None = None
    if request.method == "POST" and form.is_valid():
        seen = form.cleaned_data["seen"]
        try:
            opening.open_reading_study(study=row, by=request.user, seen=seen)
        except (NotReady, MayNotRead, ReadingStudyFixed, StudyClosed, ChangedMeanwhile) as error:
            refusal = error
            row.refresh_from_db()
        else:
            messages.success(request, "Open. Its readers find it when they sign in.")
            return redirect(_url("readings_study", study, row.code))
    if refusal is not None:
        form = LeaveNothing()
        carry_seen(form, lambda: opening.fixed_by_opening(row))
    context = {
        "study": study,
        "section": "readings",
        "reading": row,
        "preview": preview(row) if row.is_draft else None,
        "seats": row.seats.standing().select_related("user"),
        "scales": scale_lines(row),
        "refusal": refusal,
        "form": form,
    }
    status = refusal.status if refusal else 200
    return render(request, "inference/reading/open.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def close(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """End the reading, with a reason where cases wait."""
    row = find(request, study, reading)
    left = opening.left_to_do(row)
    waits = f"{left} gradings and decisions still wait, and end with it. " if left else ""
    return form_page(
        request,
        form=CloseForm(request.POST or None),
        save=lambda values: opening.close_reading_study(study=row, by=request.user, **values),
        done="Closed. The results can be seen, and the readers have their rights back.",
        to=_url("readings_study", study, row.code),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        heading="Close the reading",
        text=f"{waits}What was graded is kept and never changes. The consensus is written, "
        "results are shown, and the readers' other rights return. It cannot be opened again.",
        action="Close it",
        danger=True,
    )


@require_http_methods(["GET", "HEAD", "POST"])
@study_page(Permission.READING_EDIT)
def delete(request: StaffRequest, study: Study, reading: str) -> HttpResponse:
    """Remove a draft, after a question."""
    row = find(request, study, reading)
    return form_page(
        request,
        form=LeaveNothing(request.POST or None),
        save=lambda values: drafting.delete_reading_study(study=row, by=request.user, **values),
        current=lambda: opening.fixed_by_opening(row),
        done="The draft is deleted.",
        to=reverse("inference:readings", args=[study.code]),
        back_url=_url("readings_study", study, row.code),
        template=FORM,
        study=study,
        section="readings",
        reading=row,
        heading="Delete the draft?",
        text="Its scales, pictures, training cases and seats go with it. Nothing was read yet.",
        action="Delete it",
        danger=True,
    )


class LeaveNothing(ReasonForm):
    """A question that needs no word."""

    reason = None  # type: ignore[assignment]


def find(request: StaffRequest, study: Study, reading: str) -> ReadingStudy:
    """The reading study that the address names, if the person may see it; else a 404."""
    rows = ReadingStudy.objects.visible_to(request.user).filter(study=study)
    return get_object_or_404(rows.select_related("study"), code=reading)


def _url(name: str, study: Study, code: str) -> str:
    return reverse(f"inference:{name}", args=[study.code, code])


def _results(row: ReadingStudy) -> str:
    """The page of agreement, of a closed reading study."""
    if not row.is_closed:
        return ""
    try:
        return _url("reading_results", row.study, row.code)
    except NoReverseMatch:
        return ""


def _may_edit(request: StaffRequest, study: Study) -> bool:
    return request.can["reading_edit"] and study.state != Study.State.CLOSED


def _everywhere(request: StaffRequest, study: Study) -> bool:
    """Whether the person's right is of all sites, as a reading study is."""
    mine = request.user.memberships.granting(request.user, Permission.READING_VIEW)
    return bool(mine.filter(study=study, site=None).exists())


def _facts(row: ReadingStudy) -> list[tuple[str, str]]:
    """The design in words."""
    views = [str(View(view).label) for view in row.views]
    names = dict(row.study.visit_definitions.values_list("code", "name"))
    visits = [names.get(code, code) for code in row.visits]
    sample = "all photos that fit" if row.sample is None else f"{row.sample} drawn at random"
    if row.strata:
        edges = ", ".join(f"{edge:g}" for edge in row.strata.get("edges") or (20, 40, 60))
        sample += f", evenly from classes of {row.strata['condition']} bounded at {edges}"
    needs = row.calibration_needs
    return [
        ("Shown", str(row.get_shown_display())),
        ("Views", ", ".join(views) or "all"),
        ("Visits", ", ".join(visits) or "all"),
        ("Cases", sample),
        ("Twice", f"{row.repeats_percent} %, {row.repeat_distance} cases apart or more"),
        ("Calibration", f"{needs} % within one step" if needs else "nothing to pass"),
        ("Pauses", f"longer than {row.idle_seconds} s are not counted as work"),
        ("Brightness", "may be changed, and is recorded" if row.brightness else "fixed"),
    ]
